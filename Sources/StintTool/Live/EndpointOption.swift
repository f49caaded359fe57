import ArgumentParser
import StintSockets

/// An endpoint on the command line, as ZeroMQ takes it.
struct EndpointOption: ExpressibleByArgument {
    let text: String

    init?(argument: String) {
        let schemes = ["tcp://", "ipc://"]
        guard schemes.contains(where: { argument.hasPrefix($0) && argument.utf8.count > $0.utf8.count }) else { return nil }
        text = argument
    }
}

extension Failure {
    init(_ error: SocketError) { self = .unreachable(error.description) }
}

/// What ZeroMQ throws, as the failure of a verb.
func reaching<Value: ~Copyable>(_ body: () throws(SocketError) -> Value) throws(Failure) -> Value {
    do throws(SocketError) { return try body() } catch { throw Failure(error) }
}
