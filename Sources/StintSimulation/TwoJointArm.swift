/// A simulated two-joint robot arm that moves in a vertical plane, picks up a payload and warms up.
///
/// It follows `ReferenceMotion` under feed-forward and PD control with torque limits. The controller reads the noisy
/// sensors and knows the links, but neither payload, friction nor warmth. What it does not know is there to be learned: the torques
/// as a function of the motion change when the payload changes, and drift as friction falls with warmth.
/// The same parameters and seed give the same samples, bit by bit on one machine. The sample rate and what is drawn for labels
/// and temperatures do not alter the motion.
///
///     var arm = TwoJointArm(seed: 1)
///     for _ in 0..<6000 {                                   // a minute at 100 Hz
///         let sample = arm.next()
///         print(sample.time, sample.channels, sample.torque, sample.load.rawValue)
///     }
///     arm.parameters.elbow.friction.coulomb = 1.2           // a fault, from the next sample on
///
/// Shape and units: SI with rad and °C; pairs are (shoulder, elbow).
/// Cost: `stepHz / rateHz` Runge–Kutta steps a sample.
/// Edge cases: the first sample is at 0 s, with the arm on its reference and as warm as the room. Torques at their
/// limit are no error; the arm then leaves its reference. Joints have no end stops.
/// Traps: parameters out of their ranges, or too stiff for `stepHz`.
/// Source: computed-torque feed-forward with joint-wise PD: Siciliano et al., Robotics (2009), §8.4; the plant:
/// `ArmDynamics`, `JointFriction`.
public struct TwoJointArm: Sendable {
    /// What the tip carries, as a class.
    public enum Load: String, CaseIterable, Sendable {
        case empty, loaded
    }

    /// Where the tip is, as a class: on either side of a line that halves the default motion.
    public enum Zone: String, CaseIterable, Sendable {
        case low, high

        /// - Parameter height: over the shoulder, m.
        public init(height: Double) { self = height < 0.35 ? .low : .high }
    }

    /// What sensors and labels say at one instant.
    public struct Sample: Equatable, Sendable {
        /// Seconds since the start.
        public var time: Double
        /// Encoder angles, rad.
        public var q: SIMD2<Double>
        /// Measured speeds, rad/s.
        public var dq: SIMD2<Double>
        /// Wanted accelerations, rad/s².
        public var commanded: SIMD2<Double>
        /// Measured temperatures, °C.
        public var temperature: SIMD2<Double>
        /// Labels tau1, tau2: motor torques as the drives report them, N·m, by current and nominal torque constant; held until
        /// the next controller step.
        public var torque: SIMD2<Double>
        /// True mass at the tip, kg.
        public var payload: Double
        /// True height of the tip over the shoulder, m.
        public var height: Double

        /// Label: where a camera sees the tip.
        public var zone: Zone { Zone(height: height) }

        /// Label: `loaded` if the tip carries anything.
        public var load: Load { payload > 0 ? .loaded : .empty }

        /// The values of `TwoJointArm.channelNames`.
        public var channels: [Double] { [q.x, q.y, dq.x, dq.y] }

        /// The values of `TwoJointArm.extraNames`.
        public var extras: [Double] { [commanded.x, commanded.y, temperature.x, temperature.y] }
    }

    public static let channelNames = ["q1", "q2", "dq1", "dq2"]
    public static let extraNames = ["ddq1", "ddq2", "temperature1", "temperature2"]
    public static let torqueNames = ["tau1", "tau2"]

    /// May be changed between samples, to inject a fault; the rates may not. A changed sensor, drive or reference is
    /// seen from the controller step after the last sample on.
    public var parameters: Parameters {
        didSet {
            parameters.check()
            precondition(parameters.rateHz == oldValue.rateHz && parameters.stepHz == oldValue.stepHz,
                "rates stay as they began, \(oldValue.rateHz) Hz and \(oldValue.stepHz) Hz")
        }
    }
    /// The true state at the last sample.
    public private(set) var state: ArmState
    /// The motor currents from the last sample to the next controller step, A.
    public private(set) var current: SIMD2<Double> = .zero
    /// The true motor torques, N·m: less than the drives report when the magnets are warm.
    public var motorTorque: SIMD2<Double> { parameters.plant.torque(state, current: current) }
    /// The motor torques by current and nominal torque constant, as the drives report them but for noise, N·m.
    public var driveTorque: SIMD2<Double> { torqueConstant * current }

    private var reading: (q: SIMD2<Double>, dq: SIMD2<Double>) = (.zero, .zero)
    private var wanted: ReferenceMotion.Point
    private var steps = 0
    private var isFirst = true
    /// Noise that the controller sees, and noise that only samples see.
    private var motionNoise, sampleNoise: Noise

    public init(_ parameters: Parameters = Parameters(), seed: UInt64) {
        parameters.check()
        self.parameters = parameters
        motionNoise = Noise(seed: seed)
        sampleNoise = Noise(seed: ~seed)
        wanted = parameters.reference.at(0)
        state = ArmState(
            q: wanted.q, dq: wanted.dq,
            temperature: SIMD2(repeating: parameters.room.at(0)))
        control()
    }

    /// Goes on to the next sampling instant and reads the sensors there.
    public mutating func next() -> Sample {
        if !isFirst {
            for _ in 0..<(parameters.stepHz / parameters.rateHz) { step() }
        }
        isFirst = false
        return Sample(
            time: time, q: reading.q, dq: reading.dq, commanded: wanted.ddq,
            temperature: state.temperature
                + sampleNoise.pair(sd: SIMD2(repeating: parameters.sensors.temperatureNoise)),
            torque: driveTorque + sampleNoise.pair(sd: parameters.sensors.torqueNoise),
            payload: parameters.payload.at(time), height: parameters.links.tip(q: state.q).y)
    }

    private var torqueConstant: SIMD2<Double> {
        [parameters.shoulder.motor.torqueConstant, parameters.elbow.motor.torqueConstant]
    }

    /// Seconds since the start: counted, not summed, so that it never drifts.
    private var time: Double { Double(steps) / Double(parameters.stepHz) }

    private mutating func step() {
        let around = ArmPlant.Surroundings(payload: parameters.payload.at(time), room: parameters.room.at(time))
        state = parameters.plant.advanced(state, current: current, around: around, dt: 1 / Double(parameters.stepHz))
        steps += 1
        wanted = parameters.reference.at(time)
        control()
    }

    /// Reads the sensors and sets the motors.
    private mutating func control() {
        let sensors = parameters.sensors
        reading.q = state.q
        if sensors.encoderCounts > 0 {
            let count = 2 * Double.pi / Double(sensors.encoderCounts)
            reading.q = count * (state.q / count).rounded(.toNearestOrEven)
        }
        reading.dq = state.dq + motionNoise.pair(sd: SIMD2(repeating: sensors.speedNoise))

        let first = parameters.shoulder.drive
        let second = parameters.elbow.drive
        let feedForward = parameters.links.torque(q: wanted.q, dq: wanted.dq, ddq: wanted.ddq, payload: 0)
        let asked = feedForward
            + [first.stiffness, second.stiffness] * (wanted.q - reading.q)
            + [first.damping, second.damping] * (wanted.dq - reading.dq)
        let limit = SIMD2(first.limit, second.limit)
        current = asked.clamped(lowerBound: -limit, upperBound: limit) / torqueConstant
    }
}
