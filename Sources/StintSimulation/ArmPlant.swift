/// What the arm is at one instant: angles (rad), speeds (rad/s) and joint temperatures (°C).
public struct ArmState: Equatable, Sendable {
    public var q, dq, temperature: SIMD2<Double>

    public init(q: SIMD2<Double>, dq: SIMD2<Double> = .zero, temperature: SIMD2<Double> = [22, 22]) {
        self.q = q
        self.dq = dq
        self.temperature = temperature
    }

    func moved(along rate: ArmState, by dt: Double) -> ArmState {
        ArmState(q: q + dt * rate.q, dq: dq + dt * rate.dq, temperature: temperature + dt * rate.temperature)
    }
}

/// One joint as a physical thing.
public struct ArmJoint: Sendable {
    public var friction: JointFriction
    public var motor: JointMotor
    public var heat: JointHeat

    public init(friction: JointFriction, motor: JointMotor = .ideal, heat: JointHeat = .none) {
        self.friction = friction
        self.motor = motor
        self.heat = heat
    }

    /// No friction, an ideal motor, no heat.
    public static let ideal = ArmJoint(friction: .none)

    func check() {
        friction.check()
        motor.check()
        heat.check()
    }

    /// dT/dt, K/s: friction and copper warm the joint, the room cools it.
    public func warming(speed: Double, current: Double, temperature: Double, room: Double) -> Double {
        let rubbing = friction.torque(speed: speed, temperature: temperature) * speed
        let watts = rubbing + motor.heat(current: current, temperature: temperature)
        return heat.warming(watts: watts, temperature: temperature, room: room)
    }
}

/// The arm as a physical thing: links, friction, motors and heat, driven by motor currents and by nothing else.
///
///     let plant = ArmPlant(links: ArmDynamics(), shoulder: .ideal, elbow: .ideal)
///     let later = plant.advanced(ArmState(q: [0.3, 0.5]), current: .zero, around: .init(payload: 0), dt: 0.001)
///
/// Cost: four evaluations of the equations a step.
public struct ArmPlant: Sendable {
    /// What acts on the arm from outside: the mass at its tip, kg, and the temperature of the room, °C.
    public struct Surroundings: Sendable {
        public var payload, room: Double

        public init(payload: Double = 0, room: Double = 22) {
            self.payload = payload
            self.room = room
        }
    }

    public var links: ArmDynamics
    public var shoulder, elbow: ArmJoint

    public init(links: ArmDynamics, shoulder: ArmJoint, elbow: ArmJoint) {
        self.links = links
        self.shoulder = shoulder
        self.elbow = elbow
    }

    /// The friction torque of both joints, N·m.
    public func friction(_ state: ArmState) -> SIMD2<Double> {
        [
            shoulder.friction.torque(speed: state.dq.x, temperature: state.temperature.x),
            elbow.friction.torque(speed: state.dq.y, temperature: state.temperature.y),
        ]
    }

    /// The torque of both motors, N·m, at currents in A.
    public func torque(_ state: ArmState, current: SIMD2<Double>) -> SIMD2<Double> {
        [
            shoulder.motor.torque(current: current.x, temperature: state.temperature.x),
            elbow.motor.torque(current: current.y, temperature: state.temperature.y),
        ]
    }

    /// The time derivative of the state: (q̇, q̈, Ṫ).
    public func rate(_ state: ArmState, current: SIMD2<Double>, around: Surroundings) -> ArmState {
        let net = torque(state, current: current) - friction(state)
        return ArmState(
            q: state.dq, dq: links.acceleration(q: state.q, dq: state.dq, torque: net, payload: around.payload),
            temperature: [
                shoulder.warming(speed: state.dq.x, current: current.x, temperature: state.temperature.x, room: around.room),
                elbow.warming(speed: state.dq.y, current: current.y, temperature: state.temperature.y, room: around.room),
            ])
    }

    /// The state `dt` seconds later under currents held constant: one step of the classical Runge–Kutta method.
    public func advanced(_ state: ArmState, current: SIMD2<Double>, around: Surroundings, dt: Double) -> ArmState {
        let k1 = rate(state, current: current, around: around)
        let k2 = rate(state.moved(along: k1, by: dt / 2), current: current, around: around)
        let k3 = rate(state.moved(along: k2, by: dt / 2), current: current, around: around)
        let k4 = rate(state.moved(along: k3, by: dt), current: current, around: around)
        return state.moved(along: k1, by: dt / 6).moved(along: k2, by: dt / 3)
            .moved(along: k3, by: dt / 3).moved(along: k4, by: dt / 6)
    }
}
