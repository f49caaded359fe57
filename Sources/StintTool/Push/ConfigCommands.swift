import ArgumentParser
import StintSockets

/// `stint confirm`: what is on probation is good, what is staged is put in force.
struct ConfirmCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "confirm",
        abstract: "Says that the config on probation is good, or puts a staged one in force.",
        discussion: """
              stint push arm.toml --confirm && stint confirm
            """)

    @Flag(help: "Print the daemon's answer as it is.")
    var json = false

    @OptionGroup var control: ControlOptions

    func run() throws { try order("config.confirm", json, control) }
}

/// `stint rollback`: back to the config before.
struct RollbackCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollback",
        abstract: "Takes back the config on probation, or a staged one, or goes back to the one before.",
        discussion: """
              stint rollback
            """)

    @Flag(help: "Print the daemon's answer as it is.")
    var json = false

    @OptionGroup var control: ControlOptions

    func run() throws { try order("config.rollback", json, control) }
}

/// `stint history`: what became of the configs that a device was given.
struct HistoryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history",
        abstract: "Shows the newest configs that a device was given, and what became of them.",
        discussion: """
              stint history
            """)

    @Flag(help: "Print the daemon's answer as it is.")
    var json = false

    @OptionGroup var control: ControlOptions

    func run() throws {
        let context = try reaching { () throws(SocketError) in try Context() }
        var client = try ControlClient(control, in: context)
        let reply = try client.call("config.history")
        if json { return try show(String(decoding: reply, as: UTF8.self) + "\n") }
        let history = JSON(reply)
        var text = ""
        for record in history?["records"]?.elements ?? [] {
            let reason = record["reason"]?.text?.split(separator: "\n").first.map { ": " + $0 } ?? ""
            let signer = record["signer"]?.text.flatMap { $0.isEmpty ? nil : " by \($0)" } ?? ""
            text += "\(record["revision"]?.natural ?? 0)  \(record["hash"]?.text?.prefix(12) ?? "")  \(record["outcome"]?.text?.replacing("_", with: " ") ?? "")\(signer)\(reason)\n"
        }
        for name in ["good", "previous", "candidate"] {
            guard let document = history?[name], document != .null else { continue }
            let stage = name == "candidate" ? history?["stage"]?.text.map { ", \($0)" } ?? "" : ""
            text += "\(name): revision \(document["revision"]?.natural ?? 0), \(document["origin"]?.text ?? "")\(stage)\n"
        }
        try show(text)
    }
}

private func order(_ method: String, _ json: Bool, _ control: ControlOptions) throws {
    let context = try reaching { () throws(SocketError) in try Context() }
    var client = try ControlClient(control, in: context)
    // The disk may be slow.
    let reply: [UInt8]
    switch try client.exchange(method, patience: 60) {
    case .success(let result): reply = result
    case .failure(let refusal): throw Failure.refused(refusal.message)
    }
    if json { return try show(String(decoding: reply, as: UTF8.self) + "\n") }
    let answer = JSON(reply)
    let status = answer?["status"]?.text ?? ""
    let words = ["rolled_back": "in force again", "probation": "on probation"]
    try show("revision \(answer?["revision"]?.natural ?? 0) is \(words[status] ?? status)\n")
}
