/// The parametric memory of one head: long and short, over the linear and the Fourier latent.
///
/// The long memory forgets nothing (λ = 1, the batch ridge solution at every moment); the short one forgets at every row, but
/// only along that row's latent. Each is an expert of the head's mixture.
///
/// Shapes: a linear latent is [1, C last, C·L lags, C·S statistics of the window, own inputs], a Fourier latent [1, C last, M features, own inputs]. Own
/// inputs are the newest labels that were delivered, and come last, so that a head whose classes are not all seen yet uses a
/// narrower latent of the same layout. Regression takes lags as differences: the same span, but what moves little costs
/// little under the ridge.
struct MemoryStyle {
    enum Lags {
        /// x − x₋₁ and x₋₁ − x₋₂.
        case differences
        /// x₋₁.
        case values

        var blocks: Int { self == .differences ? 2 : 1 }
    }

    /// λ of the short memories.
    var short: Real
    var ridge: (linear: Real, fourier: Real)
    /// Of the Fourier features, in median distances.
    var bandwidth: Float
    /// The scaled channels are multiplied by this.
    var channelScale: Float
    var lags: Lags
}

/// See above; one of these a head.
struct Memories {
    /// Order of the experts.
    static let names: [StaticString] = ["linear_long", "linear_short", "fourier_long", "fourier_short"]
    /// Lags are left out, the older first, and then statistics, the last first, where they would make the linear latent wider
    /// than this.
    static let widestLinear = 140

    let outputs: Int
    private let style: MemoryStyle
    private let ownInputs: (linear: Int, fourier: Int)
    private let channels: Int
    private let last: Int
    private let lagBlocks: Int
    private let windowBlocks: Int
    private let features: Int
    private var linear: [Factor]
    private var fourier: [Factor]
    private let narrowed: UnsafeMutablePointer<Float>
    /// W of every memory, from before the newest fit.
    private let frozen: UnsafeMutablePointer<Real>

    /// Labels for which the short memories still forget faster.
    var boosted = 0
    static let boostLength = 100

    /// What regimes are kept of: the long memory over the richest latent, and its place among the experts.
    var main: Factor { fourier.isEmpty ? linear[0] : fourier[0] }
    var mainExpert: Int { fourier.isEmpty ? 0 : linear.count }

    /// The long memories, and where in their latents the own inputs begin.
    var longs: [(factor: Factor, own: Int)] {
        var longs = [(factor: linear[0], own: linear[0].width - ownInputs.linear)]
        if !fourier.isEmpty { longs.append((fourier[0], fourier[0].width - ownInputs.fourier)) }
        return longs
    }

    /// Two, without Fourier features one.
    var longCount: Int { fourier.isEmpty ? 1 : 2 }
    func long(_ l: Int) -> Factor { l == 0 ? linear[0] : fourier[0] }

    /// Four, without Fourier features two.
    var count: Int { linear.count + fourier.count }
    /// D of the widest latent.
    let widest: Int
    /// D of both; 0 where there is none.
    var widths: (linear: Int, fourier: Int) { (linear[0].width, fourier.isEmpty ? 0 : fourier[0].width) }

    init(
        _ specification: Specification, ownInputs: (linear: Int, fourier: Int), outputs: Int, style: MemoryStyle, _ carver: inout Carver
    ) {
        self.outputs = outputs
        self.style = style
        self.ownInputs = ownInputs
        channels = specification.channels
        let blocks = specification.encoder
        last = blocks.last ? channels : 0
        features = Waves(blocks).count
        var lagBlocks = blocks.lags ? style.lags.blocks : 0
        var windowBlocks = blocks.stats ? StatisticsScaling.perChannel : 0
        let room = Self.widestLinear - 1 - last - ownInputs.linear
        while lagBlocks > 0, (lagBlocks + windowBlocks) * channels > room { lagBlocks -= 1 }
        while windowBlocks > 0, windowBlocks * channels > room { windowBlocks -= 1 }
        (self.lagBlocks, self.windowBlocks) = (lagBlocks, windowBlocks)
        let linearWidth = 1 + last + (lagBlocks + windowBlocks) * channels + ownInputs.linear
        let fourierWidth = 1 + last + features + ownInputs.fourier
        widest = max(linearWidth, features > 0 ? fourierWidth : 0)
        linear = []
        fourier = []
        for _ in 0..<2 { linear.append(Factor(width: linearWidth, outputs: outputs, ridge: style.ridge.linear, &carver)) }
        if features > 0 {
            for _ in 0..<2 { fourier.append(Factor(width: fourierWidth, outputs: outputs, ridge: style.ridge.fourier, &carver)) }
        }
        narrowed = carver.carve(Float.self, features)
        frozen = carver.carve(Real.self, (linear.count * linearWidth + fourier.count * fourierWidth) * outputs)
    }

    func reset() {
        for factor in linear { factor.reset() }
        for factor in fourier { factor.reset() }
    }

