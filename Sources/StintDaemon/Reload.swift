import Stint
import StintConfig
import StintStore

/// What a config file that is looked at again asks of a running daemon.
enum Reload {
    /// Not a byte is different.
    case same
    /// It is in force from now on. `isRetuned`: the learner has to be made anew around its state.
    case applies(Launch, isRetuned: Bool)
    /// It cannot be, in words; what was in force stays in force.
    case refused(String)

    init(_ now: Launch) {
        let new: Launch
        do throws(Failure) {
            new = try now.again()
        } catch {
            self = .refused("\(error)")
            return
        }
        // The list of who may come in and the key of states are files of their own.
        guard new.text != now.text || new.keyring != now.keyring || new.stateKey != now.stateKey else {
            self = .same
            return
        }
        if let reason = Self.obstacle(now, new) {
            self = .refused(reason)
            return
        }
        self = .applies(new, isRetuned: Self.isRetuned(now.config, new.config))
    }

    /// Why a config, though there is nothing wrong with it, cannot take the place of another without an end and a start.
    private static func obstacle(_ now: Launch, _ new: Launch) -> String? {
        if let difference = now.shape.obstacle(for: new.shape) {
            return "what was learned would be of no use: \(difference); to begin anew, stop stintd and give it another [state] directory"
        }
        if !now.shape.isRetuned(as: new.shape), let difference = now.shape.difference(from: new.shape) {
            return "\(difference), and that takes a restart, which keeps the heads that are as they were and lets new ones learn from the reservoir"
        }
        var sections: [String] = []
        func compare<T: Equatable>(_ section: String, _ part: KeyPath<Config, T>) {
            if now.config[keyPath: part] != new.config[keyPath: part] { sections.append(section) }
        }
        // Sockets are opened, and the folder is locked, once. The encoder is frozen: its state would win over what the file says.
        compare("[input]", \.input)
        compare("[output]", \.output)
        compare("[control]", \.control)
        compare("state.directory", \.state.directory)
        compare("[encoder]", \.encoder)
        compare("[security]", \.security)
        if now.keyring?.own != new.keyring?.own { sections.append("the key of security.secret_key") }
        if now.assembly.streams != new.assembly.streams { sections.append("[[stream]]") }
        guard !sections.isEmpty else { return nil }
        return "\(sections.joined(separator: ", ")) changed, and that takes a restart, which keeps what was learned"
    }

    /// Whether they differ in more than what the daemon itself keeps to.
    private static func isRetuned(_ now: Config, _ new: Config) -> Bool {
        var alike = new
        alike.state = now.state
        alike.compute = now.compute
        alike.device = now.device
        alike.memory.budgetBytes = now.memory.budgetBytes
        return alike != now
    }
}

extension Daemon {
    /// Looks at the file again. Whatever comes of it, frames go on being predicted, and nothing that was learned is lost.
    mutating func reload(_ manager: borrowing ServiceManager) throws(Failure) {
        manager.reloading(surroundings.monotonic())
        switch AllocationCount.pausing({ Reload(launch) }) {
        case .same:
            surroundings.say("\(launch.path) is as it was")
            isConfigFine = true
            manager.ready()
        case .refused(let reason): try refuseReload(reason, manager)
        case .applies(let new, let isRetuned):
            // What is being written lies in the learner that ends here.
            if isRetuned { try finishCheckpoint() }
            if isRetuned, let reason = retune(new) { return try refuseReload(reason, manager) }
            if let keyring = new.keyring { doors.gatekeeper?.allow(keyring.allowed) }
            launch = new
            launchHash = new.hash.hexadecimal
            checkpoints.follow(new, surroundings.monotonic())
            intake.overload.limit = new.config.compute.maxAgeSeconds
            outlet.revision += 1
            isConfigFine = true
            surroundings.say("\(new.path) is applied\(isRetuned ? "; what was learned is kept" : ""), revision \(outlet.revision)")
            try publish(.config(revision: outlet.revision, hash: launchHash, refusal: nil))
            manager.ready()
        }
    }

    private mutating func refuseReload(_ reason: String, _ manager: borrowing ServiceManager) throws(Failure) {
        surroundings.say("\(reason)\nstintd: \(launch.path) is not taken; what was in force stays in force")
        isConfigFine = false
        try publish(.config(revision: outlet.revision, hash: launchHash, refusal: reason))
        manager.kept()
    }

    /// The state of the learner in a new one; why not, if it does not go. For this moment there are two.
    private mutating func retune(_ new: Launch) -> String? {
        AllocationCount.pausing {
            let made = Learner(new.plan)
            do throws(Archive.Failure) {
                if new.shape == launch.shape {
                    try made.restore(learner.snapshot())
                } else if let former = ShapeReading(launch.shape), let now = ShapeReading(new.shape) {
                    _ = try made.adopt(learner.snapshot(), from: FormerLearner(former, steps: learner.steps, now: now))
                }
            } catch {
                return "the state does not fit what \(new.path) says now (\(error)); a restart begins anew"
            }
            made.goOnCounting(from: learner)
            learner = made
            return nil
        }
    }
}
