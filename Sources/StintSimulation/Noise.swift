import CMath

/// A reproducible source of Gaussian noise: the same seed gives the same bits everywhere, and the same
/// draws wherever libm rounds the same.
///
/// Source: SplitMix64, Steele, Lea, Flood, OOPSLA 2014, fig. 17; Box–Muller, Ann. Math. Stat. 29 (1958) 610.
struct Noise: Sendable {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func bits() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// Uniform in (0, 1], in steps of 2⁻⁵³; never 0, so its logarithm is finite.
    mutating func uniform() -> Double { Double((bits() >> 11) + 1) * 0x1p-53 }

    /// Two independent draws from a normal distribution, mean 0, each with its standard deviation.
    mutating func pair(sd: SIMD2<Double>) -> SIMD2<Double> {
        let radius = (-2 * log(uniform())).squareRoot()
        let angle = 2 * Double.pi * uniform()
        return sd * [radius * cos(angle), radius * sin(angle)]
    }
}
