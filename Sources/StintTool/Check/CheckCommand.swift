import ArgumentParser
import Stint
import StintConfig
import StintWire

/// `stint check`: is this config good, does it fit, and how long does a frame take?
struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Says every problem of a config, then what memory and time it takes.",
        discussion: """
            What only data can tell is assumed: the number of channels where the config says "*", of labels where it says label:*, \
            and the rate where there is none.

              stint check stint.toml --channels 14 --labels 7
              stint check --systemd /etc/stint/stint.toml > /etc/systemd/system/stintd.service.d/memory.conf
            """)

    @Argument(help: ArgumentHelp("The config.", valueName: "file"))
    var file: String

    @Flag(help: "Print problems, plan and time as JSON.")
    var json = false

    @Flag(help: "Print a drop-in for the service instead: memory limits that follow the plan.")
    var systemd = false

    @Option(help: "Channels, where the config says \"*\".")
    var channels = 8

    @Option(help: "Labels, where the config says label:*.")
    var labels = 1

    @Option(help: ArgumentHelp("What the encoder is frozen to, in place of the config's [encoder] calibration.", valueName: "file"))
    var calibration: String?

    @OptionGroup var settings: SettingOptions

    func validate() throws {
        // What the packed form of a frame can count.
        guard (1...65_535).contains(channels) else { throw ValidationError("--channels must be 1 to 65535, got \(channels)") }
        guard (1...65_535).contains(labels) else { throw ValidationError("--labels must be 1 to 65535, got \(labels)") }
    }

    func run() throws {
        let bytes = try readWhole(file)
        let checked: CheckedConfig
        do {
            var config = try Config.parse(bytes, fileName: file, overrides: try settings.overrides())
            if let path = calibration ?? config.calibrationPath(besides: file) {
                try config.take(calibration: try readWhole(path), fileName: path)
            }
            checked = try CheckedConfig(config, channels: channels, labels: labels)
        } catch let error as ConfigError {
            try refuse(error.problems)
            throw ExitCode(1)
        }
        let isWithinBudget = checked.plan.bytes <= checked.config.memory.budgetBytes
        if systemd, isWithinBudget { return try show(MemoryLimits(checked.plan).dropIn(config: file, plan: checked.plan)) }
        // Over the budget nothing is allocated, and so nothing is measured.
        let frame = isWithinBudget ? FrameTime.measure(checked.plan) : nil
        if json { try showJSON { checked.write(frame, &$0, &$1) } } else { try show(checked.text(frame)) }
        guard isWithinBudget else {
            say(checked.table.refusal(checked.config))
            throw ExitCode(1)
        }
    }

    private func refuse(_ problems: [ConfigProblem]) throws(Failure) {
        for problem in problems { say(problem.description) }
        guard json else { return }
        try showJSON { object, out in
            object.add("ok", false, &out)
            object.add("problems", problems, &out) { problem, out in
                JSONObject.write(into: &out) { object, out in
                    object.add("code", problem.code.rawValue, &out)
                    object.add("path", problem.path, &out)
                    object.add("line", problem.line, &out)
                    object.add("column", problem.column, &out)
                    object.add("message", problem.message, &out)
                }
            }
        }
    }
}
