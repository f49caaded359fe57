import ArgumentParser
import StintSimulation
import StintWire

/// `stint demo`: see it learn.
struct DemoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Shows stintd learning from a simulated arm, live.",
        discussion: """
            A two-joint arm moves and warms up. Its sensors go at 100 Hz over ZeroMQ to a real stintd, which predicts the motor torques
            before it is told them, says where the tip is before a slow camera does, and watches for faults. At announced times the
            arm picks up a payload, twice; the room turns cold; an encoder slips, one freezes, a sensor dies, the cable is pulled.
            Stint is told none of it. The report at the end says what was injected and what Stint said, with what it missed.
            It needs nothing but stint and stintd, and leaves nothing behind. Ctrl-C ends it with a report of what there was.

              stint demo
              stint demo --seconds 30 --plain
              stint demo --rate max --json
              stint demo --write-recording arm.csv --scenario payload
            """)

    @Option(help: ArgumentHelp("How long; all that is injected comes earlier or later with it.", valueName: "n"))
    var seconds = 75

    @Option(help: ArgumentHelp("The seed of the arm's noise and of the learner.", valueName: "n"))
    var seed: UInt64 = 1

    @Flag(help: "One line a second instead of a live view; so it is where stdout is no terminal.")
    var plain = false

    @Flag(help: "Print only the summary, as JSON.")
    var json = false

    private static let scenarioNames = ["payload", "warmth", "demo"]

    @Option(help: ArgumentHelp("Write a scenario as a recording for `stint replay`, and end.", valueName: "file.csv"))
    var writeRecording: String?

    @Option(help: ArgumentHelp("What to write: \(Self.scenarioNames.joined(separator: ", ")).", valueName: "name"))
    var scenario = "payload"

    @Option(help: ArgumentHelp("How fast: realtime, xN times that, or max.", valueName: "rate"))
    var rate = PlayRate.times(1)

    func validate() throws {
        guard Self.scenarioNames.contains(scenario) else {
            throw ValidationError("--scenario must be one of \(Self.scenarioNames.joined(separator: ", ")), got \(scenario)")
        }
        guard (5...86_400).contains(seconds) else { throw ValidationError("--seconds must be 5 to 86400, got \(seconds)") }
        // A TOML number has a sign.
        guard seed <= UInt64(Int64.max) else { throw ValidationError("--seed must be at most \(Int64.max), got \(seed)") }
    }

    /// Exit 0: the daemon behaved, whether Stint saw everything or not.
    func run() throws {
        if let path = writeRecording { return try record(to: path) }
        Interrupt.watch()
        let site = try DemoSite.make(seed: seed)
        var daemon = try DaemonProcess.start(config: site.configPath, talkPath: site.talkPath)
        var demo = try Demo(site, .demo(seconds: Double(seconds)), seed: seed, rate: rate, epoch: wallSeconds())
        try run(&demo, &daemon)
        let summary = DemoSummary(demo.moment, seed: seed, processorSeconds: demo.processorSeconds)
        let trouble = daemon.stop()
        if json {
            var bytes = ByteWriter()
            summary.write(into: &bytes)
            try writeAll(bytes.bytes, to: 1, name: "stdout")
        } else {
            try show(summary.text)
        }
        if let trouble { throw Failure.refused(trouble) }
        let lost = demo.moment.score.rowsSent - demo.moment.score.rowsAnswered
        guard lost == 0 || Interrupt.hasCome else { throw Failure.refused("stintd did not predict \(lost) of the rows that it was sent") }
    }

    private func record(to path: String) throws(Failure) {
        let chosen: ArmScenario = switch scenario {
        case "warmth": .warmth
        case "demo": .demo(seconds: Double(seconds))
        default: .payload
        }
        try ArmRecording.write(chosen, seed: seed, to: path)
        say("\(path): \(chosen.rows) rows at \(DemoSite.rateHz) Hz, \(chosen.about); seed \(seed)")
    }

    /// With a screen, with lines, or showing nothing.
    private func run(_ demo: inout Demo, _ daemon: inout DaemonProcess) throws(Failure) {
        if json { return try demo.run(&daemon) { _ in } }
        if !plain, var screen = Screen(lines: DemoView.height, width: DemoView.width) {
            var next = 0.0
            try demo.run(&daemon) { moment throws(Failure) in
                let now = monotonicSeconds()
                guard now >= next else { return }
                next = now + 0.2
                try screen.draw(DemoView(moment).screen)
            }
            return try screen.draw(DemoView(demo.moment).screen)
        }
        try show(DemoView(demo.moment).heading)
        // Each second is shown with its last row.
        var second = 1.0, shown = DemoView.Shown()
        try demo.run(&daemon) { moment throws(Failure) in
            for happening in DemoView(moment).happenings(since: &shown) { try show(happening + "\n") }
            guard moment.seconds + 0.5 / Double(DemoSite.rateHz) >= second - 1 / Double(DemoSite.rateHz) else { return }
            second += 1
            try show(DemoView(moment).line + "\n")
        }
    }
}
