import Stint
import StintStore
import StintWire

/// States that leave and come in over the control endpoint, in pieces of base64: whoever can reach that can move what was learned.
extension Daemon {
    // MARK: Out

    /// `state.export {generation?, offset?}` → `{"generation","bytes","offset","data"}`: a piece of the newest checkpoint, or of the one that
    /// was begun with. It is the file as it lies on the disk: a sealed one stays sealed.
    mutating func exportState(_ request: Request) {
        let wanted = request.parameter("generation").map { $0.natural }, offset = request.parameter("offset").map { $0.natural }
        if wanted == .some(nil) || offset == .some(nil) { return refuse(request, .invalidParams, "state.export takes generation and offset, two natural numbers") }
        let from = Int(clamping: (offset ?? nil) ?? 0)
        var newest: (generation: UInt64, fileBytes: Int, piece: [UInt8])?
        for name in StateSlots.names {
            do throws(DiskError) {
                let found = try disk.piece(of: checkpoints.folder + "/" + name, head: StateFile.headBytes, from: from, most: StateUpload.pieceBytes)
                guard let generation = StateFile.generation(found.head), generation > newest?.generation ?? 0 else { continue }
                if let wanted = wanted ?? nil, generation != wanted { continue }
                newest = (generation, found.fileBytes, found.piece)
            } catch {
                if !error.isMissing { surroundings.say("\(error)") }
            }
        }
        guard let newest else {
            if wanted == nil { return refuse(request, .notFound, "there is no checkpoint to export") }
            return refuse(request, .busy, "that checkpoint has been written over; begin with the newest")
        }
        guard from <= newest.fileBytes else { return refuse(request, .invalidParams, "the state has \(newest.fileBytes) bytes, asked for byte \(from)") }
        ReplyWriter.beginResult(id: request.id, into: &control.answer)
        control.answer.beginObject()
        control.answer.member("generation", newest.generation)
        control.answer.member("bytes", newest.fileBytes)
        control.answer.member("offset", from)
        control.answer.member("data")
        control.answer.append("\"")
        newest.piece.withUnsafeBytes { Base64.write($0, into: &control.answer) }
        control.answer.append("\"")
        control.answer.endObject()
        ReplyWriter.endResult(into: &control.answer)
    }

    // MARK: In

    /// `state.import {bytes, offset, data}` → `{"received"}`, and with the last piece `{"received","heads"}`: the state is held against the
    /// rows that the reservoir keeps, and goes live between two frames, or not at all.
    mutating func importState(_ request: Request) throws(Failure) {
        let refusal = AllocationCount.pausing { take(request) }
        if let (error, why) = refusal { return refuse(request, error, why) }
        guard let upload, upload.isWhole else { return answer(request, received: upload?.received ?? 0, nil) }
        guard !checkpoints.isWriting else {
            return refuse(request, .busy, "all \(upload.bytes) bytes are here, and a checkpoint is being written; send the end of it, an empty piece, again")
        }
        let outcome = AllocationCount.pausing { goLive(upload) }
        upload.clear()
        self.upload = nil
        switch outcome {
        // Nothing may be saved now: the newest checkpoint is what there is, and the next start goes on from it.
        case .lost(let why): throw .unreachable(why)
        case .refused(let error, let why): refuse(request, error, why)
        case .live(let report, let words):
            surroundings.say("a state has come in: \(words)")
            try publish(.state("imported: " + words))
            answer(request, received: upload.bytes, report)
            // What is on the disk is of before.
            try beginCheckpoint()
        }
    }

    private func piece(_ request: Request) -> (bytes: Int, offset: Int, data: [UInt8])? {
        guard let bytes = request.parameter("bytes")?.natural, let offset = request.parameter("offset")?.natural,
            let data = request.parameter("data"), data.kind == .string
        else { return nil }
        var piece = ByteWriter(capacity: StateUpload.pieceBytes)
        guard Base64.read(data.contents, into: &piece), piece.count <= StateUpload.pieceBytes else { return nil }
        return (Int(clamping: bytes), Int(clamping: offset), Array(piece.bytes))
    }

    /// Takes a piece in; why not, if it does not go.
    private mutating func take(_ request: Request) -> (ControlError, String)? {
        guard let (bytes, offset, data) = piece(request) else {
            return (.invalidParams, "state.import needs bytes, offset and data: the length of all, where this piece begins, and at most \(StateUpload.pieceBytes) bytes of base64")
        }
        // A copy of the file is in memory while it is read, as it is at every start.
        let most = launch.config.memory.budgetBytes
        guard bytes <= most else { return (.overBudget, "the state has \(bytes) bytes, and [memory] budget is \(most)") }
        if offset == 0, data.count > 0 {
            upload?.clear()
            upload = StateUpload(bytes: bytes, folder: checkpoints.folder, disk)
        }
        guard let begun = upload, begun.bytes == bytes, begun.received == offset, offset + data.count <= bytes else {
            return (.invalidParams, "expected a piece from byte \(upload?.received ?? 0) of \(upload?.bytes ?? bytes), got \(data.count) bytes from \(offset) of \(bytes)")
        }
        do throws(DiskError) { try upload?.add(data) } catch {
            upload?.clear()
            upload = nil
            return (.internalError, "\(error)")
        }
        return nil
    }

