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
    /// What takes how long, and what a frame has room for.
    public let cost: FrameCost

    public init(_ specification: Specification) {
        precondition(specification.channels > 0, "a stream has at least one channel")
        self.specification = specification
        var carver = Carver()
        let (state, snapshot, _) = LearnerState.carve(specification, &carver)
        _ = ProbeRows(specification, &carver)
        parts = carver.parts.filter { $0.bytes > 0 }
        bytes = parts.reduce(0) { $0 + $1.bytes }
        snapshotBytes = snapshot
        cost = state.plannedCost(specification)
    }
}
