/// Notices that the mean of a loss has risen, and since when, from three sums.
///
/// m ← max(0, m + (x − x̄)/s − k): the excess of the losses over their mean, in deviations, less an allowance k; a rise is
/// reported where m passes h, and began where m last was zero. x̄ and s are of the losses up to now, each cut at c deviations,
/// so that one outlier is no change. Where losses are correlated, h and k grow with the root of the
/// inflation (see `ADWIN`).
///
/// Cost: ten operations a loss. NaN is ignored.
///
/// Source: Page, Continuous inspection schemes (1954); Hinkley (1971). k = .5 is half of the smallest rise worth an alarm.
struct PageHinkley {
    /// k, h and c, in deviations.
    static let allowance = 0.5
    static let threshold = 40.0
    static let cut = 4.0
    /// Losses before the first alarm.
    static let least = 64.0

    private var moments = Moments()
    private var excess = 0.0
    private var since = 0
    private var sinceSum = 0.0

    mutating func reset() { self = PageHinkley() }

    mutating func observe(_ loss: Double, inflation: Double = 1) -> Rise? {
        guard loss.isFinite else { return nil }
        defer { moments.add(loss) }
        guard moments.count >= Self.least, moments.variance > 1e-12 else { return nil }
        let widening = inflation.squareRoot()
        let standard = min((loss - moments.mean) / moments.deviation, Self.cut)
        excess += standard - Self.allowance * widening
        since += 1
        sinceSum += loss
        if excess <= 0 { (excess, since, sinceSum) = (0, 0, 0) }
        guard excess > Self.threshold * widening else { return nil }
        let rise = Rise(onset: since, before: moments.mean, since: sinceSum / Double(since))
        reset()
        return rise
    }

    mutating func archive(_ archive: inout Archive) {
        archive.scalar(&moments)
        archive.scalar(&excess)
        archive.scalar(&since)
        archive.scalar(&sinceSum)
    }
}
