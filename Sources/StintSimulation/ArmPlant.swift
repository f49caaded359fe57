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

/// The arm as a physical thing: links, friction and heat, driven by motor torques and by nothing else.
///
///     let plant = ArmPlant(links: ArmDynamics(), shoulder: .none, elbow: .none)
///     let later = plant.advanced(ArmState(q: [0.3, 0.5]), torque: .zero, payload: 0, dt: 0.001)
///
/// Cost: four evaluations of the equations a step.
public struct ArmPlant: Sendable {
    public var links: ArmDynamics
    public var shoulder, elbow: JointFriction

    public init(links: ArmDynamics, shoulder: JointFriction, elbow: JointFriction) {
        self.links = links
        self.shoulder = shoulder
        self.elbow = elbow
    }

    /// The friction torque of both joints, N·m.
    public func friction(_ state: ArmState) -> SIMD2<Double> {
        [
            shoulder.torque(speed: state.dq.x, temperature: state.temperature.x),
            elbow.torque(speed: state.dq.y, temperature: state.temperature.y),
        ]
    }

    /// The time derivative of the state: (q̇, q̈, Ṫ).
    public func rate(_ state: ArmState, torque: SIMD2<Double>, payload: Double) -> ArmState {
        ArmState(
            q: state.dq,
            dq: links.acceleration(q: state.q, dq: state.dq, torque: torque - friction(state), payload: payload),
            temperature: [
                shoulder.warming(speed: state.dq.x, temperature: state.temperature.x),
                elbow.warming(speed: state.dq.y, temperature: state.temperature.y),
            ])
    }

    /// The state `dt` seconds later under a torque held constant: one step of the classical Runge–Kutta method.
    public func advanced(_ state: ArmState, torque: SIMD2<Double>, payload: Double, dt: Double) -> ArmState {
        let k1 = rate(state, torque: torque, payload: payload)
        let k2 = rate(state.moved(along: k1, by: dt / 2), torque: torque, payload: payload)
        let k3 = rate(state.moved(along: k2, by: dt / 2), torque: torque, payload: payload)
        let k4 = rate(state.moved(along: k3, by: dt), torque: torque, payload: payload)
        return state.moved(along: k1, by: dt / 6).moved(along: k2, by: dt / 3)
            .moved(along: k3, by: dt / 3).moved(along: k4, by: dt / 6)
    }
}
