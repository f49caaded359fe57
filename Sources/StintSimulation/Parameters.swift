extension TwoJointArm {
    /// The motor of one joint and its controller gains.
    public struct Drive: Sendable {
        /// K_p, N·m/rad. 0 or more.
        public var stiffness: Double
        /// K_d, N·m·s/rad. 0 or more.
        public var damping: Double
        /// Largest torque of the motor, either way, N·m. 0 (a motor that is off) or more.
        public var limit: Double

        public init(stiffness: Double, damping: Double, limit: Double) {
            self.stiffness = stiffness
            self.damping = damping
            self.limit = limit
        }
    }

    /// One joint: what it is, and what drives it.
    public struct Joint: Sendable {
        public var friction: JointFriction
        public var motor: JointMotor
        public var heat: JointHeat
        public var drive: Drive

        public init(friction: JointFriction, motor: JointMotor, heat: JointHeat, drive: Drive) {
            self.friction = friction
            self.motor = motor
            self.heat = heat
            self.drive = drive
        }

        var body: ArmJoint { ArmJoint(friction: friction, motor: motor, heat: heat) }
    }

    /// What the sensors add to the truth. Standard deviations are 0 or more; 0 is a perfect sensor.
    public struct Sensors: Sendable {
        /// Counts of an encoder per turn, 1 or more; 0 is an encoder without steps.
        public var encoderCounts = 16384
        /// Standard deviation of both speeds, rad/s.
        public var speedNoise = 0.005
        /// Standard deviation of each torque, N·m.
        public var torqueNoise: SIMD2<Double> = [0.1, 0.05]
        /// Standard deviation of both temperatures, K.
        public var temperatureNoise = 0.2

        public init() {}

        /// Sensors that tell the truth.
        public static var perfect: Sensors {
            var sensors = Sensors()
            sensors.encoderCounts = 0
            sensors.speedNoise = 0
            sensors.torqueNoise = .zero
            sensors.temperatureNoise = 0
            return sensors
        }
    }

    /// Everything that can be set. The defaults are an arm of 0.9 m with rods of 4 kg and 2.5 kg.
    public struct Parameters: Sendable {
        /// The links; the controller knows them as well.
        public var links = ArmDynamics()
        public var shoulder = Joint(
            friction: JointFriction(viscous: 2, coulomb: 3), motor: JointMotor(torqueConstant: 8, resistance: 0.15),
            heat: JointHeat(kelvinPerWatt: 12), drive: Drive(stiffness: 600, damping: 40, limit: 80))
        public var elbow = Joint(
            friction: JointFriction(viscous: 0.5, coulomb: 0.8), motor: JointMotor(torqueConstant: 4, resistance: 0.1),
            heat: JointHeat(kelvinPerWatt: 24), drive: Drive(stiffness: 200, damping: 8, limit: 30))
        /// What the tip carries; the controller does not know it.
        public var payload = PayloadSchedule()
        /// How warm it is around the arm.
        public var room = RoomTemperature()
        public var reference = ReferenceMotion()
        public var sensors = Sensors()
        /// Samples a second, Hz; divides `stepHz`.
        public var rateHz = 100
        /// Steps of controller and integrator a second, Hz. Stiffer joints need more; what is too few traps.
        public var stepHz = 1000

        public init() {}

        var plant: ArmPlant { ArmPlant(links: links, shoulder: shoulder.body, elbow: elbow.body) }

        func check() {
            precondition(rateHz > 0 && stepHz > 0 && stepHz % rateHz == 0,
                "the sample rate divides the step rate, got \(rateHz) Hz and \(stepHz) Hz")
            links.upper.check()
            links.fore.check()
            for joint in [shoulder, elbow] {
                joint.body.check()
                precondition(joint.drive.stiffness >= 0 && joint.drive.damping >= 0 && joint.drive.limit >= 0,
                    "gains and torque limits are 0 or more, got \(joint.drive)")
            }
            reference.check()
            precondition(sensors.encoderCounts >= 0, "encoder counts are 0 or more, got \(sensors.encoderCounts)")
            // The fastest decay of the speeds is at most the trace of M⁻¹ D; M⁻¹ is largest with the arm stretched or
            // folded, and empty. A held damping is stable below 2 a step, Runge–Kutta below 2.78: 2 serves for both.
            let mass = links.massMatrix(q: .zero, payload: 0)
            let folded = links.massMatrix(q: [0, .pi], payload: 0)
            let slope1 = shoulder.friction.steepest + shoulder.drive.damping
            let slope2 = elbow.friction.steepest + elbow.drive.damping
            let decay = max(
                (slope1 * mass.row2.y + slope2 * mass.row1.x) / mass.determinant,
                (slope1 * folded.row2.y + slope2 * folded.row1.x) / folded.determinant)
            precondition(decay < 2 * Double(stepHz),
                "friction and damping decay at up to \(decay) 1/s and need more than \(decay / 2) steps/s, got \(stepHz)")
        }
    }
}
