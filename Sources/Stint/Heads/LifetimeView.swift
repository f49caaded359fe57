import CMath

/// How strange a row is against all that its stream has ever shown.
///
/// Each channel is looked at in three ways: its value, against both ends of its range; the error of a forecast from its own last
/// values; and the recent mean of that error, so that what is a little odd but lasts adds up (as in the likelihood of
/// Lavin & Ahmad 2015). Each has a sample of its life (`LifeSample`) and tails of episodes beyond it (`PeakTail`), whose excess is
/// taken in logarithms: tails of a power's form, which hold for Gaussian noise as for counts of messages (Hill 1975). What they
/// say, 1/p, is averaged over channels and ways: the inverse of the harmonic mean of the p-values, right under any dependence up
/// to a factor (Wilson 2019).
///
/// All rows are learned, strange ones too: a sample of 30 000 rows hardly notices, and a new normal is taken in without a verdict.
///
/// Shapes: C channels, three samples and four tails each. Cost: three binary searches a channel, one logarithm in a tail; each
/// 64th row the moments of the samples. Memory: 4 KiB a channel (above `VectorForecast.widest` channels 2 KiB).
struct LifetimeView {
    static let capacity = 256
    static let capacityOfMany = 64
    /// Rows until the tails are found again.
    static let measuredEvery = 64
    /// Rows from which a channel's forecast has a unit.
    static let measured = 16
    /// Episodes that the first tail counts for, and its shape: a Gaussian's beyond the last fiftieth, and a little more.
    static let prior = 20.0
    static let meanExcess = 0.25
    static let longestEpisode: Int32 = 50

    /// The ways to look at a channel; the value has two tails.
    private static let ways = 3
    /// −ln p from which a row is part of what is going on, and the rows without such after which it is over.
    static let strange = 5.0
    static let quietRows = 30
    private static let tailsEach = 4

    let channels: Int
    let capacity: Int
    private let sorted: UnsafeMutablePointer<Float>
    private let samples: UnsafeMutablePointer<LifeSample>
    private let tails: UnsafeMutablePointer<PeakTail>
    private let forecasts: UnsafeMutablePointer<ChannelForecast>
    private var rows = 0
    /// The strangest row of what is going on, and the rows since it was last strange.
    private var worst = 0.0
    private var quiet = 0
    private var random: Random
    private let seed: UInt64

    init(channels: Int, seed: UInt64, _ carver: inout Carver) {
        self.channels = channels
        self.seed = seed
        random = Random(seed: seed, stream: 4)
        capacity = channels > VectorForecast.widest ? Self.capacityOfMany : Self.capacity
        sorted = carver.carve(Float.self, Self.ways * channels * capacity)
        samples = carver.carve(LifeSample.self, Self.ways * channels)
        tails = carver.carve(PeakTail.self, Self.tailsEach * channels)
        forecasts = carver.carve(ChannelForecast.self, channels)
    }

    mutating func reset() {
        random = Random(seed: seed, stream: 4)
        (rows, quiet, worst) = (0, 0, 0)
        let first = PeakTail(
            meanExcess: Self.meanExcess, meanGap: 1.25 / LifeSample.tailShare, prior: Self.prior, longestEpisode: Self.longestEpisode)
        sorted.update(repeating: 0, count: Self.ways * channels * capacity)
        samples.update(repeating: LifeSample(), count: Self.ways * channels)
        tails.update(repeating: first, count: Self.tailsEach * channels)
        forecasts.update(repeating: ChannelForecast(), count: channels)
    }

