import Testing

@testable import Stint

/// 10⁷ rows of the kinds that wear a factor out. Half a minute with optimisation.
@Suite struct EnduranceReleaseTests {
    static let width = 12
    static let rows = 10_000_000

    enum Input: String, CaseIterable { case constant, random, fourOfTwelve }

    @Test(
        "after 10⁷ rows the factor is finite and what was learned before is still known, to 1 % of its sd",
        arguments: Input.allCases, [1.0, 0.9, 0.8])
    func endures(input: Input, keep: Double) {
        let d = Self.width
        let bench = FactorBench(width: d, outputs: 1)
        let truth = (0..<d).map { Real($0 % 2 == 0 ? 1 : -0.5) }
        func answer(_ z: UnsafePointer<Real>) -> Real { (0..<d).reduce(0) { $0 + truth[$1] * z[$1] } }
        var random = Random(seed: 31)
        let z = UnsafeMutablePointer<Real>.allocate(capacity: d)
        let known = rowsOfNormals(200, d, &random)
        for row in rowsOfNormals(3000, d, &random) { bench.learn(row, [row.withUnsafeBufferPointer { answer($0.baseAddress!) } + 0.1 * Real(random.normal())]) }
        func error() -> Real {
            let squares = known.reduce(Real(0)) { sum, row in
                let e = bench.predict(row, outputs: 1).value[0] - row.withUnsafeBufferPointer { answer($0.baseAddress!) }
                return sum + e * e
            }
            return (squares / Real(known.count)).squareRoot()
        }
        let before = error()
        // A table of rows, so that the generator is not what takes the time.
        let table = UnsafeMutablePointer<Real>.allocate(capacity: 4096 * d)
        for i in 0..<(4096 * d) {
            let column = i % d
            switch input {
            case .constant: table[i] = column == 0 ? 1 : Real(column) / Real(d)
            case .random: table[i] = column == 0 ? 1 : Real(random.normal())
            case .fourOfTwelve: table[i] = column == 0 ? 1 : column < 4 ? Real(random.normal()) : 0
            }
        }
        for i in 0..<Self.rows {
            (z).update(from: table + (i & 4095) * d, count: d)
            bench.target[0] = answer(z)
            bench.factor.forgetAndAppend(z, bench.target, keep: Real(keep), scratch: bench.sweep, width: d, outputs: 1)
        }
        let deviation = truth.dropFirst().reduce(0) { $0 + $1 * $1 }.squareRoot()
        let after = error()
        #expect(after.isFinite && after <= before + 0.01 * deviation)
        for i in 0..<d { #expect(bench.factor.row(i)[0] > 0 && bench.factor.row(i)[0].isFinite) }
    }

    func rowsOfNormals(_ count: Int, _ width: Int, _ random: inout Random) -> [[Real]] {
        (0..<count).map { _ in (0..<width).map { $0 == 0 ? 1 : Real(random.normal()) } }
    }
}
