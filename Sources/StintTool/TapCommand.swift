import ArgumentParser
import StintSockets
import StintWire

/// `stint tap`: what a daemon publishes, as lines.
struct TapCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tap",
        abstract: "Prints what a daemon publishes, line by line, until Ctrl-C.",
        discussion: """
            Topics are prediction/HEAD, event/KIND and status; a beginning of one takes in all that begin so.

              stint tap tcp://127.0.0.1:9872
              stint tap tcp://127.0.0.1:9872 prediction/torque --json | jq .value
            """)

    @Argument(help: "The daemon's [output] endpoint.")
    var endpoint: EndpointOption

    @Argument(help: "A topic, or how topics begin; \"\" is all.")
    var topic = "prediction/"

    @Option(help: ArgumentHelp("End after so many messages.", valueName: "n"))
    var count: Int?

    @Flag(help: "Print messages as they are; CBOR as JSON.")
    var json = false

    @OptionGroup var keys: KeyOptions

    func validate() throws {
        if let count, count < 1 { throw ValidationError("--count must be at least 1, got \(count)") }
    }

    /// Seconds without a first message after which there is something to say.
    private static let patience = 5.0

    func run() throws {
        let context = try reaching { () throws(SocketError) in try Context() }
        var socket = try reaching { () throws(SocketError) in try Socket(.subscribe, in: context) }
        try keys.introduce(socket)
        do throws(SocketError) {
            try socket.subscribe(to: topic)
            try socket.connect(endpoint.text)
        } catch {
            throw Failure(error)
        }
        var poller = Poller(capacity: 1)
        _ = poller.add(socket)
        var sink = try LineSink(path: "-"), part = Message()
        var taken = 0, isSilent = true
        let start = monotonicSeconds()
        while count.map({ taken < $0 }) ?? true {
            if try socket.receive(into: &part, waiting: false) {
                isSilent = false
                taken += 1
                try show(socket, &part, &sink)
                continue
            }
            try sink.flush()
            let hasCome = try reaching { () throws(SocketError) in try poller.wait(milliseconds: isSilent ? 500 : -1) }
            if !hasCome, isSilent, monotonicSeconds() - start >= Self.patience {
                say("""
                    nothing from \(endpoint.text) on "\(topic)" for \(rounded(Self.patience, 0)) s; still listening. Is stintd running with this [output] bind,
                    and do frames reach it? stint status tells; topics begin with prediction/HEAD, event/KIND or status.
                    """)
                isSilent = false
            }
        }
        try sink.flush()
    }

    /// Writes one message, whose topic `part` holds.
    private func show(_ socket: borrowing Socket, _ part: inout Message, _ sink: inout LineSink) throws {
        let topic = String(decoding: part.bytes, as: UTF8.self)
        while part.hasMore { guard try socket.receive(into: &part) else { return } }
        var text = ByteWriter(capacity: part.count)
        if let first = part.bytes.first, first >= 0x80, let item = CBORItem(part.bytes) { item.root.writeJSON(into: &text) } else { text.append(bytes: part.bytes) }
        if json {
            sink.buffer.append(bytes: text.bytes)
        } else {
            let value = JSON(text.bytes)
            if let line = value.flatMap(PredictionLine.init) {
                sink.buffer.append(text: line.text)
            } else {
                sink.buffer.append(text: topic + "  ")
                if value != nil { sink.buffer.append(bytes: text.bytes) } else { sink.buffer.append(text: "\(part.count) bytes that are neither JSON nor CBOR") }
            }
        }
        try sink.endLine()
    }
}
