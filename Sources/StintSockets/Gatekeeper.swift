import CZeroMQ

/// Says which keys may come in, for every socket of a context that asks (`Socket.admitOnlyKnown`): the handler of ZAP (RFC 27).
///
/// ```swift
/// let gatekeeper = try Gatekeeper(allowing: keys, in: context)   // before the first socket is bound
/// poller.add(gatekeeper.socket)
/// try gatekeeper.answer(16)                                      // whenever something is there
/// ```
///
/// A stranger is answered with status 300, which libzmq hands on to nobody: he sees a connection that ends, and not why. Nobody comes in
/// while `answer` is not called; connections that are up stay up, also of keys that were taken off the list.
/// Cost: one message each way for a connection, no thread of its own. Requests that wait are bounded by ZeroMQ's connections.
public final class Gatekeeper {
    public let socket: Socket
    /// Connections that were let in and that were not.
    public private(set) var counts: (admitted: UInt64, refused: UInt64) = (0, 0)
    let context: Context
    private var allowed: Set<CurveKey>
    /// Version, request, domain, address, identity, mechanism, credentials.
    private var request: [[UInt8]] = []
    private var part = Message()

    /// - Throws: the context has one already.
    public init(allowing keys: Set<CurveKey>, in context: Context) throws(SocketError) {
        var socket = try Socket(.reply, in: context)
        try socket.bind("inproc://zeromq.zap.01")
        self.socket = socket
        self.context = context
        allowed = keys
    }

    /// From now on these come in, and nobody else.
    public func allow(_ keys: Set<CurveKey>) { allowed = keys }

    /// Answers at most so many connections that want to come in.
    public func answer(_ limit: Int) throws(SocketError) {
        for _ in 0..<limit {
            guard try receive() else { return }
            let guest = guest
            if guest != nil { counts.admitted += 1 } else { counts.refused += 1 }
            try reply(guest)
        }
    }

    /// A whole request; false when there is none.
    private func receive() throws(SocketError) -> Bool {
        request.removeAll(keepingCapacity: true)
        guard try socket.receive(into: &part, waiting: false) else { return false }
        request.append(Array(part.bytes))
        while part.hasMore, try socket.receive(into: &part, waiting: false) { request.append(Array(part.bytes)) }
        return true
    }

    /// Who asks to come in; nil: nobody whom we let in.
    private var guest: CurveKey? {
        guard request.count == 7, request[0] == Array("1.0".utf8), request[2] == Array(Socket.domain.utf8), request[5] == Array("CURVE".utf8)
        else { return nil }
        return request[6].withUnsafeBytes { CurveKey($0) }.flatMap { allowed.contains($0) ? $0 : nil }
    }

    /// The key goes along as the user's name: see `Message.sender`.
    private func reply(_ guest: CurveKey?) throws(SocketError) {
        try socket.send("1.0", more: true)
        let number = request.count > 1 ? request[1] : []
        var sent: SocketError?
        number.withUnsafeBytes { bytes in
            do throws(SocketError) { try socket.send(bytes, more: true) } catch { sent = error }
        }
        if let sent { throw sent }
        try socket.send(guest == nil ? "300" : "200", more: true)
        try socket.send("", more: true)
        try socket.send(guest?.text ?? "", more: true)
        try socket.send("")
    }
}
