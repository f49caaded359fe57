import ArgumentParser
import StintConfig
import StintWire

/// What the columns of a recording are; for the verbs that read one.
struct ColumnOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Labels arrive so many rows late; a column delay:NAME says otherwise.", valueName: "rows"))
    var delay = 0

    @Option(help: ArgumentHelp("A column that is a label under another name; repeatable.", valueName: "name=column"))
    var label: [LabelColumn] = []

    @Option(help: ArgumentHelp("Columns to leave out, separated by commas; repeatable.", valueName: "a,b"))
    var ignore: [String] = []

    @Option(help: ArgumentHelp("The clock's column; none: rows come at the stream's rate.", valueName: "column|none"))
    var time: String?

    struct LabelColumn: ExpressibleByArgument {
        let name: String
        let column: String

        init?(argument: String) {
            guard let middle = argument.firstIndex(of: "="), middle != argument.startIndex else { return nil }
            name = String(argument[..<middle])
            column = String(argument[argument.index(after: middle)...])
            if column.isEmpty { return nil }
        }
    }

    func validate() throws {
        // As many latents wait, and a board has no memory for more.
        guard (0...1_000_000_000).contains(delay) else { throw ValidationError("--delay must be 0 to 1000000000 rows, got \(delay)") }
    }

    /// They are about columns; a capture has none.
    ///
    /// - Throws: wrong usage, when one of them was given with a capture; nothing that was asked for is left out in silence.
    func meet(_ paths: [String]) throws(ValidationError) {
        guard let capture = paths.first(where: Recording.isCapture), let option = given.first else { return }
        throw ValidationError("\(option) is for tables, and \(capture) is a capture: labels stand in it where they came, under their names")
    }

    private var given: [String] {
        [(delay != 0, "--delay"), (!label.isEmpty, "--label"), (!ignore.isEmpty, "--ignore"), (time != nil, "--time")].filter(\.0).map(\.1)
    }

    var roles: CSVRoles {
        CSVRoles(
            clock: time.map { $0 == "none" ? .none : .column($0) } ?? .automatic,
            ignored: ignore.flatMap { $0.split(separator: ",").map(String.init) }, labels: label.map { ($0.name, $0.column) })
    }
}

/// What takes the place of a config's values.
struct SettingOptions: ParsableArguments {
    @Option(help: ArgumentHelp("How often rows come, such as \"10 Hz\".", valueName: "rate"))
    var rate: String?

    @Option(help: ArgumentHelp("The seed of everything random.", valueName: "n"))
    var seed: Int64?

    @Option(help: ArgumentHelp("A dotted key of the config and its value, such as window.length=128; repeatable.", valueName: "key=value"))
    var set: [String] = []

    func overrides() throws(ConfigError) -> [ConfigOverride] {
        var overrides: [ConfigOverride] = []
        for item in set { overrides.append(try ConfigOverride(item)) }
        if let rate { overrides.append(ConfigOverride("stream.rate", string: rate, flag: "--rate")) }
        if let seed { overrides.append(ConfigOverride("memory.seed", integer: seed, flag: "--seed")) }
        return overrides
    }
}
