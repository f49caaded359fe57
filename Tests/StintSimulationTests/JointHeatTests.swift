import Testing

@testable import StintSimulation

@Suite struct JointHeatTests {
    let joint = TwoJointArm.Parameters().shoulder.body

    @Test("at constant speed and current the temperature climbs to the point where heating equals cooling, and stays")
    func steadyState() {
        var temperature = 22.0
        // Euler steps of 0.1 s for 20 time constants: what is left is below e⁻²⁰.
        for _ in 0..<12_000 {
            let rise = joint.warming(speed: 1, current: 2, temperature: temperature, room: 22)
            #expect(rise > -1e-9)
            temperature += 0.1 * rise
        }
        let watts = joint.friction.torque(speed: 1, temperature: temperature) + joint.motor.heat(current: 2, temperature: temperature)
        #expect(temperature > 32)
        #expect(abs(temperature - 22 - joint.heat.kelvinPerWatt * watts) < 1e-6)
        #expect(joint.warming(speed: 1, current: 2, temperature: temperature + 1, room: 22) < 0)
    }

    @Test("a joint at rest comes to the temperature of the room, 1/e of the way left after one time constant", arguments: [-10.0, 42])
    func cooling(start: Double) {
        // Euler steps of 1 ms: error t h/(2 t_c²) = 1e-5 relative.
        var temperature = start
        for _ in 0..<60_000 { temperature += 1e-3 * joint.warming(speed: 0, current: 0, temperature: temperature, room: 22) }
        #expect(abs((temperature - 22) / (start - 22) - 0.36787944) < 1e-5)
    }

    @Test("copper warms a joint that stands still, as the square of the current")
    func copper() {
        // 12 K/W · 0.15 Ω · (2 A)² = 7.2 K over 60 s; in a joint 30 K warmer the winding has 1.1179 of its resistance.
        #expect(abs(joint.warming(speed: 0, current: 2, temperature: 22, room: 22) - 7.2 / 60) < 1e-12)
        #expect(abs(joint.warming(speed: 0, current: -4, temperature: 22, room: 22) - 28.8 / 60) < 1e-12)
        #expect(abs(joint.motor.heat(current: 2, temperature: 52) - 0.6 * 1.1179) < 1e-12)
    }

    @Test("the torque of a motor falls by 0.11 % a kelvin, and is proportional to the current")
    func magnets() {
        #expect(joint.motor.torque(current: 3, temperature: 22) == 24)
        #expect(abs(joint.motor.torque(current: 3, temperature: 72) - 24 * 0.945) < 1e-12)
        #expect(joint.motor.torque(current: -3, temperature: 72) == -joint.motor.torque(current: 3, temperature: 72))
    }

    @Test("the room is as warm as the schedule says, with a season on top")
    func room() {
        let room = RoomTemperature(start: 20, [.init(time: 10, celsius: 5)], swing: 8, period: 40)
        #expect(RoomTemperature().at(1e9) == 22)
        #expect(room.at(0) == 20 && abs(room.at(9.999) - 28) < 1e-2 && abs(room.at(10) - 13) < 1e-9 && abs(room.at(30) + 3) < 1e-9)
    }
}
