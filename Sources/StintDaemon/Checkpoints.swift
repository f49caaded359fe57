import Stint
import StintStore
#if canImport(Glibc)
import Glibc
#else
import Musl
#endif

/// Saves the learner from time to time. What fails is said when it begins to, counted, and tried again; it stops nothing.
///
/// A checkpoint begins with a copy of the state on the loop and goes to the disk beside it; there is one at a time. After a failure the
/// next attempt comes after `firstPause`, then after twice as long, and so on up to the interval: a disk that is full is not made
/// emptier by trying, and one that comes back is found soon.
struct Checkpoints: ~Copyable {
    private static let nanosecondsADay = 86_400e9
    private static let firstPause: UInt64 = 5_000_000_000
    private static let longestPause: UInt64 = 60_000_000_000

    /// The newest that was written.
    struct Newest {
        /// Seconds since the epoch.
        var time: Double
        var bytes: Int
    }

    private(set) var newest: Newest?
    /// Of this process.
    private(set) var written: (count: UInt64, bytes: UInt64) = (0, 0)
    private(set) var failures: UInt64 = 0
    /// Times that the timer found nothing to save.
    private(set) var skipped: UInt64 = 0
    /// Why the newest attempt failed; nil if it did not.
    private(set) var failing: StateError?
    /// Nanoseconds that the loop was busy with the copy, at most.
    private(set) var longestCopy: UInt64 = 0
    /// The same by the time that the loop has worked: what the machine does beside is not in it.
    private(set) var mostCopyWork: UInt64 = 0
    private(set) var due: UInt64 = 0
    /// Readable when the one that is being written has an end.
    var doneDescriptor: Int32 { bell.fileDescriptor }

    private var slots: StateSlots
    var folder: String { slots.folder }
    private var lock: FolderLock?
    private var launch: Launch
    private var interval: UInt64
    private var attempts: UInt64 = 0
    /// What is on its way to the disk: the copy of the state, that is left alone until it is there.
    private var writer: Saving?
    private typealias Saving = Errand<(outcome: Result<StateSlots.Written, StateError>, slots: StateSlots, cleared: Int)>
    /// Checkpoints that are still to be written until nothing is left of what was learned before.
    private(set) var owed = 0
    /// Whether the one that is being written is still of before.
    private var isOutdated = false
    /// Files beside the slots that went with the newest order to leave nothing.
    private(set) var cleared = 0
    private var began = 0.0
    /// What the learner had changed when the newest was begun, and when the newest that was written was; nil: none was.
    private var changes: (begun: UInt64, saved: UInt64?) = (0, nil)
    private let bell: Bell
    private var lineage: Lineage

    /// - Parameter lock: of the folder; nil where it could not be had, and then it is asked for again.
    init(_ launch: Launch, _ slots: StateSlots, _ lock: consuming FolderLock?, _ lineage: Lineage = Lineage()) {
        self.lineage = lineage
        bell = Bell()
        self.launch = launch
        self.slots = slots
        self.lock = lock
        interval = Self.interval(launch)
    }

