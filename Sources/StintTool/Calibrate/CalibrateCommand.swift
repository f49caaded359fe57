import ArgumentParser
import Stint
import StintConfig
import StintStore
import StintWire

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// `stint calibrate`: fits what is frozen to recordings, once for a whole fleet.
struct CalibrateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "calibrate",
        abstract: "Fits an encoder to recordings and writes it to a file that devices share.",
        discussion: """
            Without a calibration each device fits the scaling of its channels to its own first rows. With one it is frozen from the \
            first row, predicts sooner, and has the same encoder as every other device that reads the file.

              stint calibrate -c stint.toml mon.csv tue.csv -o arm.calibration
              stint replay -c stint.toml --calibration arm.calibration wed.csv

            In the config: [encoder] calibration = "arm.calibration", from the config's own folder.
            """)

    @Argument(help: "Recordings (CSV) or captures (.jsonl) of what is normal; every row weighs the same.")
    var recordings: [String]

    @Option(name: [.short, .customLong("config")], help: ArgumentHelp("What is to be learned.", valueName: "file"))
    var config: String?

    @Option(name: [.short, .customLong("output")], help: ArgumentHelp("Where to write the calibration; - is stdout.", valueName: "file"))
    var output: String

    @Flag(help: "Print what was fitted as JSON.")
    var json = false

    @OptionGroup var columns: ColumnOptions
    @OptionGroup var settings: SettingOptions

    func validate() throws {
        if recordings.isEmpty { throw ValidationError("there must be at least one recording") }
        try columns.meet(recordings)
        if output == "-" && json { throw ValidationError("stdout cannot take the calibration and JSON; write one to a file") }
    }

    func run() throws {
        var options = ReplayOptions()
        if let config { options.config = (config, try readWhole(config)) }
        options.overrides = try settings.overrides()
        options.isOneLife = true
        options.wantsCalibration = false
        let roles = columns.roles
        let setup = try ReplaySetup(try recordings.map { try Recording(path: $0, roles) }, options)
        for remark in setup.remarks { say(remark) }
        let run = try CalibrationRun(setup)
        try Self.write(run.calibration.text, to: output)
        if json {
            try showJSON { run.write(&$0, &$1) }
        } else if output != "-" {
            try show(run.text)
        }
    }

    /// A file is replaced whole or not at all: a fleet reads it.
    private static func write(_ text: String, to path: String) throws(Failure) {
        var facts = stat()
        guard path != "-", stat(path, &facts) != 0 || facts.st_mode & S_IFMT == S_IFREG else {
            var sink = try LineSink(path: path)
            sink.buffer.append(text: text)
            return try sink.flush()
        }
        do throws(DiskError) {
            var text = text
            let failure: DiskError? = text.withUTF8 { bytes in
                do throws(DiskError) {
                    try Disk().write([UnsafeRawBufferPointer(bytes)], to: path, mode: 0o644)
                    return nil
                } catch {
                    return error
                }
            }
            if let failure { throw failure }
        } catch {
            throw .unreachable("\(error)")
        }
    }
}
