import Testing

@testable import StintSimulation

@Suite struct PayloadScheduleTests {
    @Test("a change holds from its instant to the next one")
    func holds() {
        let schedule = PayloadSchedule()
        #expect([0, 19.999, 20, 39.999, 40, 1e6].map(schedule.at) == [0, 0, 1.5, 1.5, 0, 0])
        #expect(PayloadSchedule([]).at(5) == 0)
    }

    @Test("a schedule with a period begins again")
    func period() {
        let schedule = PayloadSchedule([.init(time: 1, mass: 2), .init(time: 3, mass: 0.5)], period: 4)
        #expect([0.5, 1, 3, 4, 5, 7.5].map(schedule.at) == [0, 2, 0.5, 0, 2, 0.5])
    }
}
