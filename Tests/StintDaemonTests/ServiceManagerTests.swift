import Testing

@testable import StintDaemon

#if canImport(Glibc)
import Glibc
#else
import Musl
#endif

/// A datagram socket, as systemd has one; gone with its owner.
private final class Listener {
    private let handle: Int32
    /// What goes into `$NOTIFY_SOCKET`.
    let name: String

    /// - Parameter isAbstract: without a file.
    init(isAbstract: Bool) {
        var template = Array("/tmp/stint-notify-XXXXXX".utf8CString)
        let folder = String(cString: mkdtemp(&template)!)
        let path = folder + "/notify"
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var bytes = Array(path.utf8)
        if isAbstract { bytes[0] = 0 }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let handle = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        let length = socklen_t(MemoryLayout.offset(of: \sockaddr_un.sun_path)! + bytes.count)
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(handle, $0, length) }
        }
        precondition(bound == 0, "cannot bind \(path)")
        name = isAbstract ? "@" + path.dropFirst() : path
        self.folder = folder
        self.handle = handle
    }

    private let folder: String

    deinit {
        close(handle)
        unlink(folder + "/notify")
        rmdir(folder)
    }

    /// All that has come.
    var messages: [String] {
        var all: [String] = []
        var buffer = [UInt8](repeating: 0, count: 512)
        while true {
            let count = recv(handle, &buffer, buffer.count, 0)
            guard count >= 0 else { return all }
            all.append(String(decoding: buffer[..<count], as: UTF8.self))
        }
    }
}

@Suite struct ServiceManagerTests {
    @Test("readiness, reloading and the end are told to a path and to an abstract name", arguments: [false, true])
    func tells(isAbstract: Bool) {
        let listener = Listener(isAbstract: isAbstract)
        let manager = ServiceManager(process: 7) { $0 == "NOTIFY_SOCKET" ? listener.name : nil }
        manager.extendStart(.restoring)
        manager.ready()
        manager.reloading(12_345_678_901)
        manager.kept()
        manager.stopping()
        let said = listener.messages
        #expect(said.count == 5)
        #expect(said[0].hasPrefix("EXTEND_TIMEOUT_USEC="))
        #expect(said[1].split(separator: "\n").contains("READY=1"))
        #expect(said[2] == "RELOADING=1\nMONOTONIC_USEC=12345678")
        #expect(said[3].split(separator: "\n").contains("READY=1"))
        #expect(said[4].split(separator: "\n").contains("STOPPING=1"))
    }

    @Test("the watchdog is fed at most every half of its time, and only by a loop that goes on")
    func feeds() {
        let listener = Listener(isAbstract: false)
        let environment = ["NOTIFY_SOCKET": listener.name, "WATCHDOG_USEC": "2000000", "WATCHDOG_PID": "7"]
        var manager = ServiceManager(process: 7) { environment[$0] }
        let second: UInt64 = 1_000_000_000
        manager.feed(10 * second)
        manager.feed(10 * second + 1)
        manager.feed(11 * second - 1)
        #expect(listener.messages == ["WATCHDOG=1"])
        manager.feed(11 * second)
        #expect(listener.messages == ["WATCHDOG=1"])
        let due = manager.due
        #expect(due == 12 * second)
    }

    @Test(
        "without a watchdog that is meant for us, none is fed",
        arguments: [
            ["WATCHDOG_USEC": "2000000", "WATCHDOG_PID": "8"], ["WATCHDOG_USEC": "0"], ["WATCHDOG_USEC": "soon"], ["WATCHDOG_PID": "7"],
        ])
    func notOurs(environment: [String: String]) {
        let listener = Listener(isAbstract: false)
        var manager = ServiceManager(process: 7) { $0 == "NOTIFY_SOCKET" ? listener.name : environment[$0] }
        let due = manager.due
        #expect(due == nil)
        manager.feed(1 << 60)
        #expect(listener.messages.isEmpty)
    }

    @Test("what is no name of a socket is told nothing", arguments: ["", "@", "relative", "/" + String(repeating: "x", count: 200)])
    func nobody(name: String) {
        var manager = ServiceManager(process: 7) { ["NOTIFY_SOCKET": name, "WATCHDOG_USEC": "2000000"][$0] }
        manager.ready()
        manager.feed(1 << 60)
        let due = manager.due
        #expect(due == nil)
    }
}
