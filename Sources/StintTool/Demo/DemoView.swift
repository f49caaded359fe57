import StintConfig

/// The demo at one moment, as text: a screen for 80 × 24, or one line.
struct DemoView {
    static let width = 78
    static let height = 23
    private static let bar = 41
    private static let happenings = 5

    /// A line of the screen, and what it is about: for its colour.
    struct Line: Equatable {
        enum Tone {
            case plain, quiet, injected, said, alarm
        }

        var text: String
        var tone = Tone.plain
    }

    private let moment: DemoMoment
    private var score: DemoScore { moment.score }

    init(_ moment: borrowing DemoMoment) { self.moment = copy moment }

    // MARK: A screen

    var screen: [Line] {
        var lines = [
            Line(text: "stint demo  \(clock)   the real stintd learns a simulated arm, over ZeroMQ"),
            Line(text: "hidden now: \(now)", tone: isFaulty ? .alarm : .injected),
            Line(text: next, tone: .quiet),
            Line(text: ""),
        ]
        lines += score.joints.indices.map { Line(text: gauge($0)) }
        lines += [
            Line(text: "      ┃ true  ● predicted, before it was told  ├─┤ 90 % interval; N·m", tone: .quiet),
            Line(text: ""),
        ]
        lines += strips
        lines += [
            Line(text: ""),
            Line(text: "zone \(guess)"),
            Line(text: trusted),
        ]
        lines += happenings
        lines.append(Line(text: daemon, tone: .quiet))
        return lines.map { Line(text: String($0.text.prefix(Self.width)), tone: $0.tone) }
    }

    private var clock: String { "\(rounded(moment.seconds, 1).padded(before: 4)) of \(rounded(moment.length, 0)) s" }

    /// All that is hidden from Stint at this moment.
    private var now: String {
        let faults = active.filter { $0.kind == .sensor || $0.kind == .cable }.map(\.what)
        let room = active.last { $0.kind == .room }.map { [$0.what] } ?? []
        let payload = score.newest?.payload ?? 0
        return ([payload > 0 ? "the arm carries \(rounded(payload, 1)) kg" : "nothing carried"] + room + faults).joined(separator: "; ")
    }

    private var active: [Injection] { moment.answers.answers.map(\.injection).filter { $0.isActive(at: moment.seconds) } }
    private var isFaulty: Bool { active.contains { $0.kind == .sensor || $0.kind == .cable } }

    private var next: String {
        guard let next = moment.answers.answers.map(\.injection).first(where: { $0.onset > moment.seconds }) else {
            return "nothing more will be injected"
        }
        return "in \(rounded(next.onset - moment.seconds, 0)) s: \(next.what)"
    }

    /// One joint: where the truth is, where the prediction, how wide the interval.
    private func gauge(_ k: Int) -> String {
        let joint = score.joints[k]
        let most = joint.largest > 0 ? joint.largest : 1
        func column(_ value: Double) -> Int {
            min(Self.bar - 1, max(0, Int((value / most + 1) / 2 * Double(Self.bar - 1) + 0.5)))
        }
        var cells = Array(repeating: Character("·"), count: Self.bar)
        if let interval = joint.interval {
            let low = column(interval.lowerBound), high = column(interval.upperBound)
            for i in low...high { cells[i] = "─" }
            if low < high { (cells[low], cells[high]) = ("├", "┤") }
        }
        if let value = joint.value { cells[column(value)] = "●" }
        if let truth = joint.truth { cells[column(truth)] = joint.value.map(column) == column(truth) ? "◉" : "┃" }
        return "\(DemoSite.labels[k])  \(String(cells))  true \(figure(joint.truth))  said \(figure(joint.value))"
    }

    /// One column for each stretch of time: errors on one scale, the largest after the first columns, in which nothing is known yet.
    private var strips: [Line] {
        let columns = score.history.columns
        let most = columns.dropFirst(3).reduce(0) { max($0, $1.error.map { max($0.own, $0.noChange) } ?? 0) }
        func strip(_ name: String, _ value: (DemoHistory.Column) -> Double?, of most: Double) -> String {
            name.padded(to: 12) + columns.map { value($0).map { Self.block($0, of: most) } ?? " " }.joined()
        }
        let recent = score.recent.rms(last: score.rowsPerSecond)
        return [
            Line(text: "rms error over the last second: stint \(rounded(recent.own, 2)), as before \(rounded(recent.noChange, 2)) N·m"
                + "; \(coverage) inside"),
            Line(text: strip("stint", { $0.error?.own }, of: most)),
            Line(text: strip("as before", { $0.error?.noChange }, of: most)),
            Line(text: strip("strangeness", { $0.strangest }, of: 1)),
            Line(text: "stint says  " + marks(moment.answers.all.map { ($0.seconds, $0.mark) }), tone: .said),
            Line(
                text: "injected    " + marks(moment.answers.answers.map { ($0.injection.onset, $0.injection.mark) }), tone: .injected),
        ]
    }

