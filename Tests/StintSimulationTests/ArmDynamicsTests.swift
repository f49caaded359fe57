import CMath
import Testing

@testable import StintSimulation

@Suite struct ArmDynamicsTests {
    let arm = ArmDynamics()

    @Test("the mass matrix is symmetric and positive definite in every pose and with every payload")
    func positiveDefinite() {
        for state in RandomStates(seed: 1) {
            let m = arm.massMatrix(q: state.q, payload: state.payload)
            #expect(m.row1.y == m.row2.x)
            #expect(m.row1.x > 0 && m.determinant > 0)
        }
    }

    @Test("dM/dt − 2C is skew-symmetric in every state")
    func passivity() {
        // Central difference of M along the motion: error h² M‴/6 + ε M/h, near 1e-9 at h = 1e-5 for speeds of 4 rad/s.
        let h = 1e-5
        for state in RandomStates(seed: 2) {
            let after = arm.massMatrix(q: state.q + h * state.dq, payload: state.payload)
            let before = arm.massMatrix(q: state.q - h * state.dq, payload: state.payload)
            let c = arm.coriolisMatrix(q: state.q, dq: state.dq, payload: state.payload)
            let row1 = (after.row1 - before.row1) / (2 * h) - 2 * c.row1
            let row2 = (after.row2 - before.row2) / (2 * h) - 2 * c.row2
            #expect(abs(row1.x) < 1e-7 && abs(row2.y) < 1e-7)
            #expect(abs(row1.y + row2.x) < 1e-7)
        }
    }

    @Test("gravity torque is the slope of potential energy")
    func gravityIsSlope() {
        let h = 1e-5
        for state in RandomStates(seed: 3) {
            func energy(_ q: SIMD2<Double>) -> Double { arm.potentialEnergy(q: q, payload: state.payload) }
            let slope = SIMD2(
                (energy(state.q + [h, 0]) - energy(state.q - [h, 0])) / (2 * h),
                (energy(state.q + [0, h]) - energy(state.q - [0, h])) / (2 * h))
            // h² g‴/6 is 1e-9 for torques of 70 N·m; rounding ε E/h is 1e-9.
            #expect(distance(slope, arm.gravityTorque(q: state.q, payload: state.payload)) < 1e-7)
        }
    }

    struct Pose {
        var q, torque: SIMD2<Double>
    }

    static let poses: [Pose] = [
        // Rods of 4 kg, 0.5 m and 2.5 kg, 0.4 m: levers 0.25 m and 0.2 m.
        // Level: 9.81 (4·0.25 + 2.5·0.7) = 26.9775; 9.81·2.5·0.2 = 4.905.
        Pose(q: [0, 0], torque: [26.9775, 4.905]),
        // Upright, and hanging: no lever.
        Pose(q: [.pi / 2, 0], torque: [0, 0]),
        Pose(q: [-.pi / 2, 0], torque: [0, 0]),
        // Upper link level, forearm upright: 9.81 (4·0.25 + 2.5·0.5) = 22.0725.
        Pose(q: [0, .pi / 2], torque: [22.0725, 0]),
        // Upper link upright, forearm level and forward: the forearm alone, on both joints.
        Pose(q: [.pi / 2, -.pi / 2], torque: [4.905, 4.905]),
        // Folded back on itself: 9.81 (4·0.25 + 2.5·(0.5 − 0.2)) = 17.1675.
        Pose(q: [0, .pi], torque: [17.1675, -4.905]),
    ]

    @Test("static gravity torque is what a lever sum gives by hand", arguments: poses)
    func gravityByHand(pose: Pose) {
        // Rounding: a few ulp of 27 N·m.
        #expect(distance(arm.gravityTorque(q: pose.q, payload: 0), pose.torque) < 1e-13 * 27)
    }

    @Test("a payload adds its weight times its level distance from each joint")
    func payloadLever() {
        // 1.5 kg level: 14.715 N at 0.9 m and 0.4 m.
        let level = arm.gravityTorque(q: [0, 0], payload: 1.5) - arm.gravityTorque(q: [0, 0], payload: 0)
        #expect(distance(level, [13.2435, 5.886]) < 1e-12)
        // 60° up, forearm bent back by 60° to level: 0.5 · ½ + 0.4 = 0.65 m and 0.4 m.
        let bent = SIMD2(Double.pi / 3, -Double.pi / 3)
        let raised = arm.gravityTorque(q: bent, payload: 1.5) - arm.gravityTorque(q: bent, payload: 0)
        #expect(distance(raised, [9.56475, 5.886]) < 1e-12)
    }

    @Test("the payload is felt as a point mass: its kinetic energy is ½ m v² of the tip")
    func payloadKinetic() {
        let h = 1e-5
        for state in RandomStates(seed: 4) {
            let velocity = (arm.tip(q: state.q + h * state.dq) - arm.tip(q: state.q - h * state.dq)) / (2 * h)
            let byHand = state.payload * (velocity * velocity).sum() / 2
            let felt = arm.kineticEnergy(q: state.q, dq: state.dq, payload: state.payload)
                - arm.kineticEnergy(q: state.q, dq: state.dq, payload: 0)
            // v is good to h² v³ ≈ 1e-8 m/s.
            #expect(abs(felt - byHand) < 1e-6)
        }
    }
}
