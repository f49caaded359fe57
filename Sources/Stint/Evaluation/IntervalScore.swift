/// How well intervals hold what they promise, and at what width.
///
/// Edge cases: every figure is nil before the first interval. Not finite bounds are the caller's to keep out.
public struct IntervalScore {
    public private(set) var count = 0
    private var covered = 0
    private var widths = 0.0
    private var scores = 0.0

    public init() {}

    /// - Parameter nominal: the promised coverage, 1 − α.
    public mutating func add(truth: Double, lower: Double, upper: Double, nominal: Double) {
        count += 1
        if truth >= lower && truth <= upper { covered += 1 }
        let outside = max(lower - truth, 0) + max(truth - upper, 0)
        widths += upper - lower
        scores += upper - lower + 2 / (1 - nominal) * outside
    }

    public var coverage: Double? { mean(Double(covered)) }

    public var width: Double? { mean(widths) }

    /// The interval score of Winkler (1972), in the form of Gneiting & Raftery (2007), eq. 43; smaller is better.
    public var score: Double? { mean(scores) }

    private func mean(_ sum: Double) -> Double? { count > 0 ? sum / Double(count) : nil }
}