    private enum Trial {
        case refused(ControlError, String)
        case live([Report], words: String)
        /// Neither is there any more.
        case lost(String)
    }

    /// What became of a head, and how it does on the rows that are kept here, before and now.
    private struct Report {
        var name: String
        var fate: HeadFate
        var before: ExaminationResult?
        var now: ExaminationResult?
    }

    private mutating func goLive(_ upload: StateUpload) -> Trial {
        let own = checkpoints.header(learner, at: surroundings.wallTime()), names = launch.assembly.heads.map(\.name)
        do throws(StateError) {
            let examination = Examination(learner), before = learner.errors(in: examination), isSettled = learner.isEncoderFrozen
            try StateFile.write(own, of: learner, sealedWith: launch.stateKey, to: upload.ownPath, isLasting: false, disk: disk)
            var lineage: Lineage, adoption: Adoption?, whose: String
            do {
                let file = try StateFile.read(upload.path, expecting: launch.shape, key: launch.stateKey, disk: disk)
                (lineage, whose) = (file.header.lineage, file.header.device)
                if isSettled, file.header.encoder != own.encoder {
                    return .refused(.stateMismatch, "the state is of another encoder, scaled by its device's own first rows; let a fleet share a .calibration")
                }
                adoption = try file.restore(learner)
            }
            let now = isSettled ? learner.errors(in: examination) : before.map { _ in nil }
            let reports = names.indices.map { Report(name: names[$0], fate: adoption?.heads[$0] ?? .kept, before: before[$0], now: now[$0]) }
            if let reason = Self.objection(reports) ?? (learner.isEncoderFrozen ? nil : "its encoder is still being fitted") {
                do throws(StateError) { try goBack(upload) } catch { return .lost("\(error)") }
                return .refused(.stateMismatch, "the state does not go live: \(reason)")
            }
            try StateFile.read(upload.ownPath, expecting: launch.shape, key: launch.stateKey, disk: disk).withSnapshot { learner.goOnHere($0) }
            let words = (whose.isEmpty ? "of a device without a name" : "of " + whose) + (adoption.map { ": " + $0.text(names) } ?? "")
            lineage.note("imported " + words, at: Int64(surroundings.wallTime() * 1e9))
            checkpoints.goOn(from: lineage)
            return .live(reports, words: words)
        } catch {
            do throws(StateError) { try goBack(upload) } catch {
                return .lost("what was learned here could not be had back: \(error)")
            }
            return .refused(.stateMismatch, "\(error)")
        }
    }

    /// Our own state again, bit by bit; where it was never let go, that changes nothing.
    private mutating func goBack(_ upload: StateUpload) throws(StateError) {
        let file: StateFile
        do throws(StateError) {
            file = try StateFile.read(upload.ownPath, expecting: launch.shape, key: launch.stateKey, disk: disk)
        } catch {
            if case .disk(let why) = error, why.isMissing { return }
            throw error
        }
        try file.restore(learner)
    }

    /// Why a state is not for this place; nil: it is.
    private static func objection(_ reports: [Report]) -> String? {
        for report in reports {
            guard let before = report.before, let now = report.now, !now.isGoodEnough(for: before) else { continue }
            return "\(report.name) is wrong about the \(now.rows) rows that are kept here: error \(rounded(now.error)), ours \(rounded(before.error))"
        }
        return nil
    }

    private mutating func answer(_ request: Request, received: Int, _ reports: [Report]?) {
        ReplyWriter.beginResult(id: request.id, into: &control.answer)
        control.answer.beginObject()
        control.answer.member("received", received)
        if let reports {
            control.answer.beginObject("heads")
            for report in reports {
                control.answer.beginObject(named: report.name)
                switch report.fate {
                case .kept: control.answer.member("fate", word: "kept")
                case .warmed: control.answer.member("fate", word: "warmed")
                case .cold: control.answer.member("fate", word: "cold")
                }
                control.answer.member("rows", report.now?.rows ?? 0)
                control.answer.member("error", Float(report.now?.error ?? .nan))
                control.answer.member("error_before", Float(report.before?.error ?? .nan))
                control.answer.endObject()
            }
            control.answer.endObject()
        }
        control.answer.endObject()
        ReplyWriter.endResult(into: &control.answer)
    }

    private static func rounded(_ value: Double) -> Double { (value * 10_000).rounded() / 10_000 }
}
