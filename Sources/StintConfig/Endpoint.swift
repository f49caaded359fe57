/// An address that ZeroMQ binds or connects: `tcp://HOST:PORT` or `ipc://PATH`.
///
///     try Endpoint("tcp://127.0.0.1:*", for: .bind).isLocal  // true
public struct Endpoint: Hashable, Sendable {
    public enum Side: Sendable {
        case bind
        case connect
    }

    /// As it was written.
    public let text: String
    /// Whether it stays on this machine: ipc and the loopback interface. What goes beyond needs keys.
    public let isLocal: Bool

    /// For literals of this machine.
    init(unchecked text: String) { (self.text, isLocal) = (text, true) }

    /// Whether what is bound there can be reached from this machine only; false for what is no endpoint.
    public static func staysHere(_ text: String) -> Bool { (try? Endpoint(text, for: .bind))?.isLocal ?? false }

    init(_ text: String, for side: Side) throws(Misfit) {
        self.text = text
        let form = "tcp://HOST:PORT or ipc://PATH"
        guard !text.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F }) else {
            throw Misfit(.invalidValue, form + " without spaces and control characters")
        }
        if let path = text.after("ipc://") {
            // sun_path has room for 107 bytes and a zero.
            guard !path.isEmpty, path != "*", path.utf8.count <= 107 else {
                throw Misfit(.invalidValue, "ipc:// and a path of 1 to 107 bytes")
            }
            isLocal = true
        } else if let address = text.after("tcp://") {
            isLocal = Endpoint.isLoopback(try Endpoint.host(address, side))
        } else if text.after("inproc://") != nil {
            throw Misfit(.invalidValue, form, hint: "inproc does not leave the process; use ipc")
        } else if let scheme = text.prefix(upTo: "://") {
            throw Misfit(.invalidValue, form, hint: suggestion(for: scheme, among: ["tcp", "ipc"]).map { "did you mean `\($0)://`?" })
        } else {
            throw Misfit(.invalidValue, form, hint: "it has no scheme")
        }
    }

    /// The host of a well-formed address.
    private static func host(_ address: Substring, _ side: Side) throws(Misfit) -> Substring {
        guard let colon = address.lastIndex(of: ":"), colon != address.startIndex else {
            throw Misfit(.invalidValue, "tcp://HOST:PORT", hint: "it has no port")
        }
        let host = address[..<colon]
        let port = address[address.index(after: colon)...]
        let isWildcard = port == "*" || port == "0"
        guard
            port == "*"
                || (!port.isEmpty && port.utf8.count <= 5 && port.utf8.allSatisfy { (0x30...0x39).contains($0) } && Int(port)! <= 65_535)
        else {
            throw Misfit(.outOfRange, "tcp://HOST:PORT with a port between 0 and 65535, or *")
        }
        guard side == .bind || !isWildcard else {
            throw Misfit(
                .invalidValue, "an endpoint to connect to, with a port between 1 and 65535", hint: "only bind can leave the port open")
        }
        guard host.utf8.allSatisfy({ isHostByte($0) }), host.contains(":") == (host.first == "[" && host.last == "]") else {
            throw Misfit(.invalidValue, "tcp://HOST:PORT with the name or address of a host", hint: "an IPv6 address stands in [ ]")
        }
        return host
    }

    private static func isHostByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "*"), UInt8(ascii: "["), UInt8(ascii: "]"),
            UInt8(ascii: ":"),
            UInt8(ascii: "%"):
            true
        default: false
        }
    }

    /// 127.0.0.0/8, ::1, and their names. A dotted quad must be whole: "127.1" and "127.evil.example" are names
    /// for someone else to resolve.
    private static func isLoopback(_ host: Substring) -> Bool {
        if host == "localhost" || host == "lo" || host == "[::1]" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127"
            && parts.allSatisfy { part in (1...3).contains(part.utf8.count) && UInt8(part).map { String($0) == part } == true }
    }
}

extension String {
    /// What follows a prefix.
    func after(_ prefix: String) -> Substring? { hasPrefix(prefix) ? dropFirst(prefix.count) : nil }

    /// What comes before the first `separator`.
    fileprivate func prefix(upTo separator: String) -> String? {
        var rest = self[...]
        while !rest.isEmpty {
            if rest.hasPrefix(separator) { return String(self[..<rest.startIndex]) }
            rest.removeFirst()
        }
        return nil
    }
}
