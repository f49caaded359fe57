import Testing

@testable import Stint

/// The parts of the anomaly head, each against what it should be by definition.
@Suite struct AnomalyPartsTests {
    /// Owns the memory of a part.
    final class Ground {
        let arena: Arena
        init(bytes: Int) { arena = Arena(bytes: bytes) }
    }

    /// A part over an arena of its own.
    func carved<T>(_ make: (inout Carver) -> T) -> (T, Ground) {
        var counter = Carver()
        _ = make(&counter)
        let ground = Ground(bytes: counter.carved)
        var carver = Carver(over: ground.arena)
        return (make(&carver), ground)
    }

    @Test("ranks are those of a sorted copy of the newest thousand, ties and all")
    func ranks() {
        var (ranks, ground) = carved { HealthyRanks(&$0) }
        defer { withExtendedLifetime(ground) {} }
        ranks.reset()
        var random = Random(seed: 41)
        var kept: [Float] = []
        for i in 0..<5000 {
            let x = i % 3 == 0 ? Float(random.below(20)) : Float(random.normal() * 10)
            ranks.insert(x)
            kept = (kept + [x]).suffix(HealthyRanks.capacity)
            guard i % 97 == 0 || i == 4999 else { continue }
            for probe in [x, 3, Float(random.normal() * 10), -100, 100] {
                #expect(ranks.below(probe) == kept.filter { $0 < probe }.count)
                #expect(ranks.above(probe) == kept.filter { $0 > probe }.count)
            }
            #expect(ranks.quantile(upper: 0.05) == kept.sorted()[Int(Double(kept.count) * 0.95)])
        }
    }

    @Test("a tail learns the mean excess and the rate of its episodes; an episode of many rows counts once")
    func tail() {
        var tail = PeakTail(meanExcess: 1)
        var random = Random(seed: 42)
        for _ in 0..<2000 {
            let peak = -3 * (1 - random.uniform()).logarithm
            // Three rows beyond the threshold, the highest in the middle; then 47 quiet ones.
            for part in [0.5, 1, 0.25] { tail.observe(peak * part) }
            for _ in 0..<47 { tail.observe(-1) }
        }
        // A mean over about 256 exponential numbers is off by 1/16 a standard error; three of them. Peaks are cut off at six means.
        #expect(abs(tail.meanExcess - 3) < 0.6)
        #expect(abs(tail.rows(0, atLeast: 1) - 50) < 1)
    }

    @Test("whitened residuals of correlated channels are uncorrelated, of unit variance; one outlier does not change that")
    func whitening() {
        let n = 3
        var (scale, ground) = carved { ResidualScale(channels: n, &$0) }
        defer { withExtendedLifetime(ground) {} }
        scale.reset()
        var random = Random(seed: 43)
        var e = [Float](repeating: 0, count: n)
        var w = e
        let masked = [UInt8](repeating: 0, count: n)
        var sums = [Float](repeating: 0, count: n * n)
        for row in 0..<6000 {
            let common = random.normal()
            for i in 0..<n { e[i] = Float(common + 0.5 * random.normal()) * (i == 2 ? 100 : 1) }
            if row == 3000 { e[0] = 1e6 }
            let length = scale.whiten(e, masked: masked, into: &w)
            if row > 3010 { for i in 0..<n { for j in 0..<n { sums[i * n + j] += w[i] * w[j] / 2989 } } }
            scale.learn(e, masked: masked, length: length)
        }
        // Σ is a mean over 500 rows: relative errors of √(2/500) = 0.06, whose mean over 2989 rows is smaller.
        for i in 0..<n { for j in 0..<n { #expect(abs(sums[i * n + j] - (i == j ? 1 : 0)) < 0.12) } }
    }

    @Test("sums of clipped residuals equal sums of the last sixteen, and an outlier is worth its bound")
    func sums() {
        var (sums, ground) = carved { RecentSums(channels: 2, &$0) }
        defer { withExtendedLifetime(ground) {} }
        sums.reset()
        var random = Random(seed: 44)
        var rows: [[Float]] = []
        for i in 0..<100 {
            let w = [Float(random.normal()), i == 90 ? 1000 : Float(random.normal())]
            rows.append(w)
            let said = sums.push(w)
            let plain = (0..<2).map { c in rows.suffix(16).reduce(Float(0)) { $0 + min(max($1[c], -2.5), 2.5) } }
            let length = ((plain[0] * plain[0] + plain[1] * plain[1]) / 16).squareRoot()
            #expect(abs(said - length) < 1e-4)
        }
    }

    @Test("alarms at the rate of the budget leave the threshold where it is; more raise it, never without bound; time lowers it")
    func feedback() {
        let specification = Specification(channels: 1, rateHz: 1, labels: 0, heads: [])
        var budget = AlarmBudget(.perRows(count: 1, rows: 1000), specification)
        for _ in 0..<100 {
            for _ in 0..<1111 { budget.elapse(0) }
            budget.spend(budget.threshold)
        }
        #expect(abs(budget.shift - AlarmBudget.first) < 0.35)
        for _ in 0..<100 { budget.spend(budget.threshold) }
        #expect(budget.shift == AlarmBudget.highest)
        for _ in 0..<100_000 { budget.elapse(0) }
        #expect(budget.shift == AlarmBudget.lowest)
        // Corrected, an alarm is raised at ln 1000 wherever the threshold is.
        budget.spend(100)
        #expect(abs(budget.corrected(budget.threshold) - 1000.0.logarithm) < 1e-9)
    }

    @Test("a budget in words counts stream time: a clock that stands still earns nothing, one that jumps no more than ten periods")
    func streamTime() {
        let specification = Specification(channels: 1, rateHz: 10, labels: 0, heads: [])
        func after(_ times: [Double]) -> Double {
            var budget = AlarmBudget(.perSeconds(count: 1, seconds: 3600), specification)
            for _ in 0..<20 { budget.spend(budget.threshold) }
            for time in times { budget.elapse(time) }
            return budget.shift
        }
        let day = (0..<36_000).map { Double($0) / 10 }
        let before = after([0])
        #expect(after(day) < before - 0.2)
        #expect(after([Double](repeating: 5, count: 36_000)) == before)
        #expect(after([0, 3e9]) > before - 0.001)
        #expect(after(day.map { $0 + 1e9 }) == after(day) || abs(after(day.map { $0 + 1e9 }) - after(day)) < 1e-6)
    }
}

extension Double {
    /// ln by its series; the tests import no library for it.
    var logarithm: Double {
        var (x, n) = (self, 0.0)
        while x > 1.5 { (x, n) = (x / 2, n + 1) }
        while x < 0.75 { (x, n) = (x * 2, n - 1) }
        let y = (x - 1) / (x + 1)
        var (sum, power) = (0.0, y)
        for k in stride(from: 1.0, to: 60, by: 2) {
            sum += power / k
            power *= y * y
        }
        return 2 * sum + n * 0.6931471805599453
    }
}
