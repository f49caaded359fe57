import Foundation
import StintSockets
import Testing

@testable import StintTool

/// Takes one connection on a local path, writes these bytes, and goes on reading until the other end is gone.
private func answering(_ bytes: [UInt8], _ body: (String) throws -> Void) rethrows {
    let path = "/tmp/stint-doctor-\(UUID().uuidString.prefix(8))"
    let listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
    let bound = withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
    }
    #expect(bound == 0)
    listen(listener, 1)
    let thread = Thread {
        let peer = accept(listener, nil, nil)
        _ = write(peer, bytes, bytes.count)
        var rest = [UInt8](repeating: 0, count: 256)
        while read(peer, &rest, rest.count) > 0 {}
        close(peer)
    }
    thread.start()
    defer {
        close(listener)
        unlink(path)
    }
    try body("ipc://\(path)")
}

@Suite struct GreetingTests {
    @Test(
        "a socket says what it is, over TCP and ipc, and the advice follows from that",
        arguments: [(Socket.Kind.publish, "PUB", true), (.xpub, "XPUB", true), (.subscribe, "SUB", false), (.push, "PUSH", false)])
    func kinds(kind: Socket.Kind, name: String, isGood: Bool) throws {
        let context = try Context()
        for endpoint in ["tcp://127.0.0.1:*", "ipc:///tmp/stint-doctor-\(UUID().uuidString.prefix(8))"] {
            var socket = try Socket(kind, in: context)
            try socket.bind(endpoint)
            let ours = name.hasSuffix("SUB") ? "PUB" : name == "PUSH" ? "PULL" : "SUB"
            let greeting = Greeting(of: socket.lastEndpoint, as: ours)
            #expect(greeting == .peer(mechanism: "NULL", kind: name))
            #expect((EndpointFindings.connecting(endpoint, greeting).verdict == .fine) == isGood)
        }
    }

    @Test("an endpoint that nobody has is nobody's, with the system's reason")
    func nobody() throws {
        guard case .nobody(let why) = Greeting(of: "ipc:///tmp/stint-doctor-none") else {
            Issue.record("someone is there")
            return
        }
        #expect(why.hasPrefix("No such file"))
        let context = try Context()
        var socket = try Socket(.publish, in: context)
        try socket.bind("tcp://127.0.0.1:*")
        let endpoint = socket.lastEndpoint
        try socket.unbind(endpoint)
        let port = Greeting(of: "tcp://127.0.0.1:1")
        #expect(port == .nobody("Connection refused"))
        #expect(EndpointFindings.connecting(endpoint, port).verdict == .wrong)
    }

    @Test("who speaks otherwise is not taken for ZeroMQ")
    func stranger() {
        answering(Array("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\nwhat is this that you are saying?".utf8)) { endpoint in
            let greeting = Greeting(of: endpoint)
            #expect(greeting == .notZeroMQ)
            #expect(EndpointFindings.binding(endpoint, greeting, isRunning: false).verdict == .wrong)
        }
    }

    @Test("a sender with CURVE is told from one without")
    func curve() {
        var bytes: [UInt8] = [0xFF, 0, 0, 0, 0, 0, 0, 0, 1, 0x7F, 3, 1] + Array("CURVE".utf8)
        bytes += [UInt8](repeating: 0, count: 64 - bytes.count)
        answering(bytes) { endpoint in
            let greeting = Greeting(of: endpoint)
            #expect(greeting == .peer(mechanism: "CURVE", kind: nil))
            #expect(EndpointFindings.connecting(endpoint, greeting).seen.contains("CURVE"))
        }
    }

    @Test("both ends that bind, and both that connect, are found")
    func bothEnds() {
        #expect(EndpointFindings.binding("e", .peer(mechanism: "NULL", kind: "PUB"), isRunning: false).advice.hasPrefix("both ends bind"))
        #expect(EndpointFindings.binding("e", .peer(mechanism: "NULL", kind: "PUB"), isRunning: true).verdict == .wrong)
        #expect(EndpointFindings.binding("e", .peer(mechanism: "NULL", kind: "SUB"), isRunning: true).verdict == .fine)
        #expect(EndpointFindings.binding("e", .nobody("x"), isRunning: false).verdict == .fine)
        #expect(EndpointFindings.connecting("e", .nobody("Connection refused")).advice.contains("input.bind"))
    }
}
