/// The frozen encoder: rows of channels to the features that every head shares.
///
/// Scaling and bandwidth are fitted on the rows so far when 64, 128 and 256 latents have been made, and for the last time at
/// `warmUp`; then they are frozen for life. Fitting says `true`, and whoever has learned from older latents starts again
/// from its stored rows.
///
/// Shapes: C channels. Of a row: C scaled values (`last`), the C scaled values of the L latents before it (`lags`), M Fourier
/// features (`fourier`), and five features a channel of its window (`stats`).
struct Encoder {
    /// Latents after which a provisional fit is made, so that little is lost while the warm-up lasts.
    static let provisionalFits = [64, 128, 256]
    /// L: how many latents back the block `lags` looks.
    static let lagDepth = 2

    /// Of the seed, for the waves over the window's statistics.
    private static let windowStream: UInt64 = 0x5354_4154

    let channels: Int
    let blocks: EncoderSpecification
    /// Frozen from the first row, by a calibration.
    let isCalibrated: Bool
    private(set) var scaling: Scaling
    private(set) var statistics: WindowStatistics?
    private var statisticsScaling: StatisticsScaling?
    private(set) var fourier: FourierFeatures?
    private(set) var windowFourier: FourierFeatures?
    private var sketch: Sketch
    private(set) var latents = 0
    private(set) var fits = 0

    /// What the newest call of `encode` made; a lag that is not there is NaN.
    let last: UnsafeMutablePointer<Float>
    /// The features of `StatisticsScaling`, right behind `last`: both together are what the Fourier features are fed.
    let windowed: UnsafeMutablePointer<Float>
    /// Numbers of both.
    let feed: Int
    private let lagged: UnsafeMutablePointer<Float>
    private let projection: UnsafeMutablePointer<Float>

    init(_ specification: Specification, _ carver: inout Carver) {
        channels = specification.channels
        blocks = specification.encoder
        isCalibrated = specification.calibration != nil
        scaling = Scaling(channels: channels, &carver)
        statistics = blocks.stats ? WindowStatistics(
            channels: channels, length: specification.window.length, isCoarse: !specification.memory.keepsSamples, &carver) : nil
        statisticsScaling = blocks.stats ? StatisticsScaling(channels: channels, &carver) : nil
        feed = Self.feed(specification)
        let waves = Waves(blocks)
        fourier = waves.last > 0
            ? FourierFeatures(inputs: channels, count: waves.last, seed: specification.seed, stream: 1, &carver) : nil
        windowFourier = waves.windowed > 0
            ? FourierFeatures(
                inputs: Waves.statistics * channels, count: waves.windowed, seed: specification.seed, stream: Self.windowStream, &carver) : nil
        sketch = Sketch(channels: channels, width: feed, keepsRows: !blocks.stats, seed: specification.seed, &carver)
        last = carver.carve(Float.self, feed)
        windowed = last + channels
        lagged = carver.carve(Float.self, channels * Self.lagDepth)
        projection = carver.carve(Float.self, waves.count)
    }

    static func feed(_ specification: Specification) -> Int {
        specification.channels * (specification.encoder.stats ? 1 + StatisticsScaling.perChannel : 1)
    }

    mutating func reset(_ calibration: EncoderCalibration?) {
        scaling.reset()
        statistics?.reset()
        statisticsScaling?.reset()
        last.update(repeating: 0, count: feed)
        fourier?.reset()
        windowFourier?.reset()
        sketch.reset()
        latents = 0
        fits = 0
        if let calibration { take(calibration) }
    }

    private mutating func take(_ calibration: EncoderCalibration) {
        scaling.take(calibration)
        fourier?.take(width: calibration.bandwidth)
        if let statistics = calibration.statistics {
            for c in 0..<channels { self.statistics?.setOrigin(calibration.centers[c], of: c) }
            statisticsScaling?.take(statistics)
            windowFourier?.take(width: statistics.bandwidth)
        }
        latents = blocks.warmUp
    }

