/// The motor of one joint with its gear, as it is seen at the joint: current in, torque and heat out.
///
///     τ = k (1 − α_m (T − T₀)) i        P = R₀ (1 + α_c (T − T₀)) i²
///
/// Warm magnets give less torque for the same current, and warm copper loses more power. A drive reports k i: it does not know
/// how warm the magnets are.
///
/// Source: Hendershot, Miller, Design of Brushless Permanent-Magnet Machines (2010), ch. 15; α_m is that of the remanence of
/// sintered NdFeB, 0.11 %/K, α_c that of copper, 0.393 %/K.
public struct JointMotor: Sendable {
    /// k, torque per current at the reference temperature, N·m/A. Above 0.
    public var torqueConstant: Double
    /// R₀, of the winding at the reference temperature, Ω. 0 or more.
    public var resistance: Double
    /// α_m, the share of torque that a kelvin takes, 1/K. 0 or more.
    public var magnetLoss: Double
    /// α_c, the share of resistance that a kelvin adds, 1/K. 0 or more.
    public var copperRise: Double
    /// T₀, °C.
    public var reference: Double

    public init(
        torqueConstant: Double, resistance: Double, magnetLoss: Double = 0.0011, copperRise: Double = 0.00393,
        reference: Double = 22
    ) {
        self.torqueConstant = torqueConstant
        self.resistance = resistance
        self.magnetLoss = magnetLoss
        self.copperRise = copperRise
        self.reference = reference
        check()
    }

    /// One newton-metre an ampere, no heat, whatever the temperature.
    public static let ideal = JointMotor(torqueConstant: 1, resistance: 0, magnetLoss: 0)

    func check() {
        precondition(torqueConstant > 0, "a torque constant is above 0, got \(torqueConstant) N·m/A")
        precondition(resistance >= 0, "a resistance is 0 or more, got \(resistance) Ω")
        precondition(magnetLoss >= 0 && copperRise >= 0,
            "temperature coefficients are 0 or more, got \(magnetLoss) and \(copperRise) 1/K")
    }

    /// τ, N·m.
    public func torque(current: Double, temperature: Double) -> Double {
        torqueConstant * (1 - magnetLoss * (temperature - reference)) * current
    }

    /// Copper losses, W.
    public func heat(current: Double, temperature: Double) -> Double {
        resistance * (1 + copperRise * (temperature - reference)) * current * current
    }
}
