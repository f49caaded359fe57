import CMath
import Testing

@testable import Stint

@Suite struct DiscriminantTests {
    /// A factor of one-hot targets with a discriminant over it.
    private final class Bench {
        let factor: FactorBench
        let arena: Arena
        var discriminant: Discriminant
        let classes: Int
        private let said, scores: UnsafeMutablePointer<Real>

        init(width: Int, classes: Int, ridge: Real, doubt: Double) {
            self.classes = classes
            factor = FactorBench(width: width, outputs: classes, ridge: ridge)
            let learned = factor.factor
            func carve(_ carver: inout Carver) -> (Discriminant, UnsafeMutablePointer<Real>, UnsafeMutablePointer<Real>) {
                let made = Discriminant(learned, classes: classes, doubt: doubt, &carver)
                return (made, carver.carve(Real.self, classes), carver.carve(Real.self, classes))
            }
            var counter = Carver()
            _ = carve(&counter)
            arena = Arena(bytes: counter.carved)
            var carver = Carver(over: arena)
            (discriminant, said, scores) = carve(&carver)
            discriminant.reset()
        }

        func learn(_ z: [Real], _ truth: Int) {
            factor.learn(z, (0..<classes).map { $0 == truth ? 1 : 0 })
            discriminant.count()
        }

        /// Ridge's scores and the discriminants, these in nats below the largest.
        func predict(_ z: [Real]) -> (ridge: [Real], nats: [Real]) {
            let ridge = factor.predict(z, outputs: classes).value
            for k in 0..<classes { said[k] = ridge[k] }
            discriminant.predict(said, leverage: 0, known: classes, into: scores)
            return (ridge, (0..<classes).map { scores[$0] * Discriminant.unit })
        }
    }

    private func best(_ scores: [Real]) -> Int { scores.indices.max { scores[$0] < scores[$1] }! }

    /// Noise about a centre of its own for each class; the first number is 1.
    private func sample(_ truth: Int, _ width: Int, apart: Double, _ random: inout Random) -> [Real] {
        [1] + (1..<width).map { Real(random.normal() + ($0 % 5 == truth ? apart : 0)) }
    }

    @Test("from the factor alone they are the discriminants of the rows: pooled scatter within the classes, means, and counts")
    func equalsRows() {
        let (width, classes) = (9, 4)
        let bench = Bench(width: width, classes: classes, ridge: 0.01, doubt: 0)
        var random = Random(seed: 3)
        var rows: [(z: [Real], truth: Int)] = []
        for _ in 0..<400 {
            // Classes that differ in how often they come.
            let truth = [0, 0, 0, 0, 1, 1, 2, 3][random.below(8)]
            rows.append((sample(truth, width, apart: 0.8, &random), truth))
            bench.learn(rows[rows.count - 1].z, truth)
        }
        var counts = [Real](repeating: 0, count: classes)
        var means = [[Real]](repeating: [Real](repeating: 0, count: width), count: classes)
        for row in rows {
            counts[row.truth] += 1
            for i in 0..<width { means[row.truth][i] += row.z[i] }
        }
        for k in 0..<classes { for i in 0..<width { means[k][i] /= counts[k] } }
        var within = (0..<width).map { i in (0..<width).map { $0 == i ? Real(0.01) : 0 } }
        for row in rows {
            for i in 0..<width { for j in 0..<width { within[i][j] += (row.z[i] - means[row.truth][i]) * (row.z[j] - means[row.truth][j]) } }
        }
        let total = Real(rows.count)
        let slopes = means.map { solvePlainly(within, $0).map { $0 * total } }
        for _ in 0..<50 {
            let z = sample(random.below(classes), width, apart: 0.8, &random)
            let plain = (0..<classes).map { k -> Real in
                var sum: Real = 0
                for i in 1..<width { sum += slopes[k][i] * (z[i] - means[k][i] / 2) }
                return sum + Real(log(Double(counts[k] / total)))
            }
            let largest = plain.max()!
            // float32 through two factorisations of condition 10⁴, on scores of some tens of nats.
            for (nats, expected) in zip(bench.predict(z).nats, plain) { #expect(abs(nats - (expected - largest)) < 0.05) }
        }
    }

    @Test("five rows of a new class among six hundred are enough, where the ridge's own scores say never")
    func fewShots() {
        let (width, classes) = (21, 3)
        let bench = Bench(width: width, classes: classes, ridge: 0.1, doubt: 0.1)
        var random = Random(seed: 5)
        for i in 0..<600 { bench.learn(sample(i % 2, width, apart: 2, &random), i % 2) }
        for _ in 0..<5 { bench.learn(sample(2, width, apart: 2, &random), 2) }
        var told = (ridge: 0, discriminant: 0, others: 0)
        for i in 0..<300 {
            let said = bench.predict(sample(2, width, apart: 2, &random))
            told.ridge += best(said.ridge) == 2 ? 1 : 0
            told.discriminant += best(said.nats) == 2 ? 1 : 0
            told.others += best(bench.predict(sample(i % 2, width, apart: 2, &random)).nats) == i % 2 ? 1 : 0
        }
        #expect(told.ridge < 30 && told.discriminant > 200 && told.others > 285, "\(told)")
    }

    @Test("a class without rows is never told, and more classes than there is room for are all alike")
    func bounds() {
        let bench = Bench(width: 5, classes: 3, ridge: 0.1, doubt: 0.1)
        var random = Random(seed: 7)
        for i in 0..<60 { bench.learn(sample(i % 2, 5, apart: 1, &random), i % 2) }
        let said = bench.predict(sample(0, 5, apart: 1, &random)).nats
        #expect(said[2] < -1e5 && said.allSatisfy(\.isFinite), "\(said)")

        let many = Bench(width: 5, classes: Discriminant.most + 1, ridge: 0.1, doubt: 0.1)
        many.learn([1, 2, 3, 4, 5], 0)
        #expect(many.predict([1, 2, 3, 4, 5]).nats.allSatisfy { $0 == 0 })
    }

    @Test("before the first label, and on latents that are all the same, everything stays finite")
    func degenerate() {
        let bench = Bench(width: 4, classes: 2, ridge: 0.1, doubt: 0.1)
        #expect(bench.predict([1, 0, 0, 0]).nats.allSatisfy { $0 == 0 })
        for i in 0..<1000 { bench.learn([1, 8, 8, 8], i % 2) }
        #expect(bench.predict([1, 8, 8, 8]).nats.allSatisfy { $0.isFinite && $0 > -0.1 })
    }
}
