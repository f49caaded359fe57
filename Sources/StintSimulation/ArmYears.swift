import CMath

/// The arm over years, looked at every now and then: what an endless deployment is like, in as many frames as one has time for.
///
/// Each frame is one instant of the default motion, which the torque belongs to by the equations of motion. Nothing is integrated between
/// frames: they are many time constants of a joint's heat apart, so the joints are as warm as the mean power of the motion makes them. Hidden changes: shifts with another payload, seasons and days in the room's
/// temperature, friction that grows with wear by 1 % a year. Each stretch of `framesPerFault` frames has one fault of a sensor or of the
/// cable, and now and then a value is missing.
///
///     var years = ArmYears(framesPerYear: 1_000_000, seed: 1)
///     while let moment = years.next() { … }       // never ends
///
/// The same seed gives the same frames. Cost: some hundred nanoseconds a frame.
/// Source: the torque by inverse dynamics, `ArmDynamics`; friction, motors and heat, `ArmJoint`.
public struct ArmYears: Sequence, IteratorProtocol, Sendable {
    public struct Moment: Sendable {
        /// From 0 on; lost frames have a number, too.
        public var frame: Int
        public var truth: TwoJointArm.Sample
        /// One value a `SensorFault.Channel`, or nil for a frame that is lost.
        public var told: [Double]?
        /// What is wrong with the telemetry; nil: nothing.
        public var fault: SensorFault.Kind?
    }

    private static let secondsPerYear = 365.25 * 86_400
    private static let framesPerShift = 700
    private static let masses = [0, 1.5, 0, 3.0]
    private static let framesPerFault = 5000
    /// One value of so many is missing by itself.
    private static let valuesPerGap = 2000
    /// Over so many frames power is averaged: some dozen rounds of the motion.
    private static let framesPerMean = 100.0
    private static let wearPerYear = 0.01

    private let parameters = TwoJointArm.Parameters()
    private let room: RoomTemperature
    private let secondsPerFrame: Double
    private let framesPerYear: Int
    private let seed: UInt64
    private var frame = 0
    private var temperature: SIMD2<Double>
    /// The mean power in each joint.
    private var watts = SIMD2<Double>.zero
    private var noise: Noise
    private var telemetry: Telemetry

    public init(framesPerYear: Int, seed: UInt64) {
        precondition(framesPerYear > 0, "a year has at least one frame, got \(framesPerYear)")
        self.framesPerYear = framesPerYear
        self.seed = seed
        secondsPerFrame = Self.secondsPerYear / Double(framesPerYear)
        room = RoomTemperature(start: 18, swing: 14, period: Self.secondsPerYear)
        temperature = SIMD2(repeating: room.at(0))
        noise = Noise(seed: seed)
        telemetry = Telemetry(seed: seed)
    }

    public mutating func next() -> Moment? {
        if frame % Self.framesPerFault == 0 { telemetry = Telemetry([nextFault()], seed: seed &+ UInt64(frame)) }
        let time = Double(frame) * secondsPerFrame
        let sample = look(at: time)
        var told = telemetry.read(sample)
        if var values = told {
            for k in values.indices where noise.uniform() * Double(Self.valuesPerGap) <= 1 { values[k] = .nan }
            told = values
        }
        let fault = telemetry.faults.first { $0.isActive(at: time) }?.kind
        frame += 1
        return Moment(frame: frame - 1, truth: sample, told: told, fault: fault)
    }

    /// One instant, and the heat of it for as long as it stands for.
    private mutating func look(at time: Double) -> TwoJointArm.Sample {
        let wanted = parameters.reference.at(time)
        let payload = Self.masses[frame / Self.framesPerShift % Self.masses.count]
        var plant = parameters.plant
        let wear = 1 + Self.wearPerYear * time / Self.secondsPerYear
        plant.shoulder.friction.viscous *= wear
        plant.elbow.friction.viscous *= wear
        let state = ArmState(q: wanted.q, dq: wanted.dq, temperature: temperature)
        let needed = plant.links.torque(q: wanted.q, dq: wanted.dq, ddq: wanted.ddq, payload: payload) + plant.friction(state)
        // The drives report current times nominal torque constant: more than the torque, when the magnets are warm.
        let perAmpere = plant.torque(state, current: [1, 1])
        let current = needed / perAmpere
        let torque = current * [plant.shoulder.motor.torqueConstant, plant.elbow.motor.torqueConstant]
        warm(plant, state, current, time)
        let sensors = parameters.sensors
        return TwoJointArm.Sample(
            time: time, q: wanted.q, dq: wanted.dq + noise.pair(sd: SIMD2(repeating: sensors.speedNoise)), commanded: wanted.ddq,
            temperature: temperature + noise.pair(sd: SIMD2(repeating: sensors.temperatureNoise)),
            torque: torque + noise.pair(sd: sensors.torqueNoise), payload: payload, height: plant.links.tip(q: wanted.q).y)
    }

    /// The steady state of the heat equation at the mean power of the newest frames.
    private mutating func warm(_ plant: ArmPlant, _ state: ArmState, _ current: SIMD2<Double>, _ time: Double) {
        let rubbing = plant.friction(state) * state.dq
        let copper: SIMD2<Double> = [
            plant.shoulder.motor.heat(current: current.x, temperature: temperature.x),
            plant.elbow.motor.heat(current: current.y, temperature: temperature.y),
        ]
        watts += (rubbing + copper - watts) / Self.framesPerMean
        // A day is warmer at noon by 5 K.
        let around = room.at(time) + 5 * sin(2 * Double.pi * time / 86_400)
        temperature = watts * [plant.shoulder.heat.kelvinPerWatt, plant.elbow.heat.kelvinPerWatt] + around
    }

    /// Somewhere in the stretch that begins, of 20 to 320 frames.
    private mutating func nextFault() -> SensorFault {
        let channels = SensorFault.Channel.allCases
        let channel = channels[Int(noise.bits() % UInt64(channels.count))]
        // A bias of about three standard deviations of the channel.
        let bias = channel.rawValue < 2 ? 1.5 : channel.rawValue < 4 ? 3.0 : channel.rawValue < 6 ? 12.0 : 30
        let kind: SensorFault.Kind = switch noise.bits() % 6 {
        case 0: .bias(channel, bias)
        case 1: .noise(channel, bias)
        case 2: .scale(channel, 0.2)
        case 3: .stuck(channel)
        case 4: .dead(channel)
        default: .cable
        }
        let start = frame + 500 + Int(noise.bits() % 4000), length = 20 + Int(noise.bits() % 301)
        // Half a frame early, so that rounding moves no frame to the other side.
        return SensorFault(kind, from: (Double(start) - 0.5) * secondsPerFrame, to: (Double(start + length) - 0.5) * secondsPerFrame)
    }
}