    deinit {
        _ = writer?.wait()
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

    /// What both slots hold is to be gone: two more are written, at once, over one and then the other, so that one is whole at every instant;
    /// then what was set aside goes.
    mutating func overwriteAll() {
        (owed, cleared, isOutdated) = (2, 0, writer != nil)
        if failing == nil { due = 0 }
    }

    /// What was done to the state, for whoever reads its header.
    mutating func note(_ deed: String, at seconds: Double) { lineage.note(deed, at: Int64(seconds * 1e9)) }

    /// What is learned goes on from a state of elsewhere: this is where that comes from.
    mutating func goOn(from lineage: Lineage) { self.lineage = lineage }

    /// What stands before a snapshot of now.
    func header(_ learner: Learner, at seconds: Double) -> StateHeader {
        StateHeader(
            steps: learner.steps, createdNanoseconds: Int64(seconds * 1e9), seed: launch.config.memory.seed, shape: launch.shape,
            encoder: learner.encoderHash(channels: launch.assembly.channelNames), config: launch.hash, device: launch.config.device.id ?? "", lineage: lineage)
    }

    /// Restores a learner from the newest state of its own config, where there is one. - Returns: what was to be said.
    mutating func takeBack(_ launch: Launch, _ learner: Learner) -> [String] {
        _ = writer?.wait()
        return slots.takeBack(launch.shape) { file throws(StateError) in try file.restore(learner) }.notes
    }

    /// Of those that the timer asks for.
    var bytesPerDay: Double { Double(newest?.bytes ?? launch.plan.snapshotBytes) * Self.nanosecondsADay / Double(interval) }

    var isWriting: Bool { writer != nil }

    /// Whether the timer asks for one. Where nothing was learned since the newest, as while no frame comes or learning is paused, what is
    /// on the disk is what there is to say, and flash is not worn for it.
    mutating func isDue(_ learner: Learner, _ now: UInt64) -> Bool {
        guard now >= due, writer == nil else { return false }
        guard failing == nil, owed == 0, changes.saved == learner.changes else { return true }
        skipped += 1
        due = now + interval
        return false
    }

    /// Begins one, unless one is being written or the folder is not to be had; the timer starts again.
    mutating func begin(_ learner: Learner, _ surroundings: Surroundings) {
        guard writer == nil else { return }
        let start = surroundings.monotonic(), worked = surroundings.worked()
        due = start + interval
        began = surroundings.wallTime()
        if let error = restoreFolder() { return noteFailure(error, surroundings) }
        let header = header(learner, at: began)
        changes.begun = learner.changes
        slots.key = launch.stateKey
        let snapshot = learner.snapshot()
        let isLast = owed == 1
        let made = Saving(done: bell.writer) { [slots] in
            var slots = slots
            do throws(StateError) {
                let written = try slots.save(header, snapshot: snapshot)
                guard isLast else { return (Result<StateSlots.Written, StateError>.success(written), slots, 0) }
                do throws(DiskError) { return (.success(written), slots, try slots.clearAside()) } catch { throw .disk(error) }
            } catch {
                return (.failure(error), slots, 0)
            }
        }
        writer = made
        longestCopy = max(longestCopy, surroundings.monotonic() - start)
        mostCopyWork = max(mostCopyWork, surroundings.worked() - worked)
        made.start()
    }

    /// Waits for the one that is being written, if there is one; nil if there is none.
    mutating func finish(_ surroundings: Surroundings) -> Result<StateSlots.Written, StateError>? {
        guard let writer else { return nil }
        let (outcome, slots, aside) = writer.wait()
        self.writer = nil
        self.slots = slots
        bell.silence()
        switch outcome {
        case .success(let done):
            newest = Newest(time: began, bytes: done.bytes)
            written = (written.count + 1, written.bytes + UInt64(done.bytes))
            if failing != nil { surroundings.say("checkpoints are written again, to \(slots.folder)") }
            failing = nil
            attempts = 0
            changes.saved = changes.begun
            cleared += aside
            if !isOutdated { owed = max(owed - 1, 0) }
            if owed > 0 { due = 0 }
        case .failure(let error): noteFailure(error, surroundings)
        }
        isOutdated = false
        return outcome
    }

    private mutating func noteFailure(_ error: StateError, _ surroundings: Surroundings) {
        failures += 1
        attempts += 1
        due = surroundings.monotonic() + Self.pause(after: attempts, interval)
        // Said once; and again when the reason is another one.
        if failing != error { surroundings.say("no checkpoint: \(error); going on without, and trying again") }
        failing = error
    }

    /// Until the one that is being written has its end.
    mutating func wait(_ surroundings: Surroundings) { _ = finish(surroundings) }

    /// One now, to its end: at the start and at the end there is nothing that would have to go on meanwhile.
    mutating func write(_ learner: Learner, _ surroundings: Surroundings) -> Result<StateSlots.Written, StateError> {
        _ = finish(surroundings)
        begin(learner, surroundings)
        if let outcome = finish(surroundings) { return outcome }
        guard let failing else { preconditionFailure("a checkpoint that does not begin has failed") }
        return .failure(failing)
    }

    /// Nanoseconds to the next attempt after so many failures in a row.
    static func pause(after attempts: UInt64, _ interval: UInt64) -> UInt64 {
        let doubled = min(firstPause, interval) << min(attempts - 1, 20)
        return min(doubled, max(interval, longestPause))
    }

    /// After a failure, or without a lock: the folder may be gone, and another one in its place, that may be another's.
    private mutating func restoreFolder() -> StateError? {
        guard failing != nil || lock == nil else { return nil }
        if lock?.isStill(slots.folder) ?? false { return nil }
        do throws(DiskError) {
            try slots.makeFolder()
            lock = try FolderLock(slots.folder)
            return lock == nil ? .taken(folder: slots.folder) : nil
        } catch {
            return .disk(error)
        }
    }
}
