import CZeroMQ

/// One ZeroMQ socket: closed with its owner, used by one thread at a time.
///
/// ```swift
/// var input = try Socket(.subscribe, in: context)
/// try input.set(.receiveHighWater, to: 10_000)
/// try input.subscribe(to: "arm")
/// try input.connect("tcp://127.0.0.1:5555")
/// ```
///
/// Edge cases: receiving and sending give false, and do nothing, when they would have to wait (or have waited for the time-out);
/// all else that goes wrong throws. A call that a signal interrupts counts as one that would have to wait.
public struct Socket: ~Copyable {
    public enum Kind: Sendable {
        case publish, subscribe, xpub, xsub, request, reply, dealer, router, push, pull, pair

        var code: Int32 {
            switch self {
            case .publish: ZMQ_PUB
            case .subscribe: ZMQ_SUB
            case .xpub: ZMQ_XPUB
            case .xsub: ZMQ_XSUB
            case .request: ZMQ_REQ
            case .reply: ZMQ_REP
            case .dealer: ZMQ_DEALER
            case .router: ZMQ_ROUTER
            case .push: ZMQ_PUSH
            case .pull: ZMQ_PULL
            case .pair: ZMQ_PAIR
            }
        }
    }

    /// Settings that are one 32-bit number. High-water marks hold for what is bound or connected afterwards.
    public enum Option: Sendable {
        /// Messages kept for each peer before the kind's way of refusing begins; 0: no bound.
        case sendHighWater, receiveHighWater
        /// Milliseconds that closing waits for what is not yet sent; −1: for ever, 0, as it is made: not at all.
        case linger
        /// Milliseconds that a call waits; −1: for ever.
        case receiveTimeout, sendTimeout
        /// 1: messages go only to peers that are connected, and wait otherwise.
        case immediate
        /// 1: every subscription is handed up, not only the first of its kind. For `xpub`.
        case xpubVerbose
        /// 1: sending to a full subscriber waits instead of losing it. For `xpub`.
        case xpubNoDrop
        /// 1: sending to a peer that is gone is an error (`EHOSTUNREACH`). For `router`.
        case routerMandatory
        /// Milliseconds between attempts to connect again: the first, and the longest.
        case reconnectInterval, reconnectIntervalMost
        /// 1: of two peers of one name the newer is it. For `router`.
        case routerHandover
        /// Milliseconds between two looks at whether the peer still answers, and after which one that does not is given up; 0: never.
        case heartbeatInterval, heartbeatTimeout
        /// 1: IPv6 as well.
        case ipv6

        var code: Int32 {
            switch self {
            case .sendHighWater: ZMQ_SNDHWM
            case .receiveHighWater: ZMQ_RCVHWM
            case .linger: ZMQ_LINGER
            case .receiveTimeout: ZMQ_RCVTIMEO
            case .sendTimeout: ZMQ_SNDTIMEO
            case .immediate: ZMQ_IMMEDIATE
            case .xpubVerbose: ZMQ_XPUB_VERBOSE
            case .xpubNoDrop: ZMQ_XPUB_NODROP
            case .routerMandatory: ZMQ_ROUTER_MANDATORY
            case .reconnectInterval: ZMQ_RECONNECT_IVL
            case .reconnectIntervalMost: ZMQ_RECONNECT_IVL_MAX
            case .routerHandover: ZMQ_ROUTER_HANDOVER
            case .heartbeatInterval: ZMQ_HEARTBEAT_IVL
            case .heartbeatTimeout: ZMQ_HEARTBEAT_TIMEOUT
            case .ipv6: ZMQ_IPV6
            }
        }
    }

    let handle: UnsafeMutableRawPointer
    let context: Context
    /// The newest endpoint, for what errors say.
    private var newestEndpoint: String

    public init(_ kind: Kind, in context: Context) throws(SocketError) {
        guard let handle = zmq_socket(context.handle, kind.code) else { throw SocketError("open a socket") }
        // Closing must not hang on a peer that is gone; who has something to hand over says so.
        var linger: Int32 = 0
        zmq_setsockopt(handle, ZMQ_LINGER, &linger, MemoryLayout<Int32>.size)
        // Nothing is set before the last throw: Swift 6.0 cannot undo half of a value that cannot be copied.
        self.handle = handle
        self.context = context
        newestEndpoint = ""
    }

    deinit { zmq_close(handle) }

    // MARK: Endpoints and options

    /// `tcp://127.0.0.1:*` takes any free port; `lastEndpoint` then says which.
    public mutating func bind(_ endpoint: String) throws(SocketError) {
        newestEndpoint = endpoint
        guard zmq_bind(handle, endpoint) == 0 else { throw failure("bind") }
    }

