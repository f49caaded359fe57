/// Something that is wrong with the telemetry from one moment to another.
///
///     SensorFault(.stuck(.q2), from: 50, to: 54)   // the elbow's angle freezes for four seconds
public struct SensorFault: Sendable {
    /// What a frame tells.
    public enum Channel: Int, CaseIterable, Sendable {
        case q1, q2, dq1, dq2, ddq1, ddq2, temperature1, temperature2

        public var name: String { (TwoJointArm.channelNames + TwoJointArm.extraNames)[rawValue] }
    }

    public enum Kind: Equatable, Sendable {
        /// Adds a constant, in the channel's unit.
        case bias(Channel, Double)
        /// Adds Gaussian noise of this standard deviation, in the channel's unit. 0 or more.
        case noise(Channel, Double)
        /// Multiplies.
        case scale(Channel, Double)
        /// Repeats the value that was there at the onset.
        case stuck(Channel)
        /// Gives no number: NaN.
        case dead(Channel)
        /// The cable: no frame comes at all.
        case cable

        /// The channel it is about; nil: all of them.
        public var channel: Channel? {
            switch self {
            case .bias(let channel, _), .noise(let channel, _), .scale(let channel, _), .stuck(let channel), .dead(let channel): channel
            case .cable: nil
            }
        }
    }

    public let kind: Kind
    /// The first moment of the fault and the first without it, s.
    public let onset, end: Double

    public init(_ kind: Kind, from onset: Double, to end: Double) {
        precondition(onset < end, "a fault ends after its onset, got \(onset) s to \(end) s")
        if case .noise(_, let sd) = kind { precondition(sd >= 0, "a standard deviation is 0 or more, got \(sd)") }
        self.kind = kind
        self.onset = onset
        self.end = end
    }

    public func isActive(at time: Double) -> Bool { time >= onset && time < end }
}
