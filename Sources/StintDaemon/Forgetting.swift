import Stint
import StintIntake
import StintSockets
import StintStore
import StintWire

/// `forget`: what a range of time, a label or a class has taught is gone from the learner at once, and answered when it is gone from both
/// slots, too.
extension Daemon {
    /// True: the answer waits for the disk.
    mutating func isForgetting(_ request: Request) throws(Failure) -> Bool {
        guard changeover.isIdle, changeover.trial == nil else {
            refuse(request, .busy, "a config is on probation, and the way back is to what was learned; ask again when it is settled")
            return false
        }
        guard forgetters.count < Self.mostWaiting else {
            refuse(request, .busy, "\(Self.mostWaiting) requests wait for the disk already; ask again when they are answered")
            return false
        }
        guard let what = AllocationCount.pausing({ forgetting(request) }) else { return false }
        let words = AllocationCount.pausing {
            intake.command(.forget(what), learner)
            intake.wipe()
            let words = Self.words(learner.forgotten)
            surroundings.say(words)
            checkpoints.note(words, at: surroundings.wallTime())
            checkpoints.overwriteAll()
            forgetters.append((control.later(request.id), learner.forgotten))
            return words
        }
        try publishEvents()
        try publish(.state(words))
        if !checkpoints.isWriting { try beginCheckpoint() }
        return true
    }

    /// What a request wants forgotten; nil: it is refused.
    private mutating func forgetting(_ request: Request) -> Forgetting? {
        let from = request.parameter("from"), to = request.parameter("to"), label = request.parameter("label")
        guard let label else {
            guard let from = from?.number, let to = to?.number, from.isFinite, to.isFinite, from <= to else {
                refuse(request, .invalidParams, "forget needs from and to, in seconds since the epoch, from not after to; or the name of a label")
                return nil
            }
            return .times(from...to)
        }
        let category = request.parameter("class")
        guard from == nil, to == nil, label.kind == .string, category.map({ $0.kind == .string }) ?? true else {
            refuse(request, .invalidParams, "forget needs from and to, or the name of a label and, if only that is meant, of one of its classes")
            return nil
        }
        let found = find(label, category)
        if found == nil { refuse(request, .notFound, "no head learns a label, or knows a class, of that name") }
        return found
    }

    /// A label goes before a class of the same name.
    private mutating func find(_ label: JSONValue, _ category: JSONValue?) -> Forgetting? {
        let name = String(decoding: label.contents, as: UTF8.self)
        if let index = launch.assembly.labelNames.firstIndex(of: name) {
            guard let category else { return .label(index) }
            return classes(of: category.contents, label: index)
        }
        return category == nil ? classes(of: label.contents, label: nil) : nil
    }

    private mutating func classes(of name: UnsafeRawBufferPointer, label wanted: Int?) -> Forgetting? {
        for (head, specification) in learner.plan.specification.heads.enumerated() {
            guard case .classification(let label, _) = specification.kind, wanted == nil || wanted == label else { continue }
            let table = learner.classes(of: head)
            for id in 0..<table.count where table.name(id).elementsEqual(name) { return .category(label: label, id: id) }
        }
        return nil
    }

    /// Counts only: what was forgotten is not told on.
    private static func words(_ gone: Forgotten) -> String {
        let segments = gone.segments == 0 ? "" : ", \(gone.segments) segment\(gone.segments == 1 ? "" : "s") of it whole"
        return "forgotten: what \(gone.learned) learned rows\(segments), \(gone.waiting) waiting and \(gone.kept) kept ones have taught"
    }

    mutating func answerForgetters(_ outcome: Result<StateSlots.Written, StateError>) throws(Failure) {
        var reason: StateError?
        if case .failure(let error) = outcome { reason = error }
        guard !forgetters.isEmpty, reason != nil || checkpoints.owed == 0 else { return }
        let asked = forgetters
        forgetters = []
        for one in asked {
            control.answer.clear()
            one.who.withID { id in
                if let reason {
                    let detail = "it is gone from memory, and not yet from the disk, which will be tried again: \(reason)"
                    return ReplyWriter.error(.internalError, detail: detail, id: id, into: &control.answer)
                }
                ReplyWriter.beginResult(id: id, into: &control.answer)
                control.answer.beginObject()
                control.answer.member("removed", one.gone.rows)
                control.answer.member("segments", one.gone.segments)
                control.answer.member("learned", one.gone.learned)
                control.answer.member("waiting", one.gone.waiting)
                control.answer.member("reservoir", one.gone.kept)
                control.answer.member("heads", one.gone.begun)
                control.answer.member("aside", checkpoints.cleared)
                control.answer.member("exact", true)
                control.answer.endObject()
                ReplyWriter.endResult(into: &control.answer)
            }
            do throws(SocketError) { try control.reply(to: one.who) } catch { throw .unreachable("\(error)") }
        }
    }
}
