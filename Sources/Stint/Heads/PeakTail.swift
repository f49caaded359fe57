import CMath

/// How often, and how far, the episodes of a statistic go beyond a threshold.
///
/// Rows of one excursion are not independent, their peaks nearly are. So the tail is that of the peaks: their rate is the
/// inverse of the mean gap between them, their excess is exponential. Both are means over the last 128 episodes or so, which
/// reaches back much further than the rows that the threshold is a quantile of. Until there are episodes the tail is a wide
/// one that eight of them outweigh: what is not known yet is not improbable. What lasts can be told to be several episodes, so
/// that a statistic which goes beyond its threshold and stays there is rare no longer.
///
/// Source: peaks over threshold, Davison & Smith (1990), with their runs declustering.
struct PeakTail: BitwiseCopyable {
    /// Rows at or below the threshold that end an episode.
    static let quietRows: Int32 = 10
    /// The share of the newest episode, once there are many; and how many episodes the first guess counts for, unless said.
    static let rate = 1.0 / 128
    static let prior = 8.0
    /// A peak counts for at most so many mean excesses: one fault does not make the next one normal.
    static let longest = 6.0
    static let firstGap = 25.0
    /// e⁶⁰ rows are strange enough.
    static let farthest = 60.0
    /// The narrowest tail, so that a statistic that hardly moved does not make everything else infinitely strange.
    static let narrowest = 0.05

    private let first: (excess: Double, gap: Double)
    private let weight: Double
    /// Rows after which an episode that goes on is another one.
    private let longestEpisode: Int32
    private(set) var meanExcess: Double
    private(set) var meanGap: Double
    private(set) var episodes = 0.0
    private var rows = 0.0
    private var peak = 0.0
    private var quiet: Int32 = 0
    private var length: Int32 = 0
    private var isOpen = false

    init(meanExcess: Double, meanGap: Double = Self.firstGap, prior weight: Double = Self.prior, longestEpisode: Int32 = .max) {
        first = (meanExcess, meanGap)
        self.weight = weight
        self.longestEpisode = longestEpisode
        (self.meanExcess, self.meanGap) = first
    }

    mutating func reset() {
        self = PeakTail(meanExcess: first.excess, meanGap: first.gap, prior: weight, longestEpisode: longestEpisode)
    }

    /// How many rows there are, on the average, for one episode that reaches this excess; at least `atLeast`.
    func rows(_ excess: Double, atLeast: Double) -> Double { max(meanGap, atLeast) * exp(min(excess / meanExcess, Self.farthest)) }

    /// One row; the excess is positive beyond the threshold.
    mutating func observe(_ excess: Double) {
        rows += 1
        if excess > 0 {
            if !isOpen { (peak, length) = (0, 0) }
            peak = max(peak, excess)
            isOpen = true
            quiet = 0
        } else if isOpen {
            quiet += 1
        }
        guard isOpen else { return }
        length += length < .max ? 1 : 0
        if quiet >= Self.quietRows || length >= longestEpisode { close() }
    }

    private mutating func close() {
        isOpen = false
        episodes += 1
        let share = max(Self.rate, 1 / (episodes + weight))
        let bounded = min(peak, Self.longest * meanExcess)
        meanExcess = max(meanExcess + share * (bounded - meanExcess), Self.narrowest)
        meanGap += share * (rows - meanGap)
        rows = 0
    }

    mutating func archive(_ archive: inout Archive) {
        archive.scalar(&meanExcess)
        archive.scalar(&meanGap)
        archive.scalar(&episodes)
        archive.scalar(&rows)
        archive.scalar(&peak)
        archive.scalar(&quiet)
        archive.scalar(&length)
        archive.scalar(&isOpen)
    }
}
