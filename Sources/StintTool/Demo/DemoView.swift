import StintConfig

/// The demo at one moment, as text: a screen for 80 × 24, or one line.
struct DemoView {
    static let width = 78
    static let height = 23
    private static let bars = 34
    private static let graph = 60

    private let moment: DemoMoment
    private var score: DemoScore { moment.score }

    init(_ moment: borrowing DemoMoment) { self.moment = copy moment }

    // MARK: A screen

    var screen: [String] {
        var lines = [
            "stint demo: the real stintd learns the torques of a simulated arm, over ZeroMQ",
            "listen in: stint tap \(moment.output)",
            "",
            "\(rounded(moment.seconds, 1).padded(before: 5)) s of \(rounded(moment.length, 0))   the arm carries \(load)",
            "",
            "torque     true  predicted   90 % interval",
        ]
        for (k, joint) in score.joints.enumerated() {
            let interval = joint.interval.map { "\(figure($0.lowerBound)) …\(figure($0.upperBound))" } ?? "not known yet"
            lines.append("  \(DemoSite.labels[k])  \(figure(joint.truth))    \(figure(joint.value))  \(interval) N·m")
        }
        let recent = score.recent.rms(last: score.rowsPerSecond)
        lines += [
            "",
            "error (rms over the last second, N·m)",
            "  stint      \(figure(recent.own))  \(relative)",
            "  as before  \(figure(recent.noChange))  repeats the newest label, \(score.delay) rows old",
        ]
        lines += history
        lines += ["", "in the 90 % interval so far: \(coverage)", "", "experts that torque trusts"]
        lines += experts
        lines += ["load \(guess)   health \(health)", daemon]
        return lines.map { String($0.prefix(Self.width)) }
    }

    /// The error of each second so far, both on one scale: the largest after the first two seconds, in which nothing is known yet.
    private var history: [String] {
        let seconds = score.seconds.suffix(Self.graph)
        let most = score.seconds.dropFirst(2).suffix(Self.graph).reduce(0) { max($0, $1.own, $1.noChange) }
        func line(_ name: String, _ value: ((own: Double, noChange: Double)) -> Double) -> String {
            "  \(name.padded(to: 10)) " + seconds.map { Self.column(value($0), of: most) }.joined()
        }
        return [line("stint", \.own), line("as before", \.noChange)]
    }

    private static func column(_ value: Double, of most: Double) -> String {
        let blocks = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]
        guard most > 0 else { return blocks[0] }
        return blocks[min(7, max(0, Int(value / most * 8)))]
    }

    /// Always three lines, so that the screen does not jump.
    private var experts: [String] {
        guard let largest = moment.status?.experts.largest(3), !largest.isEmpty else { return ["  not told yet", "", ""] }
        let lines = largest.map { expert in
            let cells = Int((expert.weight * Double(Self.bars)).rounded())
            let bar = String(repeating: "█", count: min(Self.bars, max(0, cells)))
            return "  \(String(expert.name.prefix(22)).padded(to: 22)) \(rounded(expert.weight, 2)) \(bar)"
        }
        return lines + Array(repeating: "", count: 3 - lines.count)
    }

    private var guess: String {
        let share = score.load.probability.map { " \(rounded(100 * $0, 0)) %" } ?? ""
        return "\(score.load.name ?? "–")\(share)"
    }

    private var health: String {
        "score \(rounded(score.health.score, 2)), \(score.health.alarms.count) alarms\(score.health.isInIncident ? ", one now" : "")"
    }

    private var daemon: String {
        guard let status = moment.status else { return "stintd –" }
        return "stintd: resident \(size(status.residentBytes)), plan \(size(status.planBytes)), "
            + "\(rounded(status.medianMicroseconds, 0)) µs a frame, \(significant(status.allocationsPerFrame)) allocations"
    }

    private func size(_ bytes: Int?) -> String { bytes.map(PlanTable.size) ?? "–" }

    // MARK: A line

    /// What stands above the lines.
    var heading: String {
        """
        The real stintd learns the torques of a simulated arm, over ZeroMQ.
        Listen in: stint tap \(moment.output)
        Torques and their rms error over the last second in N·m; ×: that error over
        that of repeating the newest label; inside: of 90 % intervals, so far.

          time  load       tau1   said   tau2   said  error     ×  inside  trusts most

        """
    }

    /// One second for a file or a pipe.
    var line: String {
        let torques = score.joints.map { rounded($0.truth, 2).padded(before: 7) + rounded($0.value, 2).padded(before: 7) }.joined()
        let recent = score.recent.rms(last: score.rowsPerSecond)
        let share = recent.noChange > 0 ? recent.own / recent.noChange : nil
        let trusted = moment.status?.experts.largest(1).first.map { "\($0.name) \(rounded($0.weight, 2))" } ?? ""
        return "\(rounded(moment.seconds, 0).padded(before: 4)) s  \(load.padded(to: 8))\(torques)\(rounded(recent.own, 2).padded(before: 7))"
            + "\(rounded(share, 2).padded(before: 6))\(coverage.padded(before: 8))  \(trusted)"
    }

    // MARK: Both

    private var load: String {
        guard let payload = score.newest?.payload else { return "–" }
        return payload > 0 ? "\(rounded(payload, 1)) kg" : "nothing"
    }

    private var relative: String {
        let recent = score.recent.rms(last: score.rowsPerSecond)
        return recent.noChange > 0 ? "\(rounded(recent.own / recent.noChange, 2)) × as before" : "–"
    }

    /// Of both joints together.
    private var coverage: String {
        let shares = score.joints.compactMap(\.intervals.coverage)
        return shares.isEmpty ? "–" : "\(rounded(100 * shares.reduce(0, +) / Double(shares.count), 1)) %"
    }

    private func figure(_ value: Double?) -> String { rounded(value, 2).padded(before: 7) }
}
