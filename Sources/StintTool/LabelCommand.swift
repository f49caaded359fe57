import ArgumentParser
import StintSockets
import StintWire

/// `stint label`: tells a daemon what a frame really was.
struct LabelCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "label",
        abstract: "Gives a running daemon one label.",
        discussion: """
            NAME is that of a label, of an anomaly head (normal or fault), or of a vector head, with VALUE a list.

              stint label surface gravel --seq 1207
              stint label tau1 -3.25 --t 1697040000.25
            """)

    @Argument(help: "The label's name.")
    var name: String

    // A negative number looks like an option, so what is no option of ours is taken too, and looked at below.
    @Argument(parsing: .allUnrecognized, help: ArgumentHelp("A number, a class, or numbers as [1.5, -2].", valueName: "value"))
    var values: [String]

    private var value: String { values[0] }

    @Option(parsing: .unconditional, help: ArgumentHelp("The moment that it is about, in seconds since the epoch.", valueName: "seconds"))
    var t: Double?

    @Option(help: ArgumentHelp("The frame that it is about, by the sender's number.", valueName: "n"))
    var seq: UInt64?

    @Flag(help: "Print the daemon's answer as it is.")
    var json = false

    @OptionGroup var control: ControlOptions

    func validate() throws {
        if let unknown = values.first(where: { $0.hasPrefix("-") && Double($0) == nil }) { throw ValidationError("unknown option \(unknown)") }
        guard values.count == 1 else { throw ValidationError("expected NAME and one VALUE, got \(values.count) values") }
        guard (t == nil) != (seq == nil) else { throw ValidationError("say which frame: --t SECONDS or --seq N") }
        if let t, !t.isFinite { throw ValidationError("--t must be a time in seconds, got \(t)") }
    }

    func run() throws {
        let context = try reaching { () throws(SocketError) in try Context() }
        var client = try ControlClient(control, in: context)
        let reply = try client.call("label") { object, out in
            object.add("name", name, &out)
            object.key("value", &out)
            out.append(text: Self.literal(value))
            if let t { object.add("t", t, &out) }
            if let seq { object.add("seq", seq, &out) }
        }
        if json { try show(String(decoding: reply, as: UTF8.self) + "\n") }
        guard JSON(reply)?["matched"]?.flag ?? true else {
            throw Failure.refused("no frame \(seq.map { "with seq \($0)" } ?? "near t \(t ?? 0)") waits for a label \(name)")
        }
        if !json { say("matched") }
    }

    /// A number or a list of them goes as it is written, all else as a string; a class head takes the number 3 as the class 3.
    static func literal(_ value: String) -> String {
        let bytes = [UInt8](value.utf8)
        switch JSON(bytes) {
        case .number, .array: return value
        default:
            var out = ByteWriter(capacity: 64)
            out.append(quoted: value)
            return String(decoding: out.bytes, as: UTF8.self)
        }
    }
}
