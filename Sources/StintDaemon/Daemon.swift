import Stint
import StintConfig
import StintSockets
import StintStore
import StintWire

/// A socket that cannot be had, or fails, ends the daemon.
private func reaching<R: ~Copyable>(_ body: () throws(SocketError) -> R) throws(Failure) -> R {
    do throws(SocketError) { return try body() } catch { throw .unreachable("\(error)") }
}

/// One learner between three sockets: one thread, one loop, and the order of events is the order of messages.
///
/// What only reads it is `mutating` too: the compiler looks at each member of each member of a value that is borrowed and cannot be copied,
/// once for every use, and takes minutes for it.
package struct Daemon: ~Copyable {
    /// Messages of the input between two looks at everything else.
    private static let turn = 256
    /// Requests between two looks at the input: whoever floods the control endpoint waits himself.
    private static let requests = 8
    /// Milliseconds between two looks at whether all senders are silent, while frames wait for others.
    private static let glance = 100
    private static let nanosecondsAMillisecond: UInt64 = 1_000_000
    /// From one status on the output to the next.
    private static let statusPause: UInt64 = 5_000_000_000

    var launch: Launch
    var launchHash: String
    var learner: Learner
    let surroundings: Surroundings
    let doors: Doors
    let residentBytes: () -> Int?
    let start: UInt64
    let resumed: Bool
    /// What became of each head of a state of another config or version, in words.
    private let adoption: String?
    var intake: Intake
    var control: ControlPort
    var checkpoints: Checkpoints
    var allocations: AllocationCount
    let keeper: ConfigKeeper
    /// Between one config and the next.
    var changeover: Changeover
    var outlet: Outlet
    let disk: Disk
    /// Where a status is written.
    var report: ByteWriter
    var reporting: ConfigReporting
    private var statusDue: UInt64
    /// A state that comes in piece by piece; nil: none does.
    var upload: StateUpload?
    /// Who asked for the checkpoint that is being written, and who for the one after it.
    var waiting: (now: [ControlPort.Waiting], next: [ControlPort.Waiting])
    /// Who wanted something forgotten, and what that was, until it is gone from the disk, too.
    var forgetters: [(who: ControlPort.Waiting, gone: Forgotten)]

    /// Opens the sockets, loads the newest state and writes a first checkpoint.
    package init(
        _ launch: Launch, _ keeper: ConfigKeeper, _ surroundings: Surroundings, _ manager: borrowing ServiceManager, disk: Disk = Disk(),
        residentBytes: @escaping () -> Int?
    ) throws(Failure) {
        let (folder, output) = Self.places(launch)
        let lock = try Self.lock(folder, surroundings)
        let context = try reaching { () throws(SocketError) in try Context(ioThreads: 1) }
        let doors = try reaching { () throws(SocketError) in try Doors(launch.keyring, in: context) }
        let intake = try reaching { () throws(SocketError) in try Intake(launch.assembly, launch.config, doors, in: context) }
        let outlet = try reaching { () throws(SocketError) in
            try Outlet(launch.assembly, bind: output, doors, form: launch.config.output.format == .cbor ? .cbor : .json, in: context)
        }
        let control = try reaching { () throws(SocketError) in try ControlPort(launch.config, doors, in: context) }
        let learner = Learner(launch.plan)
        StateUpload.clear(folder, disk)
        var slots = StateSlots(folder: folder, shape: launch.shape, key: launch.stateKey, disk: disk)
        manager.extendStart(.restoring)
        let found = keeper.takesBack
            ? slots.takeBack(launch.shape) { file throws(StateError) in try file.restore(learner) }
            : slots.load { file throws(StateError) in try file.restore(learner) }
        keeper.takesBack = false
        for note in found.notes { surroundings.say(note) }
        let lineage = Self.lineage(found, launch, surroundings)
        if found.header == nil, !found.notes.isEmpty { surroundings.say("no state to go on from: learning begins anew") }
        var checkpoints = Checkpoints(launch, slots, lock, lineage)
        manager.extendStart(.writing)
        // What lies there is the way back, while a config is on probation.
        if !keeper.ledger.isOnProbation { _ = checkpoints.write(learner, surroundings) }
        keeper.settle(surroundings)

        self.init(
            launch, keeper, surroundings, residentBytes, learner, resumed: found.header != nil,
            adoption: found.adoption.map { $0.text(launch.assembly.heads.map(\.name)) }, doors, intake: intake, outlet: outlet,
            control: control, checkpoints: checkpoints, disk: disk)
    }

    /// Of parts that are all there. It cannot fail: Swift 6.0 cannot undo half of a value that cannot be copied, nor compile an initialiser
    /// that throws and sets this many of them.
    private init(
        _ launch: Launch, _ keeper: ConfigKeeper, _ surroundings: Surroundings, _ residentBytes: @escaping () -> Int?, _ learner: Learner, resumed: Bool,
        adoption: String?, _ doors: Doors, intake: consuming Intake, outlet: consuming Outlet, control: consuming ControlPort,
        checkpoints: consuming Checkpoints, disk: Disk
    ) {
        self.launch = launch
        allocations = AllocationCount()
        self.keeper = keeper
        changeover = Changeover()
        launchHash = launch.hash.hexadecimal
        self.learner = learner
        self.surroundings = surroundings
        self.doors = doors
        self.residentBytes = residentBytes
        start = surroundings.monotonic()
        self.resumed = resumed
        self.adoption = adoption
        self.intake = intake
        self.outlet = outlet
        report = ByteWriter(capacity: 8 << 10)
        reporting = ConfigReporting()
        statusDue = start + Self.statusPause
        self.control = control
        self.checkpoints = checkpoints
        waiting = ([], [])
        forgetters = []
        upload = nil
        self.disk = disk
        self.outlet.revision = Int(keeper.ledger.inForce.revision)
        if keeper.ledger.isOnProbation, let handover = keeper.handover, let candidate = keeper.ledger.candidate {
            changeover.trial = trial(
                handover.former, .restart, handover.baseline, confirmWithin: candidate.confirmWithin, kept: Set(launch.assembly.heads.map(\.name)))
        }
    }

    private static func places(_ launch: Launch) -> (folder: String, output: Endpoint) {
        guard let folder = launch.config.state.directory, let output = launch.config.output.bind else {
            preconditionFailure("a config for the daemon says where state and predictions go")
        }
        return (folder, output)
    }

    /// A folder that cannot be made or locked is no reason not to predict: every checkpoint will say what is wrong.
    private static func lock(_ folder: String, _ surroundings: Surroundings) throws(Failure) -> FolderLock? {
        var isTaken = false
        do throws(DiskError) {
            try Disk().makeFolder(folder)
            if let lock = try FolderLock(folder) { return lock }
            isTaken = true
        } catch {
            surroundings.say("\(error)")
        }
        if isTaken { throw .unreachable("\(folder): another stintd keeps its state there; give each its own [state] directory") }
        return nil
    }

    /// Where the state comes from, with this start.
    private static func lineage(_ found: StateSlots.Found, _ launch: Launch, _ surroundings: Surroundings) -> Lineage {
        let now = Int64(surroundings.wallTime() * 1e9)
        guard var lineage = found.header?.lineage else { return Lineage(bornNanoseconds: now, birthplace: launch.config.device.id ?? "") }
        lineage.restores += 1
        if let adoption = found.adoption { lineage.note("adopted " + adoption.text(launch.assembly.heads.map(\.name)), at: now) }
        return lineage
    }

    /// The line that says where everything is, with its line feed.
    package mutating func readyLine(process: Int32) -> String {
        var line = ByteWriter()
        line.beginObject()
        line.member("ready", true)
        line.member("pid", Int(process))
        line.member("version", quoted: stintVersion)
        line.member("revision", outlet.revision)
        line.member("resumed", resumed)
        line.beginArray("input")
        for endpoint in intake.endpoints { line.element(quoted: endpoint) }
        line.endArray()
        line.member("output", quoted: outlet.endpoint)
        line.member("control", quoted: control.endpoint)
        line.endObject()
        line.append("\n")
        return String(decoding: line.bytes, as: UTF8.self)
    }

    package enum End {
        /// A signal said so; the state is saved.
        case ended
        /// Another daemon is to take this one's place, by another config.
        case again(Launch)
    }

    /// Until a signal ends it, or a config that needs other sockets.
    package mutating func run(_ signals: borrowing Signals, _ manager: inout ServiceManager) throws(Failure) -> End {
        var poller = Poller(capacity: 7)
        let input = poller.add(intake.socket), requests = poller.add(control.socket)
        _ = poller.add(fileDescriptor: signals.fileDescriptor)
        let written = poller.add(fileDescriptor: checkpoints.doneDescriptor)
        let kept = poller.add(fileDescriptor: keeper.doneDescriptor)
        let subscriptions = poller.add(outlet.socket)
        let knocking = doors.gatekeeper.map { poller.add($0.socket) }
        var hasInput = false
        // Once before anything is counted: what it takes to write one is there from then on.
        writeStatus(isLine: true)
        outlet.reserve(2 * report.bytes.count)
        if let adoption { try publish(.state(adoption)) }
        while true {
            let timer = checkpoints.isWriting ? .max : checkpoints.due
            // Of more than three at once `min` makes an array, each turn.
            var patience = hasInput ? 0 : milliseconds(until: min(min(timer, statusDue), min(min(manager.due ?? .max, reporting.due), keeper.due ?? .max)))
            if changeover.trial != nil { patience = min(patience, Self.glance) }
            if learner.isWaiting { patience = min(patience, Self.glance) }
            let before = intake.messages
            do throws(SocketError) {
                _ = try AllocationCount.pausing { () throws(SocketError) in
                    try signals.whileAllowed { () throws(SocketError) in try poller.wait(milliseconds: patience) }
                }
                if poller.isReady(input) || hasInput { hasInput = try intake.take(Self.turn, learner, &outlet, surroundings) }
                if let knocking, poller.isReady(knocking) { try AllocationCount.pausing { () throws(SocketError) in try doors.answer() } }
                if !hasInput, learner.isWaiting { try intake.release(learner, &outlet, at: surroundings.monotonic()) }
            } catch {
                throw .unreachable("\(error)")
            }
            let isStuck = poller.isReady(input) && intake.messages == before
            allocations.note(frames: intake.frames)
            if poller.isReady(requests) { try answerRequests() }
            if try follow(signals, manager) { return .ended }
            let now = surroundings.monotonic()
            if poller.isReady(kept) { try finishVault() }
            try watchTrial(now)
            tendKeeper(now)
            if changeover.isIdle, let next = changeover.next { return end(for: next) }
            if poller.isReady(written) { try finishCheckpoint() }
            if maySave, checkpoints.isDue(learner, now) { try beginCheckpoint() }
            if let report = intake.overload.due(now) { try publish(.overload(report)) }
            if now >= statusDue { try publishStatus(now) }
            if poller.isReady(subscriptions), try hasNewReaders() { reporting.isAskedFor = true }
            try reportConfig(now)
            // A turn that found messages and took none gets nowhere, and is none that the watchdog should hear of.
            if !isStuck { manager.feed(now) }
        }
    }

    /// What the daemon itself did.
    mutating func publish(_ event: DaemonEvent) throws(Failure) {
        do throws(SocketError) {
            try outlet.publish(event, at: surroundings.wallTime(), sequence: learner.sequence)
        } catch {
            throw .unreachable("\(error)")
        }
    }

    private mutating func hasNewReaders() throws(Failure) -> Bool {
        do throws(SocketError) { return try AllocationCount.pausing { () throws(SocketError) in try outlet.takeSubscriptions() } } catch { throw .unreachable("\(error)") }
    }

    private mutating func publishStatus(_ now: UInt64) throws(Failure) {
        statusDue = now + Self.statusPause
        writeStatus(isLine: true)
        do throws(SocketError) { try outlet.publishStatus(report.bytes) } catch { throw .unreachable("\(error)") }
    }

    // A checkpoint is no part of a frame: what it allocates is not counted with it.
    mutating func beginCheckpoint() throws(Failure) {
        let before = checkpoints.failing
        AllocationCount.pausing { checkpoints.begin(learner, surroundings) }
        // Without a folder it has failed before it began.
        guard !checkpoints.isWriting, let failing = checkpoints.failing else { return }
        if failing != before { try publish(.checkpoint(.failure(failing))) }
        try goOn(afterCheckpoint: .failure(failing))
        try answerWaiting(.failure(failing))
        try answerForgetters(.failure(failing))
    }

    /// Tells what came of the checkpoint, on the output and to whoever asked for it.
    mutating func finishCheckpoint() throws(Failure) {
        let before = checkpoints.failing
        guard let outcome = AllocationCount.pausing({ checkpoints.finish(surroundings) }) else { return }
        if checkpoints.failing == nil || checkpoints.failing != before { try publish(.checkpoint(outcome)) }
        try AllocationCount.pausing { () throws(Failure) in try goOn(afterCheckpoint: outcome) }
        try answerWaiting(outcome)
        try answerForgetters(outcome)
    }

    /// Seconds after which a start has lasted.
    private static let lasting: UInt64 = 60_000_000_000

    /// What is owed to the disk, and that we live.
    private mutating func tendKeeper(_ now: UInt64) {
        if now - start > Self.lasting, keeper.ledger.boots > 0 { AllocationCount.pausing { keeper.noteLasting() } }
        if changeover.isIdle, keeper.isDue(now) { AllocationCount.pausing { keeper.begin(keeper.ledger) } }
    }

    /// Ends for another daemon in the same process.
    private mutating func end(for next: Launch) -> End {
        // What was learned by a config that is taken back is its own, unless it had the same heads.
        if !keeper.takesBack || next.shape == launch.shape { _ = checkpoints.write(learner, surroundings) } else { checkpoints.wait(surroundings) }
        return .again(next)
    }

    /// The state, and the configs, as the next start shall find them.
    private mutating func save() {
        if let shadow = intake.shadow {
            checkpoints.follow(shadow.launch, surroundings.monotonic())
            _ = checkpoints.write(shadow.learner, surroundings)
        } else if maySave {
            _ = checkpoints.write(learner, surroundings)
        }
        keeper.noteLasting()
        keeper.close(surroundings)
    }

    mutating func publishEvents() throws(Failure) {
        do throws(SocketError) { try outlet.publishEvents(learner) } catch { throw .unreachable("\(error)") }
    }

    private mutating func answerRequests() throws(Failure) {
        for _ in 0..<Self.requests {
            let outcome: RequestDecoder.Outcome
            do throws(SocketError) {
                guard let next = try control.next() else { return }
                outcome = next
            } catch {
                throw .unreachable("\(error)")
            }
            guard try answer(outcome) else { continue }
            do throws(SocketError) { try control.reply() } catch { throw .unreachable("\(error)") }
        }
    }

    /// True when it is time to end.
    private mutating func follow(_ signals: borrowing Signals, _ manager: borrowing ServiceManager) throws(Failure) -> Bool {
        while let order = signals.next() {
            switch order {
            case .end:
                manager.stopping()
                save()
                return true
            case .reread: try reload(manager)
            }
        }
        return false
    }

    private func milliseconds(until due: UInt64) -> Int {
        let now = surroundings.monotonic()
        guard due > now else { return 0 }
        return Int((due - now + Self.nanosecondsAMillisecond - 1) / Self.nanosecondsAMillisecond)
    }
}
