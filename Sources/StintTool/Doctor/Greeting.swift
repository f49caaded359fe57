#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Who answers at an endpoint, by the first bytes of ZMTP 3 (RFC 23): 64 bytes of greeting, then, without security, a READY command that
/// says what kind of socket it is. Spoken by hand, since libzmq connects in the background and never says that nobody is there.
enum Greeting: Equatable {
    /// `mechanism` is NULL, PLAIN or CURVE; `kind` is PUB, SUB, …, or nil where the mechanism keeps it to itself.
    case peer(mechanism: String, kind: String?)
    /// Something answers, or takes the connection and says nothing; ZeroMQ it is not.
    case notZeroMQ
    /// With the system's words.
    case nobody(String)

    /// Milliseconds for each step.
    private static let patience: Int32 = 1000

    /// - Parameter kind: what we say that we are; a SUB is what a publisher expects.
    init(of endpoint: String, as kind: String = "SUB") {
        let opened = endpoint.hasPrefix("ipc://") ? Self.openLocal(String(endpoint.dropFirst(6))) : Self.openTCP(String(endpoint.dropFirst(6)))
        guard case .success(let handle) = opened else {
            if case .failure(let why) = opened { self = .nobody(why.text) } else { self = .notZeroMQ }
            return
        }
        defer { close(handle) }
        var greeting: [UInt8] = [0xFF, 0, 0, 0, 0, 0, 0, 0, 0, 0x7F, 3, 0]
        greeting += Array("NULL".utf8)
        greeting += [UInt8](repeating: 0, count: 64 - greeting.count)
        guard Self.send(greeting, to: handle), let theirs = Self.receive(64, from: handle), theirs[0] == 0xFF, theirs[9] & 1 == 1,
            theirs[10] >= 3
        else {
            self = .notZeroMQ
            return
        }
        let mechanism = String(decoding: theirs[12..<32].prefix { $0 != 0 }, as: UTF8.self)
        guard mechanism == "NULL" else {
            self = .peer(mechanism: mechanism, kind: nil)
            return
        }
        self = .peer(mechanism: mechanism, kind: Self.exchangeReady(handle, kind))
    }

    /// Sends READY with our kind and reads theirs; a peer that finds the two do not go together may close instead.
    private static func exchangeReady(_ handle: Int32, _ kind: String) -> String? {
        let name = Array("Socket-Type".utf8), value = Array(kind.utf8)
        var body: [UInt8] = [5] + Array("READY".utf8)
        body += [UInt8(name.count)] + name + [0, 0, 0, UInt8(value.count)] + value
        guard send([4, UInt8(body.count)] + body, to: handle), let head = receive(2, from: handle), head[0] == 4,
            let theirs = receive(Int(head[1]), from: handle), theirs.starts(with: [5] + Array("READY".utf8))
        else { return nil }
        var rest = theirs.dropFirst(6)
        while let length = rest.first, rest.count >= Int(length) + 5 {
            let key = String(decoding: rest.dropFirst().prefix(Int(length)), as: UTF8.self)
            rest = rest.dropFirst(Int(length) + 1)
            let size = rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
            rest = rest.dropFirst(4)
            if key.lowercased() == "socket-type" { return String(decoding: rest.prefix(size), as: UTF8.self) }
            rest = rest.dropFirst(size)
        }
        return nil
    }

    // MARK: Connections

    private struct Refusal: Error {
        var text: String
    }

    private static func openLocal(_ path: String) -> Result<Int32, Refusal> {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { return .failure(Refusal(text: "the path is too long")) }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { open(AF_UNIX, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
        }
    }

    private static func openTCP(_ address: String) -> Result<Int32, Refusal> {
        guard let colon = address.lastIndex(of: ":") else { return .failure(Refusal(text: "it has no port")) }
        var host = String(address[..<colon])
        if host == "*" || host == "lo" { host = "127.0.0.1" }
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        var hints = addrinfo(), found: UnsafeMutablePointer<addrinfo>?
        #if canImport(Glibc)
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        #else
        hints.ai_socktype = SOCK_STREAM
        #endif
        let code = getaddrinfo(host, String(address[address.index(after: colon)...]), &hints, &found)
        guard code == 0, let first = found else { return .failure(Refusal(text: String(cString: gai_strerror(code)))) }
        defer { freeaddrinfo(first) }
        return open(first.pointee.ai_family, first.pointee.ai_addr, first.pointee.ai_addrlen)
    }

    private static func open(_ family: Int32, _ address: UnsafePointer<sockaddr>, _ length: socklen_t) -> Result<Int32, Refusal> {
        #if canImport(Glibc)
        let handle = socket(family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        #else
        let handle = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)
        #endif
        guard handle >= 0 else { return .failure(Refusal(text: systemMessage(errno))) }
        if connect(handle, address, length) == 0 { return .success(handle) }
        guard errno == EINPROGRESS, isReady(handle, POLLOUT) else {
            let said = errno == EINPROGRESS ? "no answer" : systemMessage(errno)
            close(handle)
            return .failure(Refusal(text: said))
        }
        var code: Int32 = 0, size = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(handle, SOL_SOCKET, SO_ERROR, &code, &size)
        guard code == 0 else {
            close(handle)
            return .failure(Refusal(text: systemMessage(code)))
        }
        return .success(handle)
    }

    private static func isReady(_ handle: Int32, _ events: Int32) -> Bool {
        var item = pollfd(fd: handle, events: Int16(events), revents: 0)
        return poll(&item, 1, patience) > 0
    }

    private static func send(_ bytes: [UInt8], to handle: Int32) -> Bool {
        Glibc_send(handle, bytes) == bytes.count
    }

    /// So many bytes, or nil when they do not come.
    private static func receive(_ count: Int, from handle: Int32) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count), filled = 0
        while filled < count {
            guard isReady(handle, POLLIN) else { return nil }
            let got = bytes.withUnsafeMutableBytes { recv(handle, $0.baseAddress! + filled, count - filled, 0) }
            guard got > 0 else { return nil }
            filled += got
        }
        return bytes
    }
}

private func Glibc_send(_ handle: Int32, _ bytes: [UInt8]) -> Int {
    bytes.withUnsafeBytes { send(handle, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
}
