import Stint

/// What the service manager should let the daemon have, by its plan.
///
///     MemoryLimits(plan).high  // 56 MiB for a plan of 8 MiB
///
/// Beside the plan the process needs about 9 MiB of its own (see `docs/memory-plan.md`), what waits in ZeroMQ's queues, and, while a changed
/// config is applied, a second learner. Above `high` the kernel takes memory back at the cost of speed, above `max` it ends the process.
public struct MemoryLimits: Equatable, Sendable {
    /// Libraries, code and stack.
    public static let process = 16 << 20
    /// With queues: two subscribers that do not read 8192 lines of 600 bytes each, and payloads.
    static let beside = process + (24 << 20)
    /// What a burst may take before it is an end.
    static let burst = 16 << 20

    /// Bytes, whole mebibytes.
    public let high: Int
    public let max: Int

    public init(_ plan: Plan) {
        let mebibyte = 1 << 20
        high = (Self.beside + 2 * plan.bytes + mebibyte - 1) / mebibyte * mebibyte
        max = high + Self.burst
    }

    /// A drop-in for the unit.
    public func dropIn(config: String, plan: Plan) -> String {
        """
        # Made by `stint check --systemd \(config)` for a plan of \(PlanTable.size(plan.bytes)). Make it again when the config changes.
        [Service]
        MemoryHigh=\(high >> 20)M
        MemoryMax=\(max >> 20)M

        """
    }
}
