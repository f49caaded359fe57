import Stint
import StintConfig
import StintSockets
import StintStore

/// From one config to the next.
struct Changeover {
    /// How another config comes into force.
    enum Way: String {
        /// Nothing is built anew.
        case hot
        /// Another learner is built around what was learned, while the one before goes on beside it.
        case beside
        /// The same, where there is no room for two: the one before ends first.
        case stop
        /// Sockets are opened anew, and a learner is built from the state on the disk.
        case restart
    }

    /// A config that is to be in force as soon as the disk knows of it.
    final class Pending {
        let launch: Launch
        /// The ledger that says so.
        let ledger: ConfigLedger
        let way: Way
        /// Whether it has yet to show that it is good.
        let isTried: Bool
        let put: (slot: Int, text: [UInt8])?
        /// Who is told.
        let waiting: ControlPort.Waiting

        init(_ launch: Launch, _ ledger: ConfigLedger, _ way: Way, isTried: Bool, put: (slot: Int, text: [UInt8])?, _ waiting: ControlPort.Waiting) {
            self.launch = launch
            self.ledger = ledger
            self.way = way
            self.isTried = isTried
            self.put = put
            self.waiting = waiting
        }
    }

    enum Step {
        case idle
        /// What was learned goes to the disk first: heads may get lost.
        case saving(Pending, isBegun: Bool)
        case writing(Pending)
        case confirming(ControlPort.Waiting?)
        /// Whoever asked is told when it is on disk; `orElse` if that fails.
        case telling(ControlPort.Waiting, [UInt8], orElse: [UInt8])
    }

    /// What is in force and not yet good.
    struct Trial {
        let probation: Probation
        /// What was in force before, and is the way back.
        let former: Launch
        let way: Way
        /// Where counts stood at the switch.
        let frames: UInt64
        let labels: [UInt64]
        /// Heads that are the same as before, by name.
        let kept: Set<String>
    }

    var step = Step.idle { didSet { changes &+= 1 } }
    var trial: Trial? { didSet { changes &+= 1 } }
    /// Counts what happened to either, so that it can be told.
    private(set) var changes: UInt64 = 0
    /// When its health is looked at next.
    var glance: UInt64 = 0
    /// By what the daemon is to begin anew.
    var next: Launch?

    var isIdle: Bool { if case .idle = step { true } else { false } }
}

extension Changeover.Way {
    init(_ now: Launch, _ new: Launch) {
        guard now.shape.obstacle(for: new.shape) == nil, Self.sections(now, new).isEmpty else {
            self = .restart
            return
        }
        guard Self.isRetuned(now.config, new.config) else {
            self = .hot
            return
        }
        // Both have to fit, whichever budget is the smaller.
        let room = min(now.config.memory.budgetBytes, new.config.memory.budgetBytes)
        self = now.plan.bytes + new.plan.bytes <= room ? .beside : .stop
    }

    /// Parts that differ and that sockets, or an encoder, are made from once.
    private static func sections(_ now: Launch, _ new: Launch) -> [String] {
        var sections: [String] = []
        func compare<T: Equatable>(_ section: String, _ part: KeyPath<Config, T>) {
            if now.config[keyPath: part] != new.config[keyPath: part] { sections.append(section) }
        }
        compare("[input]", \.input)
        compare("[output]", \.output)
        compare("[control]", \.control.bind)
        compare("[control]", \.control.connect)
        compare("state.directory", \.state.directory)
        compare("[encoder]", \.encoder)
        if now.keyring?.own != new.keyring?.own { sections.append("the key of security.secret_key") }
        if now.keyring?.names != new.keyring?.names { sections.append("the names of those whom it connects to") }
        if now.assembly.streams != new.assembly.streams { sections.append("[[stream]]") }
        return sections
    }

    /// Whether they differ in more than what the daemon itself keeps to.
    private static func isRetuned(_ now: Config, _ new: Config) -> Bool {
        var alike = new
        alike.state = now.state
        alike.compute.maxAgeSeconds = now.compute.maxAgeSeconds
        alike.device = now.device
        alike.security = now.security
        alike.control = now.control
        alike.memory.budgetBytes = now.memory.budgetBytes
        return alike != now
    }
}

extension Daemon {
    // MARK: In force

    /// The config that goes with the learner that there is.
    mutating func obey(_ new: Launch) {
        if let keyring = new.keyring { doors.gatekeeper?.allow(keyring.allowed) }
        launch = new
        launchHash = new.hash.hexadecimal
        checkpoints.follow(new, surroundings.monotonic())
        intake.overload.limit = new.config.compute.maxAgeSeconds
        intake.keepsSamples = new.config.memory.store == .latents
        outlet.revision = Int(keeper.ledger.inForce.revision)
    }

