import CMath

/// The friction of one joint, which falls as the joint warms up.
///
/// Friction opposes the motion: `speed · torque ≥ 0`, and its power is heat in the joint.
///
///     τ(q̇, T) = s(T) · (F_v q̇ + F_c tanh(q̇ / w))        s(T) = w∞ + (1 − w∞) exp(−(T − T₀) / T_s)
///
/// Source: viscous and Coulomb terms: Siciliano et al., Robotics (2009), eq. 7.42. The sign function is smoothed by tanh, so
/// that the equations stay smooth enough for a Runge–Kutta step; there is no stiction. That friction falls about
/// exponentially with the temperature of the joint was measured for the part that grows with speed: Bittencourt,
/// Gunnarsson, J. Dyn. Syst. Meas. Control 134 (2012) 051013. Here one factor scales both terms, and friction does not
/// depend on the load.
public struct JointFriction: Sendable {
    /// F_v, viscous coefficient at the reference temperature, N·m·s/rad. 0 or more.
    public var viscous: Double
    /// F_c, Coulomb torque at the reference temperature, N·m. 0 or more.
    public var coulomb: Double
    /// w, the speed at which the Coulomb term has reached 76 % of its value, rad/s. Above 0. Small is sharp, and stiff.
    public var smoothing: Double
    /// w∞, the share of friction left in a very hot joint. 0 … 1; 1 is friction that temperature does not change.
    public var warmShare: Double
    /// T_s, the warming over which the rest falls to 37 %, K. Above 0.
    public var softening: Double
    /// T₀, the temperature at which the coefficients hold, °C.
    public var reference: Double

    public init(
        viscous: Double, coulomb: Double, smoothing: Double = 0.05, warmShare: Double = 0.4, softening: Double = 15,
        reference: Double = 22
    ) {
        self.viscous = viscous
        self.coulomb = coulomb
        self.smoothing = smoothing
        self.warmShare = warmShare
        self.softening = softening
        self.reference = reference
        check()
    }

    /// A joint without friction.
    public static let none = JointFriction(viscous: 0, coulomb: 0)

    func check() {
        precondition(viscous >= 0 && coulomb >= 0, "friction is 0 or more, got viscous \(viscous), Coulomb \(coulomb)")
        precondition(smoothing > 0, "the smoothing speed is above 0, got \(smoothing) rad/s")
        precondition(warmShare >= 0 && warmShare <= 1, "the warm share lies in 0 … 1, got \(warmShare)")
        precondition(softening > 0, "the softening temperature is above 0, got \(softening) K")
    }

    /// s(T), by which both coefficients are scaled: 1 at the reference temperature.
    public func scale(temperature: Double) -> Double {
        warmShare + (1 - warmShare) * exp(-(temperature - reference) / softening)
    }

    /// The torque that the joint takes from the motor, N·m. It has the sign of the speed (rad/s).
    public func torque(speed: Double, temperature: Double) -> Double {
        scale(temperature: temperature) * (viscous * speed + coulomb * tanh(speed / smoothing))
    }

    /// The steepest slope of torque over speed, N·m·s/rad: it bounds how stiff the equations are.
    var steepest: Double { viscous + coulomb / smoothing }
}
