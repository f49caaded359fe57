/// Something worth a line of its own. What does not belong to its kind is nil.
public struct LearnerEvent {
    public enum Kind {
        /// The stream has changed: `drift` says who noticed and what was done.
        case drift
        /// Another regime leads the mixture: `regime`.
        case regime
        case alarm
        case alarmEnd
        /// A stream was silent: `count` frames are missing.
        case gap
        /// A channel's sensor fails or is well again: `sensor`.
        case sensor
        case classRefused
        /// Rows that were alike foretell more than the head's memories can: the encoder is the limit.
        case encoderLimit
        case labelLate
        /// A segment of what was learned has failed its audit and is dropped: `quarantine`.
        case quarantine
    }

    /// What noticed a change. The names are those of `[drift] detector`.
    public enum Detector: Int, CaseIterable, Sendable {
        case adwin
        case pageHinkley
        case twoSample

        public var name: StaticString {
            switch self {
            case .adwin: "adwin"
            case .pageHinkley: "page-hinkley"
            case .twoSample: "two-sample"
            }
        }
    }

    /// What was done about it.
    public enum Reaction: Int, CaseIterable, Sendable {
        case notify
        case boost
        case fork
        case recall

        /// Whether another regime begins with it.
        var isOfRegimes: Bool { self == .fork || self == .recall }

        public var name: StaticString {
            switch self {
            case .notify: "notify"
            case .boost: "boost"
            case .fork: "fork"
            case .recall: "recall"
            }
        }
    }

    public struct Drift {
        public var detector: Detector
        public var reaction: Reaction
        /// Rows since the change began, as far as that can be told.
        public var onset: Int
    }

    /// How a sensor fails.
    public enum SensorFault: Int, CaseIterable {
        /// The same number again and again.
        case stuck = 1
        /// At the end of its range.
        case railed
        /// No number at all.
        case dead
        /// NaN or infinity.
        case nonFinite

        public var name: StaticString {
            switch self {
            case .stuck: "stuck"
            case .railed: "railed"
            case .dead: "dead"
            case .nonFinite: "non_finite"
            }
        }
    }

    public struct Sensor {
        /// Index of the channel.
        public var channel: Int
        public var fault: SensorFault
        /// False when the channel is well again.
        public var isFailing: Bool
    }

    /// What was dropped.
    public struct Quarantine {
        /// Rows that had been learned.
        public var rows: Int
        /// Rows that it was held against.
        public var audited: Int
        /// Mean of (e₁² − e₀²)/(e₁² + e₀²) over them.
        public var harm: Double
    }

    public var kind: Kind
    /// Numbers events from 1 on; what a subscriber lost shows as a gap.
    public var id: UInt64
    public var time: Double
    /// Index of the head that it is about.
    public var head: Int?
    public var incident: Int?
    public var cause: AnomalyPrediction.Cause?
    public var drift: Drift?
    public var regime: Int?
    public var sensor: Sensor?
    /// Index of the stream that it is about.
    public var stream: Int?
    public var count: Int?
    public var quarantine: Quarantine?
}
