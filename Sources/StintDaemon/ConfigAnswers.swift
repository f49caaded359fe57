import Stint
import StintConfig
import StintSockets
import StintStore
import StintWire

/// What the control endpoint is asked about configs, and what it answers.
extension Daemon {
    /// Into `control.answer`; false where the answer comes later; nil for what is not about configs.
    mutating func answerConfig(_ request: Request) throws(Failure) -> Bool? {
        // All of this is rare, and none of it is part of a frame.
        try AllocationCount.pausing { () throws(Failure) in
            if request.method.says("config.get") {
                getConfig(request)
            } else if request.method.says("config.push") {
                return try push(request)
            } else if request.method.says("config.confirm") {
                return try confirm(request)
            } else if request.method.says("config.rollback") {
                return try rollBack(request)
            } else if request.method.says("config.report") {
                ReplyWriter.beginResult(id: request.id, into: &control.answer)
                writeConfigReport(isLine: false, status: configStatus)
                control.answer.append(bytes: report.bytes)
                ReplyWriter.endResult(into: &control.answer)
            } else if request.method.says("config.history") {
                ReplyWriter.beginResult(id: request.id, into: &control.answer)
                keeper.ledger.writeHistory(into: &control.answer)
                ReplyWriter.endResult(into: &control.answer)
            } else {
                return nil
            }
            return true
        }
    }

    private mutating func getConfig(_ request: Request) {
        ReplyWriter.beginResult(id: request.id, into: &control.answer)
        control.answer.beginObject()
        control.answer.member("revision", outlet.revision)
        control.answer.member("hash", quoted: launch.hash.hexadecimal)
        control.answer.member("seen", keeper.ledger.seen)
        control.answer.member("toml")
        launch.text.withUnsafeBytes { control.answer.append(quoted: $0) }
        control.answer.endObject()
        ReplyWriter.endResult(into: &control.answer)
    }

    // MARK: Push

    private mutating func push(_ request: Request) throws(Failure) -> Bool {
        keeper.counts.received += 1
        let push: ConfigPush
        do throws(ConfigPush.Misfit) { push = try ConfigPush(request) } catch {
            keeper.counts.rejected += 1
            ReplyWriter.error(.invalidParams, detail: error.text, id: request.id, into: &control.answer)
            return true
        }
        if push.isDryRun { return dryRun(push, request) }
        let signer: String
        do throws(ConfigPush.Denial) {
            signer = try push.author(launch.rules, launch.config)
        } catch {
            return deny(error, push, request)
        }
        try publishConfig(status: "received")
        // Whatever was done already is answered as it was the first time.
        switch keeper.ledger.verdict(revision: push.revision, hash: push.hash) {
        case .isGood: return tell(.applied, push, request)
        case .isCandidate(.probation): return tell(.probation, push, request)
        case .isCandidate(.staged) where push.apply == .stage: return tell(.staged, push, request)
        case .wasRefused(let record):
            return deny(
                ConfigPush.Denial(
                    error: .rejected, code: record.outcome.rawValue,
                    text: "this config was \(record.outcome == .rejected ? "rejected" : "rolled back") and is not tried again under revision \(record.revision): \(record.reason)"),
                push, request)
        case .isOld:
            return deny(
                ConfigPush.Denial(
                    error: .rejected, code: "lower_revision",
                    text: "revision \(push.revision) is not above \(keeper.ledger.seen), which this device has seen already; push a higher one"),
                push, request)
        case .fresh, .isCandidate: break
        }
        do throws(ConfigPush.Denial) {
            try push.check(launch.config, at: surroundings.wallTime())
            guard changeover.isIdle, changeover.trial == nil, !keeper.isWriting else {
                throw ConfigPush.Denial(
                    error: .busy, code: "busy", text: "another config is on probation or on its way; ask again when it is settled")
            }
            if let base = push.base, base != launchHash {
                throw ConfigPush.Denial(
                    error: .rejected, code: "other_base", text: "the config is meant to replace \(base), and in force is \(launchHash); look at what was changed meanwhile")
            }
        } catch {
            return deny(error, push, request)
        }
        let new: Launch
        do throws(LaunchRefusal) { new = try judged(push) } catch { return reject(error, push, signer, request) }
        var document = ConfigLedger.Document(revision: push.revision, hash: push.hash, origin: .pushed, signer: signer, slot: keeper.ledger.freeSlot)
        var next = keeper.ledger
        if push.apply == .stage {
            next.stage(document)
            keeper.refusal = nil
            let answer = written { $0.writePush(push.revision, push.hash.hexadecimal, "staged", way: Changeover.Way(launch, new), heads: nil, id: request.id) }
            changeover.step = .telling(control.later(request.id), answer, orElse: notKept(request))
            keeper.begin(next, put: push.text, in: document.slot)
            return false
        }
        // One that waits lies in its slot already.
        var put: (slot: Int, text: [UInt8])? = (document.slot, push.text)
        if case .isCandidate = keeper.ledger.verdict(revision: push.revision, hash: push.hash), let candidate = keeper.ledger.candidate {
            document = candidate.document
            put = nil
        }
        next.begin(document, confirmWithin: push.confirmWithin)
        try begin(Changeover.Pending(new, next, Changeover.Way(launch, new), isTried: true, put: put, control.later(request.id)))
        return false
    }