    /// −ln of the harmonic mean of the p-values of a row: 0 for the most ordinary; a channel that is NaN has no say.
    mutating func surprise(_ row: UnsafePointer<Float>, learns: Bool) -> Double {
        var leaving = -1
        if learns {
            rows += 1
            // Full samples take a row with the chance that keeps all rows alike.
            let turn = random.below(min(rows, LifeSample.memory))
            leaving = turn < capacity ? turn : -1
        }
        var total = 0.0
        var count = 0.0
        for c in 0..<channels {
            guard row[c].isFinite else {
                forecasts[c].skip()
                continue
            }
            let upward = rarity(c, 0, tail: 0, row[c], side: 1, learns: learns)
            let downward = rarity(c, 0, tail: 1, row[c], side: -1, learns: learns)
            total += max(upward, downward)
            count += 1
            if learns { keep(row[c], c, 0, leaving) }
            if learns, !forecasts[c].hasUnit { begin(c) }
            guard let error = forecasts[c].error(Double(row[c]), learns: learns) else { continue }
            let recent = Float(forecasts[c].recent)
            total += rarity(c, 1, tail: 2, Float(error), side: 1, learns: learns)
            total += rarity(c, 2, tail: 3, recent, side: 1, learns: learns)
            count += 2
            guard learns else { continue }
            keep(Float(error), c, 1, leaving)
            keep(recent, c, 2, leaving)
        }
        return count > 0 ? log(total / count) : 0
    }

    /// What is news in a row's surprise: while something strange is going on, only what is stranger than all of it so far.
    mutating func news(_ surprise: Double) -> Double {
        if quiet >= Self.quietRows { worst = 0 }
        let isNews = surprise > worst
        worst = max(worst, surprise)
        quiet = surprise > Self.strange ? 0 : min(quiet + 1, Self.quietRows)
        return isNews ? surprise : min(surprise, Self.strange)
    }

    /// 1/p of one number: a rank up to the tail, and by the tail's episodes beyond.
    private func rarity(_ c: Int, _ way: Int, tail: Int, _ value: Float, side: Float, learns: Bool) -> Double {
        let sample = samples + Self.ways * c + way
        guard sample.pointee.hasTails else {
            // What never moved has no measure of how far it goes: only that it is the first time.
            let isFirst = sample.pointee.isMeasured && side * (value - sample.pointee.median) > 0
            return isFirst ? Double(sample.pointee.count + 1) : 1
        }
        let excess = sample.pointee.excess(value, side: side)
        let beyond = tails + Self.tailsEach * c + tail
        let rows = excess > 0 ? beyond.pointee.rows(excess, atLeast: 1) : 1
        if learns { beyond.pointee.observe(excess) }
        return rows
    }

    private func keep(_ value: Float, _ c: Int, _ way: Int, _ leaving: Int) {
        let j = Self.ways * c + way
        let sample = samples + j
        if sample.pointee.count < capacity || leaving >= 0 {
            sample.pointee.insert(value, leaving: leaving, sorted + j * capacity, capacity: capacity)
        }
        // The channels take turns, once they know something.
        let isFirst = !sample.pointee.isMeasured && sample.pointee.count >= LifeSample.fewest
        if isFirst || (sample.pointee.isMeasured && (rows + c) % Self.measuredEvery == 0) {
            sample.pointee.measure(sorted + j * capacity)
        }
    }

    /// A forecast begins when there is a measure of its channel, which need not be exact.
    private func begin(_ c: Int) {
        let sample = samples + Self.ways * c
        guard sample.pointee.count >= Self.measured, (rows + c) % Self.measured == 0 else { return }
        var moments = Moments()
        for i in 0..<Int(sample.pointee.count) { moments.add(Double(sorted[Self.ways * c * capacity + i])) }
        if !moments.isConstant { forecasts[c].measure(center: moments.mean, unit: moments.deviation) }
    }

    mutating func archive(_ archive: inout Archive) {
        archive.array(sorted, Self.ways * channels * capacity)
        archive.array(samples, Self.ways * channels)
        for i in 0..<(Self.tailsEach * channels) { tails[i].archive(&archive) }
        archive.array(forecasts, channels)
        archive.scalar(&rows)
        archive.scalar(&worst)
        archive.scalar(&quiet)
        random.archive(&archive)
    }
}
