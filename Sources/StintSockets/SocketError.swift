import CZeroMQ
#if canImport(Glibc)
import Glibc
#else
import Musl
#endif

/// What ZeroMQ or the system refused to do, and on which endpoint.
public struct SocketError: Error, Equatable {
    /// An errno, of the system or of ZeroMQ.
    public let code: Int32
    /// What was to be done: `bind`.
    public let attempt: String
    /// Empty where there is none yet.
    public let endpoint: String

    /// Made right after the call that failed.
    init(_ attempt: StaticString, endpoint: String = "") {
        code = zmq_errno()
        self.attempt = "\(attempt)"
        self.endpoint = endpoint
    }

    static let interrupted = EINTR
    static let wouldBlock = EAGAIN

    /// Whether it is that nobody of that name is there; see `Socket.Option.routerMandatory`.
    public var isNobodyThere: Bool { code == EHOSTUNREACH }

    /// The words of ZeroMQ for the code.
    public var reason: String { String(cString: zmq_strerror(code)) }
}

extension SocketError: CustomStringConvertible {
    public var description: String { (endpoint.isEmpty ? "ZeroMQ" : endpoint) + ": cannot \(attempt): \(reason)" }
}