    /// The disk knows of it: from the next frame on it is in force. - Returns: what became of the heads; why it cannot be.
    mutating func putInForce(_ pending: Changeover.Pending) throws(Failure) -> Result<[HeadFate], Rejection> {
        let former = launch, baseline = baseline()
        var fates = [HeadFate](repeating: .kept, count: pending.launch.assembly.heads.count)
        switch pending.way {
        case .hot: if former.config.compute != pending.launch.config.compute { learner.forgetLosses() }
        case .beside, .stop:
            let made = try AllocationCount.pausing { () throws(Failure) in try rebuild(pending.launch, beside: pending.way == .beside, isTried: pending.isTried) }
            switch made {
            case .success(let adoption): if let adoption { fates = adoption.heads }
            case .failure(let why): return .failure(why)
            }
        case .restart:
            keeper.handover = pending.isTried ? ConfigKeeper.Handover(former: former, baseline: baseline) : nil
            changeover.next = pending.launch
            return .success([])
        }
        obey(pending.launch)
        if pending.isTried {
            intake.ownSteps.clear()
            let names = pending.launch.assembly.heads.map(\.name)
            let kept = Set(zip(names, fates).filter { $0.1 == .kept }.map(\.0))
            changeover.trial = trial(former, pending.way, baseline, confirmWithin: pending.ledger.candidate?.confirmWithin ?? 0, kept: kept)
        }
        return .success(fates)
    }

    /// Why a config cannot be in force, though nothing is wrong with it.
    struct Rejection: Error { let text: String }

    func trial(
        _ former: Launch, _ way: Changeover.Way, _ baseline: Probation.Baseline, confirmWithin: Int, kept: Set<String>
    ) -> Changeover.Trial {
        let probation = Probation(
            baseline, at: surroundings.monotonic(), seconds: launch.config.control.probationSeconds, confirmWithin: confirmWithin)
        return Changeover.Trial(
            probation: probation, former: former, way: way, frames: intake.frames, labels: intake.labels.learned, kept: kept)
    }

    /// The state of the learner in another one; why not, if it does not go.
    private mutating func rebuild(_ new: Launch, beside isBeside: Bool, isTried: Bool) throws(Failure) -> Result<Adoption?, Rejection> {
        // What is being written lies in the learner that ends here.
        try finishCheckpoint()
        let former = launch, steps = learner.steps
        let made: Learner, adoption: Adoption?
        if isBeside {
            made = Learner(new.plan)
            switch Self.hand(learner.snapshot(), from: former, steps: steps, to: made, new) {
            case .success(let became): adoption = became
            case .failure(let why): return .failure(why)
            }
            made.goOnCounting(from: learner)
            do throws(SocketError) {
                if isTried { try intake.follow(new, beside: former, learner) } else { try intake.follow(new) }
            } catch {
                throw .unreachable("\(error)")
            }
        } else {
            var copy = Array(learner.snapshot())
            defer { copy.wipe() }
            let counts = Self.placeholder()
            counts.goOnCounting(from: learner)
            learner = counts
            made = Learner(new.plan)
            let outcome = copy.withUnsafeBytes { Self.hand($0, from: former, steps: steps, to: made, new) }
            switch outcome {
            case .success(let became): adoption = became
            case .failure(let why):
                let again = Learner(former.plan)
                _ = copy.withUnsafeBytes { Self.hand($0, from: former, steps: steps, to: again, former) }
                again.goOnCounting(from: counts)
                learner = again
                return .failure(why)
            }
            made.goOnCounting(from: counts)
            do throws(SocketError) { try intake.follow(new) } catch { throw .unreachable("\(error)") }
        }
        learner = made
        outlet.follow(new.assembly)
        return .success(adoption)
    }

    /// All that was learned, from one learner to another.
    private static func hand(
        _ snapshot: UnsafeRawBufferPointer, from former: Launch, steps: UInt64, to made: Learner, _ new: Launch
    ) -> Result<Adoption?, Rejection> {
        do throws(Archive.Failure) {
            if new.shape == former.shape {
                return .success(try made.restore(snapshot))
            }
            guard let before = ShapeReading(former.shape), let now = ShapeReading(new.shape) else { throw .unexpectedSection }
            return .success(try made.adopt(snapshot, from: FormerLearner(before, steps: steps, now: now)))
        } catch {
            return .failure(Rejection(text: "the state does not fit what the config says (\(error))"))
        }
    }

    /// The least learner that there can be: it stands in for the moment in which there is none.
    private static func placeholder() -> Learner {
        var specification = Specification(
            channels: 1, rateHz: 1, labels: 0, heads: [HeadSpecification(kind: .anomaly(falseAlarms: .perRows(count: 1, rows: 1000)))])
        specification.encoder.fourier = false
        specification.encoder.warmUp = 2
        specification.pending = 1
        specification.window.length = 1
        specification.memory.reservoirBytes = 0
        return Learner(Plan(specification))
    }

    // MARK: The way back

