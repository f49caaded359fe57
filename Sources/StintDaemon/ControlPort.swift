import StintSockets
import StintWire

/// The ROUTER socket: one JSON-RPC request a message, from a DEALER as `[json]` or from a REQ as `[][json]`.
struct ControlPort: ~Copyable {
    let endpoint: String
    let socket: Socket
    /// What `reply()` sends.
    var answer: ByteWriter
    private var decoder: RequestDecoder
    private var sender: Message
    private var body: Message
    private var hasDelimiter: Bool

    init(bind: String, in context: Context) throws(SocketError) {
        var socket = try Socket(.router, in: context)
        try socket.set(.linger, to: 200)
        try socket.bind(bind)
        // Nothing is set before the last throw: Swift 6.0 cannot undo half of a value that cannot be copied.
        endpoint = socket.lastEndpoint
        self.socket = socket
        answer = ByteWriter(capacity: 16 << 10)
        decoder = RequestDecoder()
        sender = Message()
        body = Message()
        hasDelimiter = false
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

    /// Sends `answer` to whoever asked last; one who has gone, or does not read, gets none.
    mutating func reply() throws(SocketError) {
        try AllocationCount.pausing { () throws(SocketError) in
            let empty = UnsafeRawBufferPointer(start: nil, count: 0)
            if try socket.send(sender.bytes, more: true, waiting: false) {
                if hasDelimiter { try socket.send(empty, more: true, waiting: false) }
                try socket.send(answer.bytes, waiting: false)
            }
            body.clear()
        }
    }
}
