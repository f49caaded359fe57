import Stint
import StintConfig

/// What a replay came to, over a recording or over all of them.
struct Tally {
    /// The recording; nil for all of them.
    var name: String?
    var rows = 0
    /// CPU time of the loop.
    var processorSeconds = 0.0
    var planBytes = 0
    /// At the end; of all recordings, that of the last.
    var encoderHash = ""
    var dropped = DropCounts()
    var clock = Clock()
    var labels = Labels()
    var heads: [HeadTally]
    var drifts: [Drift] = []

    /// A change that was noticed, and the row with which it was.
    struct Drift {
        var file: Int
        var row: Int
        var time: Double
        /// Nil when it is about the frames alone.
        var head: Int?
        var drift: LearnerEvent.Drift
    }

    init(_ assembly: Assembly) {
        heads = assembly.heads.map { HeadTally(name: $0.name, kind: $0.kind, targetNames: $0.targetNames) }
    }

    struct Clock {
        var equal: UInt64 = 0
        var backward: UInt64 = 0
        var jump: UInt64 = 0
    }

    struct Labels {
        var seen: UInt64 = 0
        var learned: UInt64 = 0
        /// Not delivered by the end.
        var pending = 0
    }

    /// Counts what a learner did between two moments.
    mutating func count(from before: LearnerCounts, to after: LearnerCounts) {
        for reason in DropReason.allCases { dropped.count(reason, times: after.dropped[reason] - before.dropped[reason]) }
        clock.equal += after.clock.equal - before.clock.equal
        clock.backward += after.clock.backward - before.clock.backward
        clock.jump += after.clock.jump - before.clock.jump
        labels.seen += after.seen - before.seen
        labels.learned += after.learned - before.learned
    }
}

/// The counters of a learner at one moment.
struct LearnerCounts {
    let dropped: DropCounts
    let clock: (equal: UInt64, backward: UInt64, jump: UInt64)
    let seen: UInt64
    let learned: UInt64

    init(_ learner: Learner) {
        dropped = learner.dropped
        clock = learner.clock
        seen = learner.labelsSeen
        learned = learner.labelsLearned
    }
}
