/// What happened at one instant of the stream; the only way into the learner.
///
/// The learner is a pure function of its plan, its seed and the order of its events: the same events give the same bits,
/// live or replayed. Buffers belong to the caller and are read during the call only.
public enum Event {
    case frame(Frame)
    case label(Label)
    case command(Command)
    /// Nothing arrived; lets background work advance by its fixed slice.
    case tick
}

/// One sample of every channel.
public struct Frame {
    /// Seconds since the epoch, by the sender's clock.
    public var time: Double
    /// The sender's number, if it has one; otherwise the step since the start stands for it.
    public var sequence: UInt64?
    /// Its stream, by the order of the specification.
    public var stream: Int
    /// C values in schema order; NaN is a gap. Not finite and |x| > 1e15 are the decoder's to count and to turn into gaps.
    public var values: UnsafeBufferPointer<Float>
    /// The gap that stands for a number which came and cannot be used: a NaN with its sign set. A sensor that sends such things is
    /// told from one that sends nothing.
    public static var unusable: Float { -Float.nan }
    /// A row that could not be read at all: it gives a line that is not ready, and nothing is learned from it.
    public var isUnreadable: Bool

    public init(time: Double, sequence: UInt64?, values: UnsafeBufferPointer<Float>, isUnreadable: Bool = false, stream: Int = 0) {
        self.time = time
        self.stream = stream
        self.sequence = sequence
        self.values = values
        self.isUnreadable = isUnreadable
    }
}

/// The truth about a frame that came before.
public struct Label {
    public enum Target: Equatable {
        /// An index into `Specification.labels`: feeds every head that has this label as a target.
        case label(Int)
        /// An index into `Specification.heads`: a whole vector under the head's own name.
        case head(Int)
    }

    public enum Moment {
        /// The frame with this sequence number.
        case sequence(UInt64)
        /// The newest latent at or before this time, at most the tolerance older.
        case time(Double)
    }

    public enum Value {
        case number(Float)
        case vector(UnsafeBufferPointer<Float>)
        /// A class by its name, UTF-8, trimmed, not empty.
        case category(UnsafeBufferPointer<UInt8>)
    }

    public var target: Target
    public var moment: Moment
    public var value: Value

    public init(target: Target, moment: Moment, value: Value) {
        self.target = target
        self.moment = moment
        self.value = value
    }
}

/// What an operator tells the learner to do.
public enum Command: Equatable {
    /// Stop or go on learning; predictions continue.
    case learning(Bool)
    /// A recording ends and another follows: windows and lags do not span the seam, everything else goes on.
    case seam
    /// Nothing more is waited for: what is held back is due.
    case flush
    /// What was learned of this is to be gone; `Learner.forgotten` says what that was.
    case forget(Forgetting)
}

/// What is to be forgotten.
public enum Forgetting: Equatable, Sendable {
    /// Every row whose stream time is in this range, both ends in it.
    case times(ClosedRange<Double>)
    /// Everything that a label has taught, by its index.
    case label(Int)
    /// What the classification heads have learned of one class of a label.
    case category(label: Int, id: Int)
}

/// What became of an event.
public enum Outcome: Equatable {
    /// A frame was a step; no window ended with it.
    case taken
    /// A frame was a step, and every head has a new prediction.
    case predicted
    /// A frame is kept until its turn, or for the steps of the clock's stream: `next` gives the steps that are due.
    case held
    /// A label found its latent; `learned` counts the heads that learned from it now (0: a vector label waits for the rest).
    case matched(learned: Int)
    /// Refused, and counted under this reason.
    case refused(DropReason)
    case done
}
