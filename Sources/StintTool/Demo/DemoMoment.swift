/// All that a view of the demo shows: the scores, and what the daemon last said of itself.
struct DemoMoment {
    var seconds = 0.0
    var length = 60.0
    var score: DemoScore
    /// What was injected, and what was said about it.
    var answers = Answers([])
    var status: DemoStatus?
    /// Where a curious user can listen.
    var output = ""
}

/// What the demo wants of `status`.
struct DemoStatus: Equatable {
    var planBytes: Int?
    var residentBytes: Int?
    var allocationsPerFrame: Double?
    var medianMicroseconds: Double?
    var slowMicroseconds: Double?
    /// Frames and labels that were refused, for any reason.
    var dropped: Int
    var experts: Experts

    init(_ status: JSON) {
        planBytes = status["plan_bytes"]?.natural
        residentBytes = status["rss_bytes"]?.natural
        allocationsPerFrame = status["allocations_per_frame"]?.number
        medianMicroseconds = status["step_us"]?["p50"]?.number
        slowMicroseconds = status["step_us"]?["p99"]?.number
        dropped = (status["dropped"]?.members ?? []).reduce(0) { $0 + ($1.value.natural ?? 0) }
        experts = Experts(status["heads"]?["torque"])
    }
}
