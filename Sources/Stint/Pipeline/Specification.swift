/// What is to be learned, in shapes alone; names, endpoints and files stay outside the learner.
public struct Specification {
    /// C, the channels of a frame.
    public var channels: Int
    /// Samples a second; turns seconds into samples.
    public var rateHz: Double
    public var window = Window()
    public var encoder = EncoderSpecification()
    /// What the encoder is frozen to; nil: what it finds in its first rows.
    public var calibration: EncoderCalibration?
    /// Rows of a factory's recordings to judge by what is learned; labels as they are indexed here.
    public var probe: ProbeSet?
    public var memory = MemorySpecification()
    /// Number of distinct labels that heads refer to; those that stand for foretold channels come last.
    public var labels: Int
    public var heads: [HeadSpecification]
    /// Latents that wait for their label.
    public var pending = 1024
    /// A label by time may be this many seconds younger than its latent; nil means one period.
    public var tolerance: Double?
    /// Rows for which the last value of a channel stands in for a gap.
    public var maxHold = 10
    public var drift = DriftSpecification()
    public var seed: UInt64 = 1
    /// What a frame may cost on the board of `FrameCost`; nil: what is usual there.
    public var perFrameSeconds: Double?
    /// Numbered frames that may overtake a missing one before it is given up.
    public var reorder = StreamSpecification.defaultReorder
    /// Seconds of stream time that a missing number is waited for; nil: no limit but `reorder`.
    public var waitSeconds: Double?
    /// Two streams or more, in the order of their channels; empty for one. See `join`.
    public internal(set) var streams: [StreamSpecification] = []
    /// The stream each of whose frames is one step.
    public internal(set) var clock = 0

    public init(channels: Int, rateHz: Double, labels: Int, heads: [HeadSpecification]) {
        self.channels = channels
        self.rateHz = rateHz
        self.labels = labels
        self.heads = heads
    }

    /// The window that a prediction looks at, in samples.
    public struct Window: Equatable {
        public var length = 64
        public var every = 1
        public init(length: Int = 64, every: Int = 1) {
            self.length = length
            self.every = every
        }
    }
}

/// The feature blocks of the latent.
public struct EncoderSpecification: Equatable, Sendable {
    /// The newest value of each channel.
    public var last = true
    /// Earlier values of each channel.
    public var lags = true
    /// Random Fourier features of the newest values.
    public var fourier = true
    /// Mean, deviation, slope, change and energy of each channel over the window.
    public var stats = false
    /// Rows on which scaling and bandwidth are fitted; frozen after.
    public var warmUp = 500
    public init() {}

    /// The blocks where none are said. A row that stands for several is summarised by their statistics too, as long as the
    /// linear latent has room for all of them beside the newest values.
    public static func usual(channels: Int, every: Int) -> EncoderSpecification {
        var blocks = EncoderSpecification()
        blocks.stats = every > 1 && 1 + (1 + StatisticsScaling.perChannel) * channels <= Memories.widestLinear
        return blocks
    }
}

public struct HeadSpecification {
    public enum Kind {
        /// One target a label index.
        case regression(targets: [Int])
        /// At most `classes` of them, as they appear.
        case classification(label: Int, classes: Int)
        case anomaly(falseAlarms: FalseAlarms)
    }

    /// What a forecasting head foretells: channels' own values, so many steps later.
    public struct Forecast: Equatable {
        public var channels: [Int]
        public var steps: Int
        public init(channels: [Int], steps: Int) {
            self.channels = channels
            self.steps = steps
        }
    }

    public var kind: Kind
    /// Of a regression that learns without labels; the labels that are its targets then come from the channels alone.
    public private(set) var forecast: Forecast?
    /// Of an anomaly head, if it is known from a calibration how its scores are distributed.
    public var scores: ScoreDistribution?
    public init(kind: Kind) { self.kind = kind }

    /// A regression on channels' own values, `steps` later.
    ///
    /// - Parameter label: the first of as many labels as channels that nothing else has.
    public static func forecast(_ forecast: Forecast, label: Int) -> HeadSpecification {
        var head = HeadSpecification(kind: .regression(targets: forecast.channels.indices.map { label + $0 }))
        head.forecast = forecast
        return head
    }
}

/// How often an alarm may be false.
public enum FalseAlarms: Equatable {
    /// `count` in so many seconds of stream time.
    case perSeconds(count: Double, seconds: Double)
    case perRows(count: Double, rows: Double)
}
