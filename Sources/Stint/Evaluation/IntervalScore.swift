/// How well intervals hold what they promise, and at what width.
///
/// Edge cases: every figure is nil before the first interval. Not finite bounds are the caller's to keep out.
public struct IntervalScore {
    public private(set) var count = 0
    private var covered = 0
    private var widths = 0.0
    private var scores = 0.0
    /// Of windows of `windowRows`, one after the other; a last one that is not full does not count.
    public private(set) var windows = Windows()
    private var coveredInWindow = 0

    public struct Windows {
        public fileprivate(set) var count = 0
        /// Coverage of the worst and of the best.
        public fileprivate(set) var least = Double.infinity
        public fileprivate(set) var most = -Double.infinity
        /// Those whose coverage is within .05 of what was promised.
        public fileprivate(set) var near = 0

        public init() {}

        /// Those of two scores together.
        public mutating func merge(_ other: Windows) {
            count += other.count
            least = min(least, other.least)
            most = max(most, other.most)
            near += other.near
        }
    }

    public static let windowRows = 1000
    private static let nearness = 0.05

    public init() {}

    /// - Parameter nominal: the promised coverage, 1 − α.
    public mutating func add(truth: Double, lower: Double, upper: Double, nominal: Double) {
        count += 1
        if truth >= lower && truth <= upper {
            covered += 1
            coveredInWindow += 1
        }
        if count % Self.windowRows == 0 { closeWindow(nominal) }
        let outside = max(lower - truth, 0) + max(truth - upper, 0)
        widths += upper - lower
        scores += upper - lower + 2 / (1 - nominal) * outside
    }

    private mutating func closeWindow(_ nominal: Double) {
        let coverage = Double(coveredInWindow) / Double(Self.windowRows)
        windows.count += 1
        windows.least = min(windows.least, coverage)
        windows.most = max(windows.most, coverage)
        // Half a row of room: .85 is one of those that count.
        if (coverage - nominal).magnitude <= Self.nearness + 0.5 / Double(Self.windowRows) { windows.near += 1 }
        coveredInWindow = 0
    }

    public var coverage: Double? { mean(Double(covered)) }

    public var width: Double? { mean(widths) }

    /// The interval score of Winkler (1972), in the form of Gneiting & Raftery (2007), eq. 43; smaller is better.
    public var score: Double? { mean(scores) }

    private func mean(_ sum: Double) -> Double? { count > 0 ? sum / Double(count) : nil }
}
