import Testing

@testable import StintDaemon

@Suite struct StepTimesTests {
    @Test("before the first step nothing is known")
    func empty() {
        #expect(StepTimes().quantile(0.5) == nil)
        #expect(StepTimes().maximum == nil)
    }

    @Test("cleared, it is as before the first step")
    func cleared() {
        var times = StepTimes()
        times.add(nanoseconds: 5000)
        times.clear()
        #expect(times.quantile(0.5) == nil && times.maximum == nil)
        times.add(nanoseconds: 7)
        #expect(times.maximum == 0.007)
    }

    @Test("a quantile is at most an eighth too high, and never too low", arguments: [1, 7, 8, 9, 100, 1023, 1024, 65_537, 1 << 40] as [UInt64])
    func bounds(nanoseconds: UInt64) throws {
        var steps = StepTimes()
        for _ in 0..<10 { steps.add(nanoseconds: nanoseconds) }
        // A longer one, so that the maximum does not bound the quantile.
        steps.add(nanoseconds: nanoseconds * 4)
        let said = (try #require(steps.quantile(0.5)) * 1000).rounded()
        #expect(said >= Double(nanoseconds))
        #expect(said <= Double(nanoseconds) * 1.125 + 1)
        #expect(steps.maximum == Double(nanoseconds * 4) / 1000)
    }

    @Test("one slow step in a hundred is beyond the 99 % quantile and is the maximum")
    func slow() throws {
        var steps = StepTimes()
        for _ in 0..<99 { steps.add(nanoseconds: 1000) }
        steps.add(nanoseconds: 1_000_000)
        #expect(try #require(steps.quantile(0.99)) < 1.2)
        #expect(steps.quantile(1) == 1000)
    }
}