    /// Parsed, checked and planned.
    private mutating func judged(_ push: ConfigPush) throws(LaunchRefusal) -> Launch {
        let new = try Launch(pushed: push.text, revision: push.revision, local: keeper.local, launch.rules, launch.arguments)
        if !push.beginsAnew, let difference = launch.shape.obstacle(for: new.shape) {
            throw LaunchRefusal(
                "what was learned would be of no use: \(difference); say begin_anew (stint push --begin-anew) to give it up", at: "stream", code: .conflict)
        }
        return new
    }

    /// What it takes before the disk is told: where heads may get lost, what was learned is saved first.
    private mutating func begin(_ pending: Changeover.Pending) throws(Failure) {
        guard pending.launch.shape != launch.shape, pending.way != .restart else { return write(pending) }
        changeover.step = .saving(pending, isBegun: !checkpoints.isWriting)
        if !checkpoints.isWriting { try beginCheckpoint() }
    }

    private mutating func write(_ pending: Changeover.Pending) {
        changeover.step = .writing(pending)
        keeper.begin(pending.ledger, put: pending.put?.text, in: pending.put?.slot ?? 0)
    }

    /// A checkpoint has ended; it may be the one that a push has waited for.
    mutating func goOn(afterCheckpoint outcome: Result<StateSlots.Written, StateError>) throws(Failure) {
        guard case .saving(let pending, let isBegun) = changeover.step else { return }
        guard isBegun else {
            changeover.step = .saving(pending, isBegun: true)
            if !checkpoints.isWriting { try beginCheckpoint() }
            return
        }
        switch outcome {
        case .success: write(pending)
        case .failure(let error):
            changeover.step = .idle
            try reply(pending.waiting) { out, id in
                ReplyWriter.error(.internalError, detail: "what was learned cannot be saved before the switch: \(error); nothing was changed", id: id, into: &out)
            }
        }
    }

    /// The disk has answered.
    mutating func finishVault() throws(Failure) {
        guard let outcome = AllocationCount.pausing({ keeper.finish(surroundings) }) else { return }
        let step = changeover.step
        changeover.step = .idle
        try AllocationCount.pausing { () throws(Failure) in try follow(step, outcome) }
    }

    private mutating func follow(_ step: Changeover.Step, _ outcome: Result<ConfigLedger, DiskError>) throws(Failure) {
        switch (step, outcome) {
        case (.idle, _), (.saving, _): break
        case (.telling(let waiting, let answer, let orElse), _):
            if case .success = outcome { try reply(waiting, answer) } else { try reply(waiting, orElse) }
        case (.confirming(let waiting), .success(let ledger)):
            changeover.trial = nil
            keeper.handover = nil
            do throws(SocketError) { _ = try intake.endShadow(goesOn: false) } catch { throw .unreachable("\(error)") }
            keeper.counts.applied += 1
            keeper.refusal = nil
            surroundings.say("revision \(ledger.good.revision) is applied")
            try publish(.config(revision: outlet.revision, hash: launchHash, refusal: nil))
            if let waiting { try tellPush(waiting, "applied", nil, nil) }
            if !checkpoints.isWriting { try beginCheckpoint() }
        case (.confirming(let waiting), .failure(let error)):
            // It stays on probation, on disk and here, and is confirmed when that can be kept.
            changeover.glance = surroundings.monotonic() + 5_000_000_000
            if let waiting { try reply(waiting) { out, id in ReplyWriter.error(.internalError, detail: "\(error)", id: id, into: &out) } }
        case (.writing(let pending), .failure(let error)):
            try reply(pending.waiting) { out, id in
                ReplyWriter.error(.internalError, detail: "\(error); nothing was changed", id: id, into: &out)
            }
        case (.writing(let pending), .success): try complete(pending)
        }
    }

