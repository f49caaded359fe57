import Stint
import StintIntake
import StintSockets
import StintStore
import StintWire

/// What the control endpoint is asked, and what it answers.
extension Daemon {
    /// Into `control.answer`; false where the answer comes later.
    mutating func answer(_ outcome: RequestDecoder.Outcome) throws(Failure) -> Bool {
        switch outcome {
        case .refused(let error, let id): ReplyWriter.error(error, id: id, into: &control.answer)
        case .request(let request):
            if request.method.says("checkpoint") { return try !isAwaited(request) }
            if request.method.says("forget") { return try !isForgetting(request) }
            if let isAnswered = try answerConfig(request) { return isAnswered }
            try answer(request)
        }
        return true
    }

    private mutating func answer(_ request: Request) throws(Failure) {
        if request.method.says("status") {
            ReplyWriter.beginResult(id: request.id, into: &control.answer)
            writeStatus(isLine: false)
            control.answer.append(bytes: report.bytes)
            ReplyWriter.endResult(into: &control.answer)
        } else if request.method.says("label") {
            try label(request)
        } else if request.method.says("learning.pause") {
            setLearning(false, request)
        } else if request.method.says("learning.resume") {
            setLearning(true, request)
        } else if request.method.says("alarm.ack") {
            try acknowledge(request)
        } else if request.method.says("state.export") {
            AllocationCount.pausing { exportState(request) }
        } else if request.method.says("state.import") {
            guard changeover.isIdle, changeover.trial == nil else {
                return refuse(request, .busy, "a config is on probation, and the way back is to what was learned; ask again when it is settled")
            }
            try importState(request)
        } else {
            ReplyWriter.error(.methodNotFound, id: request.id, into: &control.answer)
        }
    }

    private mutating func label(_ request: Request) throws(Failure) {
        guard let params = request.params, let name = request.parameter("name"), name.kind == .string else {
            return refuse(request, .invalidParams, "label needs name, value, and t or seq")
        }
        guard let recipient = intake.labels.topics.recipient(of: name.contents) else {
            return refuse(request, .notFound, "no label and no head of that name takes labels")
        }
        guard let outcome = intake.labels.take(params, for: recipient, learner) else {
            return refuse(request, .invalidParams, "label needs value, and t or seq: a number or text, a time, a natural number")
        }
        if let shadow = intake.shadow, let same = shadow.labels.topics.recipient(of: name.contents) {
            _ = shadow.labels.take(params, for: same, shadow.learner)
        }
        try publishEvents()
        switch outcome {
        case .refused(.labelLate): refuse(request, .notFound, "no frame of that time or number is waiting for a label")
        case .refused(let reason): refuse(request, .invalidParams, "the label is refused: \(reason.name)")
        default: result(request, "{\"matched\":true}")
        }
    }

    /// The most that wait for one checkpoint.
    static let mostWaiting = 32

    /// True: the request waits for a checkpoint. One that is being written does not know the newest frames, so it waits for the next then.
    private mutating func isAwaited(_ request: Request) throws(Failure) -> Bool {
        guard waiting.now.count + waiting.next.count < Self.mostWaiting else {
            refuse(request, .busy, "\(Self.mostWaiting) requests wait for a checkpoint already; ask again when they are answered")
            return false
        }
        guard maySave else {
            refuse(request, .busy, "a config is on probation, and the state before it is kept for the way back; ask again when it is settled")
            return false
        }
        AllocationCount.pausing {
            let waits = control.later(request.id)
            if checkpoints.isWriting { waiting.next.append(waits) } else { waiting.now.append(waits) }
        }
        if !checkpoints.isWriting { try beginCheckpoint() }
        return true
    }

    mutating func answerWaiting(_ outcome: Result<StateSlots.Written, StateError>) throws(Failure) {
        let asked = waiting.now
        waiting = (waiting.next, [])
        for one in asked {
            control.answer.clear()
            one.withID { id in
                switch outcome {
                case .success(let written):
                    ReplyWriter.beginResult(id: id, into: &control.answer)
                    control.answer.beginObject()
                    control.answer.member("slot", quoted: written.slot)
                    control.answer.member("bytes", written.bytes)
                    control.answer.endObject()
                    ReplyWriter.endResult(into: &control.answer)
                case .failure(let error): ReplyWriter.error(.internalError, detail: "\(error)", id: id, into: &control.answer)
                }
            }
            do throws(SocketError) { try control.reply(to: one) } catch { throw .unreachable("\(error)") }
        }
        if !waiting.now.isEmpty { try beginCheckpoint() }
    }

    private mutating func setLearning(_ on: Bool, _ request: Request) {
        guard request.parameter("head") == nil else {
            return refuse(request, .invalidParams, "learning stops and goes on for all heads at once in this version")
        }
        intake.command(.learning(on), learner)
        result(request, on ? "{\"learning\":true}" : "{\"learning\":false}")
    }

    private mutating func acknowledge(_ request: Request) throws(Failure) {
        guard let name = request.parameter("head"), name.kind == .string, let incident = request.parameter("incident")?.natural else {
            return refuse(request, .invalidParams, "alarm.ack needs head and incident")
        }
        guard let recipient = intake.labels.topics.recipient(of: name.contents), let head = intake.labels.topics.recipients[recipient].head,
            case .anomaly(let prediction) = learner.prediction(of: head)
        else { return refuse(request, .notFound, "no anomaly head of that name") }
        guard let open = prediction.incident, UInt64(open) == incident else {
            return refuse(request, .notFound, "no such incident is open")
        }
        // An operator who acknowledges says what the label `normal` says: it is over.
        let normal: StaticString = "normal"
        let verdict = Label.Value.category(UnsafeBufferPointer(start: normal.utf8Start, count: normal.utf8CodeUnitCount))
        learner.push(.label(Label(target: .head(head), moment: .sequence(learner.sequence), value: verdict)))
        try publishEvents()
        result(request, "{}")
    }

    private mutating func result(_ request: Request, _ value: StaticString) {
        ReplyWriter.beginResult(id: request.id, into: &control.answer)
        control.answer.append(value)
        ReplyWriter.endResult(into: &control.answer)
    }

    mutating func refuse(_ request: Request, _ error: ControlError, _ detail: String) {
        ReplyWriter.error(error, detail: detail, id: request.id, into: &control.answer)
    }
}

extension UnsafeRawBufferPointer {
    func says(_ text: StaticString) -> Bool {
        elementsEqual(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }
}
