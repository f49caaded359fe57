import StintConfig
import StintSecurity
import StintSockets
#if canImport(Glibc)
import Glibc
#else
import Musl
#endif

/// How the device's sockets are opened: to this machine as they are, beyond it with keys, by the gatekeeper.
struct Doors {
    /// Connections that are answered between two looks at everything else.
    private static let turn = 16
    /// Open files, connections included. A peer costs up to 40 KiB before he has said who he is, so a crowd of strangers must not be let grow.
    private static let mostFiles: rlim_t = 256

    /// Milliseconds. Who only listens never hears from TCP that the other side is gone: one that restarted behind a line that was cut would be waited for
    /// for ever. It also keeps the way through a NAT open.
    private static let heartbeat: Int32 = 10_000
    private static let heartbeatPatience: Int32 = 20_000

    private let guarded: (keyring: Keyring, gatekeeper: Gatekeeper)?

    /// nil where no door leads beyond this machine.
    var gatekeeper: Gatekeeper? { guarded?.gatekeeper }

    /// Before the first socket is bound.
    init(_ keyring: Keyring?, in context: Context) throws(SocketError) {
        guard let keyring else {
            guarded = nil
            return
        }
        Self.bound()
        guarded = (keyring, try Gatekeeper(allowing: keyring.allowed, in: context))
    }

    func answer() throws(SocketError) { try gatekeeper?.answer(Self.turn) }

    /// Opens an endpoint of the device's own. - Returns: it, with the port that it really has.
    ///
    /// What is opened on the same socket after one that leads beyond this machine asks for a key as well.
    func bind(_ socket: inout Socket, _ endpoint: Endpoint) throws(SocketError) -> String {
        if !endpoint.isLocal {
            guard let guarded else { preconditionFailure("a config with \(endpoint.text) has keys") }
            try socket.admitOnlyKnown(as: guarded.keyring.own, by: guarded.gatekeeper)
        }
        try socket.bind(endpoint.text)
        return socket.lastEndpoint
    }

    /// Binds and connects. - Returns: the endpoints in the order of the config, those that are bound first.
    func open(_ socket: inout Socket, bind: [Endpoint], connect: [Endpoint]) throws(SocketError) -> [String] {
        var bound = Array(repeating: "", count: bind.count)
        // A socket asks of all that is opened later what it was told to ask once, so what stays on this machine comes first.
        for (index, endpoint) in bind.enumerated() where endpoint.isLocal { bound[index] = try self.bind(&socket, endpoint) }
        for endpoint in connect where endpoint.isLocal { try self.connect(&socket, endpoint) }
        for (index, endpoint) in bind.enumerated() where !endpoint.isLocal { bound[index] = try self.bind(&socket, endpoint) }
        for endpoint in connect where !endpoint.isLocal { try self.connect(&socket, endpoint) }
        return bound + connect.map(\.text)
    }

    /// Goes to an endpoint of another's, beyond this machine only if it is who the list says.
    func connect(_ socket: inout Socket, _ endpoint: Endpoint) throws(SocketError) {
        if !endpoint.isLocal {
            guard let keyring = guarded?.keyring, let server = keyring.server(endpoint) else {
                preconditionFailure("a config with \(endpoint.text) has its key")
            }
            try socket.introduce(as: keyring.own, to: server)
            try socket.set(.heartbeatInterval, to: Self.heartbeat)
            try socket.set(.heartbeatTimeout, to: Self.heartbeatPatience)
        }
        try socket.connect(endpoint.text)
    }

    private static func bound() {
        #if canImport(Glibc)
        let files = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        #else
        let files = RLIMIT_NOFILE
        #endif
        var limit = rlimit()
        guard getrlimit(files, &limit) == 0, limit.rlim_cur > mostFiles else { return }
        limit.rlim_cur = mostFiles
        _ = setrlimit(files, &limit)
    }
}
