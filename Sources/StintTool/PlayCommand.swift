import ArgumentParser
import StintConfig
import StintSockets

/// `stint play`: a recording in place of the sensors.
struct PlayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "play",
        abstract: "Sends a recording over ZeroMQ, as the sensors would.",
        discussion: """
            Waits for a subscriber, then sends each row as a frame and each label as a message of its own. Nothing is lost: when the
            other side is slow, it waits. A daemon that gets a recording this way says the same as stint replay.

            A capture (.jsonl, from stint record) goes out as it came, byte for byte, each message on its topic.

              stint play arm.csv --to tcp://127.0.0.1:5555 -c stint.toml --rate x10
              stint play morning.jsonl --to tcp://127.0.0.1:5555
            """)

    @Argument(help: "A recording (CSV) or a capture (.jsonl).")
    var recording: String

    @Option(help: ArgumentHelp("Where to wait for subscribers: what [input] connect of the daemon says.", valueName: "endpoint"))
    var to: EndpointOption?

    @Option(help: ArgumentHelp("Where a subscriber waits: what [input] bind of the daemon says.", valueName: "endpoint"))
    var connect: EndpointOption?

    @Option(help: ArgumentHelp("How fast: realtime, x10 (ten times as fast) or max.", valueName: "realtime|x10|max"))
    var rate = PlayRate.times(1)

    @Option(
        name: [.short, .customLong("config")],
        help: ArgumentHelp("The daemon's config: the stream's name and channels, and which labels are classes.", valueName: "file"))
    var config: String?

    @OptionGroup var columns: ColumnOptions

    @OptionGroup var keys: KeyOptions

    func validate() throws {
        guard (to == nil) != (connect == nil) else { throw ValidationError("give one endpoint: --to binds it, --connect connects to it") }
        try columns.meet([recording])
        guard to == nil || keys.areNone else {
            throw ValidationError("--to binds an endpoint of this machine; with keys, --connect to what [input] bind of the daemon says")
        }
    }

    func run() throws {
        if Recording.isCapture(recording) { return try playCapture() }
        let stream = try self.stream()
        let recording = try Recording(path: recording, columns.roles)
        for column in recording.survey.textColumns { say("\(recording.name): column \"\(column)\" is left out: it holds text") }
        if !recording.hasClock && stream.rateHz == nil {
            say("no clock and no rate: one row a second; say rate under [[stream]] of the config, if it is another")
        }
        let before = OpenConnections.streamSockets()
        let delivery = try hand(over: recording, as: stream, before: before)
        // The context has ended, so all is on its way.
        delivery.connections.awaitReader()
        say(delivery.account)
    }

    /// What was sent, and the connections over which it goes.
    private struct Delivery: ~Copyable {
        let account: String
        let connections: OpenConnections
    }

    private func stream() throws(Failure) -> PlayedStream {
        guard let config else { return PlayedStream() }
        let bytes = try readWhole(config)
        do throws(ConfigError) {
            return PlayedStream(try Config.parse(bytes, fileName: config), name: config)
        } catch {
            throw .refused(error)
        }
    }

    private func hand(over recording: Recording, as stream: PlayedStream, before: Set<Int32>) throws(Failure) -> Delivery {
        let context = try reaching { () throws(SocketError) in try Context() }
        var played = try PlayedRecording(recording, as: stream, delay: columns.delay)
        var publisher = try Publisher((to ?? connect!).text, binds: to != nil, keys, in: context)
        try publisher.awaitSubscriber(to: stream.topic)
        var schedule = PlaySchedule(rate), progress = ProgressLine(rows: recording.rows)
        let start = monotonicSeconds()
        while let row = played.next() {
            try pause(until: start + schedule.due(row.time), &publisher)
            try publisher.notice()
            if !publisher.isWanted(stream.topic) {
                progress.clear()
                say("\(publisher.endpoint): the subscriber is gone before row \(row.index); waiting for it")
                try publisher.awaitSubscriber(to: stream.topic)
            }
            while let topic = played.nextFrame() { try publisher.send(topic: topic, played.frame) }
            while let label = played.nextLabel() { try send(label, &publisher) }
            progress.show(row.index)
        }
        let connections = OpenConnections(except: before)
        connections.awaitReader()
        progress.clear()
        return Delivery(account: Self.account(played, seconds: monotonicSeconds() - start), connections: connections)
    }

    private func playCapture() throws {
        let capture = try PlayedCapture(path: recording)
        if capture.isTorn { say("\(recording): its last line is cut short and left out") }
        let before = OpenConnections.streamSockets()
        let delivery = try hand(over: capture, before: before)
        delivery.connections.awaitReader()
        say(delivery.account)
    }

    private func hand(over capture: borrowing PlayedCapture, before: Set<Int32>) throws(Failure) -> Delivery {
        let context = try reaching { () throws(SocketError) in try Context() }
        var publisher = try Publisher((to ?? connect!).text, binds: to != nil, keys, in: context)
        try publisher.awaitSubscriber(toAny: capture.topics)
        var schedule = PlaySchedule(rate), progress = ProgressLine(rows: capture.messages), reader = capture.reader()
        let start = monotonicSeconds()
        var done = 0
        while let message = try PlayedCapture.next(&reader, capture.name) {
            try pause(until: start + schedule.due(message.time), &publisher)
            try publisher.notice()
            if !publisher.hasSubscriber {
                progress.clear()
                say("\(publisher.endpoint): the subscriber is gone before message \(done); waiting for it")
                try publisher.awaitSubscriber(toAny: capture.topics)
            }
            try publisher.send(topic: String(decoding: message.topic, as: UTF8.self), message.payload)
            done += 1
            progress.show(done)
        }
        let connections = OpenConnections(except: before)
        connections.awaitReader()
        progress.clear()
        let seconds = rounded(monotonicSeconds() - start, 1)
        return Delivery(account: "\(done) messages on \(capture.topics.count) topics handed over in \(seconds) s", connections: connections)
    }

    private func send(_ label: (topic: String, payload: [UInt8]), _ publisher: inout Publisher) throws(Failure) {
        // A closure of the standard library throws anything.
        var outcome: Result<Void, Failure> = .success(())
        label.payload.withUnsafeBytes { bytes in
            do throws(Failure) { try publisher.send(topic: label.topic, bytes) } catch { outcome = .failure(error) }
        }
        try outcome.get()
    }

    private func pause(until due: Double, _ publisher: inout Publisher) throws(Failure) {
        guard rate != .max else { return }
        while true {
            let left = due - monotonicSeconds()
            guard left > 0 else { return }
            try publisher.wait(milliseconds: min(Int((left * 1000).rounded(.up)), 1000))
        }
    }

    private static func account(_ played: borrowing PlayedRecording, seconds: Double) -> String {
        var parts = ["\(played.rows) rows and \(played.labels) labels handed over in \(rounded(seconds, 1)) s"]
        if played.raggedRows > 0 { parts.append("\(played.raggedRows) ragged rows left out") }
        if played.unsayableCells > 0 { parts.append("\(played.unsayableCells) cells that are no numbers sent as gaps") }
        if played.pendingLabels > 0 { parts.append("\(played.pendingLabels) labels not due by the end") }
        return parts.joined(separator: ", ")
    }
}
