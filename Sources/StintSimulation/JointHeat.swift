/// The heat of one joint: one capacity, warmed from inside, and one resistance to the room.
///
///     t_c dT/dt = R P − (T − T_room)
///
/// At constant power the joint ends R P above the room, and gets there by 1 − 1/e in one time constant.
///
///     JointHeat(kelvinPerWatt: 12).warming(watts: 2, temperature: 46, room: 22)   // 0: steady at 22 + 12 · 2
///
/// A real gear warms up in an hour; the default time constant is a minute, so that it shows in a short run.
/// Source: the lumped model of one node, Incropera, DeWitt, Fundamentals of Heat and Mass Transfer (2007), §5.1; t_c = R C.
public struct JointHeat: Sendable {
    /// R, the warming at rest of temperature per power, K/W. 0 (a joint that nothing warms) or more.
    public var kelvinPerWatt: Double
    /// t_c, the time constant of warming and cooling, s. Above 0.
    public var timeConstant: Double

    public init(kelvinPerWatt: Double, timeConstant: Double = 60) {
        self.kelvinPerWatt = kelvinPerWatt
        self.timeConstant = timeConstant
        check()
    }

    /// A joint that takes the temperature of the room, in its time, and no other.
    public static let none = JointHeat(kelvinPerWatt: 0)

    func check() {
        precondition(kelvinPerWatt >= 0, "warming is 0 or more, got \(kelvinPerWatt) K/W")
        precondition(timeConstant > 0, "the time constant is above 0, got \(timeConstant) s")
    }

    /// dT/dt, K/s, at a power (W) inside the joint, its temperature and that of the room (°C).
    public func warming(watts: Double, temperature: Double, room: Double) -> Double {
        (kelvinPerWatt * watts - (temperature - room)) / timeConstant
    }

    /// The heat that the joint has taken in to be that much warmer, J. Only for a joint that can be warmed.
    public func energy(kelvin: Double) -> Double { kelvin * timeConstant / kelvinPerWatt }
}
