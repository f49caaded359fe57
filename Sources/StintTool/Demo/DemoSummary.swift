import StintConfig
import StintSimulation
import StintWire

/// What the demo came to. Every figure is computed from what was sent and what came back, except those that are marked as the daemon's own.
struct DemoSummary {
    let moment: DemoMoment
    let seed: UInt64
    let processorSeconds: Double?
    private var score: DemoScore { moment.score }
    /// What no prediction can be better than: the noise of the torque sensors, N·m.
    private let noise: [Double]

    init(_ moment: DemoMoment, seed: UInt64, processorSeconds: Double?) {
        self.moment = moment
        self.seed = seed
        self.processorSeconds = processorSeconds
        let sensors = TwoJointArm.Sensors()
        noise = [sensors.torqueNoise.x, sensors.torqueNoise.y]
    }

    private var microsecondsPerFrame: Double? {
        processorSeconds.flatMap { score.rowsSent > 0 ? 1e6 * $0 / Double(score.rowsSent) : nil }
    }

    // MARK: For people

    var text: String {
        (start + torque + others + answers + changes + daemon).joined(separator: "\n") + "\n"
    }

    private var start: [String] {
        let lost = score.rowsSent - score.rowsAnswered
        let length = rounded(moment.seconds, 0)
        return [
            "",
            "\(length) s of a simulated arm, seed \(seed): \(score.rowsSent) rows sent, "
                + (lost == 0 ? "all of them predicted." : "\(score.rowsAnswered) predicted, \(lost) not."),
            "Labels came \(score.delay) rows (\(1000 * score.delay / score.rowsPerSecond) ms) late. "
                + "Errors are rms; the first \(score.burnIn) rows do not count.",
            "",
        ]
    }

    private var torque: [String] {
        func row(_ name: String, _ value: (Int) -> String, _ remark: String) -> String {
            let cells = score.joints.indices.map { value($0).padded(before: 9) }.joined()
            return ("  " + name.padded(to: 24) + cells + "  " + remark).trimmingEnd
        }
        let joints = score.joints
        return [
            row("torque", { DemoSite.labels[$0] }, ""),
            row("stint", { rounded(joints[$0].own.rootMeanSquare, 3) }, "N·m"),
            row("repeating the last label", { rounded(joints[$0].noChange.rootMeanSquare, 3) }, "N·m, the newest that had come"),
            row("the best constant", { rounded(joints[$0].constant, 3) }, "N·m, chosen with hindsight"),
            row("the sensor's noise", { rounded(noise[$0], 3) }, "N·m, which nobody can predict"),
            row("inside the interval", { percent(joints[$0].intervals.coverage, 1) }, "of rows; 90 % is promised"),
            row("width of the interval", { rounded(joints[$0].intervals.width, 3) }, "N·m, on average"),
            "",
        ]
    }

    private var others: [String] {
        let zone = score.zone, health = score.health
        let rows = rounded(health.rows > 0 ? 100 * Double(health.rowsInIncidents) / Double(health.rows) : nil, 1)
        return [
            "  zone: right in \(percent(zone.accuracy, 1)) of rows; the camera's last word, in \(percent(zone.accuracyOfNoChange, 1))",
            "        (two pictures a second, each told half a second late)",
            "  health: \(health.alarms.count) alarm\(health.alarms.count == 1 ? "" : "s"); \(rows) % of rows lie in incidents",
            "        (its budget of false alarms is \(DemoSite.falseAlarms): a demo is short)",
            "",
        ]
    }

    // MARK: What was injected, and what Stint said

    /// The injections that came, each with what was said of it.
    private var came: [Answers.Answer] { Array(moment.answers.answers.prefix { $0.injection.onset <= moment.seconds }) }

    private var answers: [String] {
        guard !came.isEmpty else { return [] }
        let asked = came.filter(\.injection.isAbrupt)
        let noticed = asked.filter { $0.delay != nil }.count
        var lines = ["  what was injected, and what Stint said, with seconds from the onset"]
        for answer in came { lines += [line(answer.injection)] + said(answer) }
        if !moment.answers.unasked.isEmpty {
            lines.append("    with nothing injected that could be the cause:")
            lines += limited(moment.answers.unasked.map { "\(rounded($0.seconds, 2).padded(before: 13)) s  \($0.text)" })
        }
        let without = moment.answers.unasked.count
        lines.append("    noticed \(noticed) of \(asked.count) abrupt changes; \(without) notice\(without == 1 ? "" : "s") without a cause")
        return lines + [""]
    }

    private func line(_ injection: Injection) -> String { "  \(rounded(injection.onset, 1).padded(before: 7)) s  \(injection.what)" }

    private func said(_ answer: Answers.Answer) -> [String] {
        let lines = limited(
            answer.remarks.map {
                "\(("+" + rounded(max(0, $0.seconds - answer.injection.onset), 2)).padded(before: 13))  " + $0.text + shares($0)
            })
        if answer.delay != nil { return lines }
        return lines + ["               " + (answer.injection.isAbrupt ? "no word: MISSED" : "no word; it comes slowly, and is learned")]
    }

    /// The channel that an alarm puts first.
    private func shares(_ remark: Remark) -> String {
        guard remark.event == "alarm", let alarm = score.health.alarms.first(where: { abs($0.seconds - remark.seconds) < 0.005 }),
            let channel = alarm.channel
        else { return "" }
        return ", \(channel) \(percent(alarm.share, 0))"
    }

