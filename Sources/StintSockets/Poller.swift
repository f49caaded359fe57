import CZeroMQ

/// Waits for several sockets and file descriptors at once.
///
/// ```swift
/// var poller = Poller(capacity: 2)
/// let input = poller.add(socket), signals = poller.add(fileDescriptor: 5)
/// while try poller.wait(milliseconds: 1000) { if poller.isReady(input) { … } }
/// ```
///
/// Sockets must outlive it. Cost: one system call a wait; no allocation.
public struct Poller: ~Copyable {
    private let items: UnsafeMutableBufferPointer<zmq_pollitem_t>
    private var count = 0

    public init(capacity: Int) {
        items = .allocate(capacity: capacity)
        items.initialize(repeating: zmq_pollitem_t())
    }

    deinit { items.deallocate() }

    /// What `isReady` takes: the place in the table.
    public mutating func add(_ socket: borrowing Socket) -> Int {
        add(zmq_pollitem_t(socket: socket.handle, fd: 0, events: Int16(ZMQ_POLLIN), revents: 0))
    }

    public mutating func add(fileDescriptor: Int32) -> Int {
        add(zmq_pollitem_t(socket: nil, fd: fileDescriptor, events: Int16(ZMQ_POLLIN), revents: 0))
    }

    private mutating func add(_ item: zmq_pollitem_t) -> Int {
        precondition(count < items.count, "a poller of \(items.count) places has no room for another")
        items[count] = item
        count += 1
        return count - 1
    }

    /// Whether something can be read. False after the time, or when a signal interrupts; −1 milliseconds: no end.
    public mutating func wait(milliseconds: Int) throws(SocketError) -> Bool {
        let ready = zmq_poll(items.baseAddress, Int32(count), milliseconds)
        if ready >= 0 { return ready > 0 }
        for i in 0..<count { items[i].revents = 0 }
        guard zmq_errno() == SocketError.interrupted else { throw SocketError("poll") }
        return false
    }

    /// Whether this place had something to read, or a fault to report, in the newest `wait`.
    public func isReady(_ place: Int) -> Bool { items[place].revents != 0 }
}