    private static func block(_ value: Double, of most: Double) -> String {
        let blocks = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]
        guard most > 0 else { return blocks[0] }
        return blocks[min(7, max(0, Int(value / most * 8)))]
    }

    /// Letters at their moments; one that says something stays before a dot.
    private func marks(_ marks: [(seconds: Double, mark: Character)]) -> String {
        var cells = Array(repeating: Character(" "), count: score.history.columns.count)
        for (seconds, mark) in marks {
            let k = score.history.column(at: seconds)
            if cells[k] == " " || mark != "·" { cells[k] = mark }
        }
        return String(cells)
    }

    private var guess: String {
        let share = score.zone.probability.map { " \(rounded(100 * $0, 0)) %" } ?? ""
        let name = score.zone.name ?? "–", truth = score.newest?.zone ?? "–"
        return "\((name + share).padded(to: 12)) true \(truth.padded(to: 8)) right \(percent(score.zone.accuracy)) "
            + "of rows; the last label \(percent(score.zone.accuracyOfNoChange))"
    }

    private var trusted: String {
        let experts = moment.status?.experts.largest(3).map { "\($0.name) \(rounded($0.weight, 2))" } ?? []
        let regime = score.regime.map { "regime \($0); " } ?? ""
        return regime + (experts.isEmpty ? "experts: not told yet" : "trusts " + experts.joined(separator: ", "))
    }

    /// The newest of what was injected and what was said; always as many lines, so that the screen does not jump.
    private var happenings: [Line] {
        let lines = newest(Self.happenings)
        return lines + Array(repeating: Line(text: ""), count: Self.happenings - lines.count)
    }

    private func newest(_ count: Int) -> [Line] {
        Array((injected + said).sorted { $0.seconds < $1.seconds }.suffix(count).map { Line(text: "\(rounded($0.seconds, 1).padded(before: 5)) s \($0.text)", tone: $0.tone) })
    }

    private typealias Happening = (seconds: Double, text: String, tone: Line.Tone)

    private var injected: [Happening] {
        moment.answers.answers.map(\.injection).filter { $0.onset <= moment.seconds }.map { ($0.onset, "▶ \($0.what)", .injected) }
    }

    private var said: [Happening] {
        moment.answers.all.map { ($0.seconds, "◀ stint: \($0.text)", $0.event == "alarm" || $0.event == "sensor" ? .alarm : .said) }
    }

    private var daemon: String {
        guard let status = moment.status else { return "stintd –" }
        return "stintd: \(size(status.residentBytes)) resident, \(size(status.planBytes)) planned, "
            + "\(rounded(status.medianMicroseconds, 0)) µs a frame, \(significant(status.allocationsPerFrame)) allocations"
    }

    private func size(_ bytes: Int?) -> String { bytes.map(PlanTable.size) ?? "–" }

    // MARK: Lines

    /// What stands above the lines.
    var heading: String {
        """
        The real stintd learns the torques of a simulated arm, over ZeroMQ.
        Listen in: stint tap \(moment.output)
        Torques and their rms error over the last second in N·m; ×: that error over
        that of repeating the newest label; inside: of 90 % intervals, so far;
        ▶ what is injected, unknown to Stint; ◀ what Stint says.

          time     tau1   said   tau2   said  error     ×  inside  strange  zone

        """
    }

    /// One second for a file or a pipe.
    var line: String {
        let torques = score.joints.map { rounded($0.truth, 2).padded(before: 7) + rounded($0.value, 2).padded(before: 7) }.joined()
        let recent = score.recent.rms(last: score.rowsPerSecond)
        let share = recent.noChange > 0 ? recent.own / recent.noChange : nil
        return "\(rounded(moment.seconds, 0).padded(before: 4)) s  \(torques)\(rounded(recent.own, 2).padded(before: 7))"
            + "\(rounded(share, 2).padded(before: 6))\(coverage.padded(before: 8))\(rounded(score.health.score, 2).padded(before: 9))"
            + "  \(score.zone.name ?? "–")"
    }

    /// How much of what happened was shown.
    struct Shown {
        fileprivate var injected = 0
        fileprivate var said = 0
    }

    /// What has happened since, a line each.
    func happenings(since shown: inout Shown) -> [String] {
        let new = Array(injected.dropFirst(shown.injected)) + Array(said.dropFirst(shown.said))
        shown = Shown(injected: injected.count, said: said.count)
        return new.sorted { $0.seconds < $1.seconds }.map { "\(rounded($0.seconds, 1).padded(before: 6)) s  \($0.text)" }
    }

    // MARK: Both

    private func percent(_ share: Double?) -> String { share.map { "\(rounded(100 * $0, 1)) %" } ?? "–" }

    /// Of both joints together.
    private var coverage: String {
        let shares = score.joints.compactMap(\.intervals.coverage)
        return shares.isEmpty ? "–" : "\(rounded(100 * shares.reduce(0, +) / Double(shares.count), 1)) %"
    }

    private func figure(_ value: Double?) -> String { rounded(value, 2).padded(before: 7) }
}

extension Injection {
    /// One letter for a strip over time.
    var mark: Character {
        switch kind {
        case .payload: "P"
        case .room: "T"
        case .sensor: "S"
        case .cable: "C"
        }
    }
}
