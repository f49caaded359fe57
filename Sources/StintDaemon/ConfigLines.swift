import Stint
import StintConfig
import StintStore
import StintWire

/// Configs in JSON.
extension ByteWriter {
    /// `[{"code","path","line","column","message"}]`
    mutating func write(_ problems: [ConfigProblem], code: String? = nil) {
        append("[")
        for (index, problem) in problems.enumerated() {
            if index > 0 { append(",") }
            append("{\"code\":")
            append(quoted: code ?? problem.code.rawValue)
            append(",\"path\":")
            append(quoted: problem.path)
            append(",\"line\":")
            append(problem.line)
            append(",\"column\":")
            append(problem.column)
            append(",\"message\":")
            append(quoted: problem.message)
            append("}")
        }
        append("]")
    }

    mutating func writeRejection(_ refusal: LaunchRefusal, id: JSONValue?) {
        ReplyWriter.beginError(refusal.plan == nil ? .rejected : .overBudget, detail: refusal.failure.description, id: id, into: &self)
        append("{\"problems\":")
        write(refusal.problems)
        if let plan = refusal.plan {
            append(",\"plan\":{\"bytes\":")
            append(plan.bytes)
            append(",\"budget\":")
            append(plan.budget)
            append(",\"parts\":[")
            for (index, part) in plan.parts.enumerated() {
                if index > 0 { append(",") }
                append("{\"name\":")
                append(quoted: part.name)
                append(",\"bytes\":")
                append(part.bytes)
                append("}")
            }
            append("]}")
        }
        append("}")
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
        append("{\"revision\":")
        append(revision)
        append(",\"hash\":")
        append(quoted: hash)
        append(",\"status\":")
        append(quoted: status)
        if let way {
            append(",\"way\":")
            append(quoted: way.rawValue)
        }
        if let heads, !heads.fates.isEmpty {
            append(",\"heads\":{")
            for (index, name) in heads.names.enumerated() {
                if index > 0 { append(",") }
                append(quoted: name)
                append(":")
                append(quoted: heads.fates[index].text)
            }
            append("}")
        }
        append("}")
    }

    mutating func writeDryRun(
        _ push: ConfigPush, _ way: Changeover.Way, _ changes: [ConfigChange], _ heads: [(String, String)], _ planBytes: Int
    ) {
        append("{\"revision\":")
        append(push.revision)
        append(",\"hash\":")
        append(quoted: push.hash.hexadecimal)
        append(",\"status\":\"checked\",\"way\":")
        append(quoted: way.rawValue)
        append(",\"plan_bytes\":")
        append(planBytes)
        append(",\"changes\":[")
        for (index, change) in changes.enumerated() {
            if index > 0 { append(",") }
            append("{\"path\":")
            append(quoted: change.path)
            append(",\"before\":")
            if let before = change.before { append(quoted: before) } else { append("null") }
            append(",\"after\":")
            if let after = change.after { append(quoted: after) } else { append("null") }
            append(",\"effect\":")
            append(quoted: change.effect.rawValue)
            append("}")
        }
        append("],\"heads\":{")
        for (index, head) in heads.enumerated() {
            if index > 0 { append(",") }
            append(quoted: head.0)
            append(":")
            append(quoted: head.1)
        }
        append("}}")
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
            out.append(",\"")
            out.append(name)
            out.append("\":")
            guard let document else { return out.append("null") }
            out.append("{\"revision\":")
            out.append(document.revision)
            out.append(",\"hash\":")
            out.append(quoted: document.hash.hexadecimal)
            out.append(",\"origin\":")
            out.append(quoted: document.origin.rawValue)
            out.append(",\"signer\":")
            out.append(quoted: document.signer)
            out.append("}")
        }
        out.append("{\"seen\":")
        out.append(seen)
        write("good", good)
        write("previous", previous)
        write("candidate", candidate?.document)
        out.append(",\"stage\":")
        if let candidate { out.append(quoted: candidate.stage.rawValue) } else { out.append("null") }
        out.append(",\"records\":[")
        for (index, record) in records.enumerated() {
            if index > 0 { out.append(",") }
            out.append("{\"t\":")
            out.append(Int(record.time))
            out.append(",\"revision\":")
            out.append(record.revision)
            out.append(",\"hash\":")
            out.append(quoted: record.hash.hexadecimal)
            out.append(",\"outcome\":")
            out.append(quoted: record.outcome.rawValue)
            out.append(",\"signer\":")
            out.append(quoted: record.signer)
            out.append(",\"reason\":")
            out.append(quoted: record.reason)
            out.append("}")
        }
        out.append("]}")
    }
}
