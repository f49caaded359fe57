import CMath

/// The friction of one joint, which falls as the joint warms up.
///
/// Friction opposes the motion: `speed · torque ≥ 0`, and its power is the heat that warms the joint.
///
///     τ(q̇, T) = s(T) · (F_v q̇ + F_c tanh(q̇ / w))        s(T) = w∞ + (1 − w∞) exp(−(T − T₀) / T_s)
///     dT/dt   = (R · τ q̇ − (T − T₀)) / t_c
///
/// Source: viscous and Coulomb terms: Siciliano et al., Robotics (2009), eq. 7.42. The sign function is smoothed by tanh, so
/// that the equations stay smooth enough for a Runge–Kutta step; there is no stiction. That friction falls about
/// exponentially with the temperature of the joint was measured for the part that grows with speed: Bittencourt,
/// Gunnarsson, J. Dyn. Syst. Meas. Control 134 (2012) 051013. Here one factor scales both terms, friction does not
/// depend on the load, and one lumped heat capacity stands for the gear. A real gear warms up
/// in an hour; the default time constant is a minute, so that it shows in a short run.
public struct JointFriction: Sendable {
    /// F_v, viscous coefficient at ambient temperature, N·m·s/rad. 0 or more.
    public var viscous: Double
    /// F_c, Coulomb torque at ambient temperature, N·m. 0 or more.
    public var coulomb: Double
    /// w, the speed at which the Coulomb term has reached 76 % of its value, rad/s. Above 0. Small is sharp, and stiff.
    public var smoothing: Double
    /// w∞, the share of friction left in a very hot joint. 0 … 1; 1 is friction that temperature does not change.
    public var warmShare: Double
    /// T_s, the warming over which the rest falls to 37 %, K. Above 0.
    public var softening: Double
    /// R, the warming at rest of temperature per friction power, K/W. 0 or more.
    public var kelvinPerWatt: Double
    /// t_c, the time constant of warming and cooling, s. Above 0.
    public var timeConstant: Double
    /// T₀, temperature of the room and of the joint at the start, °C.
    public var ambient: Double

    public init(
        viscous: Double, coulomb: Double, smoothing: Double = 0.05, warmShare: Double = 0.4, softening: Double = 15,
        kelvinPerWatt: Double, timeConstant: Double = 60, ambient: Double = 22
    ) {
        self.viscous = viscous
        self.coulomb = coulomb
        self.smoothing = smoothing
        self.warmShare = warmShare
        self.softening = softening
        self.kelvinPerWatt = kelvinPerWatt
        self.timeConstant = timeConstant
        self.ambient = ambient
        check()
    }

    /// A joint without friction and without heat.
    public static let none = JointFriction(viscous: 0, coulomb: 0, kelvinPerWatt: 0)

    func check() {
        precondition(viscous >= 0 && coulomb >= 0, "friction is 0 or more, got viscous \(viscous), Coulomb \(coulomb)")
        precondition(smoothing > 0, "the smoothing speed is above 0, got \(smoothing) rad/s")
        precondition(warmShare >= 0 && warmShare <= 1, "the warm share lies in 0 … 1, got \(warmShare)")
        precondition(softening > 0, "the softening temperature is above 0, got \(softening) K")
        precondition(kelvinPerWatt >= 0, "warming is 0 or more, got \(kelvinPerWatt) K/W")
        precondition(timeConstant > 0, "the time constant is above 0, got \(timeConstant) s")
    }

    /// s(T), by which both coefficients are scaled: 1 at ambient temperature.
    public func scale(temperature: Double) -> Double {
        warmShare + (1 - warmShare) * exp(-(temperature - ambient) / softening)
    }

    /// The torque that the joint takes from the motor, N·m. It has the sign of the speed (rad/s).
    public func torque(speed: Double, temperature: Double) -> Double {
        scale(temperature: temperature) * (viscous * speed + coulomb * tanh(speed / smoothing))
    }

    /// dT/dt, K/s.
    public func warming(speed: Double, temperature: Double) -> Double {
        let power = torque(speed: speed, temperature: temperature) * speed
        return (kelvinPerWatt * power - (temperature - ambient)) / timeConstant
    }

    /// The steepest slope of torque over speed, N·m·s/rad: it bounds how stiff the equations are.
    var steepest: Double { viscous + coulomb / smoothing }
}
