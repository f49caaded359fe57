import Testing

@testable import Stint

@Suite struct ExpertRegretTests {
    /// The least that any sequence with at most so many switches loses, by looking at all of them.
    private func byHand(_ losses: [[Double]], row: Int = 0, last: Int? = nil, switches: Int) -> Double {
        guard row < losses.count else { return 0 }
        var least = Double.infinity
        for expert in losses[row].indices {
            let left = last == nil || last == expert ? switches : switches - 1
            guard left >= 0 else { continue }
            least = min(least, losses[row][expert] + byHand(losses, row: row + 1, last: expert, switches: left))
        }
        return least
    }

    @Test("the best expert and the best sequence are those that trying all of them finds", arguments: [1, 2, 3])
    func exact(experts: Int) throws {
        var random = Random(seed: 3)
        for rows in 1...9 {
            let losses = (0..<rows).map { _ in (0..<experts).map { _ in Double(random.below(100)) } }
            var regret = ExpertRegret(experts: experts)
            for row in losses { regret.add(own: 7, row) }
            let best = try #require(regret.best)
            #expect(best.loss == (0..<experts).map { e in losses.reduce(0) { $0 + $1[e] } }.min())
            #expect(best.loss == losses.reduce(0) { $0 + $1[best.expert] })
            #expect(regret.bestSequence == byHand(losses, switches: ExpertRegret.switches))
            #expect(regret.own == 7 * Double(rows))
        }
    }

    @Test("a sequence needs no more switches than the stream has, and has no more than it may")
    func switches() throws {
        func sequence(blocks: Int) throws -> Double {
            var regret = ExpertRegret(experts: 2)
            for block in 0..<blocks { for _ in 0..<10 { regret.add(own: 0, block % 2 == 0 ? [0, 1] : [1, 0]) } }
            return try #require(regret.bestSequence)
        }
        #expect(try sequence(blocks: ExpertRegret.switches + 1) == 0)
        #expect(try sequence(blocks: ExpertRegret.switches + 2) == 10)
    }

    @Test("before the first row there is no best")
    func empty() { #expect(ExpertRegret(experts: 3).best == nil && ExpertRegret(experts: 3).bestSequence == nil) }
}

@Suite struct CoverageWindowTests {
    @Test("coverage is told of every window of a thousand rows, and of none that is not full")
    func windows() {
        var score = IntervalScore()
        // 90 %, then 85 %, then 84 %, then half a window of misses.
        for (missed, rows) in [(100, 1000), (150, 1000), (160, 1000), (500, 500)] {
            for row in 0..<rows { score.add(truth: row < missed ? 2 : 0, lower: -1, upper: 1, nominal: 0.9) }
        }
        #expect(score.windows.count == 3 && score.windows.near == 2)
        #expect(score.windows.least == 0.84 && score.windows.most == 0.9)
        var both = score.windows
        both.merge(IntervalScore().windows)
        #expect(both.count == 3 && both.least == 0.84 && both.most == 0.9)
    }
}
