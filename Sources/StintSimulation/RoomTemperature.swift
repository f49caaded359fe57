import CMath

/// How warm the room is, and from when on: steps, and a season on top.
///
///     RoomTemperature([.init(time: 40, celsius: 5)]).at(50)   // 5 °C: a cold store's door opened at 40 s
public struct RoomTemperature: Sendable {
    /// From `time` (s) on the room has `celsius`.
    public struct Change: Sendable {
        public var time, celsius: Double

        public init(time: Double, celsius: Double) {
            self.time = time
            self.celsius = celsius
        }
    }

    /// Before the first change, °C; joints begin with it.
    public let start: Double
    /// In the order of time.
    public let changes: [Change]
    /// What a sine adds at most, K, and its period, s.
    public let swing, period: Double

    public init(start: Double = 22, _ changes: [Change] = [], swing: Double = 0, period: Double = 86_400) {
        for (earlier, later) in zip(changes, changes.dropFirst()) {
            precondition(earlier.time < later.time,
                "changes of the room are in the order of time, got \(later.time) s after \(earlier.time) s")
        }
        precondition(period > 0, "a period is above 0 s, got \(period) s")
        self.start = start
        self.changes = changes
        self.swing = swing
        self.period = period
    }

    /// At `time` (s), °C.
    public func at(_ time: Double) -> Double {
        let level = changes.last { $0.time <= time }?.celsius ?? start
        return swing == 0 ? level : level + swing * sin(2 * Double.pi * time / period)
    }
}
