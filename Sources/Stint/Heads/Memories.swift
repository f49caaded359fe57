/// The parametric memory of one head: long and short, over the linear and the Fourier latent.
///
/// The long memory forgets nothing (λ = 1, the batch ridge solution at every moment); the short one forgets at every row, but
/// only along that row's latent. Each is an expert of the head's mixture.
///
/// Shapes: a linear latent is [1, C last, C·L lags, own inputs], a Fourier latent [1, C last, M features, own inputs]. Own
/// inputs are the newest labels that were delivered, and come last, so that a head whose classes are not all seen yet uses a
/// narrower latent of the same layout.
struct Memories {
    /// λ of the short memories (`docs/learner.md` has the measurement).
    static let short: Real = 0.8
    static let ridge: Real = 1
    /// Order of the experts.
    static let names: [StaticString] = ["linear_long", "linear_short", "fourier_long", "fourier_short"]

    let outputs: Int
    private let usesLast: Bool
    private let lagged: Int
    private let features: Int
    private let channels: Int
    private let linearBase: Int
    private let fourierBase: Int
    private let shortKeep: Real
    private var linear: [Factor]
    private var fourier: [Factor]

    /// Four without Fourier features two.
    var count: Int { linear.count + fourier.count }
    /// D of the widest latent.
    let widest: Int

    init(
        _ specification: Specification, ownInputs: Int, outputs: Int, short: Real = Memories.short, lags: Bool, _ carver: inout Carver
    ) {
        self.outputs = outputs
        channels = specification.channels
        let blocks = specification.encoder
        usesLast = blocks.last
        lagged = blocks.lags && lags ? channels * Encoder.lagDepth : 0
        features = blocks.fourier ? FourierFeatures.count : 0
        shortKeep = short
        let last = blocks.last ? channels : 0
        linearBase = 1 + last + lagged
        fourierBase = 1 + last + features
        widest = max(linearBase, features > 0 ? fourierBase : 0) + ownInputs
        linear = []
        fourier = []
        for _ in 0..<2 { linear.append(Factor(width: linearBase + ownInputs, outputs: outputs, ridge: Self.ridge, &carver)) }
        if features > 0 {
            for _ in 0..<2 { fourier.append(Factor(width: fourierBase + ownInputs, outputs: outputs, ridge: Self.ridge, &carver)) }
        }
    }

    func reset() {
        for factor in linear { factor.reset() }
        for factor in fourier { factor.reset() }
    }

    /// Writes the linear latent of what the encoder has just encoded; returns its width.
    private func composeLinear(_ encoder: Encoder, _ own: UnsafePointer<Float>, _ ownCount: Int, into z: UnsafeMutablePointer<Real>) -> Int {
        z[0] = 1
        var n = 1
        if usesLast {
            for c in 0..<channels { z[n + c] = Real(encoder.last[c]) }
            n += channels
        }
        // Lags enter as differences: the same span, but what moves little costs little under the ridge.
        for i in 0..<lagged { z[n + i] = Real(encoder.last[i % channels] - encoder.lagged[i]) }
        n += lagged
        for i in 0..<ownCount { z[n + i] = Real(own[i]) }
        return n + ownCount
    }

    private func composeFourier(_ encoder: Encoder, _ own: UnsafePointer<Float>, _ ownCount: Int, into z: UnsafeMutablePointer<Real>) -> Int {
        z[0] = 1
        var n = 1
        if usesLast {
            for c in 0..<channels { z[n + c] = Real(encoder.last[c]) }
            n += channels
        }
        for i in 0..<features { z[n + i] = Real(encoder.features[i]) }
        n += features
        for i in 0..<ownCount { z[n + i] = Real(own[i]) }
        return n + ownCount
    }

    /// Predictions of every memory for the row that the encoder holds.
    ///
    /// - Parameters:
    ///   - own: the head's own inputs, `ownCount` of them in use.
    ///   - predictions: experts × `outputs`, by rows; the first `active` of each row are written.
    ///   - leverages: one a memory, zᵀA⁻¹z.
    func predict(
        _ encoder: Encoder, own: UnsafePointer<Float>, ownCount: Int, active: Int, into predictions: UnsafeMutablePointer<Real>,
        leverages: UnsafeMutablePointer<Real>, _ scratch: Scratch
    ) {
        var expert = 0
        var n = composeLinear(encoder, own, ownCount, into: scratch.copy)
        for factor in linear {
            scratch.latent.update(from: scratch.copy, count: n)
            leverages[expert] = factor.solve(scratch.latent, into: scratch.solved, width: n)
            factor.predict(scratch.solved, into: predictions + expert * outputs, width: n, outputs: active)
            expert += 1
        }
        guard !fourier.isEmpty else { return }
        n = composeFourier(encoder, own, ownCount, into: scratch.copy)
        for factor in fourier {
            scratch.latent.update(from: scratch.copy, count: n)
            leverages[expert] = factor.solve(scratch.latent, into: scratch.solved, width: n)
            factor.predict(scratch.solved, into: predictions + expert * outputs, width: n, outputs: active)
            expert += 1
        }
    }

    /// Takes in the row that the encoder holds, with its target of `active` outputs.
    func learn(
        _ encoder: Encoder, own: UnsafePointer<Float>, ownCount: Int, target: UnsafePointer<Real>, active: Int, _ scratch: Scratch
    ) {
        var n = composeLinear(encoder, own, ownCount, into: scratch.copy)
        learn(linear[0], linear[1], n, target, active, scratch)
        guard !fourier.isEmpty else { return }
        n = composeFourier(encoder, own, ownCount, into: scratch.copy)
        learn(fourier[0], fourier[1], n, target, active, scratch)
    }

    private func learn(_ long: Factor, _ short: Factor, _ n: Int, _ target: UnsafePointer<Real>, _ active: Int, _ scratch: Scratch) {
        scratch.latent.update(from: scratch.copy, count: n)
        scratch.target.update(from: target, count: active)
        long.append(scratch.latent, scratch.target, width: n, outputs: active)
        scratch.latent.update(from: scratch.copy, count: n)
        scratch.target.update(from: target, count: active)
        short.forgetAndAppend(scratch.latent, scratch.target, keep: shortKeep, scratch: scratch.sweep, width: n, outputs: active)
    }

    mutating func archive(_ archive: inout Archive) {
        for i in linear.indices { linear[i].archive(&archive) }
        for i in fourier.indices { fourier[i].archive(&archive) }
    }
}