    var isFrozen: Bool { latents >= blocks.warmUp }
    /// Whether there is any fit to encode by.
    var isFitted: Bool { fits > 0 || isCalibrated }

    /// Whether no fit is still to come.
    var isSettled: Bool { fits > Self.provisionalFits.count }

    /// Floats that are kept of a row's window.
    var statisticsWidth: Int { blocks.stats ? WindowStatistics.perChannel * channels : 0 }

    /// Nothing of a row stays in working room, nor of those that a frozen encoder was fitted to.
    mutating func wipe() {
        last.update(repeating: 0, count: feed)
        lagged.update(repeating: 0, count: channels * Self.lagDepth)
        projection.update(repeating: 0, count: Waves(blocks).count)
        statistics?.wipe()
        if isFrozen { sketch.wipe() }
    }

    /// A seam: what comes is not a continuation of what was.
    mutating func cut() { statistics?.cut() }

    /// Moves the window on by a row, learning or not.
    mutating func advance(_ row: UnsafePointer<Float>) { statistics?.push(row, scaling) }

    /// Lays the statistics of the window beside the row that ends it.
    func keepStatistics(of serial: Int, in pending: PendingLatents) { statistics?.write(into: pending.statistics(serial)) }

    /// Takes in a row; during the warm-up it shapes the scaling to come.
    mutating func observe(_ row: UnsafePointer<Float>) {
        guard !isFrozen else {
            if !isCalibrated { scaling.adopt(row) }
            return
        }
        scaling.observe(row)
        sketch.observe(row)
    }

    private var fitsDue: Int {
        var count = 0
        for latents in Self.provisionalFits where latents <= self.latents { count += 1 }
        return count
    }

    mutating func countLatent() { if !isFrozen { latents += 1 } }

    /// Fits scaling and bandwidth if the rows for it are there; true when it has.
    mutating func fitIfDue(_ pending: PendingLatents) -> Bool {
        let due = isFrozen ? Self.provisionalFits.count + 1 : fitsDue
        guard due > fits else { return false }
        if isCalibrated {
            // Nothing is fitted, but heads begin to learn at this word.
            fits = due
            return true
        }
        scaling.fit()
        if let statistics {
            statisticsScaling?.fit(pending, scaling, statistics, room: windowed)
            sketchKeptRows(pending)
        } else {
            sketch.scale(by: scaling)
        }
        fourier?.fit(width: sketch.medianDistance(in: 0..<channels))
        windowFourier?.fit(width: sketch.medianDistance(in: channels..<(1 + Waves.statistics) * channels))
        fits = due
        return true
    }

    /// The warm-up is over, and nothing of its rows is wanted any more.
    mutating func forgetWarmUp() { sketch.forget() }

    /// The statistics of rows that are gone cannot be had again, so the median rule looks at rows that are kept, evenly spread.
    private mutating func sketchKeptRows(_ pending: PendingLatents) {
        let kept = pending.next - pending.oldest
        let count = min(kept, Sketch.capacity)
        for i in 0..<count {
            encodeNow(pending.oldest + i * kept / count, former: false, pending)
            sketch.place(last, at: i)
        }
    }

    /// `last` and `windowed` of a kept row.
    private func encodeNow(_ serial: Int, former: Bool, _ pending: PendingLatents) {
        scaling.apply(pending.row(serial), former: former, into: last)
        if let statistics {
            statisticsScaling?.apply(pending.statistics(serial), scaling, statistics, former: former, into: windowed)
        }
    }

    /// Encodes a kept row by the scaling now in force, or by the one before the newest fit.
    func encode(_ serial: Int, former: Bool = false, _ pending: PendingLatents) {
        encodeNow(serial, former: former, pending)
        if blocks.lags {
            for lag in 1...Self.lagDepth {
                let out = lagged + (lag - 1) * channels
                if pending.areConnected(serial - lag, serial) {
                    let earlier = pending.row(serial - lag)
                    scaling.apply(earlier, former: former, into: out)
                    for c in 0..<channels where earlier[c].isNaN || pending.row(serial)[c].isNaN { out[c] = .nan }
                } else {
                    out.update(repeating: .nan, count: channels)
                }
            }
        }
        project(former: former)
    }

