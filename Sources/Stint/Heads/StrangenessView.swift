/// One way of looking at a row, and how surprising what it shows is: 1/p.
///
/// Up to the largest twentieth of the newest healthy rows p is a rank; beyond, it is the rate of episodes that go so far.
struct StrangenessView {
    /// Share of the healthy rows that the tail begins at.
    static let tailShare = 0.05
    /// −ln p of the threshold.
    static let tailSurprise = 2.995732273553991
    /// The threshold is found again after so many rows, from so many on.
    static let thresholdEvery = 32
    static let fewest = 64

    private(set) var ranks: HealthyRanks
    private(set) var tail: PeakTail
    private var threshold = Float.infinity
    private var sinceThreshold = 0

    /// - Parameters:
    ///   - meanExcess: how far a peak goes beyond the threshold, before anything is known.
    ///   - calibrated: what is known from elsewhere, in its place.
    init(meanExcess: Double, _ calibrated: ScoreDistribution.Tail?, _ carver: inout Carver) {
        ranks = HealthyRanks(&carver)
        tail = calibrated.map { PeakTail(meanExcess: Double($0.excess), meanGap: Double($0.gap)) } ?? PeakTail(meanExcess: meanExcess)
    }

    mutating func reset() {
        ranks.reset()
        tail.reset()
        (threshold, sinceThreshold) = (.infinity, 0)
    }

    func isInTail(_ value: Float) -> Bool { value > threshold }

    /// 1/p: once in how many rows there is something like it.
    func rarity(_ value: Float) -> Double {
        if value > threshold { return tail.rows(Double(value - threshold), atLeast: 1 / Self.tailShare) }
        return Double(ranks.count + 1) / Double(ranks.atLeast(value) + 1)
    }

    /// Takes in how far a row goes, healthy or not: a fault is an episode like another.
    mutating func observe(_ value: Float) {
        guard threshold < .infinity else { return }
        tail.observe(Double(value - threshold))
    }

    /// Takes in a healthy row.
    mutating func learn(_ value: Float) {
        ranks.insert(value)
        sinceThreshold += 1
        guard sinceThreshold >= Self.thresholdEvery, ranks.count >= Self.fewest else { return }
        sinceThreshold = 0
        threshold = ranks.quantile(upper: Self.tailShare)
    }

    mutating func archive(_ archive: inout Archive) {
        ranks.archive(&archive)
        tail.archive(&archive)
        archive.scalar(&threshold)
        archive.scalar(&sinceThreshold)
    }
}
