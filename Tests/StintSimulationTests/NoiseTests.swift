import Testing

@testable import StintSimulation

@Suite struct NoiseTests {
    @Test("bits are those of the published SplitMix64")
    func published() {
        // From the reference program splitmix64.c by Vigna with state 1234567.
        var noise = Noise(seed: 1_234_567)
        let published: [UInt64] = [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]
        for bits in published { #expect(noise.bits() == bits) }
    }

    @Test("pairs have mean 0, the wanted standard deviations and no correlation")
    func moments() {
        var noise = Noise(seed: 7)
        var sum = SIMD2<Double>.zero
        var squares = SIMD2<Double>.zero
        var product = 0.0
        let count = 40_000.0
        for _ in 0..<40_000 {
            let draw = noise.pair(sd: [1, 2])
            sum += draw
            squares += draw * draw
            product += draw.x * draw.y / 2
        }
        // Five standard errors: 5/√n of a mean and a correlation, 5 √(2/n) of a variance.
        let mean = sum / count
        let variance = squares / count
        #expect(abs(mean.x) < 0.025 && abs(mean.y) < 0.05)
        #expect(abs(variance.x - 1) < 0.036 && abs(variance.y / 4 - 1) < 0.036)
        #expect(abs(product / count) < 0.025)
    }
}
