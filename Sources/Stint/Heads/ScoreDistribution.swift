/// How often and how far the views of an anomaly head go beyond their thresholds where all is well.
///
/// Rare things take long to learn: a tail of one episode in 50 rows wants thousands of rows before it is known. A device that is
/// told begins with it, as if it had seen `PeakTail.prior` episodes of its own. The thresholds themselves are quantiles of a
/// device's own rows, which are there after a hundred.
public struct ScoreDistribution: Equatable, Sendable {
    public struct Tail: Equatable, Sendable {
        /// Rows from one episode to the next, on the mean; and how far one goes beyond the threshold.
        public var gap: Float
        public var excess: Float
        public init(gap: Float, excess: Float) { (self.gap, self.excess) = (gap, excess) }
    }

    /// Of the forecast's error, of its sums, of T², and of the three together.
    public var error: Tail
    public var sum: Tail
    public var leverage: Tail
    public var combined: Tail

    public init(error: Tail, sum: Tail, leverage: Tail, combined: Tail) {
        (self.error, self.sum, self.leverage, self.combined) = (error, sum, leverage, combined)
    }

    /// In this order.
    public var tails: [Tail] { [error, sum, leverage, combined] }
}
