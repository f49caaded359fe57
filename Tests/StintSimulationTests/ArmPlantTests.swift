import Testing

@testable import StintSimulation

@Suite struct ArmPlantTests {
    static let rough = ArmPlant(
        links: ArmDynamics(), shoulder: ArmJoint(friction: TwoJointArm.Parameters().shoulder.friction, heat: JointHeat(kelvinPerWatt: 12)),
        elbow: ArmJoint(friction: TwoJointArm.Parameters().elbow.friction, heat: JointHeat(kelvinPerWatt: 24)))
    static let smooth = ArmPlant(links: ArmDynamics(), shoulder: .ideal, elbow: .ideal)

    func energy(_ state: ArmState, _ payload: Double) -> Double {
        Self.smooth.links.kineticEnergy(q: state.q, dq: state.dq, payload: payload)
            + Self.smooth.links.potentialEnergy(q: state.q, payload: payload)
    }

    @Test("without friction and motor the energy of a swinging arm stays within 1e-6 over 5 s", arguments: [0, 1.5])
    func conservation(payload: Double) {
        var state = ArmState(q: [0.3, 0.5])
        let start = energy(state, payload)
        var fastest = 0.0
        var worst = 0.0
        for _ in 0..<5000 {
            state = Self.smooth.advanced(state, current: .zero, around: .init(payload: payload), dt: 1e-3)
            fastest = max(fastest, Self.smooth.links.kineticEnergy(q: state.q, dq: state.dq, payload: payload))
            worst = max(worst, abs(energy(state, payload) - start))
        }
        // It does swing: a fall of the rods from near level to hanging frees more than 20 J. The method is of fourth order;
        // measured drifts are 0.6 µJ empty and 5 µJ loaded.
        #expect(fastest > 20)
        #expect(worst < 1e-6 * fastest)
    }

    @Test("with friction alone the energy never rises, and what is lost is the heat")
    func dissipation() {
        var state = ArmState(q: [0.3, 0.5])
        let start = energy(state, 0)
        var before = start
        var heat = 0.0
        for _ in 0..<5000 {
            let next = Self.rough.advanced(state, current: .zero, around: .init(payload: 0), dt: 1e-3)
            heat += power(state, next) * 1e-3
            state = next
            #expect(energy(state, 0) < before)
            before = energy(state, 0)
        }
        #expect(heat > 10)
        // The trapezoid rule errs by h²/12 times the change of the power's slope (Euler–Maclaurin): 1e-6/12 · 500 W/s.
        #expect(abs(start - before - heat) < 1e-4)
    }

    /// Mean friction power between two states, W.
    func power(_ a: ArmState, _ b: ArmState) -> Double {
        let powers = Self.rough.friction(a) * a.dq + Self.rough.friction(b) * b.dq
        return powers.sum() / 2
    }

    @Test("the motors' work is the energy gained plus the heat")
    func work() {
        var state = ArmState(q: [-1.2, 0.4])
        let start = energy(state, 0.8)
        var work = 0.0
        var heat = 0.0
        for step in 0..<3000 {
            let torque: SIMD2<Double> = step % 1000 < 500 ? [30, 6] : [5, -4]
            let next = Self.rough.advanced(state, current: torque, around: .init(payload: 0.8), dt: 1e-3)
            work += (torque * (next.q - state.q)).sum()
            heat += power(state, next) * 1e-3
            state = next
        }
        #expect(heat > 10 && abs(work) > 10)
        // As above, with a kink of the power at each of six switches.
        #expect(abs(work - heat - (energy(state, 0.8) - start)) < 1e-3)
    }

    @Test("each joint warms by its own friction at its own temperature")
    func warming() {
        let state = ArmState(q: [0.1, 0.2], dq: [1, 2], temperature: [25, 40])
        let rise = Self.rough.rate(state, current: .zero, around: .init(payload: 0)).temperature
        // Shoulder: s = 0.4 + 0.6 e^(−3/15) = 0.891238; (12 · 5 · 0.891238 − 3)/60.
        // Elbow: s = 0.4 + 0.6 e^(−18/15) = 0.580717; (24 · 3.6 · 0.580717 − 18)/60.
        #expect(distance(rise, [0.841238, 0.536232]) < 1e-5)
    }

    @Test("the electrical power that is not work at the joint is heat, and all heat is in the joint or has gone to the room")
    func heatBalance() {
        let motor = JointMotor(torqueConstant: 8, resistance: 0.15)
        let heat = JointHeat(kelvinPerWatt: 12, timeConstant: 60)
        let joint = ArmJoint(friction: TwoJointArm.Parameters().shoulder.friction, motor: motor, heat: heat)
        let plant = ArmPlant(links: ArmDynamics(gravity: 0), shoulder: joint, elbow: joint)
        var state = ArmState(q: [0.2, 0.4])
        var produced = 0.0, gone = 0.0
        for step in 0..<20_000 {
            let current: SIMD2<Double> = step % 2000 < 1000 ? [1, 0.2] : [-1, -0.2]
            let next = plant.advanced(state, current: current, around: .init(room: 10), dt: 1e-3)
            for at in [state, next] {
                let rubbing = (plant.friction(at) * at.dq).sum()
                let copper = motor.heat(current: current.x, temperature: at.temperature.x)
                    + motor.heat(current: current.y, temperature: at.temperature.y)
                produced += 0.5e-3 * (rubbing + copper)
                gone += 0.5e-3 * (at.temperature - SIMD2(10, 10)).sum() / heat.kelvinPerWatt
            }
            state = next
        }
        let stored = heat.energy(kelvin: (state.temperature - SIMD2(22, 22)).sum())
        #expect(produced > 5 && gone > 5)
        // The trapezoid rule, as below, with a kink at each of twenty switches: 20 · 1e-6/12 · 500 W/s.
        #expect(abs(produced - gone - stored) < 1e-3)
    }

    @Test("in every state M q̈ + C q̇ + g + friction is the motor torque, to rounding")
    func balance() {
        for random in RandomStates(seed: 5) {
            let state = ArmState(q: random.q, dq: random.dq, temperature: [30, 40])
            let torque = 3 * random.ddq
            let ddq = Self.rough.rate(state, current: torque, around: .init(payload: random.payload)).dq
            let needed = Self.rough.links.torque(q: state.q, dq: state.dq, ddq: ddq, payload: random.payload)
                + Self.rough.friction(state)
            // Terms of up to some 500 N·m, solved with a condition number below 100: 500 · 100 · 1.1e-16 = 6e-12.
            #expect(distance(needed, torque) < 1e-10)
        }
    }
}
