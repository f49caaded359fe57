import StintConfig
import StintSockets
import StintWire

/// The ROUTER socket: one JSON-RPC request a message, from a DEALER as `[json]` or from a REQ as `[][json]`.
///
/// It may dial out as well, to a ROUTER of those who cannot reach it, where it goes by the name of `[device] id`; who is dialled asks as
/// everybody else does.
struct ControlPort: ~Copyable {
    let endpoint: String
    let socket: Socket
    /// What `reply()` sends.
    var answer: ByteWriter
    private var decoder: RequestDecoder
    private var sender: Message
    private var body: Message
    private var hasDelimiter: Bool

    init(_ config: Config, _ doors: Doors, in context: Context) throws(SocketError) {
        var socket = try Socket(.router, in: context)
        try socket.set(.linger, to: 200)
        if !config.control.connect.isEmpty { try Self.prepareToDial(socket, as: config.device.id ?? "") }
        let endpoint = try doors.open(&socket, bind: [config.control.bind], connect: config.control.connect)[0]
        // Nothing is set before the last throw: Swift 6.0 cannot undo half of a value that cannot be copied.
        self.endpoint = endpoint
        self.socket = socket
        answer = ByteWriter(capacity: 16 << 10)
        decoder = RequestDecoder()
        sender = Message()
        body = Message()
        hasDelimiter = false
    }

    /// A fleet whose server was gone must not come back as one: each device waits a random time of its own before it dials again, first and at
    /// most, and ZeroMQ doubles it in between.
    private static func prepareToDial(_ socket: borrowing Socket, as name: String) throws(SocketError) {
        try socket.setRoutingID(name)
        try socket.set(.reconnectInterval, to: Int32.random(in: 500...1500))
        try socket.set(.reconnectIntervalMost, to: Int32.random(in: 20_000...40_000))
    }

    /// The next request; nil when there is none. Its bytes hold until the next call.
    mutating func next() throws(SocketError) -> RequestDecoder.Outcome? {
        let got = try AllocationCount.pausing { () throws(SocketError) in try receive() }
        guard let isWhole = got else { return nil }
        answer.clear()
        return isWhole ? decoder.decode(body.bytes) : .refused(.invalidRequest, id: nil)
    }

    /// nil: nothing came. False: a message of too many parts.
    private mutating func receive() throws(SocketError) -> Bool? {
        guard try socket.receive(into: &sender, waiting: false) else { return nil }
        body.clear()
        hasDelimiter = false
        guard sender.hasMore, try socket.receive(into: &body, waiting: false) else { return false }
        if body.count == 0, body.hasMore {
            hasDelimiter = true
            guard try socket.receive(into: &body, waiting: false) else { return false }
        }
        guard body.hasMore else { return true }
        while body.hasMore, try socket.receive(into: &body, waiting: false) {}
        return false
    }

    /// Whom to answer later, and under which id.
    struct Waiting {
        fileprivate let sender: [UInt8]
        fileprivate let hasDelimiter: Bool
        /// As it was written; empty where there was none.
        private let id: [UInt8]

        fileprivate init(sender: [UInt8], hasDelimiter: Bool, id: [UInt8]) {
            (self.sender, self.hasDelimiter, self.id) = (sender, hasDelimiter, id)
        }

        /// For what nobody asked for.
        static let nobody = Waiting(sender: [], hasDelimiter: false, id: [])

        func withID(_ body: (JSONValue?) -> Void) { id.withUnsafeBytes { body(JSONText($0)?.root) } }
    }

    /// Whoever asked last.
    func later(_ id: JSONValue?) -> Waiting {
        Waiting(sender: Array(sender.bytes), hasDelimiter: hasDelimiter, id: id.map { Array($0.raw) } ?? [])
    }

    /// Sends `answer` to one who has waited.
    func reply(to waiting: Waiting) throws(SocketError) {
        if waiting.sender.isEmpty { return }
        var failure: SocketError?
        AllocationCount.pausing {
            waiting.sender.withUnsafeBytes { address in
                do throws(SocketError) { try send(to: address, hasDelimiter: waiting.hasDelimiter) } catch { failure = error }
            }
        }
        if let failure { throw failure }
    }

    private func send(to address: UnsafeRawBufferPointer, hasDelimiter: Bool) throws(SocketError) {
        guard try socket.send(address, more: true, waiting: false) else { return }
        if hasDelimiter { try socket.send(UnsafeRawBufferPointer(start: nil, count: 0), more: true, waiting: false) }
        try socket.send(answer.bytes, waiting: false)
    }

    /// Sends `answer` to whoever asked last; one who has gone, or does not read, gets none.
    mutating func reply() throws(SocketError) {
        try AllocationCount.pausing { () throws(SocketError) in
            try send(to: sender.bytes, hasDelimiter: hasDelimiter)
            body.clear()
        }
    }
}
