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

    @Test("at the reference temperature and full slip friction is viscous plus Coulomb")
    func byHand() {
        // F_v 2 · 1.5 + F_c 3 = 6 N·m; tanh(30) is 1 to rounding.
        #expect(abs(joint.torque(speed: 1.5, temperature: 22) - 6) < 1e-12)
        // One softening temperature warmer: 0.4 + 0.6/e = 0.62072766.
        #expect(abs(joint.torque(speed: 1.5, temperature: 37) - 6 * 0.62072766) < 1e-7)
    }
}
