#if canImport(Glibc)
import Glibc
#else
import Musl
#endif

/// Whoever started us and wants to hear how it goes: systemd's `sd_notify` protocol, without its library.
///
/// One datagram a message, to the socket that `$NOTIFY_SOCKET` names: a path, or an abstract name after `@`. Where there is none,
/// nothing is said. Saying something allocates nothing, and never waits: a manager that does not read loses the message.
///
/// The watchdog is fed from the loop, and by nothing else: `WATCHDOG=1` at most every half of `$WATCHDOG_USEC`, if that is meant for
/// this process (`$WATCHDOG_PID`). A loop that hangs, or that turns without getting anywhere, feeds nothing.
package struct ServiceManager: ~Copyable {
    /// −1: nobody listens.
    private let socket: Int32
    private let address: sockaddr_un
    private let length: socklen_t
    /// Nanoseconds from one feeding to the next; nil: no watchdog.
    let watchdogInterval: UInt64?
    /// When the watchdog is to be fed again, by the monotonic clock; nil: no watchdog.
    private(set) var due: UInt64?

    /// - Parameters:
    ///   - environment: what a variable says; nil where it is not set.
    ///   - process: our own number.
    package init(process: Int32, environment: (String) -> String?) {
        var address = sockaddr_un()
        var length: socklen_t = 0, socket: Int32 = -1
        if let name = environment("NOTIFY_SOCKET"), Self.put(name, into: &address, &length) { socket = Self.open() }
        self.socket = socket
        self.address = address
        self.length = length
        let isOurs = environment("WATCHDOG_PID").map { Int32($0) == process } ?? true
        if socket >= 0, isOurs, let limit = environment("WATCHDOG_USEC").flatMap({ UInt64($0) }), limit > 0, limit < 1 << 50 {
            watchdogInterval = max(limit * 1000 / 2, 1_000_000)
            due = 0
        } else {
            watchdogInterval = nil
            due = nil
        }
    }

    deinit { if socket >= 0 { close(socket) } }

    /// Sockets are bound, state is loaded: now the watchdog counts.
    package func ready() { send("READY=1\nSTATUS=predicting") }

    /// The config is looked at again, from this moment of the monotonic clock on; `ready` or `kept` says when that is over.
    func reloading(_ now: UInt64) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 64) { text in
            var count = Self.copy("RELOADING=1\nMONOTONIC_USEC=", to: text, from: 0)
            var digits = 1, rest = now / 1000
            while rest >= 10 { (digits, rest) = (digits + 1, rest / 10) }
            rest = now / 1000
            for i in (count..<count + digits).reversed() {
                text[i] = UInt8(ascii: "0") + UInt8(rest % 10)
                rest /= 10
            }
            count += digits
            send(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(text)[..<count]))
        }
    }

    /// What the file says now was not taken.
    func kept() { send("READY=1\nSTATUS=predicting; the changed config was refused, see the log") }

    /// Asks for more time than a start usually takes: a slow card may need minutes for what a state holds.
    func extendStart(_ doing: Start) {
        switch doing {
        case .restoring: send("EXTEND_TIMEOUT_USEC=120000000\nSTATUS=restoring the state")
        case .writing: send("EXTEND_TIMEOUT_USEC=120000000\nSTATUS=writing a first checkpoint")
        }
    }

    /// What takes long at a start.
    enum Start { case restoring, writing }

    /// We end, once the state is written.
    func stopping() { send("STOPPING=1\nEXTEND_TIMEOUT_USEC=120000000\nSTATUS=writing the state") }

    /// The loop has got somewhere.
    mutating func feed(_ now: UInt64) {
        guard let interval = watchdogInterval, let due, now >= due else { return }
        self.due = now + interval
        send("WATCHDOG=1")
    }

    private func send(_ message: StaticString) {
        send(UnsafeRawBufferPointer(start: message.utf8Start, count: message.utf8CodeUnitCount))
    }

    private func send(_ message: UnsafeRawBufferPointer) {
        guard socket >= 0 else { return }
        _ = withUnsafePointer(to: address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                sendto(socket, message.baseAddress, message.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT), address, length)
            }
        }
    }

    private static func open() -> Int32 {
        #if canImport(Glibc)
        return Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        #else
        return Musl.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)
        #endif
    }

    /// False for what is no name of a socket: neither `/…` nor `@…`, or too long.
    private static func put(_ name: String, into address: inout sockaddr_un, _ length: inout socklen_t) -> Bool {
        var bytes = Array(name.utf8)
        guard bytes.count > 1, bytes[0] == UInt8(ascii: "/") || bytes[0] == UInt8(ascii: "@") else { return false }
        if bytes[0] == UInt8(ascii: "@") { bytes[0] = 0 }
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { return false }
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        // An abstract name ends with its length, a path with a zero.
        length = socklen_t(MemoryLayout.offset(of: \sockaddr_un.sun_path)! + bytes.count)
        return true
    }

    private static func copy(_ text: StaticString, to out: UnsafeMutableBufferPointer<UInt8>, from start: Int) -> Int {
        for i in 0..<text.utf8CodeUnitCount { out[start + i] = text.utf8Start[i] }
        return start + text.utf8CodeUnitCount
    }
}
