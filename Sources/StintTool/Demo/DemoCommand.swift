import ArgumentParser
import StintSimulation
import StintWire

/// `stint demo`: see it learn.
struct DemoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Shows stintd learning from a simulated arm, live.",
        discussion: """
            A two-joint arm moves, warms up, and picks up a payload and puts it down. Its sensors go at 100 Hz over ZeroMQ to a real
            stintd, which predicts the motor torques before it is told them, says whether the arm is loaded, and watches for faults.
            It needs nothing but stint and stintd, and leaves nothing behind. Ctrl-C ends it with a summary of what there was.

              stint demo
              stint demo --seconds 20 --plain
            """)

    @Option(help: ArgumentHelp("How long.", valueName: "n"))
    var seconds = 60

    @Option(help: ArgumentHelp("The seed of the arm's noise and of the learner.", valueName: "n"))
    var seed: UInt64 = 1

    @Flag(help: "One line a second instead of a live view; so it is where stdout is no terminal.")
    var plain = false

    @Flag(help: "Print only the summary, as JSON.")
    var json = false

    @Option(help: ArgumentHelp("Write a scenario as a recording for `stint replay`, and end.", valueName: "file.csv"))
    var writeRecording: String?

    @Option(help: ArgumentHelp("What to write: \(Self.scenarios.map(\.name).joined(separator: ", ")).", valueName: "name"))
    var scenario = Self.scenarios[0].name

    @Option(help: .hidden)
    var rate = PlayRate.times(1)

    private static var scenarios: [ArmScenario] { [.payload, .warmth] }

    func validate() throws {
        guard Self.scenarios.contains(where: { $0.name == scenario }) else {
            throw ValidationError("--scenario must be \(Self.scenarios.map(\.name).joined(separator: " or ")), got \(scenario)")
        }
        guard (5...86_400).contains(seconds) else { throw ValidationError("--seconds must be 5 to 86400, got \(seconds)") }
        // A TOML number has a sign.
        guard seed <= UInt64(Int64.max) else { throw ValidationError("--seed must be at most \(Int64.max), got \(seed)") }
    }

    func run() throws {
        if let path = writeRecording, let chosen = Self.scenarios.first(where: { $0.name == scenario }) {
            try ArmRecording.write(chosen, seed: seed, to: path)
            return say("\(path): \(chosen.rows) rows at \(DemoSite.rateHz) Hz, \(chosen.about); seed \(seed)")
        }
        Interrupt.watch()
        let site = try DemoSite.make(seed: seed)
        var daemon = try DaemonProcess.start(config: site.configPath, talkPath: site.talkPath)
        var demo = try Demo(site, seconds: seconds, seed: seed, rate: rate, epoch: wallSeconds())
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
        if let trouble { say(trouble) }
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
        var second = 1.0
        try demo.run(&daemon) { moment throws(Failure) in
            guard moment.seconds + 0.5 / Double(DemoSite.rateHz) >= second - 1 / Double(DemoSite.rateHz) else { return }
            second += 1
            try show(DemoView(moment).line + "\n")
        }
    }
}
