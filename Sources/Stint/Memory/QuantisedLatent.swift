/// A latent as int8, with one scale a vector: x ≈ s·q, q ∈ −127…127, s = max|x|/127.
///
/// Symmetric, so that a 0 stays a 0 and a dot product of two latents is one of integers times two scales. Kept latents are
/// clipped at ±8 deviations, so s ≤ 8/127: a step is at most 6.3 % of a deviation.
/// Error: half a step, s/2, in each component. Not finite components count as 0.
enum QuantisedLatent {
    static let steps: Float = 127

    /// Writes the q of `count` components, `stride` apart; returns s, which is 0 for a vector of zeros.
    static func quantise(
        _ x: UnsafePointer<Float>, _ count: Int, into q: UnsafeMutablePointer<Int8>, stride: Int = 1
    ) -> Float {
        var largest: Float = 0
        for i in 0..<count where x[i].isFinite { largest = max(largest, x[i].magnitude) }
        let scale = largest / steps
        // Below the smallest normal number the inverse is not finite; such a vector is 0 for all that distances care.
        let inverse = scale >= .leastNormalMagnitude ? 1 / scale : 0
        for i in 0..<count {
            let y = x[i].isFinite ? x[i] * inverse : 0
            // Half away from zero; `rounded()` is a library call on x86-64's baseline.
            q[i * stride] = Int8(min(max(y + (y < 0 ? -0.5 : 0.5), -steps), steps))
        }
        return inverse > 0 ? scale : 0
    }
}
