import Testing

@testable import StintSimulation

@Suite struct ArmYearsTests {
    static let year: [ArmYears.Moment] = {
        var years = ArmYears(framesPerYear: 20_000, seed: 3)
        return (0..<20_000).compactMap { _ in years.next() }
    }()

    @Test("the same seed gives the same years, another one others")
    func seeds() {
        var same = ArmYears(framesPerYear: 20_000, seed: 3), other = ArmYears(framesPerYear: 20_000, seed: 4)
        for moment in Self.year.prefix(400) {
            #expect(same.next()?.truth == moment.truth && other.next()?.truth != moment.truth)
        }
    }

    @Test("each frame's torque is that of the equations of motion, by a drive that does not know its magnets' warmth")
    func physics() {
        let links = ArmDynamics(), reference = ReferenceMotion()
        for moment in Self.year.prefix(2000) {
            let wanted = reference.at(moment.truth.time)
            let rigid = links.torque(q: wanted.q, dq: wanted.dq, ddq: wanted.ddq, payload: moment.truth.payload)
            // Friction is at most 2.7 times that at 22 °C; warm magnets take up to a tenth; five sds of the noise.
            let room = SIMD2(2.7 * (2 * wanted.dq.x.magnitude + 3), 2.7 * (0.5 * wanted.dq.y.magnitude + 0.8)) * 1.1
                + [0.1 * rigid.x.magnitude + 0.5, 0.1 * rigid.y.magnitude + 0.25]
            let rest = moment.truth.torque - rigid
            #expect(rest.x.magnitude < room.x && rest.y.magnitude < room.y)
        }
    }

    @Test("summer is warmer than winter, payloads change with the shifts, and every fault comes and goes")
    func changes() {
        func mean(_ range: Range<Int>) -> Double { Self.year[range].reduce(0) { $0 + $1.truth.temperature.x } / Double(range.count) }
        // Swings of 14 K either way.
        #expect(mean(4000..<6000) - mean(14_000..<16_000) > 20)
        #expect(Set(Self.year.map(\.truth.payload)) == [0, 1.5, 3])
        let faulty = Self.year.filter { $0.fault != nil }
        #expect(faulty.count >= 4 * 20 && faulty.count <= 4 * 320)
        for moment in Self.year { #expect((moment.told == nil) == (moment.fault == .cable)) }
        let gaps = Self.year.filter { moment in
            guard moment.fault == nil, let told = moment.told else { return false }
            return told.contains { $0.isNaN }
        }
        // Eight values a frame, one of 2000 missing: 80 expected, five sds are 45.
        #expect((35...125).contains(gaps.count))
    }
}
