import ArgumentParser
import StintSockets

/// `stint forget`: takes out of a daemon what a time, a label or a class has taught it.
struct ForgetCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "forget",
        abstract: "Takes out of a running daemon what a range of time, a label, or a class has taught it.",
        discussion: """
            The newest rows are taken out one by one. Older ones are kept as sums of many rows: each of these that holds some of them is dropped \
            whole, and the answer says how many. It comes when both state files have been written anew, and those that were set aside are gone.

              stint forget --from 1697040000 --to 1697043600
              stint forget --label surface
              stint forget --label surface --class gravel
            """)

    @Option(parsing: .unconditional, help: ArgumentHelp("The first moment, in seconds since the epoch.", valueName: "seconds"))
    var from: Double?

    @Option(parsing: .unconditional, help: ArgumentHelp("The last moment.", valueName: "seconds"))
    var to: Double?

    @Option(help: "The label that is forgotten, with all that it has taught; or a class, where no label has that name.")
    var label: String?

    @Option(name: .customLong("class"), help: ArgumentHelp("Of that label only this class.", valueName: "name"))
    var category: String?

    @Flag(help: "Print the daemon's answer as it is.")
    var json = false

    @OptionGroup var control: ControlOptions

    func validate() throws {
        if label != nil {
            guard from == nil, to == nil else { throw ValidationError("say --label NAME, or --from and --to") }
            return
        }
        guard category == nil else { throw ValidationError("say of which label: --label NAME --class NAME") }
        guard let from, let to, from.isFinite, to.isFinite else {
            throw ValidationError("say what is to be forgotten: --from SECONDS --to SECONDS, or --label NAME")
        }
        guard from <= to else { throw ValidationError("--from \(from) is after --to \(to)") }
    }

    func run() throws {
        let context = try reaching { () throws(SocketError) in try Context() }
        var client = try ControlClient(control, in: context)
        let reply = try client.call("forget") { object, out in
            if let label { object.add("label", label, &out) }
            if let category { object.add("class", category, &out) }
            if let from { object.add("from", from, &out) }
            if let to { object.add("to", to, &out) }
        }
        if json { return try show(String(decoding: reply, as: UTF8.self) + "\n") }
        let answer = JSON(reply)
        func count(_ name: String) -> Int { answer?[name]?.natural ?? 0 }
        let whole = count("segments") == 0 ? "" : "; \(count("segments")) segment\(count("segments") == 1 ? "" : "s") dropped whole"
        let aside = count("aside") == 0 ? "" : "; \(count("aside")) files that were set aside are gone"
        try show(
            "\(count("learned")) learned rows, \(count("waiting")) that waited, \(count("reservoir")) of the reservoir\(whole)\(aside)\n")
    }
}
