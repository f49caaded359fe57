/// The frozen encoder: rows of channels to the features that every head shares.
///
/// Scaling and bandwidth are fitted on the rows so far when 64, 128 and 256 rows have been seen, and for the last time at
/// `warmUp`; then they are frozen for life. Fitting says `true`, and whoever has learned from older latents starts again
/// from its stored rows.
///
/// Shapes: C channels. Features of a row: C scaled values (`last`), C·L scaled earlier values (`lags`), M Fourier features
/// of the scaled values (`fourier`).
struct Encoder {
    /// Rows after which a first, provisional fit is made, so that little is lost while the warm-up lasts.
    static let provisionalFits = [64, 128, 256]
    /// L: how many rows back the block `lags` looks.
    static let lagDepth = 1

    let channels: Int
    let blocks: EncoderSpecification
    private(set) var scaling: Scaling
    private(set) var fourier: FourierFeatures?
    private var sketch: Sketch
    /// The last L rows, raw, newest first.
    private let recent: UnsafeMutablePointer<Float>
    private let scratch: UnsafeMutablePointer<Float>
    private(set) var rowsSeen = 0
    private(set) var fits = 0

    /// What the newest call of `encode` made.
    let last: UnsafeMutablePointer<Float>
    let lagged: UnsafeMutablePointer<Float>
    let features: UnsafeMutablePointer<Float>

    init(_ specification: Specification, _ carver: inout Carver) {
        channels = specification.channels
        blocks = specification.encoder
        scaling = Scaling(channels: channels, &carver)
        fourier = blocks.fourier ? FourierFeatures(channels: channels, seed: specification.seed, &carver) : nil
        sketch = Sketch(channels: channels, seed: specification.seed, &carver)
        recent = carver.carve(Float.self, channels * Self.lagDepth)
        scratch = carver.carve(Float.self, 2 * channels)
        last = carver.carve(Float.self, channels)
        lagged = carver.carve(Float.self, channels * Self.lagDepth)
        features = carver.carve(Float.self, FourierFeatures.count)
    }

    mutating func reset() {
        scaling.reset()
        fourier?.reset()
        sketch.reset()
        recent.update(repeating: .nan, count: channels * Self.lagDepth)
        rowsSeen = 0
        fits = 0
    }

    var isFrozen: Bool { rowsSeen >= blocks.warmUp }
    /// Whether there is any fit to encode by.
    var isFitted: Bool { fits > 0 }
    /// Numbers that a stored row takes: the row and the rows that its lags look at.
    var storedWidth: Int { channels * (1 + (blocks.lags ? Self.lagDepth : 0)) }

    /// Takes in a row. True when scaling and bandwidth have just been fitted anew.
    mutating func observe(_ row: UnsafePointer<Float>) -> Bool {
        guard !isFrozen else {
            scaling.adopt(row)
            return false
        }
        scaling.observe(row)
        sketch.observe(row)
        rowsSeen += 1
        guard isFrozen || Self.provisionalFits.contains(rowsSeen) else { return false }
        scaling.fit()
        let width = sketch.medianDistance(scaling, scratch: scratch)
        fourier?.fit(width: width)
        fits += 1
        return true
    }

    /// Writes what must be kept of the newest row to encode it again later, `storedWidth` numbers.
    func store(_ row: UnsafePointer<Float>, into kept: UnsafeMutablePointer<Float>) {
        kept.update(from: row, count: channels)
        if blocks.lags { (kept + channels).update(from: recent, count: channels * Self.lagDepth) }
    }

    /// The row becomes the newest of the earlier ones.
    func advance(_ row: UnsafePointer<Float>) {
        for lag in stride(from: Self.lagDepth - 1, to: 0, by: -1) {
            (recent + lag * channels).update(from: recent + (lag - 1) * channels, count: channels)
        }
        recent.update(from: row, count: channels)
    }

    /// Windows and lags do not span the seam between two recordings.
    func forgetRecent() { recent.update(repeating: .nan, count: channels * Self.lagDepth) }

    /// Fills `last`, `lagged` and `features` from a stored row, by the scaling now in force.
    func encode(_ kept: UnsafePointer<Float>) {
        scaling.apply(kept, into: last)
        if blocks.lags {
            for lag in 0..<Self.lagDepth { scaling.apply(kept + (lag + 1) * channels, into: lagged + lag * channels) }
        }
        fourier?.encode(last, into: features)
    }

    mutating func archive(_ archive: inout Archive) {
        archive.scalar(&rowsSeen)
        archive.scalar(&fits)
        scaling.archive(&archive)
        fourier?.archive(&archive)
        sketch.archive(&archive)
        archive.array(recent, channels * Self.lagDepth)
    }
}

extension Encoder {
    /// Hands out, in a fixed order, the bytes that decide what this encoder makes of a row: blocks, parameters, seed, frozen scaling.
    func describe(_ sink: (UnsafeRawBufferPointer) -> Void) {
        var words: [UInt64] = [
            1, UInt64(channels), blocks.last ? 1 : 0, blocks.lags ? UInt64(Self.lagDepth) : 0,
            blocks.fourier ? UInt64(FourierFeatures.count) : 0, UInt64(blocks.warmUp), fourier?.seed ?? 0,
            UInt64((fourier?.width ?? 0).bitPattern), isFrozen ? 1 : 0,
        ]
        for i in words.indices { words[i] = words[i].littleEndian }
        words.withUnsafeBytes(sink)
        scaling.describe(sink)
    }
}
