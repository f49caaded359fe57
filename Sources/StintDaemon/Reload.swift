import Stint
import StintConfig
import StintStore

/// What the file on the device, looked at again, asks of a running daemon.
enum Reload {
    /// Neither the file nor what it names is different.
    case same
    /// What the file names is: keys, the list of who may come in, whom it trusts, the guard. The launch is of the config in force.
    case rekeyed(Launch)
    /// It says something else, and is in force from now on, over what was pushed before.
    case applies(Launch)
    /// It cannot be; what was in force stays in force.
    case refused(LaunchRefusal)

    init(_ now: Launch, _ keeper: ConfigKeeper) {
        do throws(LaunchRefusal) {
            let file = try now.again()
            guard file.text == keeper.local else {
                if let difference = now.shape.obstacle(for: file.shape) {
                    self = .refused(
                        LaunchRefusal(
                            "what was learned would be of no use: \(difference); to begin anew, stop stintd and give it another [state] directory",
                            at: "stream"))
                } else {
                    self = .applies(file)
                }
                return
            }
            let inForce = keeper.ledger.inForce
            let again = inForce.origin == .local
                ? try Launch(local: now.text, now.arguments)
                : try Launch(pushed: now.text, revision: inForce.revision, local: file.text, file.rules, now.arguments)
            self = again.keyring == now.keyring && again.stateKey == now.stateKey && again.rules.isAs(now.rules) && keeper.refusal?.isOfFile != true ? .same : .rekeyed(again)
        } catch {
            self = .refused(error)
        }
    }
}

extension Daemon {
    /// Looks at the file again. Whatever comes of it, frames go on being predicted, and nothing that was learned is lost.
    ///
    /// Somebody stands beside the device who changed the file, so there is no probation.
    mutating func reload(_ manager: borrowing ServiceManager) throws(Failure) {
        manager.reloading(surroundings.monotonic())
        guard changeover.isIdle, changeover.trial == nil else {
            return try refuseReload(LaunchRefusal("a pushed config is on probation; reload when it is settled, or say `stint rollback`", at: ""), manager)
        }
        switch AllocationCount.pausing({ Reload(launch, keeper) }) {
        case .same:
            surroundings.say("\(launch.path) is as it was")
            manager.ready()
        case .rekeyed(let new):
            keeper.refusal = nil
            if new.keyring?.own != launch.keyring?.own || new.keyring?.names != launch.keyring?.names {
                surroundings.say("the device has other keys; its sockets are opened anew")
                changeover.next = new
            } else {
                obey(new)
                surroundings.say("\(new.path) is as it was, and what it names was read again")
                manager.ready()
            }
        case .refused(let refusal): try refuseReload(refusal, manager)
        case .applies(let new):
            let way = Changeover.Way(launch, new)
            let keepsHeads = launch.shape == new.shape || launch.shape.isRetuned(as: new.shape)
            AllocationCount.pausing { keeper.takeLocal(new.text, at: Int64(surroundings.wallTime())) }
            keeper.refusal = nil
            if way == .restart || !keepsHeads {
                surroundings.say("\(new.path) is applied, revision \(keeper.ledger.good.revision): sockets and heads are made anew around what was learned")
                changeover.next = new
                return
            }
            let pending = Changeover.Pending(new, keeper.ledger, way, isTried: false, put: nil, .nobody)
            if case .failure(let why) = try putInForce(pending) { return try refuseReload(LaunchRefusal(why.text, at: ""), manager) }
            surroundings.say("\(new.path) is applied\(way == .hot ? "" : "; what was learned is kept"), revision \(outlet.revision)")
            try publish(.config(revision: outlet.revision, hash: launchHash, refusal: nil))
            manager.ready()
        }
    }

    private mutating func refuseReload(_ refusal: LaunchRefusal, _ manager: borrowing ServiceManager) throws(Failure) {
        let reason = refusal.failure.description
        surroundings.say("\(reason)\nstintd: \(launch.path) is not taken; what was in force stays in force")
        keeper.refusal = ConfigKeeper.Refusal(
            revision: keeper.ledger.seen, hash: "", outcome: .rejected, reason: reason, problems: refusal.problems, isOfFile: true)
        try publish(.config(revision: outlet.revision, hash: launchHash, refusal: reason))
        manager.kept()
    }
}
