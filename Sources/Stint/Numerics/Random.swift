import CMath

/// Seeded random numbers: xoshiro256++ (Blackman & Vigna 2019), seeded through SplitMix64.
///
/// Always passed `inout`. The same seed gives the same numbers on every machine; normals go through libm and are the same
/// on one machine.
public struct Random: Equatable {
    private var s0, s1, s2, s3: UInt64

    /// A generator of its own for each (seed, stream), so that one part drawing more does not shift another.
    public init(seed: UInt64, stream: UInt64 = 0) {
        var mixer = seed &+ stream &* 0xD1B5_4A32_D192_ED03
        func next() -> UInt64 {
            mixer &+= 0x9E37_79B9_7F4A_7C15
            var z = mixer
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
        s0 = next()
        s1 = next()
        s2 = next()
        s3 = next()
    }

    public mutating func next() -> UInt64 {
        func rotate(_ x: UInt64, _ k: UInt64) -> UInt64 { (x << k) | (x >> (64 - k)) }
        let result = rotate(s0 &+ s3, 23) &+ s0
        let t = s1 << 17
        s2 ^= s0
        s3 ^= s1
        s1 ^= s2
        s0 ^= s3
        s2 ^= t
        s3 = rotate(s3, 45)
        return result
    }

    /// Uniform in [0, 1), 53 bits.
    public mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// Uniform in 0 ..< bound, by the widening product (Lemire 2019) without rejection: its bias is below bound / 2^64.
    public mutating func below(_ bound: Int) -> Int { Int(next().multipliedFullWidth(by: UInt64(bound)).high) }

    /// Standard normal, by Box and Muller; one of the pair is thrown away, so that the state is the generator's alone.
    public mutating func normal() -> Double {
        let radius = (-2 * log(1 - uniform())).squareRoot()
        return radius * cos(2 * .pi * uniform())
    }

    mutating func archive(_ archive: inout Archive) {
        archive.scalar(&s0)
        archive.scalar(&s1)
        archive.scalar(&s2)
        archive.scalar(&s3)
    }
}
