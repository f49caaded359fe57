/// A life of the arm with all that is hidden from who learns: what it carries, how warm it is, what breaks. Permanent by name and seed.
///
///     var life = ArmScenario.payload.life(seed: 1)
///     while let moment = life.next() { … }     // 36 000 moments at 100 Hz
public struct ArmScenario: Sendable {
    public let name: String
    /// One sentence.
    public let about: String
    public let seconds: Double
    public let parameters: TwoJointArm.Parameters
    public let faults: [SensorFault]

    public init(name: String, about: String, seconds: Double, parameters: TwoJointArm.Parameters, faults: [SensorFault] = []) {
        self.name = name
        self.about = about
        self.seconds = seconds
        self.parameters = parameters
        self.faults = faults
    }

    public var rows: Int { Int((seconds * Double(parameters.rateHz)).rounded()) }

    public func life(seed: UInt64) -> Life { Life(self, seed: seed) }

    /// The arm and its telemetry, row by row.
    public struct Life: Sequence, IteratorProtocol, Sendable {
        private var arm: TwoJointArm
        private var telemetry: Telemetry
        private var left: Int

        fileprivate init(_ scenario: ArmScenario, seed: UInt64) {
            arm = TwoJointArm(scenario.parameters, seed: seed)
            telemetry = Telemetry(scenario.faults, seed: seed)
            left = scenario.rows
        }

        /// The truth of the next row, and what the telemetry tells of it: one value a `SensorFault.Channel`, or nil for no frame.
        public mutating func next() -> (truth: TwoJointArm.Sample, told: [Double]?)? {
            guard left > 0 else { return nil }
            left -= 1
            let truth = arm.next()
            return (truth, telemetry.read(truth))
        }
    }
}

extension ArmScenario {
    /// Three payloads with three visits of 40 s each, after a minute empty: what was learned at a visit is worth having at the next.
    ///
    /// The moves of the arm come round every 20 s, so that half a visit compares with the other half.
    public static var payload: ArmScenario {
        var parameters = TwoJointArm.Parameters()
        let masses = [1.5, 3, 0, 1.5, 3, 0, 1.5, 3, 0]
        parameters.payload = PayloadSchedule(masses.enumerated().map { .init(time: 60 + 40 * Double($0), mass: $1) })
        return ArmScenario(
            name: "payload", about: "payloads of 1.5, 3 and 0 kg, three visits of 40 s each, after 60 s empty", seconds: 420,
            parameters: parameters)
    }

    /// The room cools from 22 to −5 °C at 120 s and is warm again at 240 s; the joints follow in a minute.
    public static var warmth: ArmScenario {
        var parameters = TwoJointArm.Parameters()
        parameters.room = RoomTemperature([.init(time: 120, celsius: -5), .init(time: 240, celsius: 22)])
        parameters.payload = PayloadSchedule([])
        return ArmScenario(
            name: "warmth", about: "an empty arm; the room falls from 22 to -5 °C at 120 s, and is back at 240 s", seconds: 360,
            parameters: parameters)
    }

    /// A little of everything, in about a minute: a payload that comes twice, a cold room, an encoder that slips on its shaft, one that
    /// freezes, a speed that is no number, and a cable that is pulled.
    ///
    /// The moves of the arm come round every 20 s, so that both visits of the payload begin in the same pose when all of it takes 75 s.
    public static func demo(seconds: Double) -> ArmScenario {
        precondition(seconds > 0, "a demo lasts more than 0 s, got \(seconds) s")
        func at(_ moment: Double) -> Double { (moment * seconds / 75 * 100).rounded() / 100 }
        var parameters = TwoJointArm.Parameters()
        parameters.payload = PayloadSchedule([
            .init(time: at(15), mass: 1.5), .init(time: at(25), mass: 0), .init(time: at(35), mass: 1.5), .init(time: at(45), mass: 0),
        ])
        parameters.room = RoomTemperature([.init(time: at(48), celsius: -20)])
        return ArmScenario(
            name: "demo", about: "payload, cold and faults of sensors, as in the live demo", seconds: seconds, parameters: parameters,
            faults: [
                SensorFault(.bias(.q2, 0.5), from: at(52), to: at(55)),
                SensorFault(.stuck(.q1), from: at(59), to: at(62)),
                SensorFault(.dead(.dq1), from: at(66), to: at(68)),
                SensorFault(.cable, from: at(71), to: at(72)),
            ])
    }
}