    /// Writes the linear latent of what the encoder has just encoded; returns its width.
    private func composeLinear(_ encoder: Encoder, _ own: UnsafePointer<Float>, _ ownCount: Int, into z: UnsafeMutablePointer<Real>) -> Int {
        var n = composeLast(encoder, into: z)
        for block in 0..<lagBlocks {
            switch style.lags {
            case .differences:
                for c in 0..<channels { z[n + c] = Real(encoder.difference(c, block)) }
            case .values:
                for c in 0..<channels { z[n + c] = Real(encoder.earlier(c, block)) }
            }
            n += channels
        }
        for i in 0..<(windowBlocks * channels) { z[n + i] = Real(encoder.windowed[i] * style.channelScale) }
        n += windowBlocks * channels
        return composeOwn(own, min(ownCount, ownInputs.linear), into: z, at: n)
    }

    private func composeFourier(_ encoder: Encoder, _ own: UnsafePointer<Float>, _ ownCount: Int, into z: UnsafeMutablePointer<Real>) -> Int {
        let n = composeLast(encoder, into: z)
        encoder.fourierFeatures(bandwidth: style.bandwidth, into: narrowed)
        for i in 0..<features { z[n + i] = Real(narrowed[i]) }
        return composeOwn(own, min(ownCount, ownInputs.fourier), into: z, at: n + features)
    }

    /// The latent of the main memory.
    func composeMain(_ encoder: Encoder, _ own: UnsafePointer<Float>, _ ownCount: Int, into z: UnsafeMutablePointer<Real>) -> Int {
        fourier.isEmpty ? composeLinear(encoder, own, ownCount, into: z) : composeFourier(encoder, own, ownCount, into: z)
    }

    private func composeLast(_ encoder: Encoder, into z: UnsafeMutablePointer<Real>) -> Int {
        z[0] = 1
        for c in 0..<last { z[1 + c] = Real(encoder.last[c] * style.channelScale) }
        return 1 + last
    }

    private func composeOwn(_ own: UnsafePointer<Float>, _ count: Int, into z: UnsafeMutablePointer<Real>, at n: Int) -> Int {
        for i in 0..<count { z[n + i] = Real(own[i]) }
        return n + count
    }

    /// Predictions of every memory for the row that the encoder holds.
    ///
    /// - Parameters:
    ///   - own: the head's own inputs, `ownCount` of them in use.
    ///   - predictions: experts × `outputs`, by rows; the first `active` of each row are written.
    ///   - leverages: one a memory, zᵀA⁻¹z.
    ///   - works: a short memory that does not says NaN.
    func predict(
        _ encoder: Encoder, own: UnsafePointer<Float>, ownCount: Int, active: Int, into predictions: UnsafeMutablePointer<Real>,
        leverages: UnsafeMutablePointer<Real>, _ scratch: Scratch, works: ShortMemories = ShortMemories()
    ) {
        var expert = 0
        var n = composeLinear(encoder, own, ownCount, into: scratch.copy)
        for factor in linear {
            if expert == 1, !works.linear {
                hush(expert, predictions, leverages)
                expert += 1
                continue
            }
            scratch.latent.update(from: scratch.copy, count: n)
            leverages[expert] = factor.solve(scratch.latent, into: scratch.solved, width: n)
            factor.predict(scratch.solved, into: predictions + expert * outputs, width: n, outputs: active)
            expert += 1
        }
        guard !fourier.isEmpty else { return }
        n = composeFourier(encoder, own, ownCount, into: scratch.copy)
        for factor in fourier {
            if expert == linear.count + 1, !works.fourier {
                hush(expert, predictions, leverages)
                expert += 1
                continue
            }
            scratch.latent.update(from: scratch.copy, count: n)
            leverages[expert] = factor.solve(scratch.latent, into: scratch.solved, width: n)
            factor.predict(scratch.solved, into: predictions + expert * outputs, width: n, outputs: active)
            expert += 1
        }
    }

    private func hush(_ expert: Int, _ predictions: UnsafeMutablePointer<Real>, _ leverages: UnsafeMutablePointer<Real>) {
        (predictions + expert * outputs).update(repeating: .nan, count: outputs)
        leverages[expert] = 0
    }

    /// Keeps today's weights aside, to predict by them while everything is learned again. Once a fit: O(K·D²).
    func freeze() {
        var at = frozen
        for i in 0..<count {
            let factor = i < linear.count ? linear[i] : fourier[i - linear.count]
            factor.weights(into: at, width: factor.width)
            at += factor.width * outputs
        }
    }

    /// The weights of a memory like the main one, kept in the same place.
    func freeze(_ memory: Factor) -> UnsafePointer<Real> {
        memory.weights(into: frozen, width: memory.width)
        return UnsafePointer(frozen)
    }

    /// As `predict`, by the weights kept aside; the encoder holds the row as it was encoded before the fit.
    func predictFrozen(_ encoder: Encoder, own: UnsafePointer<Float>, into predictions: UnsafeMutablePointer<Real>, _ scratch: Scratch) {
        var at = frozen
        var width = 0
        for expert in 0..<count {
            if expert == 0 { width = composeLinear(encoder, own, .max, into: scratch.copy) }
            if expert == linear.count { width = composeFourier(encoder, own, .max, into: scratch.copy) }
            let said = predictions + expert * outputs
            said.update(repeating: 0, count: outputs)
            for i in 0..<width { RowKernels.axpy(scratch.copy[i], at + i * outputs, said, outputs) }
            at += width * outputs
        }
    }

