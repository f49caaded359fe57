import ArgumentParser
import StintSockets

/// `stint status`: how a daemon is.
struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Asks a running daemon how it is.",
        discussion: """
              stint status
              stint status --control ipc:///run/stint/control --json | jq .dropped
            """)

    @Flag(help: "Print the daemon's answer as it is.")
    var json = false

    @OptionGroup var control: ControlOptions

    func run() throws {
        let context = try reaching { () throws(SocketError) in try Context() }
        let line = try control.line(in: context)
        var client = ControlClient(line)
        let reply = try client.call("status")
        if json { return try show(String(decoding: reply, as: UTF8.self) + "\n") }
        guard let status = JSON(reply) else { throw Failure.refused("\(line.place): expected a status, got what is not JSON") }
        try show(StatusText(status, endpoint: line.place).text)
    }
}