    private func project(former: Bool) {
        fourier?.project(last, former: former, into: projection)
        windowFourier?.project(windowed, former: former, into: projection + (fourier?.count ?? 0))
    }

    /// What another kept row is fed as, and its Fourier features, without letting go of the row that is held.
    func look(at serial: Int, _ pending: PendingLatents, feed: UnsafeMutablePointer<Float>, features: UnsafeMutablePointer<Float>) {
        scaling.apply(pending.row(serial), into: feed)
        if let statistics {
            statisticsScaling?.apply(pending.statistics(serial), scaling, statistics, former: false, into: feed + channels)
        }
        let behind = fourier?.count ?? 0
        fourier?.project(feed, former: false, into: features)
        fourier?.features(features, bandwidth: 1, into: features)
        windowFourier?.project(feed + channels, former: false, into: features + behind)
        windowFourier?.features(features + behind, bandwidth: 1, into: features + behind)
    }

    /// Holds a row that is kept elsewhere: `feed` numbers, and, times `lagScale`, the lag before it. The lag before that is taken to
    /// be the same.
    func recall(_ latent: UnsafePointer<Float>, lag: UnsafePointer<Float>?, lagScale: Float) {
        last.update(from: latent, count: feed)
        for c in 0..<channels {
            let earlier = lag.map { $0[c] / lagScale } ?? .nan
            (lagged[c], lagged[channels + c]) = (earlier, earlier)
        }
        project(former: false)
    }

    func fourierFeatures(bandwidth: Float, into features: UnsafeMutablePointer<Float>) {
        fourier?.features(projection, bandwidth: bandwidth, into: features)
        let behind = fourier?.count ?? 0
        windowFourier?.features(projection + behind, bandwidth: bandwidth, into: features + behind)
    }

    /// x − x₋₁ (block 0) or x₋₁ − x₋₂ (block 1) of a channel; 0 across a seam or a gap.
    @inline(__always)
    func difference(_ c: Int, _ block: Int) -> Float {
        let newer = block == 0 ? last[c] : lagged[c]
        let value = newer - lagged[block * channels + c]
        // Both differences are void where the older one is not there.
        return value.isNaN || lagged[channels + c].isNaN ? 0 : value
    }

    /// x₋₁ of a channel; 0 across a seam or a gap.
    @inline(__always)
    func earlier(_ c: Int, _ block: Int) -> Float {
        let value = lagged[block * channels + c]
        return value.isNaN ? 0 : value
    }

    /// Hands out, in a fixed order, the bytes that decide what this encoder makes of a row: blocks, parameters, seed, frozen scaling.
    func describe(_ sink: (UnsafeRawBufferPointer) -> Void) {
        let words: [UInt64] = [
            1, UInt64(channels), blocks.last ? 1 : 0, blocks.lags ? UInt64(Self.lagDepth) : 0,
            UInt64(fourier?.count ?? 0), isCalibrated ? 0 : UInt64(blocks.warmUp), fourier?.seed ?? 0,
            UInt64((fourier?.width ?? 0).bitPattern), isFrozen ? 1 : 0,
        ]
        words.withUnsafeBytes(sink)
        scaling.describe(sink)
        guard let statistics else { return }
        [UInt64(StatisticsScaling.perChannel), UInt64(statistics.length)].withUnsafeBytes(sink)
        statistics.describe(sink)
        statisticsScaling?.describe(sink)
        [UInt64(windowFourier?.count ?? 0), UInt64((windowFourier?.width ?? 0).bitPattern)].withUnsafeBytes(sink)
    }

    mutating func archive(_ archive: inout Archive) {
        archive.scalar(&latents)
        archive.scalar(&fits)
        scaling.archive(&archive)
        statistics?.archive(&archive)
        statisticsScaling?.archive(&archive)
        fourier?.archive(&archive)
        windowFourier?.archive(&archive)
        sketch.archive(&archive)
    }
}
