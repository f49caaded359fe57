/// How a head fares: of a regression the squared error by the variance of the labels, at most 9, of a classification the log-loss, cut and scaled to
/// [0, 1]. The loss of a drift detector will not do: it is relative to the head's own errors, so that a head that knows nothing looks like one that
/// knows all.
///
/// For comparing one stretch of time with another, or two learners over the same rows. Losses that are not finite are none.
/// Cost: O(1) a label, no allocation.
public struct LossMeter: Equatable, Sendable {
    /// Labels that the recent mean looks back on.
    public static let recentLabels = 200.0
    /// Stretches of so many that the worst of them is remembered for.
    private static let stretches = 16.0

    /// Over all labels: Welford's running mean and sum of squares.
    public private(set) var count = 0.0
    public private(set) var mean = 0.0
    private var squares = 0.0
    /// Over the newest: an exponential mean and variance.
    public private(set) var recentMean = 0.0
    private var recentSpread = 0.0
    /// The highest that the recent mean has been, fading to what it is: some stretches of a stream are harder than others.
    public private(set) var worstMean = 0.0

    public init() {}

    public var variance: Double { count > 1 ? squares / (count - 1) : 0 }
    public var recentVariance: Double { recentSpread }
    public var recentCount: Double { min(count, Self.recentLabels) }

    public mutating func add(_ loss: Double) {
        guard loss.isFinite else { return }
        count += 1
        let step = loss - mean
        mean += step / count
        squares += step * (loss - mean)
        let share = 1 / min(count, Self.recentLabels), away = loss - recentMean
        recentMean += share * away
        recentSpread = (1 - share) * (recentSpread + share * away * away)
        worstMean = max(recentMean, worstMean + (recentMean - worstMean) / (Self.stretches * Self.recentLabels))
    }
}
