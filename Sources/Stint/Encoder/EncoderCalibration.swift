/// What an encoder is frozen to, where it does not find that out by itself: the same on every device of a fleet.
///
/// All numbers are float32, so that they survive being written as text. Shapes: C channels; five features of statistics a
/// channel, in blocks of C, as in `StatisticsScaling`.
public struct EncoderCalibration: Equatable, Sendable {
    /// C of each; a scale of 0 is a channel that says nothing.
    public var centers: [Float]
    public var scales: [Float]
    /// ℓ of the waves over the newest values, in scaled units; 1 where there are none.
    public var bandwidth: Float
    /// Where the block `stats` is on.
    public var statistics: Statistics?

    public struct Statistics: Equatable, Sendable {
        /// 5 C of each.
        public var centers: [Float]
        public var scales: [Float]
        /// ℓ of the waves over the statistics.
        public var bandwidth: Float

        public init(centers: [Float], scales: [Float], bandwidth: Float) {
            (self.centers, self.scales, self.bandwidth) = (centers, scales, bandwidth)
        }
    }

    public init(centers: [Float], scales: [Float], bandwidth: Float, statistics: Statistics?) {
        (self.centers, self.scales, self.bandwidth, self.statistics) = (centers, scales, bandwidth, statistics)
    }

    /// Features of statistics a channel.
    public static var statisticsPerChannel: Int { StatisticsScaling.perChannel }
}
