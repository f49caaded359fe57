import Testing

@testable import Stint

@Suite struct FactorSumsTests {
    /// Sums of 400 rows in float64 lose three digits, a condition of some hundreds as many.
    @Test func `what is left when one factor's sums are taken from another's is the factor of the other rows`() {
        let (width, outputs) = (9, 2)
        var counter = Carver()
        func make(_ carver: inout Carver) -> [Factor] { (0..<4).map { _ in Factor(width: width, outputs: outputs, ridge: 0.5, &carver) } }
        _ = make(&counter)
        let arena = Arena(bytes: counter.carved)
        var carver = Carver(over: arena)
        let factors = make(&carver)
        let (all, first, second, rest) = (factors[0], factors[1], factors[2], factors[3])
        for factor in factors { factor.reset() }
        var random = Random(seed: 3)
        for i in 0..<400 {
            let z = (0..<width).map { Real($0 == 0 ? 1 : random.normal()) }, y = [Real(z[1] + z[2]), Real(random.normal())]
            for factor in [all, i < 250 ? first : second] {
                var (latent, target) = (z, y)
                factor.append(&latent, &target, width: width, outputs: outputs)
            }
        }
        var sums = [Real](repeating: 0, count: Factor.sums(width: width, outputs: outputs))
        sums.withUnsafeMutableBufferPointer { buffer in
            let room = buffer.baseAddress!
            all.add(1, to: room)
            first.add(-1, to: room)
            let prior = Factor(width: width, outputs: outputs, ridge: 0.5, over: room)
            for i in 0..<width { prior.row(i)[0] += 0.5 }
            rest.factorise(room)
        }
        for i in 0..<width {
            for j in 0..<(width - i) { #expect((rest.row(i)[j] - second.row(i)[j]).magnitude < 1e-10 * max(1, second.row(i)[j].magnitude)) }
            for k in 0..<outputs { #expect((rest.targets(i)[k] - second.targets(i)[k]).magnitude < 1e-10) }
        }
        withExtendedLifetime(arena) {}
    }
}
