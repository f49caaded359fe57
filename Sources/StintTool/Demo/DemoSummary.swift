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
        (start + torque + others + changes + daemon).joined(separator: "\n") + "\n"
    }

    private var start: [String] {
        let lost = score.rowsSent - score.rowsAnswered
        let length = rounded(Double(score.rowsSent) / Double(score.rowsPerSecond), 1)
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
        let load = score.load
        let alarms = score.health.alarms.map(alarm)
        let listed = alarms.prefix(5).joined(separator: ", ") + (alarms.count > 5 ? ", …" : "")
        return [
            "  load: wrong in \(load.rows - load.right) of \(load.rows) rows; repeating the last label, in \(load.rows - load.unchangedRight)",
            "  health: " + (alarms.isEmpty ? "no alarm" : "\(alarms.count) alarm\(alarms.count == 1 ? "" : "s"): \(listed)")
                + "; no fault was injected",
            "",
        ]
    }

    private func alarm(_ seconds: Double) -> String {
        let isAtChange = score.changes.contains { (0..<1).contains(seconds - $0.seconds) }
        return "at \(rounded(seconds, 1)) s" + (isAtChange ? " as the payload changed" : "")
    }

    private var changes: [String] {
        guard !score.changes.isEmpty else { return [] }
        let window = rounded(PayloadChange.windowSeconds, 1)
        return ["  " + "the payload changes".padded(to: 24) + "   before    worst  below twice before again"]
            + score.changes.prefix(8).map(line)
            + (score.changes.count > 8 ? ["    … and \(score.changes.count - 8) more"] : [])
            + ["    N·m, both joints together, over \(window) s", ""]
    }

    private func line(_ change: PayloadChange) -> String {
        let what = change.payload > 0 ? "\(rounded(change.payload, 1)) kg up" : "put down"
        let start = "  " + "\(rounded(change.seconds, 1).padded(before: 7)) s  \(what)".padded(to: 24)
        guard change.worst > 0 else { return start + "  too near to the end to tell" }
        let isSmall = change.worst <= PayloadChange.tolerance * change.before
        let back = isSmall ? "was never above" : change.back.map { "after \(rounded($0, 2)) s" } ?? "not by the end"
        return start + rounded(change.before, 3).padded(before: 9) + rounded(change.worst, 3).padded(before: 9) + "  " + back
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
            object.add("load", &out) { object, out in
                object.add("accuracy", score.load.accuracy, &out)
                object.add("no_change_accuracy", score.load.accuracyOfNoChange, &out)
            }
            object.add("health", &out) { object, out in
                object.add("alarms", score.health.alarms.count, &out)
                object.add("rows_in_incidents", score.health.rowsInIncidents, &out)
            }
            object.add("changes", score.changes, &out) { change, out in
                JSONObject.write(into: &out) { object, out in
                    object.add("t", change.seconds, &out)
                    object.add("payload_kg", change.payload, &out)
                    object.add("before_rms", change.before, &out)
                    object.add("worst_rms", change.worst, &out)
                    object.add("back_s", change.back, &out)
                }
            }
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
}

extension String {
    /// Without spaces at the end.
    fileprivate var trimmingEnd: String {
        var text = self[...]
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
