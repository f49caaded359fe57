import Stint
import StintStore

/// Saves the learner from time to time. What fails is said when it begins to, counted, and tried again; it stops nothing.
struct Checkpoints {
    private static let nanosecondsADay = 86_400e9

    /// The newest that was written.
    struct Newest {
        /// Seconds since the epoch.
        var time: Double
        var bytes: Int
    }

    private(set) var newest: Newest?
    private(set) var failures: UInt64 = 0
    private var failing: StateError?
    private var slots: StateSlots
    private var launch: Launch
    private var interval: UInt64
    private(set) var due: UInt64 = 0

    init(_ launch: Launch, _ slots: StateSlots) {
        self.launch = launch
        self.slots = slots
        interval = Self.interval(launch)
    }

    /// Nanoseconds between two. What a day may wear away is spread evenly; 0: no limit.
    private static func interval(_ launch: Launch) -> UInt64 {
        let wear = launch.config.state.wearBytesPerDay
        let spread = wear > 0 ? Double(launch.plan.snapshotBytes) / Double(wear) * nanosecondsADay : 0
        return UInt64(max(launch.config.state.everySeconds * 1e9, spread))
    }

    /// Keeps to another config from now on.
    mutating func follow(_ launch: Launch, _ now: UInt64) {
        self.launch = launch
        interval = Self.interval(launch)
        due = min(due, now + interval)
    }

    /// Of those that the timer asks for.
    var bytesPerDay: Double { Double(newest?.bytes ?? launch.plan.snapshotBytes) * Self.nanosecondsADay / Double(interval) }

    /// Writes one now; the timer starts again.
    mutating func write(_ learner: Learner, _ surroundings: Surroundings) -> Result<StateSlots.Written, StateError> {
        due = surroundings.monotonic() + interval
        let time = surroundings.wallTime()
        let header = StateHeader(
            steps: learner.steps, createdNanoseconds: Int64(time * 1e9), seed: launch.config.memory.seed, shape: launch.shape,
            encoder: learner.encoderHash(channels: launch.assembly.channelNames), config: launch.hash, device: launch.config.device.id ?? "")
        do throws(StateError) {
            let written = try slots.save(header, snapshot: learner.snapshot())
            newest = Newest(time: time, bytes: written.bytes)
            if failing != nil { surroundings.say("checkpoints are written again, to \(slots.folder)") }
            failing = nil
            return .success(written)
        } catch {
            failures += 1
            // Said once; and again when the reason is another one.
            if failing != error { surroundings.say("no checkpoint: \(error); going on without, and trying again") }
            failing = error
            return .failure(error)
        }
    }
}
