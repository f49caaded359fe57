import Testing

@testable import StintSimulation

@Suite struct JointFrictionTests {
    let joint = TwoJointArm.Parameters().shoulder.friction

    @Test("friction opposes the motion, grows with speed and falls with temperature")
    func shape() {
        for speed in [0.001, 0.03, 0.2, 1, 5] {
            var last = Double.infinity
            for temperature in stride(from: 10.0, through: 90, by: 10) {
                let torque = joint.torque(speed: speed, temperature: temperature)
                #expect(torque > 0 && torque < last)
                #expect(joint.torque(speed: -speed, temperature: temperature) == -torque)
                #expect(joint.torque(speed: 2 * speed, temperature: temperature) > torque)
                last = torque
            }
        }
        #expect(joint.torque(speed: 0, temperature: 22) == 0)
    }

    @Test("at ambient temperature and full slip friction is viscous plus Coulomb")
    func byHand() {
        // F_v 2 · 1.5 + F_c 3 = 6 N·m; tanh(30) is 1 to rounding.
        #expect(abs(joint.torque(speed: 1.5, temperature: 22) - 6) < 1e-12)
        // One softening temperature warmer: 0.4 + 0.6/e = 0.62072766.
        #expect(abs(joint.torque(speed: 1.5, temperature: 37) - 6 * 0.62072766) < 1e-7)
    }

    @Test("at constant speed the temperature climbs to the point where heating equals cooling, and stays")
    func steadyState() {
        var temperature = joint.ambient
        // Euler steps of 0.1 s for 20 time constants: what is left is below e⁻²⁰.
        for _ in 0..<12_000 {
            let rise = joint.warming(speed: 1, temperature: temperature)
            #expect(rise > -1e-9)
            temperature += 0.1 * rise
        }
        let power = joint.torque(speed: 1, temperature: temperature)
        #expect(temperature > joint.ambient + 10)
        #expect(abs(temperature - joint.ambient - joint.kelvinPerWatt * power) < 1e-6)
        #expect(joint.warming(speed: 1, temperature: temperature + 1) < 0)
    }

    @Test("a joint at rest cools by 1/e in one time constant")
    func cooling() {
        // Euler steps of 1 ms: error t h/(2 t_c²) = 1e-5 relative.
        var temperature = joint.ambient + 20
        for _ in 0..<60_000 { temperature += 1e-3 * joint.warming(speed: 0, temperature: temperature) }
        #expect(abs((temperature - joint.ambient) / 20 - 0.36787944) < 1e-5)
    }
}
