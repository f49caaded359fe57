import CZeroMQ

/// One part of a message, used again for every part that comes.
///
/// ```swift
/// var part = Message()
/// while try socket.receive(into: &part) { take(part.bytes, isLast: !part.hasMore) }
/// ```
///
/// Cost: receiving copies nothing into Swift's memory. What a part held is freed when the next is received, or by `clear()`:
/// after a payload of ten megabytes say so, and they do not stay until the next one comes.
public struct Message: ~Copyable {
    /// On the heap: a short payload lies inside of it, so it must not move.
    let raw: UnsafeMutablePointer<zmq_msg_t>

    public init() {
        raw = .allocate(capacity: 1)
        zmq_msg_init(raw)
    }

    deinit {
        zmq_msg_close(raw)
        raw.deallocate()
    }

    /// Holds until the next receive or `clear()`.
    public var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: zmq_msg_data(raw), count: zmq_msg_size(raw)) }

    public var count: Int { zmq_msg_size(raw) }

    /// Whether another part of the same message follows; it is there already.
    public var hasMore: Bool { zmq_msg_more(raw) != 0 }

    /// The key of the connection that it came by, where the gatekeeper let that in; nil where it was not asked.
    public var sender: CurveKey? { zmq_msg_gets(raw, "User-Id").flatMap { CurveKey(String(cString: $0)) } }

    /// Nothing of the payload is left in memory; its length stays. It must not be shared with another message.
    public mutating func wipe() { zmq_msg_data(raw)?.initializeMemory(as: UInt8.self, repeating: 0, count: zmq_msg_size(raw)) }

    /// Frees the payload.
    public mutating func clear() {
        zmq_msg_close(raw)
        zmq_msg_init(raw)
    }
}
