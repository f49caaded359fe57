import Testing

@testable import Stint

@Suite struct QuantisedLatentTests {
    func quantised(_ x: [Float]) -> (q: [Int8], scale: Float) {
        var q = [Int8](repeating: 0, count: x.count)
        let scale = x.withUnsafeBufferPointer { x in
            q.withUnsafeMutableBufferPointer { QuantisedLatent.quantise(x.baseAddress!, x.count, into: $0.baseAddress!) }
        }
        return (q, scale)
    }

    @Test("every component is within half a step of what it was, and the largest is kept to rounding", arguments: [1e-30, 1e-3, 1, 8, 1e30])
    func bound(size: Double) {
        var random = Random(seed: 3)
        for _ in 0..<2000 {
            let x = (0..<9).map { _ in Float(random.normal() * size) }
            let (q, scale) = quantised(x)
            let largest = x.map(\.magnitude).max()!
            // s = max/127 up to one rounding; the product s·q and the quotient x/s round once more each: 127·3 half-ulps.
            let slack = scale * 127 * 3 * Float.ulpOfOne
            for i in x.indices { #expect((x[i] - scale * Float(q[i])).magnitude <= scale / 2 + slack) }
            #expect((scale * 127 - largest).magnitude <= 4 * largest.ulp)
            #expect(q.contains(127) || q.contains(-127))
        }
    }

    @Test("zeros, numbers too small to divide by and what is no number are 0; −128 is never used")
    func edges() {
        #expect(quantised([0, 0]) == ([0, 0], 0))
        #expect(quantised([1e-44, 0]) == ([0, 0], 0))
        #expect(quantised([.nan, 2, .infinity, -2]) == ([0, 127, 0, -127], 2 / 127))
    }
}
