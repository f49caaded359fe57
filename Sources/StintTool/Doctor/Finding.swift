import StintConfig
import StintWire

/// What one look at one thing has shown.
struct Finding: Equatable {
    enum Verdict: String {
        case fine = "ok"
        /// It works, and may not for long.
        case doubtful = "warning"
        /// A reason why nothing arrives.
        case wrong = "wrong"
        /// Could not be looked at, and why.
        case skipped = "skipped"
    }

    /// What was looked for, as in the documentation: `config`, `endpoint`, `topic`, …
    var check: String
    /// What was looked at.
    var subject: String
    var verdict: Verdict
    /// What was seen.
    var seen: String
    /// What to do; empty where nothing is to be done.
    var advice = ""

    static func fine(_ check: String, _ subject: String, _ seen: String) -> Finding {
        Finding(check: check, subject: subject, verdict: .fine, seen: seen)
    }

    static func skipped(_ check: String, _ subject: String, _ why: String) -> Finding {
        Finding(check: check, subject: subject, verdict: .skipped, seen: why)
    }

    static func wrong(_ check: String, _ subject: String, _ seen: String, _ advice: String) -> Finding {
        Finding(check: check, subject: subject, verdict: .wrong, seen: seen, advice: advice)
    }

    static func doubtful(_ check: String, _ subject: String, _ seen: String, _ advice: String) -> Finding {
        Finding(check: check, subject: subject, verdict: .doubtful, seen: seen, advice: advice)
    }
}

extension [Finding] {
    var isFine: Bool { !contains { $0.verdict == .wrong } }

    /// One or two lines a finding.
    var text: String {
        map { finding in
            let head = "\(finding.verdict.rawValue.padded(to: 7))  \(finding.check.padded(to: 8))  "
            let advice = finding.advice.isEmpty ? "" : String(repeating: " ", count: 19) + "-> \(finding.advice)\n"
            return "\(head)\(finding.subject): \(finding.seen)\n\(advice)"
        }.joined()
    }

    func write(_ object: inout JSONObject, _ out: inout ByteWriter) {
        object.add("ok", isFine, &out)
        object.add("checks", self, &out) { finding, out in
            JSONObject.write(into: &out) { object, out in
                object.add("check", finding.check, &out)
                object.add("subject", finding.subject, &out)
                object.add("verdict", finding.verdict.rawValue, &out)
                object.add("seen", finding.seen, &out)
                object.add("advice", finding.advice, &out)
            }
        }
    }
}
