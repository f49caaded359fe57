import CMath

/// Notices, without labels, that latents no longer come from where the reference came from.
///
/// Rows are taken in blocks of 32; the mean of a block's random Fourier features is its image, and the squared distance of two
/// images is the squared maximum mean discrepancy of the blocks under the features' kernel. How strange a new block is, its
/// distance from the mean of the others, is ranked among the same figures of the reference's blocks: a conformal p-value. A
/// mixture of power bets turns the p-values into a martingale, whose restarted form raises an alarm at 1/α; blocks rather
/// than rows, so that what is correlated within a block is not taken for a change.
///
/// The reference is a reservoir of 64 blocks since the last alarm (algorithm R), so that seasons that were seen are in it.
///
/// Shapes: M features, 64 × M float32 (32 KiB). Cost: M additions a row, 64 × M multiply-adds a block.
///
/// Source: Gretton et al., A kernel two-sample test (2012); Zhao & Meng, FastMMD (2015); Vovk, Testing randomness online
/// (2021); Shin, Ramdas & Rinaldo, E-detectors (2024) for the restart, whose average run length is at least 1/α blocks.
struct TwoSample {
    static let block = 32
    static let reference = 64
    /// Blocks before the first p-value.
    static let least = 16
    /// 1/α, in blocks: at most one false alarm in 320,000 rows.
    static let runLength = 10_000.0

    private let features: Int
    private let hasFeatures: Bool
    private let latent: UnsafeMutablePointer<Float>
    private let blocks: UnsafeMutablePointer<Float>
    private let sum: UnsafeMutablePointer<Float>
    private let center: UnsafeMutablePointer<Float>
    private let strangeness: UnsafeMutablePointer<Double>
    private var filled = 0
    private var seen = 0
    private var evidence = 0.0
    private var since = 0
    private var random: Random
    private let seed: UInt64

    /// Over the Fourier features, or over the channels of an encoder that has none.
    init(_ specification: Specification, _ carver: inout Carver) {
        let waves = Waves(specification.encoder).count
        self.init(
            features: waves > 0 ? waves : specification.channels, hasFeatures: waves > 0, seed: specification.seed,
            &carver)
    }

    init(features: Int, hasFeatures: Bool = false, seed: UInt64, _ carver: inout Carver) {
        self.features = features
        self.hasFeatures = hasFeatures
        self.seed = seed
        latent = carver.carve(Float.self, features)
        blocks = carver.carve(Float.self, Self.reference * features)
        sum = carver.carve(Float.self, features)
        center = carver.carve(Float.self, features)
        strangeness = carver.carve(Double.self, Self.reference)
        random = Random(seed: seed, stream: 11)
    }

    mutating func reset() {
        random = Random(seed: seed, stream: 11)
        restart()
    }

    private mutating func restart() {
        sum.update(repeating: 0, count: features)
        (filled, seen, evidence, since) = (0, 0, 0, 0)
    }

    /// Takes in the row that the encoder holds.
    mutating func observe(_ encoder: Encoder) -> Int? {
        if hasFeatures {
            encoder.fourierFeatures(bandwidth: 1, into: latent)
        } else {
            latent.update(from: encoder.last, count: features)
        }
        return observe(latent)
    }

    /// Takes in a row's latent; the rows since the change when there is one.
    mutating func observe(_ latent: UnsafePointer<Float>) -> Int? {
        for i in 0..<features { sum[i] += latent[i] }
        filled += 1
        guard filled == Self.block else { return nil }
        defer {
            sum.update(repeating: 0, count: features)
            filled = 0
        }
        for i in 0..<features { sum[i] *= 1 / Float(Self.block) }
        guard judge() else {
            keep()
            return nil
        }
        let onset = since * Self.block
        restart()
        return onset
    }

    /// Ranks the new block, bets, and says whether the evidence is enough.
    private mutating func judge() -> Bool {
        let count = min(seen, Self.reference)
        guard count >= Self.least else { return false }
        center.update(from: sum, count: features)
        for b in 0..<count { for i in 0..<features { center[i] += blocks[b * features + i] } }
        for i in 0..<features { center[i] /= Float(count + 1) }
        // Every block against the mean of all, itself among them: exchangeable, as the rank needs.
        let own = distance(sum)
        var (above, equal) = (0.0, 1.0)
        for b in 0..<count {
            let other = distance(blocks + b * features)
            above += other > own ? 1 : 0
            equal += other == own ? 1 : 0
        }
        let p = (above + random.uniform() * equal) / Double(count + 1)
        since += 1
        evidence = max(evidence, 0) + log(bet(max(p, 1e-9)))
        if evidence <= 0 { (evidence, since) = (0, 0) }
        return evidence >= log(Self.runLength)
    }

    /// ∫₀¹ ε p^(ε−1) dε.
    private func bet(_ p: Double) -> Double {
        let l = log(p)
        // Near p = 1 the closed form loses its digits; its limit there is 1/2.
        guard l < -1e-3 else { return 0.5 }
        return (1 - p + p * l) / (p * l * l)
    }

    private func distance(_ image: UnsafePointer<Float>) -> Double {
        var total: Float = 0
        for i in 0..<features {
            let d = image[i] - center[i]
            total += d * d
        }
        return Double(total)
    }

    private mutating func keep() {
        seen += 1
        let at = seen <= Self.reference ? seen - 1 : random.below(seen)
        if at < Self.reference { (blocks + at * features).update(from: sum, count: features) }
    }

    /// The block that has begun was not kept.
    mutating func letGo() {
        sum.update(repeating: 0, count: features)
        filled = 0
    }

    mutating func archive(_ archive: inout Archive) {
        archive.array(blocks, Self.reference * features)
        archive.present(sum, features)
        archive.scalar(&filled)
        archive.scalar(&seen)
        archive.scalar(&evidence)
        archive.scalar(&since)
        random.archive(&archive)
    }
}
