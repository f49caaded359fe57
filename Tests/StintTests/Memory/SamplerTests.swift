import Testing

@testable import Stint

@Suite struct SamplerTests {
    /// A sampler over an arena of its own, and what its slots hold: the number and class of a row.
    final class Sample {
        let arena: Arena
        var sampler: Sampler
        var rows: [Int]
        var classes: [Int]

        init(_ kind: SamplerKind, slots: Int, classes: Int = 0, halfLife: Double = 1, seed: UInt64) {
            var counter = Carver()
            _ = Sampler(kind, slots: slots, classes: classes, halfLife: halfLife, seed: seed, &counter)
            arena = Arena(bytes: counter.carved)
            var carver = Carver(over: arena)
            sampler = Sampler(kind, slots: slots, classes: classes, halfLife: halfLife, seed: seed, &carver)
            sampler.reset()
            rows = Array(repeating: -1, count: slots)
            self.classes = rows
        }

        func offer(_ row: Int, category: Int = -1) {
            guard let slot = sampler.place(category: category) else { return }
            rows[slot] = row
            classes[slot] = category
        }
    }

    /// χ² of ten equal bins, 9 degrees of freedom: above 27.88 with probability .001.
    static let limit = 27.88

    @Test("uniform: every row of the stream is kept with the same probability (χ² over ten tenths of it)")
    func uniform() {
        var counts = [Double](repeating: 0, count: 10)
        // 400 streams of 2000 rows, 25 slots: 10 000 kept rows, 1000 a bin.
        for seed in 0..<400 {
            let sample = Sample(.uniform, slots: 25, seed: UInt64(seed))
            for row in 0..<2000 { sample.offer(row) }
            for row in sample.rows { counts[row / 200] += 1 }
            #expect(Set(sample.rows).count == 25)
        }
        #expect(counts.reduce(0) { $0 + ($1 - 1000) * ($1 - 1000) / 1000 } < Self.limit)
    }

    @Test("uniform: also after a hundred thousand rows, where the skips are long")
    func uniformLate() {
        var counts = [Double](repeating: 0, count: 10)
        for seed in 0..<100 {
            let sample = Sample(.uniform, slots: 20, seed: UInt64(1000 + seed))
            for row in 0..<100_000 { sample.offer(row) }
            for row in sample.rows { counts[row / 10_000] += 1 }
        }
        #expect(counts.reduce(0) { $0 + ($1 - 200) * ($1 - 200) / 200 } < Self.limit)
    }

    @Test("balanced: of classes at 100:1 as many are kept of each, as far as they came")
    func balanced() {
        let sample = Sample(.balanced, slots: 100, classes: 4, seed: 5)
        var random = Random(seed: 6)
        for row in 0..<20_000 { sample.offer(row, category: random.below(101) == 0 ? 1 : 0) }
        let minority = sample.classes.filter { $0 == 1 }.count
        // About 198 came, so there are enough: half of the slots, up to the step at which it becomes full.
        #expect((49...51).contains(minority) && sample.classes.allSatisfy { $0 >= 0 })
        // Uniform sampling would keep 100/101 ≈ 1.
        let plain = Sample(.uniform, slots: 100, seed: 5)
        random = Random(seed: 6)
        for row in 0..<20_000 { plain.offer(row, category: random.below(101) == 0 ? 1 : 0) }
        #expect(plain.classes.filter { $0 == 1 }.count < 10)
    }

    @Test("balanced: a class of which only seven came is kept whole, and one that was never named shares as one class")
    func rare() {
        let sample = Sample(.balanced, slots: 60, classes: 3, seed: 2)
        for row in 0..<5000 { sample.offer(row, category: row % 700 == 0 ? 2 : row % 3 == 0 ? -1 : 0) }
        #expect(sample.classes.filter { $0 == 2 }.count == 8)
        #expect((25...27).contains(sample.classes.filter { $0 == -1 }.count))
    }

    @Test("balanced: within a full class every row has the same chance (χ²)")
    func balancedUniform() {
        var counts = [Double](repeating: 0, count: 10)
        for seed in 0..<400 {
            let sample = Sample(.balanced, slots: 50, classes: 2, seed: UInt64(seed))
            for row in 0..<4000 { sample.offer(row / 2, category: row % 2) }
            for slot in 0..<50 where sample.classes[slot] == 1 { counts[sample.rows[slot] / 200] += 1 }
        }
        let mean = counts.reduce(0, +) / 10
        #expect(counts.reduce(0) { $0 + ($1 - mean) * ($1 - mean) / mean } < Self.limit)
    }

    @Test("recent: a row's chance to be there halves with every half-life")
    func recent() {
        var young = 0.0, old = 0.0
        for seed in 0..<400 {
            let sample = Sample(.recent, slots: 50, halfLife: 500, seed: UInt64(seed))
            for row in 0..<5000 { sample.offer(row) }
            for row in sample.rows where row >= 0 {
                if row >= 4500 { young += 1 } else if row >= 4000 { old += 1 }
            }
        }
        // Expected 400·50/2 = 10 000 and half of that; the ratio's standard error is 2·√(1/10⁴ + 1/5·10³) = .035.
        #expect(abs(young / old - 2) < 4 * 0.035)
        #expect(abs(young - 10_000) < 4 * 100)
    }

    @Test("the same seed gives the same slots, another gives others", arguments: [SamplerKind.uniform, .balanced, .recent])
    func seeded(kind: SamplerKind) {
        func rows(_ seed: UInt64) -> [Int] {
            let sample = Sample(kind, slots: 40, classes: 3, halfLife: 300, seed: seed)
            for row in 0..<3000 { sample.offer(row, category: row * row % 3) }
            return sample.rows
        }
        #expect(rows(7) == rows(7))
        #expect(rows(7) != rows(8))
    }

    @Test("without slots nothing is kept, with one the newest or another")
    func small() {
        for kind in [SamplerKind.uniform, .balanced, .recent] {
            let none = Sample(kind, slots: 0, classes: 2, seed: 1)
            for row in 0..<10 { none.offer(row, category: 0) }
            let one = Sample(kind, slots: 1, classes: 2, seed: 1)
            for row in 0..<1000 { one.offer(row, category: row % 2) }
            #expect(one.rows[0] >= 0)
        }
    }
}
