/// Sums of a channel's last errors, of their squares, and means of its last values, over several spans.
///
/// Running sums in float64 of float32 numbers: what rounding leaves behind after 10⁹ rows is far below `RecordPeaks.least`.
struct RecentMeans: BitwiseCopyable {
    static let errorSpan = 36
    static let valueSpan = 96

    private(set) var errors12 = 0.0
    private(set) var errors36 = 0.0
    private(set) var squares12 = 0.0
    private(set) var squares36 = 0.0
    private var values6 = 0.0
    private var values24 = 0.0
    private var values96 = 0.0
    private var errorAt: Int32 = 0
    private var valueAt: Int32 = 0
    /// Values, and errors, since the last break.
    private var values: Int32 = 0
    private var errors: Int32 = 0

    /// A row is missing: the spans begin again.
    mutating func restart() { self = RecentMeans() }

    /// What was one value all the time, 0 in its own units.
    mutating func begin(_ errorRing: UnsafeMutablePointer<Float>, _ valueRing: UnsafeMutablePointer<Float>) {
        restart()
        errorRing.update(repeating: 0, count: Self.errorSpan)
        valueRing.update(repeating: 0, count: Self.valueSpan)
        (values, errors) = (Int32(Self.valueSpan), Int32(Self.errorSpan))
    }

    mutating func push(value: Float, _ ring: UnsafeMutablePointer<Float>) {
        let (span, at, new) = (Self.valueSpan, Int(valueAt), Double(value))
        values6 += new - (values >= 6 ? Double(ring[(at + span - 6) % span]) : 0)
        values24 += new - (values >= 24 ? Double(ring[(at + span - 24) % span]) : 0)
        values96 += new - (values >= 96 ? Double(ring[at]) : 0)
        ring[at] = value
        valueAt = Int32((at + 1) % span)
        values = min(values + 1, Int32(span))
    }

    mutating func push(error: Float, _ ring: UnsafeMutablePointer<Float>) {
        let (span, at, new) = (Self.errorSpan, Int(errorAt), Double(error))
        let old12 = errors >= 12 ? Double(ring[(at + span - 12) % span]) : 0
        let old36 = errors >= 36 ? Double(ring[at]) : 0
        errors12 += new - old12
        errors36 += new - old36
        squares12 = max(squares12 + new * new - old12 * old12, 0)
        squares36 = max(squares36 + new * new - old36 * old36, 0)
        ring[at] = error
        errorAt = Int32((at + 1) % span)
        errors = min(errors + 1, Int32(span))
    }

    /// Mean of the last 6, 24 or 96 values; nil where there are not as many.
    var mean6: Float? { values >= 6 ? Float(values6 / 6) : nil }
    var mean24: Float? { values >= 24 ? Float(values24 / 24) : nil }
    var mean96: Float? { values >= 96 ? Float(values96 / 96) : nil }
}
