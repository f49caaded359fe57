/// The exact bytes of every part, before anything is allocated.
///
/// ```swift
/// let plan = Plan(specification)
/// guard plan.bytes <= budget else { … }   // the table in `parts` says what takes how much
/// let learner = Learner(plan)
/// ```
public struct Plan {
    public let specification: Specification
    public let parts: [PlanPart]
    /// All of it: the arena, the copy that a checkpoint is written from, and the objects around them.
    public let bytes: Int
    /// The bytes of a snapshot.
    public let snapshotBytes: Int

    public init(_ specification: Specification) {
        precondition(specification.channels > 0, "a stream has at least one channel")
        self.specification = specification
        var carver = Carver()
        let (_, snapshot, _) = LearnerState.carve(specification, &carver)
        parts = carver.parts.filter { $0.bytes > 0 }
        bytes = parts.reduce(0) { $0 + $1.bytes }
        snapshotBytes = snapshot
    }

    /// What to lower first when the plan is over the budget: the largest part's setting.
    public var advice: StaticString {
        var largest = parts[0]
        for part in parts where part.bytes > largest.bytes { largest = part }
        return largest.advice
    }
}

extension PlanPart {
    /// The setting that this part grows with.
    var advice: StaticString {
        name.utf8Equals("pending latents") ? "[label] pending"
            : name.utf8Equals("memories") ? "the number of channels, targets or classes of the head"
            : name.utf8Equals("aggregation") ? "the number of targets, or [label] pending"
            : "the number of channels or heads"
    }
}

extension StaticString {
    func utf8Equals(_ other: StaticString) -> Bool {
        guard utf8CodeUnitCount == other.utf8CodeUnitCount else { return false }
        for i in 0..<utf8CodeUnitCount where utf8Start[i] != other.utf8Start[i] { return false }
        return true
    }
}
