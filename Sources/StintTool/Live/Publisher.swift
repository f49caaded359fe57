import StintSockets

/// The sensor side of a stream. It loses nothing: when the other side is slow it waits, and it knows when nobody is there.
///
/// ```swift
/// var publisher = try Publisher("ipc:///run/stint/in", binds: true, in: context)
/// try publisher.awaitSubscriber(to: "arm")
/// try publisher.send(topic: "arm", payload)
/// ```
///
/// Closing it waits until the other side has taken what is on its way. Memory: at most `highWater` messages here and as many there.
/// What a subscriber that dies had on its way is lost with it.
struct Publisher: ~Copyable {
    /// Messages that wait for the other side before this one does.
    static let highWater: Int32 = 10_000
    /// Seconds for somebody to subscribe.
    static let patience = 10.0
    /// Milliseconds without a new subscription after which there will be no more: a subscriber names all of its topics at once.
    static let quietMilliseconds = 150

    let endpoint: String
    private let socket: Socket
    private var part: Message
    private var poller: Poller
    /// Prefixes of topics that somebody wants.
    private var wanted: Set<String>

    /// - Parameter lingers: whether closing waits until all is taken; else what is left is lost.
    init(_ endpoint: String, binds: Bool, lingers: Bool = true, _ keys: KeyOptions? = nil, in context: Context) throws(Failure) {
        var socket = try reaching { () throws(SocketError) in try Socket(.xpub, in: context) }
        if !binds { try keys?.introduce(socket) }
        do throws(SocketError) {
            try socket.set(.sendHighWater, to: Self.highWater)
            try socket.set(.xpubNoDrop, to: 1)
            try socket.set(.linger, to: lingers ? -1 : 0)
            if binds { try socket.bind(endpoint) } else { try socket.connect(endpoint) }
        } catch {
            throw Failure(error)
        }
        var poller = Poller(capacity: 1)
        _ = poller.add(socket)
        // Nothing is set before the last throw: Swift 6.0 cannot undo half of a value that cannot be copied.
        self.endpoint = endpoint
        self.socket = socket
        self.poller = poller
        part = Message()
        wanted = []
    }

    /// Whether somebody takes in this topic, as far as is known.
    func isWanted(_ topic: String) -> Bool { wanted.contains { topic.utf8.starts(with: $0.utf8) } }

    private func isAnyWanted(_ topics: [String]) -> Bool {
        for topic in topics where isWanted(topic) { return true }
        return false
    }

    var hasSubscriber: Bool { !wanted.isEmpty }

    /// Returns when somebody takes in `topic` and has named all else that he wants.
    ///
    /// - Throws: nobody came within `patience`, or only for other topics; then it says which.
    mutating func awaitSubscriber(to topic: String) throws(Failure) { try awaitSubscriber(toAny: [topic]) }

    /// The same for one of several topics.
    mutating func awaitSubscriber(toAny topics: [String]) throws(Failure) {
        let end = monotonicSeconds() + Self.patience
        try notice()
        while !isAnyWanted(topics) {
            let left = end - monotonicSeconds()
            guard left > 0, !Interrupt.hasCome else { throw .unreachable(absence(of: topics[0])) }
            try wait(milliseconds: min(Int(left * 1000) + 1, 200))
        }
        while try wait(milliseconds: Self.quietMilliseconds) {}
    }

    /// Takes in what subscribers want and no longer want, without waiting.
    mutating func notice() throws(Failure) {
        while try receive() {}
    }

    /// The same, after waiting for it; false when nothing came.
    @discardableResult
    mutating func wait(milliseconds: Int) throws(Failure) -> Bool {
        do throws(SocketError) { _ = try poller.wait(milliseconds: milliseconds) } catch { throw Failure(error) }
        let isNew = try receive()
        try notice()
        return isNew
    }

    /// Hands a message over; waits as long as the other side has no room. False, and not sent, when `Interrupt` came meanwhile.
    @discardableResult
    func send(topic: String, _ payload: UnsafeRawBufferPointer) throws(Failure) -> Bool {
        do throws(SocketError) {
            while try !socket.send(topic, more: true) { if Interrupt.hasCome { return false } }
            // Room for the first part is room for all of them.
            while try !socket.send(payload) {}
            return true
        } catch {
            throw Failure(error)
        }
    }

    /// One word of a subscriber: 1 or 0, and the prefix.
    private mutating func receive() throws(Failure) -> Bool {
        do throws(SocketError) { guard try socket.receive(into: &part, waiting: false) else { return false } } catch { throw Failure(error) }
        let bytes = part.bytes
        guard let first = bytes.first else { return true }
        let prefix = String(decoding: bytes.dropFirst(), as: UTF8.self)
        if first == 1 { wanted.insert(prefix) } else if first == 0 { wanted.remove(prefix) }
        return true
    }

    private func absence(of topic: String) -> String {
        guard !wanted.isEmpty else {
            return "\(endpoint): nobody subscribed within \(rounded(Self.patience, 0)) s; is a daemon running whose [input] has this endpoint?"
        }
        let others = wanted.sorted().map { "\"\($0)\"" }.joined(separator: ", ")
        return "\(endpoint): nobody takes in \"\(topic)\", only \(others); is it another stream's name? Give the daemon's config with -c"
    }
}
