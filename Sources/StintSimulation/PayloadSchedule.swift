/// What the tip carries, and from when on.
///
/// A payload appears at the speed of the tip, as from a belt that moves along: speeds do not jump, forces do.
///
///     PayloadSchedule().at(25)   // 1.5 kg: picked up at 20 s, put down at 40 s
public struct PayloadSchedule: Sendable {
    /// From `time` (s) on the tip carries `mass` (kg, 0 or more).
    public struct Change: Sendable {
        public var time, mass: Double

        public init(time: Double, mass: Double) {
            self.time = time
            self.mass = mass
        }
    }

    /// In the order of time. Before the first the tip is empty.
    public let changes: [Change]
    /// After so many seconds the schedule begins again; nil is never.
    public let period: Double?

    public init(
        _ changes: [Change] = [Change(time: 20, mass: 1.5), Change(time: 40, mass: 0)], period: Double? = nil
    ) {
        for (earlier, later) in zip(changes, changes.dropFirst()) {
            precondition(earlier.time < later.time,
                "payload changes are in the order of time, got \(later.time) s after \(earlier.time) s")
        }
        for change in changes {
            precondition(change.mass >= 0, "a payload is 0 kg or more, got \(change.mass) kg at \(change.time) s")
        }
        if let period { precondition(period > 0, "a period is above 0 s, got \(period) s") }
        self.changes = changes
        self.period = period
    }

    /// The payload at `time` (s), kg.
    public func at(_ time: Double) -> Double {
        let local = period.map { time.truncatingRemainder(dividingBy: $0) } ?? time
        return changes.last { $0.time <= local }?.mass ?? 0
    }
}
