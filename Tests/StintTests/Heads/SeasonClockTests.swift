import Testing

@testable import Stint

@Suite struct SeasonClockTests {
    private func hour(_ clock: SeasonClock) -> Int { clock.slot(seconds: 3600, of: 24) }

    @Test("hours follow the clock, over midnight and over a pause of days")
    func follows() {
        var clock = SeasonClock()
        clock.advance(to: 3600 * 23.5)
        #expect(hour(clock) == 23)
        clock.advance(to: 3600 * 24.2)
        #expect(hour(clock) == 0)
        clock.advance(to: 3600 * (24 * 4 + 7.5))
        #expect(hour(clock) == 7)
    }

    @Test("a stamp that stands, goes back or leaps moves nothing; a clock that was set is believed from its second row")
    func bad() {
        var clock = SeasonClock()
        clock.advance(to: 3600 * 5.5)
        for stamp in [3600 * 5.5, 3600 * 4.5, -7, 1e12, 1e15] {
            clock.advance(to: stamp)
            #expect(hour(clock) == 5, "\(stamp)")
        }
        clock.advance(to: 86_400 * 20_000 + 3600 * 9)
        #expect(hour(clock) == 5)
        clock.advance(to: 86_400 * 20_000 + 3600 * 9.1)
        #expect(hour(clock) == 9)
    }
}
