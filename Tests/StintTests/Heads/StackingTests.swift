import Testing

@testable import Stint

@Suite struct StackingTests {
    /// The truth is one expert's word for a thousand rows, and then another's.
    func error(keep: Double) -> Double {
        var counter = Carver()
        _ = Stacking(experts: 3, targets: 1, keep: keep, &counter)
        let arena = Arena(bytes: counter.carved)
        var carver = Carver(over: arena)
        var stacking = Stacking(experts: 3, targets: 1, keep: keep, &carver)
        stacking.reset()
        var random = Random(seed: 8)
        let said = UnsafeMutablePointer<Double>.allocate(capacity: 3)
        defer { said.deallocate() }
        var sum = 0.0
        for row in 0..<2000 {
            for i in 0..<3 { said[i] = random.normal() }
            let opinion = (said[0] + said[1] + said[2]) / 3
            let truth = row < 1000 ? said[0] : said[1]
            let error = stacking.combine(0, said, around: opinion) - truth
            if row >= 1600 { sum += error * error / 400 }
            stacking.learn(0, truth, said, around: opinion)
        }
        return sum
    }

    @Test("a stack that forgets follows when another expert becomes the right one; one that does not lags behind")
    func forgets() {
        let (whole, recent) = (error(keep: 1), error(keep: 0.995))
        #expect(recent < 0.05 && whole > 4 * recent, "\(whole) \(recent)")
    }
}
