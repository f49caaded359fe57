import ArgumentParser
import Stint
import StintConfig
import StintStore
import StintWire

/// `stint replay`: the daemon's pipeline over recordings.
struct ReplayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Runs recordings through the learner and scores what it says.",
        discussion: """
            Row by row, each head predicts first and sees labels after, exactly as in the daemon. Without -c every label column gets a \
            head (numbers: regression, text: classification), and one head looks for anomalies.

              stint replay arm.csv --summary arm.json
              stint replay -c stint.toml mon.csv tue.csv --continue --delay 20

            --freeze stops learning after the --warm recordings: scaling and its fits, weights, mixtures, intervals and what \
            anomalies are ranked among stay as they are. Labels still become the newest that is known, which a head may repeat, and \
            alarms still come and go.
            """)

    @Argument(help: "Recordings (CSV) or captures (.jsonl).")
    var recordings: [String]

    @Option(name: [.short, .customLong("config")], help: ArgumentHelp("What to learn.", valueName: "file"))
    var config: String?

    @Option(
        name: [.short, .customLong("output")],
        help: ArgumentHelp("Where to write predictions and events; - is stdout.", valueName: "file"))
    var output: String?

    @Option(help: ArgumentHelp("Where to write the figures, as JSON; - is stdout.", valueName: "file"))
    var summary: String?

    @Flag(help: "Print the figures as JSON instead of as a table.")
    var json = false

    @Flag(name: .customLong("continue"), help: "The recordings are one life: nothing resets between them.")
    var isOneLife = false

    @Option(help: ArgumentHelp("A recording to learn from first, neither written nor scored; repeatable.", valueName: "file"))
    var warm: [String] = []

    @Flag(help: "Learn no more after the --warm recordings.")
    var freeze = false

    @Option(name: .customLong("burn-in"), help: "The share of rows at the start that is not scored.")
    var burnIn = 0.05

    @Option(name: .customLong("state-in"), help: ArgumentHelp("A state to go on from.", valueName: "file"))
    var stateIn: String?

    @Option(name: .customLong("state-out"), help: ArgumentHelp("Where to write the state at the end.", valueName: "file"))
    var stateOut: String?

    @Option(help: ArgumentHelp("What the encoder is frozen to, in place of the config's [encoder] calibration.", valueName: "file"))
    var calibration: String?

    @OptionGroup var key: StateKeyOption
    @OptionGroup var columns: ColumnOptions
    @OptionGroup var settings: SettingOptions

    func validate() throws {
        guard (0..<1).contains(burnIn) else { throw ValidationError("--burn-in must be at least 0 and less than 1, got \(burnIn)") }
        if recordings.isEmpty { throw ValidationError("there must be at least one recording") }
        if stateOut != nil && recordings.count > 1 && !isOneLife {
            throw ValidationError("--state-out takes one state: say --continue, or give one recording")
        }
        try columns.meet(recordings + warm)
        if output == "-" && (json || summary == "-") { throw ValidationError("stdout cannot take lines and figures; write one to a file") }
    }

    func run() throws {
        var options = ReplayOptions()
        if let config { options.config = (config, try readWhole(config)) }
        options.overrides = try settings.overrides()
        options.calibrationPath = calibration
        options.delay = columns.delay
        options.isOneLife = isOneLife
        options.freezes = freeze
        options.burnIn = burnIn
        let roles = columns.roles
        let all = try recordings.map { try Recording(path: $0, roles) }
        let warmed = try warm.map { try Recording(path: $0, roles) }
        if let stateIn {
            let state = try SavedState(path: stateIn, key: key.read())
            options.rateHz = state.rateHz
            var lineage = state.lineage
            lineage.restores += 1
            try replay(try ReplaySetup(all, warm: warmed, options), after: lineage) { learner, assembly throws(Failure) in
                try state.restore(learner, assembly)
            }
        } else {
            try replay(try ReplaySetup(all, warm: warmed, options), after: nil) { _, _ in nil }
        }
    }

    private func replay(
        _ setup: ReplaySetup, after former: Lineage?, restore: (Learner, Assembly) throws(Failure) -> Adoption?
    ) throws(Failure) {
        var lineage = former
        for remark in setup.remarks { say(remark) }
        let replay = Replay(setup)
        var progress = ProgressLine(rows: setup.lives.reduce(0) { $0 + $1.rows })
        var sink = LineSink { _ in }
        if let output { sink = try LineSink(path: output) }
        let begin: (Learner, Assembly) throws(Failure) -> Void = { learner, assembly throws(Failure) in
            guard let adoption = try restore(learner, assembly) else { return }
            let text = "adopted " + adoption.text(assembly.heads.map(\.name))
            say("\(stateIn ?? "state"): of another config or version, or of a warm-up without its rows: \(text)")
            lineage?.note(text, at: wallNanoseconds())
        }
        try replay.run(into: &sink, writesLines: output != nil, restore: begin, progress: { progress.show($0) })
        progress.clear()
        if let stateOut, let learner = replay.learner, let life = setup.lives.last {
            try SavedState.write(learner, life.assembly, setup, after: lineage, key: key.read(), to: stateOut)
        }
        try report(replay, setup)
    }

    private func report(_ replay: Replay, _ setup: ReplaySetup) throws(Failure) {
        let figures = Summary(replay, setup)
        var bytes = ByteWriter()
        figures.write(into: &bytes)
        if let summary {
            var sink = try LineSink(path: summary)
            sink.buffer.append(bytes: bytes.bytes)
            try sink.flush()
        }
        if json {
            try writeAll(bytes.bytes, to: 1, name: "stdout")
        } else if output != "-" && summary != "-" {
            try show(figures.text)
        }
    }
}
