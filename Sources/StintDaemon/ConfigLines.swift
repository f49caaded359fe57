import Stint
import StintConfig
import StintStore
import StintWire

/// Configs in JSON.
extension ByteWriter {
    /// `[{"code","path","line","column","message"}]`
    mutating func write(_ problems: [ConfigProblem], code: String? = nil) {
        append("[")
        for problem in problems {
            beginObject()
            member("code", quoted: code ?? problem.code.rawValue)
            member("path", quoted: problem.path)
            member("line", problem.line)
            member("column", problem.column)
            member("message", quoted: problem.message)
            endObject()
        }
        endArray()
    }

    mutating func writeRejection(_ refusal: LaunchRefusal, id: JSONValue?) {
        ReplyWriter.beginError(refusal.plan == nil ? .rejected : .overBudget, detail: refusal.failure.description, id: id, into: &self)
        beginObject()
        member("problems")
        write(refusal.problems)
        if let plan = refusal.plan {
            beginObject("plan")
            member("bytes", plan.bytes)
            member("budget", plan.budget)
            beginArray("parts")
            for part in plan.parts {
                beginObject()
                member("name", quoted: part.name)
                member("bytes", part.bytes)
                endObject()
            }
            endArray()
            endObject()
        }
        endObject()
        ReplyWriter.endError(into: &self)
    }

    /// What became of a push.
    mutating func writePush(
        _ revision: UInt64, _ hash: String, _ status: String, way: Changeover.Way?, heads: (names: [String], fates: [HeadFate])?, id: JSONValue?
    ) {
        ReplyWriter.beginResult(id: id, into: &self)
        writePushFacts(revision, hash, status, way: way, heads: heads)
        ReplyWriter.endResult(into: &self)
    }

    mutating func writePushFacts(
        _ revision: UInt64, _ hash: String, _ status: String, way: Changeover.Way?, heads: (names: [String], fates: [HeadFate])?
    ) {
        beginObject()
        member("revision", revision)
        member("hash", quoted: hash)
        member("status", quoted: status)
        if let way { member("way", quoted: way.rawValue) }
        if let heads, !heads.fates.isEmpty {
            beginObject("heads")
            for (index, name) in heads.names.enumerated() {
                member(named: name)
                append(quoted: heads.fates[index].text)
            }
            endObject()
        }
        endObject()
    }

    mutating func writeDryRun(
        _ push: ConfigPush, _ way: Changeover.Way, _ changes: [ConfigChange], _ heads: [(String, String)], _ planBytes: Int
    ) {
        beginObject()
        member("revision", push.revision)
        member("hash", quoted: push.hash.hexadecimal)
        member("status", word: "checked")
        member("way", quoted: way.rawValue)
        member("plan_bytes", planBytes)
        beginArray("changes")
        for change in changes {
            beginObject()
            member("path", quoted: change.path)
            member("before", quoted: change.before)
            member("after", quoted: change.after)
            member("effect", quoted: change.effect.rawValue)
            endObject()
        }
        endArray()
        beginObject("heads")
        for head in heads {
            member(named: head.0)
            append(quoted: head.1)
        }
        endObject()
        endObject()
    }
}

extension HeadFate {
    var text: String {
        switch self {
        case .kept: "kept"
        case .warmed(let rows): "warmed from \(rows) rows"
        case .cold: "cold"
        }
    }
}

extension ConfigLedger {
    func writeHistory(into out: inout ByteWriter) {
        func write(_ name: StaticString, _ document: Document?) {
            out.member(name)
            guard let document else { return out.append("null") }
            out.beginObject()
            out.member("revision", document.revision)
            out.member("hash", quoted: document.hash.hexadecimal)
            out.member("origin", quoted: document.origin.rawValue)
            out.member("signer", quoted: document.signer)
            out.endObject()
        }
        out.beginObject()
        out.member("seen", seen)
        write("good", good)
        write("previous", previous)
        write("candidate", candidate?.document)
        out.member("stage", quoted: candidate?.stage.rawValue)
        out.beginArray("records")
        for record in records {
            out.beginObject()
            out.member("t", Int(record.time))
            out.member("revision", record.revision)
            out.member("hash", quoted: record.hash.hexadecimal)
            out.member("outcome", quoted: record.outcome.rawValue)
            out.member("signer", quoted: record.signer)
            out.member("reason", quoted: record.reason)
            out.endObject()
        }
        out.endArray()
        out.endObject()
    }
}
