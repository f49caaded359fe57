import ArgumentParser
import StintStore

/// `stint merge`: a fleet's states as one.
struct MergeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "merge",
        abstract: "Makes one state out of those of several devices.",
        discussion: """
            What heads have learned adds up, as if one device had seen the rows of all: exactly for the long memories, by weight for the \
            rows that are kept. The order of the files does not matter. They must have the same encoder, which devices have that share a \
            .calibration, and the same heads.

              stint merge arm-07.state arm-08.state arm-09.state -o fleet.state
              stint replay -c stint.toml --state-in fleet.state new.csv

            A daemon begins with it when it lies in its [state] directory as a.state. Exit 1: damaged, or nothing that can be merged.
            """)

    @Argument(help: "States: checkpoints of stintd, or files of stint replay --state-out.")
    var states: [String]

    @Option(name: [.short, .customLong("output")], help: ArgumentHelp("Where to write the merged state.", valueName: "file"))
    var output: String

    @OptionGroup var key: StateKeyOption

    @Flag(help: "Print what was merged as JSON.")
    var json = false

    func validate() throws {
        if states.count < 2 { throw ValidationError("there must be at least two states") }
    }

    func run() throws {
        let merged: StateMerge, key = try key.read()
        do throws(StateError) { merged = try StateMerge.merge(states, to: output, at: wallNanoseconds(), key: key) } catch { throw Failure(error) }
        if json {
            try showJSON { object, out in
                object.add("file", output, &out)
                object.add("bytes", merged.bytes, &out)
                object.add("labels", merged.labels, &out)
                object.add("parts", merged.parts, &out) { part, out in
                    JSONObject.write(into: &out) { object, out in
                        object.add("file", part.path, &out)
                        object.add("device", part.device, &out)
                        object.add("steps", part.steps, &out)
                        object.add("labels", part.labels, &out)
                    }
                }
            }
        } else {
            let parts = merged.parts.map { "  \($0.path)\($0.device.isEmpty ? "" : " of \($0.device)"): \($0.steps) rows, \($0.labels) labels\n" }
            try show("\(output): \(merged.bytes) bytes, \(merged.labels) labels, merged from\n" + parts.joined())
        }
    }
}
