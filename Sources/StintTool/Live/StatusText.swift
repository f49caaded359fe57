import StintConfig

/// A daemon's status for people. What it does not tell is left out, so that it may tell more or less.
struct StatusText {
    private let status: JSON
    private let endpoint: String

    init(_ status: JSON, endpoint: String) {
        self.status = status
        self.endpoint = endpoint
    }

    var text: String {
        var rows = [("stintd", daemon)]
        rows += (status["streams"]?.members ?? []).map { ("stream \($0.key)", Self.stream($0.value)) }
        rows += (status["heads"]?.members ?? []).map { ("head \($0.key)", Self.head($0.value)) }
        rows += [("memory", memory), ("step", step), ("dropped", dropped), ("clock", counts("clock")), ("checkpoint", checkpoint)]
        rows = rows.filter { !$0.1.isEmpty }
        let width = rows.map(\.0.count).max() ?? 0
        return rows.map { "\($0.0.padded(to: width))  \($0.1)\n" }.joined()
    }

    private static func list(_ parts: [String?]) -> String { parts.compactMap { $0 }.joined(separator: ", ") }

    private var daemon: String {
        Self.list([
            [status["version"]?.text, "at \(endpoint)"].compactMap { $0 }.joined(separator: " "),
            status["ready"]?.flag.map { $0 ? "ready" : "not ready" }, status["learning"]?.flag.map { $0 ? "learning" : "paused" },
            status["uptime_s"]?.number.map { "up \(Self.duration($0))" }, status["revision"]?.natural.map { "revision \($0)" },
            status["shed"]?.natural.flatMap { $0 > 0 ? "\($0) shed" : nil },
        ])
    }

    private static func stream(_ stream: JSON) -> String {
        list([
            stream["frames"]?.natural.map { "\($0) frames" }, stream["rate_hz"]?.number.map { "\(rounded($0, 1)) Hz" },
            stream["age_s"]?.number.map { "newest \(duration($0)) ago" },
        ])
    }

    private static func head(_ head: JSON) -> String {
        let experts = Experts(head).largest(4).map { "\($0.name) \(rounded($0.weight, 2))" }
        return list([
            head["kind"]?.text, head["ready"]?.flag.map { $0 ? "ready" : "not ready" },
            head["labels"]?.natural.map { "\($0) labels" }, head["alarms"]?.natural.map { "\($0) alarms" },
            experts.isEmpty ? nil : "trusts " + experts.joined(separator: ", "),
        ])
    }

    private var memory: String {
        Self.list([
            status["plan_bytes"]?.natural.map { "plan \(PlanTable.size($0))" },
            status["rss_bytes"]?.natural.map { "resident \(PlanTable.size($0))" },
            status["allocations_per_frame"]?.number.map { "\(significant($0)) allocations a frame" },
        ])
    }

    private var step: String {
        let times = status["step_us"]
        return Self.list([
            times?["p50"]?.number.map { "\(significant($0)) µs median" }, times?["p99"]?.number.map { "\(significant($0)) µs at 99 %" },
            times?["max"]?.number.map { "\(significant($0)) µs longest" },
        ])
    }

    private var dropped: String {
        let counts = counts("dropped")
        return counts.isEmpty && status["dropped"] != nil ? "nothing" : counts
    }

    private func counts(_ key: String) -> String {
        Self.list((status[key]?.members ?? []).map { member in
            member.value.natural.flatMap { $0 > 0 ? "\(member.key) \($0)" : nil }
        })
    }

    private var checkpoint: String {
        let checkpoint = status["checkpoint"]
        return Self.list([
            checkpoint?["bytes"]?.natural.map { PlanTable.size($0) },
            checkpoint?["bytes_per_day"]?.number.map { "\(PlanTable.size(Int($0))) a day" },
        ])
    }

    static func duration(_ seconds: Double) -> String {
        let whole = Int(min(max(seconds, 0), 1e12))
        switch whole {
        case ..<60: return "\(rounded(seconds, seconds < 1 ? 2 : 0)) s"
        case ..<3600: return "\(whole / 60) min \(whole % 60) s"
        case ..<86_400: return "\(whole / 3600) h \(whole % 3600 / 60) min"
        default: return "\(whole / 86_400) d \(whole % 86_400 / 3600) h"
        }
    }
}

/// How much a head trusts each of its experts, as `status` has it.
struct Experts: Equatable {
    struct Expert: Equatable {
        var name: String
        var weight: Double
    }

    let all: [Expert]

    /// - Parameter head: a head of `status`; empty if it does not tell.
    init(_ head: JSON?) {
        all = (head?["experts"]?.members ?? []).compactMap { member in
            member.value["weight"]?.number.map { Expert(name: member.key, weight: $0) }
        }
    }

    /// The most trusted first; equal ones in the order that they came in.
    func largest(_ count: Int) -> [Expert] {
        Array(all.enumerated().sorted { ($1.element.weight, $0.offset) < ($0.element.weight, $1.offset) }.map(\.element).prefix(count))
    }
}
