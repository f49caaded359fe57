/// The frozen encoder: rows of channels to the features that every head shares.
///
/// Scaling and bandwidth are fitted on the rows so far when 64, 128 and 256 latents have been made, and for the last time at
/// `warmUp`; then they are frozen for life. Fitting says `true`, and whoever has learned from older latents starts again
/// from its stored rows.
///
/// Shapes: C channels. Of a row: C scaled values (`last`), the C scaled values of the L latents before it (`lags`), M Fourier
/// features of the scaled values (`fourier`).
struct Encoder {
    /// Latents after which a provisional fit is made, so that little is lost while the warm-up lasts.
    static let provisionalFits = [64, 128, 256]
    /// L: how many latents back the block `lags` looks.
    static let lagDepth = 2

    let channels: Int
    let blocks: EncoderSpecification
    private(set) var scaling: Scaling
    private(set) var fourier: FourierFeatures?
    private var sketch: Sketch
    private let scratch: UnsafeMutablePointer<Float>
    private(set) var latents = 0
    private(set) var fits = 0

    /// What the newest call of `encode` made; a lag that is not there is NaN.
    let last: UnsafeMutablePointer<Float>
    private let lagged: UnsafeMutablePointer<Float>
    private let projection: UnsafeMutablePointer<Float>

    init(_ specification: Specification, _ carver: inout Carver) {
        channels = specification.channels
        blocks = specification.encoder
        scaling = Scaling(channels: channels, &carver)
        fourier = blocks.fourier ? FourierFeatures(channels: channels, seed: specification.seed, &carver) : nil
        sketch = Sketch(channels: channels, seed: specification.seed, &carver)
        scratch = carver.carve(Float.self, 2 * channels)
        last = carver.carve(Float.self, channels)
        lagged = carver.carve(Float.self, channels * Self.lagDepth)
        projection = carver.carve(Float.self, FourierFeatures.count)
    }

    mutating func reset() {
        scaling.reset()
        fourier?.reset()
        sketch.reset()
        latents = 0
        fits = 0
    }

    var isFrozen: Bool { latents >= blocks.warmUp }
    /// Whether there is any fit to encode by.
    var isFitted: Bool { fits > 0 }

    /// Takes in a row; during the warm-up it shapes the scaling to come.
    mutating func observe(_ row: UnsafePointer<Float>) {
        guard !isFrozen else {
            scaling.adopt(row)
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
    mutating func fitIfDue() -> Bool {
        let due = isFrozen ? Self.provisionalFits.count + 1 : fitsDue
        guard due > fits else { return false }
        scaling.fit()
        let width = sketch.medianDistance(scaling, scratch: scratch)
        fourier?.fit(width: width)
        fits = due
        return true
    }

    /// Encodes a kept row by the scaling now in force, or by the one before the newest fit.
    func encode(_ serial: Int, former: Bool = false, _ pending: PendingLatents) {
        scaling.apply(pending.row(serial), former: former, into: last)
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
        fourier?.project(last, former: former, into: projection)
    }

    func fourierFeatures(bandwidth: Float, into features: UnsafeMutablePointer<Float>) {
        fourier?.features(projection, bandwidth: bandwidth, into: features)
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
            blocks.fourier ? UInt64(FourierFeatures.count) : 0, UInt64(blocks.warmUp), fourier?.seed ?? 0,
            UInt64((fourier?.width ?? 0).bitPattern), isFrozen ? 1 : 0,
        ]
        words.withUnsafeBytes(sink)
        scaling.describe(sink)
    }

    mutating func archive(_ archive: inout Archive) {
        archive.scalar(&latents)
        archive.scalar(&fits)
        scaling.archive(&archive)
        fourier?.archive(&archive)
        sketch.archive(&archive)
    }
}