    /// No more than a few lines of one kind.
    private func limited(_ lines: [String]) -> [String] {
        lines.prefix(6).map { String($0.prefix(80)) } + (lines.count > 6 ? ["               … and \(lines.count - 6) more"] : [])
    }

    // MARK: What it did to the error

    private var changes: [String] {
        guard !score.changes.isEmpty else { return [] }
        let rows = zip(came, score.changes).filter { $0.0.injection.kind != .cable }.map { line($0.injection, $1) }
        return [
            "  the torque's error, N·m".padded(to: 46) + "before  first 2 s  below twice it",
        ] + rows + [""]
    }

    private func line(_ injection: Injection, _ change: ErrorChange) -> String {
        let name = line(injection).padded(to: 46)
        guard change.worst > 0, let first = change.first else { return name + "too near to the end to tell" }
        let isSmall = change.worst <= ErrorChange.tolerance * change.before
        let back = isSmall ? "always" : change.back.map { "after \(rounded($0, 2)) s" } ?? "not in time"
        return name + rounded(change.before, 2).padded(before: 6) + rounded(first, 2).padded(before: 11) + "  " + back
    }

    private var daemon: [String] {
        guard let status = moment.status else { return [] }
        let size = { (bytes: Int?) in bytes.map(PlanTable.size) ?? "–" }
        return [
            "  stintd, by its own account",
            "    memory     \(size(status.planBytes)) planned before the start, \(size(status.residentBytes)) resident",
            "    per frame  \(significant(status.allocationsPerFrame)) allocations; half take up to "
                + "\(rounded(status.medianMicroseconds, 0)) µs, 99 % up to \(rounded(status.slowMicroseconds, 0)) µs",
            "    refused    \(status.dropped == 0 ? "nothing" : "\(status.dropped) frames or labels")",
            "  stintd, by the kernel's",
            "    per frame  \(rounded(microsecondsPerFrame, 0)) µs of CPU, sockets included: "
                + "\(percent(microsecondsPerFrame.map { $0 * Double(score.rowsPerSecond) / 1e6 }, 1)) of a core at \(score.rowsPerSecond) Hz",
        ]
    }

    private func percent(_ share: Double?, _ digits: Int) -> String { share.map { "\(rounded(100 * $0, digits)) %" } ?? "–" }

    // MARK: For programs

    func write(into out: inout ByteWriter) {
        JSONObject.write(into: &out) { object, out in
            object.add("seed", seed, &out)
            object.add("rows", score.rowsSent, &out)
            object.add("predicted", score.rowsAnswered, &out)
            object.add("burn_in_rows", score.burnIn, &out)
            object.add("delay", score.delay, &out)
            object.add("torque", &out) { object, out in
                for (k, joint) in score.joints.enumerated() {
                    object.add(DemoSite.labels[k], &out) { object, out in
                        object.add("rmse", joint.own.rootMeanSquare, &out)
                        object.add("no_change_rmse", joint.noChange.rootMeanSquare, &out)
                        object.add("constant_rmse", joint.constant, &out)
                        object.add("noise", noise[k], &out)
                        object.add("coverage", joint.intervals.coverage, &out)
                        object.add("interval_width", joint.intervals.width, &out)
                    }
                }
            }
            object.add("zone", &out) { object, out in
                object.add("accuracy", score.zone.accuracy, &out)
                object.add("no_change_accuracy", score.zone.accuracyOfNoChange, &out)
            }
            object.add("health", &out) { object, out in
                object.add("alarms", score.health.alarms.count, &out)
                object.add("rows_in_incidents", score.health.rowsInIncidents, &out)
            }
            object.add("injected", Array(came.enumerated()), &out) { item, out in
                let (k, answer) = item
                let change = k < score.changes.count ? score.changes[k] : nil
                JSONObject.write(into: &out) { object, out in
                    object.add("t", answer.injection.onset, &out)
                    object.add("end", answer.injection.end, &out)
                    object.add("kind", answer.injection.kind.rawValue, &out)
                    object.add("what", answer.injection.what, &out)
                    object.add("noticed_after_s", answer.delay, &out)
                    object.add("said", answer.remarks, &out) { write($0, into: &$1) }
                    object.add("rms_before", change?.before, &out)
                    object.add("rms_first_2_s", change?.first, &out)
                    object.add("rms_back_s", change?.back, &out)
                }
            }
            object.add("unasked", moment.answers.unasked, &out) { write($0, into: &$1) }
            object.add("stintd", &out) { object, out in
                object.add("plan_bytes", moment.status?.planBytes.map(Double.init), &out)
                object.add("rss_bytes", moment.status?.residentBytes.map(Double.init), &out)
                object.add("allocations_per_frame", moment.status?.allocationsPerFrame, &out)
                object.add("step_us_p50", moment.status?.medianMicroseconds, &out)
                object.add("step_us_p99", moment.status?.slowMicroseconds, &out)
                object.add("cpu_us_per_frame", microsecondsPerFrame, &out)
                object.add("dropped", moment.status?.dropped ?? 0, &out)
            }
        }
        out.append(byte: 0x0A)
    }

    private func write(_ remark: Remark, into out: inout ByteWriter) {
        JSONObject.write(into: &out) { object, out in
            object.add("t", remark.seconds, &out)
            object.add("event", remark.event, &out)
            object.add("text", remark.text, &out)
        }
    }
}

extension String {
    /// Without spaces at the end.
    fileprivate var trimmingEnd: String {
        var text = self[...]
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