    /// Takes in the row that the encoder holds, with its target of `active` outputs.
    func learn(
        _ encoder: Encoder, own: UnsafePointer<Float>, ownCount: Int, target: UnsafePointer<Real>, active: Int, _ scratch: Scratch,
        works: ShortMemories = ShortMemories(), longWaits: Bool = false
    ) {
        var n = composeLinear(encoder, own, ownCount, into: scratch.copy)
        learn(longWaits ? nil : linear[0], works.linear ? linear[1] : nil, n, target, active, scratch)
        guard !fourier.isEmpty else { return }
        n = composeFourier(encoder, own, ownCount, into: scratch.copy)
        learn(longWaits ? nil : fourier[0], works.fourier ? fourier[1] : nil, n, target, active, scratch)
    }

    /// Takes a row that the encoder holds out of both long memories again, and of the marks from `mark` on, which had learned it.
    ///
    /// - Returns: false where some of them hangs on this row so much that it could not be taken out of it.
    func withdrawWholly(
        _ encoder: Encoder, own: UnsafePointer<Float>, ownCount: Int, target: UnsafePointer<Real>, active: Int, _ scratch: Scratch,
        _ segments: Segments, from mark: Int
    ) -> Bool {
        var isOut = true
        for l in 0..<longCount {
            let n = l == 0 ? composeLinear(encoder, own, ownCount, into: scratch.copy) : composeFourier(encoder, own, ownCount, into: scratch.copy)
            for i in mark...max(mark, segments.count) {
                let factor = i < segments.count ? segments.mark(i, l) : long(l)
                scratch.target.update(from: target, count: active)
                isOut = factor.withdraw(scratch.copy, scratch.target, scratch: scratch.sweep, width: n, outputs: active) && isOut
            }
        }
        return isOut
    }

    /// Takes a row that the encoder holds into the long memories alone.
    func learnLong(
        _ encoder: Encoder, own: UnsafePointer<Float>, ownCount: Int, target: UnsafePointer<Real>, active: Int, _ scratch: Scratch
    ) {
        for l in 0..<longCount {
            let n = l == 0 ? composeLinear(encoder, own, ownCount, into: scratch.copy) : composeFourier(encoder, own, ownCount, into: scratch.copy)
            learn(long(l), nil, n, target, active, scratch)
        }
    }

    /// Nothing of a row stays in working room, nor of what was known before the newest fit.
    func wipe() {
        narrowed.update(repeating: 0, count: features)
        var numbers = 0
        for factor in linear { numbers += factor.width * outputs }
        for factor in fourier { numbers += factor.width * outputs }
        frozen.update(repeating: 0, count: numbers)
    }

    /// The short memories go on from what the long ones know.
    func restartShort() {
        linear[1].copy(from: linear[0])
        if !fourier.isEmpty { fourier[1].copy(from: fourier[0]) }
    }

    /// λ of the short memories: while boosted it goes from its square back to what it is.
    private var keep: Real {
        let share = Real(boosted) / Real(Self.boostLength)
        return style.short * (1 - share * (1 - style.short))
    }

    /// Another regime has become the main memory: the short one over its latent goes on from there, and the linear ones, of
    /// which no regime is kept, begin again.
    func follow() {
        guard !fourier.isEmpty else {
            linear[1].copy(from: linear[0])
            return
        }
        fourier[1].copy(from: fourier[0])
        for factor in linear { factor.reset() }
    }

    /// What the long memories know counts for a share of what it was.
    func loosen(to share: Real) {
        linear[0].loosen(to: share)
        if !fourier.isEmpty { fourier[0].loosen(to: share) }
    }

    private func learn(_ long: Factor?, _ short: Factor?, _ n: Int, _ target: UnsafePointer<Real>, _ active: Int, _ scratch: Scratch) {
        if let long {
            scratch.latent.update(from: scratch.copy, count: n)
            scratch.target.update(from: target, count: active)
            long.append(scratch.latent, scratch.target, width: n, outputs: active)
        }
        guard let short else { return }
        scratch.latent.update(from: scratch.copy, count: n)
        scratch.target.update(from: target, count: active)
        short.forgetAndAppend(scratch.latent, scratch.target, keep: keep, scratch: scratch.sweep, width: n, outputs: active)
    }

    mutating func archive(_ archive: inout Archive) {
        for i in linear.indices { linear[i].archive(&archive) }
        for i in fourier.indices { fourier[i].archive(&archive) }
        var numbers = 0
        for i in linear.indices { numbers += linear[i].width * outputs }
        for i in fourier.indices { numbers += fourier[i].width * outputs }
        archive.array(frozen, numbers)
        archive.scalar(&boosted)
    }
}