    /// What is on probation is taken back, for this reason.
    mutating func rollBack(_ reason: String) throws(Failure) {
        guard let trial = changeover.trial else { return }
        changeover.trial = nil
        keeper.handover = nil
        try finishCheckpoint()
        let document = keeper.ledger.inForce
        keeper.noteRolledBack(reason, at: Int64(surroundings.wallTime()))
        surroundings.say("revision \(document.revision) is rolled back: \(reason)")
        switch trial.way {
        case .hot: obey(trial.former)
        case .beside:
            do throws(SocketError) {
                guard let former = try intake.endShadow(goesOn: true) else { preconditionFailure("beside a config on probation lives a shadow") }
                former.goOnCounting(from: learner)
                learner = former
            } catch {
                throw .unreachable("\(error)")
            }
            outlet.follow(trial.former.assembly)
            obey(trial.former)
        case .stop:
            try AllocationCount.pausing { () throws(Failure) in try takeLearnerBack(trial.former) }
            obey(trial.former)
        case .restart:
            keeper.takesBack = true
            changeover.next = trial.former
        }
        try publish(.config(revision: outlet.revision, hash: launchHash, refusal: "revision \(document.revision) is rolled back: \(reason)"))
    }

    /// Without a shadow: heads that the config on probation has go on with all that they learned; if it had dropped some, all go back to where they were at
    /// the switch.
    private mutating func takeLearnerBack(_ former: Launch) throws(Failure) {
        var copy = Array(learner.snapshot())
        defer { copy.wipe() }
        let steps = learner.steps, present = launch
        let counts = Self.placeholder()
        counts.goOnCounting(from: learner)
        learner = counts
        let made = Learner(former.plan)
        let outcome = copy.withUnsafeBytes { Self.hand($0, from: present, steps: steps, to: made, former) }
        var isWhole = false
        if case .success(let adoption) = outcome { isWhole = adoption?.heads.allSatisfy { $0 == .kept } ?? true }
        if !isWhole {
            for note in checkpoints.takeBack(former, made) { surroundings.say(note) }
            surroundings.say("what was learned on probation is given up: it had fewer heads, and all are as they were at the switch")
        }
        made.goOnCounting(from: counts)
        learner = made
        do throws(SocketError) { try intake.follow(former) } catch { throw .unreachable("\(error)") }
        outlet.follow(former.assembly)
    }

    // MARK: Probation

    private mutating func baseline() -> Probation.Baseline {
        var baseline = Probation.Baseline()
        let names = launch.assembly.heads.map(\.name)
        baseline.heads = names.enumerated().map { index, name in
            Probation.Baseline.Head(
                name: name, isReady: learner.prediction(of: index).isReady, meter: learner.losses[index], labels: intake.labels.learned[index])
        }
        let now = surroundings.monotonic()
        for stream in intake.streams {
            guard let newest = stream.rate.newest, now - newest < 5_000_000_000 else { continue }
            baseline.framesPerSecond += stream.rate.hertz ?? 0
        }
        baseline.seconds = Double(now - start) * 1e-9
        baseline.residentBytes = residentBytes()
        baseline.planBytes = launch.plan.bytes
        baseline.stepSeconds = (intake.ownSteps.quantile(0.5) ?? 0) * 1e-6
        return baseline
    }

    /// Looks at what is on probation, from time to time.
    mutating func watchTrial(_ now: UInt64) throws(Failure) {
        guard let trial = changeover.trial, changeover.isIdle, now >= changeover.glance else { return }
        changeover.glance = now + Self.glancePause
        let verdict = AllocationCount.pausing { trial.probation.judge(present(trial), at: now) }
        switch verdict {
        case .goesOn: break
        case .failed(let reason): try rollBack(reason)
        case .passed: confirmTrial(nil)
        }
    }

    private static var glancePause: UInt64 { 100_000_000 }

    private mutating func present(_ trial: Changeover.Trial) -> Probation.Present {
        // A learner that is the same in every bit is no worse; its world may be.
        let isSame = trial.way == .hot && trial.former.config.compute == launch.config.compute
        let heads = launch.assembly.heads.enumerated().map { index, head in
            let place = trial.former.assembly.heads.firstIndex { $0.name == head.name }
            return Probation.Present.Head(
                name: head.name, isReady: learner.prediction(of: index).isReady, meter: isSame ? LossMeter() : learner.losses[index],
                labels: intake.labels.learned[index] - (trial.way == .hot ? trial.labels[index] : 0),
                shadow: place.flatMap { intake.shadow?.learner.losses[$0] }, isKept: trial.kept.contains(head.name))
        }
        let beside = intake.shadow?.launch.plan.bytes ?? 0
        let frames = intake.frames - trial.frames
        return Probation.Present(
            heads: heads, frames: frames, residentBytes: residentBytes(), planBytes: launch.plan.bytes + beside, isReopened: trial.way == .restart,
            stepSeconds: (intake.ownSteps.quantile(0.5) ?? 0) * 1e-6)
    }

    /// It is the good one, as soon as the disk knows.
    mutating func confirmTrial(_ waiting: ControlPort.Waiting?) {
        AllocationCount.pausing {
            var next = keeper.ledger
            next.confirm(at: Int64(surroundings.wallTime()))
            changeover.step = .confirming(waiting)
            keeper.begin(next)
        }
    }

    /// A checkpoint while a config is on probation would take the place of what the way back needs.
    var maySave: Bool {
        mutating get {
            guard let trial = changeover.trial else { return changeover.isIdle }
            return changeover.isIdle && trial.former.shape == launch.shape
        }
    }
}
