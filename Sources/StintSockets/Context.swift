import CZeroMQ

/// ZeroMQ itself: its I/O thread, and the home of `inproc` endpoints. A program needs one.
///
/// Sockets keep their context; it ends with the last of them, and then waits for what they still have to send, as long as their
/// `linger` allows. It may be shared between threads; sockets may not.
public final class Context: @unchecked Sendable {
    let handle: UnsafeMutableRawPointer

    /// - Parameter ioThreads: one moves about a gigabyte a second; more only cost memory.
    public init(ioThreads: Int = 1) throws(SocketError) {
        guard let handle = zmq_ctx_new() else { throw SocketError("make a context") }
        self.handle = handle
        zmq_ctx_set(handle, ZMQ_IO_THREADS, Int32(ioThreads))
    }

    deinit {
        // Interrupted by a signal it has not ended; there is no other reason to fail.
        while zmq_ctx_term(handle) != 0, zmq_errno() == SocketError.interrupted {}
    }
}
