import ArgumentParser
import StintSockets
import StintWire

/// `stint record`: a stream into a file.
struct RecordCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "record",
        abstract: "Writes what is published on ZeroMQ to a capture, until Ctrl-C.",
        discussion: """
            A capture is JSON Lines, one message a line: {"at":ns,"topic":"…","payload":{…}}, payloads that are no JSON object as base64. \
            stint replay and stint play take it as they take a CSV. The file has its name when it is complete; until then it is FILE.part.

              stint record tcp://127.0.0.1:5555 -o morning.jsonl
              stint record tcp://127.0.0.1:5555 --topic arm --seconds 60 -o minute.jsonl
            """)

    @Argument(help: "Where the stream is published.")
    var endpoint: EndpointOption

    @Option(name: [.short, .customLong("output")], help: ArgumentHelp("The capture; - is stdout.", valueName: "file"))
    var output: String

    @Option(help: ArgumentHelp("A topic, or how topics begin; repeatable. Without it: all.", valueName: "topic"))
    var topic: [String] = []

    @Option(help: ArgumentHelp("End after so many messages.", valueName: "n"))
    var count: Int?

    @Option(help: ArgumentHelp("End after so long.", valueName: "s"))
    var seconds: Double?

    @OptionGroup var keys: KeyOptions

    func validate() throws {
        if let count, count < 1 { throw ValidationError("--count must be at least 1, got \(count)") }
        if let seconds, !(seconds > 0 && seconds.isFinite) { throw ValidationError("--seconds must be more than 0, got \(seconds)") }
    }

    /// Messages that wait here while the disk is busy; a sender that waits for nobody loses those beyond.
    private static let highWater: Int32 = 100_000
    /// Seconds after which what was taken is in the file, and after which silence is worth a word.
    private static let flushEvery = 1.0, patience = 5.0

    func run() throws {
        Interrupt.watch()
        let context = try reaching { () throws(SocketError) in try Context() }
        let socket = try subscriber(in: context)
        let part = output == "-" ? "-" : output + ".part"
        var sink = try LineSink(path: part)
        let taken = try take(from: socket, into: &sink)
        if output != "-" { try putInPlace(part, as: output) }
        say(taken.account(endpoint.text, output))
    }

    private func subscriber(in context: Context) throws(Failure) -> Socket {
        var socket = try reaching { () throws(SocketError) in try Socket(.subscribe, in: context) }
        try keys.introduce(socket)
        do throws(SocketError) {
            try socket.set(.receiveHighWater, to: Self.highWater)
            // A sender that begins later is met soon: what it says before that is lost.
            try socket.set(.reconnectInterval, to: 10)
            try socket.set(.reconnectIntervalMost, to: 100)
            for topic in topic.isEmpty ? [""] : topic { try socket.subscribe(to: topic) }
            try socket.connect(endpoint.text)
        } catch {
            throw Failure(error)
        }
        return socket
    }

    /// What came, for the last word.
    private struct Taken {
        var messages = 0
        var bytes = 0
        var seconds = 0.0
        /// Messages that a line cannot say.
        var otherParts = 0
        var otherTopics = 0

        func account(_ endpoint: String, _ output: String) -> String {
            var text = "\(messages) messages, \(bytes) bytes in \(rounded(seconds, 1)) s from \(endpoint) to \(output)"
            if otherParts > 0 { text += "; \(otherParts) left out that have other than two parts" }
            if otherTopics > 0 { text += "; \(otherTopics) left out whose topic is no UTF-8" }
            return text
        }
    }

    private func take(from socket: borrowing Socket, into sink: inout LineSink) throws(Failure) -> Taken {
        var poller = Poller(capacity: 1), topic = Message(), payload = Message(), taken = Taken()
        _ = poller.add(socket)
        let start = monotonicSeconds()
        var flushed = start, isSilent = true
        while !Interrupt.hasCome, count.map({ taken.messages < $0 }) ?? true, seconds.map({ monotonicSeconds() - start < $0 }) ?? true {
            let isWhole = try reaching { () throws(SocketError) in try Self.receive(from: socket, &topic, &payload) }
            if let isWhole {
                isSilent = false
                if isWhole { try add(topic, payload, &taken, &sink) } else { taken.otherParts += 1 }
            } else {
                _ = try reaching { () throws(SocketError) in try poller.wait(milliseconds: 100) }
            }
            let now = monotonicSeconds()
            if now - flushed >= Self.flushEvery {
                try sink.flush()
                flushed = now
            }
            if isSilent, now - start >= Self.patience {
                say("nothing from \(endpoint.text) for \(rounded(Self.patience, 0)) s; still listening. Is somebody publishing there, bound to it?")
                isSilent = false
            }
        }
        try sink.flush()
        taken.seconds = monotonicSeconds() - start
        return taken
    }

    private func add(_ topic: borrowing Message, _ payload: borrowing Message, _ taken: inout Taken, _ sink: inout LineSink) throws(Failure) {
        let message = CapturedMessage(at: wallNanoseconds(), topic: topic.bytes, payload: payload.bytes)
        guard CaptureLine.write(message, into: &sink.buffer) else {
            taken.otherTopics += 1
            return
        }
        taken.messages += 1
        taken.bytes += payload.count
        try sink.endLine()
    }

    /// nil: nothing came. False: a message with other than two parts.
    private static func receive(from socket: borrowing Socket, _ topic: inout Message, _ payload: inout Message) throws(SocketError) -> Bool? {
        guard try socket.receive(into: &topic, waiting: false) else { return nil }
        guard topic.hasMore, try socket.receive(into: &payload, waiting: false) else { return false }
        guard payload.hasMore else { return true }
        while payload.hasMore, try socket.receive(into: &payload, waiting: false) {}
        return false
    }
}