    /// Nobody needs to be there yet: connecting goes on in the background.
    public mutating func connect(_ endpoint: String) throws(SocketError) {
        newestEndpoint = endpoint
        guard zmq_connect(handle, endpoint) == 0 else { throw failure("connect") }
    }

    public func unbind(_ endpoint: String) throws(SocketError) {
        guard zmq_unbind(handle, endpoint) == 0 else { throw SocketError("unbind", endpoint: endpoint) }
    }

    public func disconnect(_ endpoint: String) throws(SocketError) {
        guard zmq_disconnect(handle, endpoint) == 0 else { throw SocketError("disconnect", endpoint: endpoint) }
    }

    /// The endpoint that was bound or connected last, with the port that it really has.
    public var lastEndpoint: String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 512) { text in
            var size = text.count
            guard zmq_getsockopt(handle, ZMQ_LAST_ENDPOINT, text.baseAddress, &size) == 0 else { return newestEndpoint }
            return String(cString: text.baseAddress!)
        }
    }

    public func set(_ option: Option, to value: Int32) throws(SocketError) {
        var value = value
        guard zmq_setsockopt(handle, option.code, &value, MemoryLayout<Int32>.size) == 0 else { throw failure("set an option") }
    }

    /// A peer that sends more bytes in one part is disconnected; −1: no bound.
    public func setLongestMessage(_ bytes: Int64) throws(SocketError) {
        var bytes = bytes
        guard zmq_setsockopt(handle, ZMQ_MAXMSGSIZE, &bytes, MemoryLayout<Int64>.size) == 0 else { throw failure("set an option") }
    }

    /// The name by which a ROUTER at the other end knows this socket, from the next connection on: 1 to 255 bytes.
    public func setRoutingID(_ name: String) throws(SocketError) {
        guard zmq_setsockopt(handle, ZMQ_ROUTING_ID, name, name.utf8.count) == 0 else { throw failure("set a name") }
    }

    /// Takes in every topic that begins with `prefix`; the empty one takes in all. For `subscribe`.
    public func subscribe(to prefix: String) throws(SocketError) { try subscription(ZMQ_SUBSCRIBE, prefix) }

    public func unsubscribe(from prefix: String) throws(SocketError) { try subscription(ZMQ_UNSUBSCRIBE, prefix) }

    private func subscription(_ option: Int32, _ prefix: String) throws(SocketError) {
        var prefix = prefix
        let result = prefix.withUTF8 { zmq_setsockopt(handle, option, $0.baseAddress, $0.count) }
        guard result == 0 else { throw failure("subscribe") }
    }

    // MARK: Messages

    /// The next part. False when there is none, without waiting if `waiting` is false.
    public func receive(into message: inout Message, waiting: Bool = true) throws(SocketError) -> Bool {
        if zmq_msg_recv(message.raw, handle, waiting ? 0 : ZMQ_DONTWAIT) >= 0 { return true }
        let code = zmq_errno()
        if code == SocketError.wouldBlock || code == SocketError.interrupted { return false }
        throw failure("receive")
    }

    /// One part, copied. False when it could not be taken, without waiting if `waiting` is false; nothing is sent then, and the
    /// whole message may be tried again.
    @discardableResult
    public func send(_ bytes: UnsafeRawBufferPointer, more: Bool = false, waiting: Bool = true) throws(SocketError) -> Bool {
        let flags = (more ? ZMQ_SNDMORE : 0) | (waiting ? 0 : ZMQ_DONTWAIT)
        if zmq_send(handle, bytes.baseAddress, bytes.count, flags) >= 0 { return true }
        let code = zmq_errno()
        if code == SocketError.wouldBlock || code == SocketError.interrupted { return false }
        throw failure("send")
    }

    /// The same for text; not for the hot path.
    @discardableResult
    public func send(_ text: String, more: Bool = false, waiting: Bool = true) throws(SocketError) -> Bool {
        var text = text
        // The closure's own throw is untyped in this version of the language, so the result is carried out of it.
        var outcome: Result<Bool, SocketError> = .success(false)
        text.withUTF8 { bytes in
            do throws(SocketError) {
                outcome = .success(try send(UnsafeRawBufferPointer(bytes), more: more, waiting: waiting))
            } catch {
                outcome = .failure(error)
            }
        }
        return try outcome.get()
    }

    private func failure(_ attempt: StaticString) -> SocketError { SocketError(attempt, endpoint: newestEndpoint) }
}
