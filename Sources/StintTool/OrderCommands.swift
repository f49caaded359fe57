import ArgumentParser
import StintConfig
import StintSockets

/// `stint checkpoint`: saves what was learned, now.
struct CheckpointCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "checkpoint",
        abstract: "Makes a running daemon write its state now, and waits until it is on disk.",
        discussion: """
              stint checkpoint && reboot
            """)

    @Flag(help: "Print the daemon's answer as it is.")
    var json = false

    @OptionGroup var control: ControlOptions

    func run() throws {
        let reply = try ordered("checkpoint", control)
        if json { return try show(String(decoding: reply, as: UTF8.self) + "\n") }
        let answer = JSON(reply)
        try show("\(PlanTable.size(answer?["bytes"]?.natural ?? 0)) in \(answer?["slot"]?.text ?? "a slot")\n")
    }
}

/// `stint pause`: predictions go on, learning stops.
struct PauseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause",
        abstract: "Stops learning; predictions go on. `stint resume` ends it, and it outlasts a restart.",
        discussion: """
              stint pause          # while a sensor is being replaced
            """)

    @Flag(help: "Print the daemon's answer as it is.")
    var json = false

    @OptionGroup var control: ControlOptions

    func run() throws { try orderLearning("learning.pause", "learning is paused; predictions go on\n", json, control) }
}

/// `stint resume`: learning goes on.
struct ResumeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Goes on learning after `stint pause`.",
        discussion: """
              stint resume
            """)

    @Flag(help: "Print the daemon's answer as it is.")
    var json = false

    @OptionGroup var control: ControlOptions

    func run() throws { try orderLearning("learning.resume", "learning goes on\n", json, control) }
}

private func orderLearning(_ method: String, _ said: String, _ json: Bool, _ control: ControlOptions) throws {
    let reply = try ordered(method, control)
    try show(json ? String(decoding: reply, as: UTF8.self) + "\n" : said)
}

/// What a daemon answers to a request without parameters.
private func ordered(_ method: String, _ control: ControlOptions) throws -> [UInt8] {
    let context = try reaching { () throws(SocketError) in try Context() }
    var client = try ControlClient(control, in: context)
    return try client.call(method)
}