    private mutating func complete(_ pending: Changeover.Pending) throws(Failure) {
        let document = pending.ledger.inForce
        switch try putInForce(pending) {
        case .failure(let why):
            surroundings.say("revision \(document.revision) is rolled back: \(why.text)")
            if keeper.ledger.isOnProbation { keeper.noteRolledBack(why.text, at: Int64(surroundings.wallTime())) }
            try reply(pending.waiting) { out, id in ReplyWriter.error(.stateMismatch, detail: why.text, id: id, into: &out) }
        case .success(let fates):
            if pending.isTried { keeper.refusal = nil }
            surroundings.say("revision \(document.revision) is \(pending.isTried ? "on probation" : "in force"): \(pending.way.rawValue)")
            try publish(.config(revision: Int(document.revision), hash: document.hash.hexadecimal, refusal: nil))
            try tellPush(pending.waiting, pending.isTried ? "probation" : "applied", pending.way, (pending.launch.assembly.heads.map(\.name), fates))
        }
    }

    // MARK: Confirm and roll back

    private mutating func confirm(_ request: Request) throws(Failure) -> Bool {
        guard changeover.isIdle, !keeper.isWriting else { return busy(request) }
        if changeover.trial != nil {
            confirmTrial(control.later(request.id))
            return false
        }
        guard let candidate = keeper.ledger.candidate else {
            // Asked twice, it is still so.
            ReplyWriter.beginResult(id: request.id, into: &control.answer)
            control.answer.writePushFacts(UInt64(outlet.revision), launchHash, "applied", way: nil, heads: nil)
            ReplyWriter.endResult(into: &control.answer)
            return true
        }
        let document = candidate.document
        do throws(LaunchRefusal) {
            let text: [UInt8]
            do throws(StateError) { text = try keeper.vault.text(of: document) } catch { throw LaunchRefusal("\(error)", at: "") }
            let new = try Launch(pushed: text, revision: document.revision, local: keeper.local, launch.rules, launch.arguments)
            var next = keeper.ledger
            next.begin(document, confirmWithin: 0)
            try? begin(Changeover.Pending(new, next, Changeover.Way(launch, new), isTried: true, put: nil, control.later(request.id)))
            return false
        } catch {
            ReplyWriter.error(.rejected, detail: error.failure.description, id: request.id, into: &control.answer)
            return true
        }
    }

    private mutating func rollBack(_ request: Request) throws(Failure) -> Bool {
        guard changeover.isIdle, !keeper.isWriting else { return busy(request) }
        let reason = "an operator said so", now = Int64(surroundings.wallTime())
        if changeover.trial != nil {
            try rollBack(reason)
            return answerRolledBack(request)
        }
        var next = keeper.ledger
        if let candidate = next.candidate {
            next.rollBack(reason, at: now)
            keeper.force(next)
            keeper.noteRefusal(of: candidate.document, reason)
            return answerRolledBack(request)
        }
        let former = next.good
        guard next.rollBackGood(reason, at: now) else {
            ReplyWriter.error(.notFound, detail: "there is no config before revision \(outlet.revision) to go back to", id: request.id, into: &control.answer)
            return true
        }
        let document = next.good
        do throws(LaunchRefusal) {
            let text: [UInt8]
            do throws(StateError) { text = try keeper.vault.text(of: document) } catch { throw LaunchRefusal("\(error)", at: "") }
            let new = document.origin == .local
                ? try Launch(local: text, launch.arguments)
                : try Launch(pushed: text, revision: document.revision, local: keeper.local, launch.rules, launch.arguments)
            keeper.noteRefusal(of: former, reason)
            try? begin(Changeover.Pending(new, next, Changeover.Way(launch, new), isTried: false, put: nil, control.later(request.id)))
            return false
        } catch {
            ReplyWriter.error(.rejected, detail: error.failure.description, id: request.id, into: &control.answer)
            return true
        }
    }

    private mutating func answerRolledBack(_ request: Request) -> Bool {
        let document = keeper.ledger.good
        let answer = written { $0.writePush(document.revision, document.hash.hexadecimal, "rolled_back", way: nil, heads: nil, id: request.id) }
        // It is so already; it is said when the disk knows.
        changeover.step = .telling(control.later(request.id), answer, orElse: answer)
        keeper.begin(keeper.ledger)
        return false
    }

    // MARK: Answers

    enum PushStatus: String { case applied, probation, staged }

    private mutating func tell(_ status: PushStatus, _ push: ConfigPush, _ request: Request) -> Bool {
        control.answer.writePush(push.revision, push.hash.hexadecimal, status.rawValue, way: nil, heads: nil, id: request.id)
        return true
    }

    private mutating func tellPush(
        _ waiting: ControlPort.Waiting, _ status: String, _ way: Changeover.Way?, _ heads: (names: [String], fates: [HeadFate])?
    ) throws(Failure) {
        let document = keeper.ledger.inForce
        try reply(waiting) { out, id in
            out.writePush(document.revision, document.hash.hexadecimal, status, way: way, heads: heads, id: id)
        }
    }

