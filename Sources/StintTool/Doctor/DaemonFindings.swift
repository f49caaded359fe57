import Stint
import StintConfig
import StintStore

/// What a running daemon tells about itself, as reasons why nothing arrives.
struct DaemonFindings {
    let status: JSON
    let endpoint: String
    /// Of the config file, as it is now; nil without one.
    let configHash: String?

    /// Seconds without a frame after which a stream is silent: at least ten periods of it, too.
    private static let silence = 5.0
    /// Labels refused, as a share of all, that is no accident.
    private static let manyLabels = 0.5

    var findings: [Finding] {
        var all = [daemon]
        all += (status["streams"]?.members ?? []).map { stream($0.key, $0.value) }
        all += drops
        if let labels { all.append(labels) }
        all.append(checkpoint)
        return all
    }

    private var daemon: Finding {
        let subject = "stintd at \(endpoint)"
        let up = status["uptime_s"]?.number.map { "up \(StatusText.duration($0))" } ?? "running"
        let config = status["config"]
        let isPushedOver = config?["origin"]?.text == "pushed" && config?["local"]?.text == configHash
        if let configHash, let theirs = status["hash"]?.text, theirs != configHash, !isPushedOver {
            let isRefused = status["config"]?["status"]?.text == "rejected"
            return .wrong(
                "daemon", subject, isRefused ? "it refused the config as it is now, and goes on with an older one" : "it runs another config than this file",
                isRefused ? "mend the file (see `config` above and the log), then: systemctl reload stintd" : "systemctl reload stintd, or say its config with -c")
        }
        if status["learning"]?.flag == false { return .doubtful("daemon", subject, "\(up), learning is paused", "stint resume") }
        if let shed = status["shed"]?.natural, shed > 0 {
            return .doubtful(
                "daemon", subject, "\(up), \(shed) frames were predicted without learning, \(status["lost"]?.natural ?? 0) were lost",
                "frames are lost on their way, or come too fast for this machine: compare rate_hz and step_us in `stint status`")
        }
        guard isPushedOver, let revision = status["revision"]?.natural else { return .fine("daemon", subject, up) }
        return .fine("daemon", subject, "\(up), by revision \(revision), which was pushed over this file: `stint history`")
    }

    private func stream(_ name: String, _ stream: JSON) -> Finding {
        let frames = stream["frames"]?.natural ?? 0
        guard frames > 0, let age = stream["age_s"]?.number else {
            return .wrong("frames", name, "not one frame has come", "see endpoint and topic: is the sender on the other side of the same endpoint, and is its topic \(name)?")
        }
        let patience = max(Self.silence, stream["rate_hz"]?.number.map { $0 > 0 ? 10 / $0 : 0 } ?? 0)
        if age > patience { return .wrong("frames", name, "\(frames) came, the newest \(StatusText.duration(age)) ago", "the sender has stopped, or its connection is gone") }
        return .fine("frames", name, "\(frames) frames, the newest \(StatusText.duration(age)) ago")
    }

    /// What was refused of frames, if it is more than was taken.
    private var drops: [Finding] {
        let taken = (status["streams"]?.members ?? []).reduce(0) { $0 + ($1.value["frames"]?.natural ?? 0) }
        let reasons: [(reason: DropReason, advice: String)] = [
            (.malformed, "the payloads are not what their first byte promises: compare them with docs/wire-formats.md"),
            (.wrongShape, "the payloads have other channels than stream.channels"),
            (.unknownTopic, "the sender's topic begins like stream.name and goes on: they must be equal"),
            (.wrongParts, "send [topic][payload], two parts"), (.duplicate, "each frame needs a seq of its own; one that begins anew needs a new daemon or t alone"),
        ]
        return reasons.compactMap { reason, advice in
            let count = status["dropped"]?["\(reason.name)"]?.natural ?? 0
            guard count > 0 else { return nil }
            let seen = "\(count) refused as \(reason.name), \(taken) frames taken"
            return count > taken ? .wrong("dropped", "input", seen, advice) : .doubtful("dropped", "input", seen, advice)
        }
    }

    private var labels: Finding? {
        guard let seen = status["labels"]?["seen"]?.natural else { return nil }
        let dropped = status["dropped"]
        let unplaced = dropped?["label_unplaced"]?.natural ?? 0
        let counts = [("label_late", 0), ("label_invalid", 0), ("label_duplicate", 0)].map { ($0.0, dropped?[$0.0]?.natural ?? 0) } + [("label_unplaced", unplaced)]
        let refused = counts.reduce(0) { $0 + $1.1 }, all = seen + unplaced
        guard all > 0 else {
            let wants = (status["heads"]?.members ?? []).filter { $0.value["kind"]?.text != "anomaly" }.map(\.key)
            return wants.isEmpty ? nil : .doubtful("labels", "all", "not one label has come", "heads \(wants.joined(separator: ", ")) learn from labels only: send them on label/NAME")
        }
        let words = counts.filter { $0.1 > 0 }.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
        guard Double(refused) > Self.manyLabels * Double(all) else { return .fine("labels", "all", "\(all) came\(words.isEmpty ? "" : ", \(words)")") }
        return .wrong(
            "labels", "all", "\(refused) of \(all) find no frame or fit no head: \(words)",
            "label_late: their seq or t is of no frame that still waits (raise label.pending, or send the frame's own seq); label_unplaced: neither is said")
    }

    private var checkpoint: Finding {
        let checkpoint = status["checkpoint"]
        if checkpoint?["ok"]?.flag == false {
            return .wrong("state", "checkpoints", checkpoint?["reason"]?.text ?? "they fail", "predictions go on, but what is learned is lost with the power")
        }
        return .fine("state", "checkpoints", checkpoint?["bytes"]?.natural.map { "the newest has \(PlanTable.size($0))" } ?? "written")
    }
}