    /// Not believed: nothing is kept of it.
    private mutating func deny(_ denial: ConfigPush.Denial, _ push: ConfigPush, _ request: Request) -> Bool {
        if denial.error != .busy { keeper.counts.rejected += 1 }
        if denial.error != .busy { surroundings.say("revision \(push.revision) is not taken: \(denial.text)") }
        let problem = ConfigProblem(code: .notPermitted, path: "", place: Place(source: ""), message: denial.text)
        ReplyWriter.beginError(denial.error, detail: denial.text, id: request.id, into: &control.answer)
        control.answer.beginObject()
        control.answer.member("problems")
        control.answer.write([problem], code: denial.code)
        control.answer.endObject()
        ReplyWriter.endError(into: &control.answer)
        return true
    }

    /// Believed, and no good: it is not tried again.
    private mutating func reject(_ refusal: LaunchRefusal, _ push: ConfigPush, _ signer: String, _ request: Request) -> Bool {
        keeper.counts.rejected += 1
        let reason = refusal.failure.description
        surroundings.say("\(reason)\nstintd: revision \(push.revision) is rejected")
        var next = keeper.ledger
        let document = ConfigLedger.Document(revision: push.revision, hash: push.hash, origin: .pushed, signer: signer)
        next.reject(document, reason, at: Int64(surroundings.wallTime()))
        keeper.refusal = ConfigKeeper.Refusal(
            revision: push.revision, hash: push.hash.hexadecimal, outcome: .rejected, reason: reason, problems: refusal.problems)
        let answer = written { $0.writeRejection(refusal, id: request.id) }
        changeover.step = .telling(control.later(request.id), answer, orElse: answer)
        keeper.begin(next)
        return false
    }

    private mutating func dryRun(_ push: ConfigPush, _ request: Request) -> Bool {
        do throws(LaunchRefusal) {
            let new = try judged(push)
            let changes = Self.changes(launch, new)
            let heads = new.assembly.heads.enumerated().map { index, head in (head.name, prospect(of: index, under: new)) }
            ReplyWriter.beginResult(id: request.id, into: &control.answer)
            control.answer.writeDryRun(push, Changeover.Way(launch, new), changes, heads, new.plan.bytes)
            ReplyWriter.endResult(into: &control.answer)
        } catch {
            control.answer.writeRejection(error, id: request.id)
        }
        return true
    }

    private static func changes(_ now: Launch, _ new: Launch) -> [ConfigChange] {
        guard let before = try? ConfigDocument(now.text, fileName: ""), let after = try? ConfigDocument(new.text, fileName: "") else { return [] }
        return before.changes(to: after).filter { change in
            // What is the device's own may be left out.
            change.after != nil || !(change.path.hasPrefix("device.") || change.path.hasPrefix("security.") || change.path == "state.directory")
        }
    }

    /// What would become of a head.
    private mutating func prospect(of head: Int, under new: Launch) -> String {
        if launch.shape.obstacle(for: new.shape) != nil { return "cold" }
        guard let before = ShapeReading(launch.shape), let now = ShapeReading(new.shape) else { return "cold" }
        let former = FormerLearner(before, steps: learner.steps, now: now)
        if former.heads[head] != nil { return "kept" }
        let wanted = new.assembly.heads[head].labels
        let known = wanted.compactMap { launch.assembly.labelNames.firstIndex(of: $0) }
        guard !wanted.isEmpty, known.count == wanted.count else { return "cold" }
        let rows = learner.reservoir.rows(knowing: known)
        return rows > 0 ? "warmed from \(rows) rows" : "cold"
    }

    private mutating func busy(_ request: Request) -> Bool {
        ReplyWriter.error(.busy, detail: "another config is on its way; ask again when it is settled", id: request.id, into: &control.answer)
        return true
    }

    private mutating func notKept(_ request: Request) -> [UInt8] {
        written { ReplyWriter.error(.internalError, detail: "the config cannot be kept on the disk; nothing was changed", id: request.id, into: &$0) }
    }

    private func written(_ body: (inout ByteWriter) -> Void) -> [UInt8] {
        var out = ByteWriter()
        body(&out)
        return Array(out.bytes)
    }

    private mutating func reply(_ waiting: ControlPort.Waiting, _ body: (inout ByteWriter, JSONValue?) -> Void) throws(Failure) {
        var out = ByteWriter()
        waiting.withID { body(&out, $0) }
        try reply(waiting, Array(out.bytes))
    }

    private mutating func reply(_ waiting: ControlPort.Waiting, _ answer: [UInt8]) throws(Failure) {
        control.answer.clear()
        answer.withUnsafeBytes { control.answer.append(bytes: $0) }
        do throws(SocketError) { try control.reply(to: waiting) } catch { throw .unreachable("\(error)") }
    }
}
