import Foundation
import StintSockets
import Testing

@testable import StintTool

/// Devices that dial in to the tool.
@Suite struct ReceptionTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("stint-\(UUID().uuidString.prefix(8))")

    /// A pair, its secret half in a file.
    private func keys(_ name: String) throws -> (pair: CurveKeyPair, path: String) {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let pair = try CurveKeyPair.random(), path = folder.appendingPathComponent(name).path
        #expect(FileManager.default.createFile(atPath: path, contents: Data("\(pair.secretKey.text) \(name)\n".utf8), attributes: [.posixPermissions: 0o600]))
        return (pair, path)
    }

    private func endpoint(_ text: String) throws -> EndpointOption { try #require(EndpointOption(argument: text)) }

    /// A socket that calls itself by a name.
    private func device(_ name: String, _ keys: CurveKeyPair?, at reception: Reception, of server: CurveKey?, in context: Context) throws -> Socket {
        var socket = try Socket(.router, in: context)
        try socket.setRoutingID(name)
        if let keys, let server { try socket.introduce(as: keys, to: server) }
        try socket.connect(reception.endpoint)
        return socket
    }

    private func send(_ text: String, to name: String, at reception: Reception) throws -> Bool {
        try Array(text.utf8).withUnsafeBytes { try reception.send($0, to: name) }
    }

    /// Says it again until it gets through; whether it did.
    private func reach(_ name: String, at reception: Reception) throws -> Bool {
        for _ in 0..<1000 {
            if try send("hello", to: name, at: reception) { return true }
            try reception.wait(milliseconds: 20)
        }
        return false
    }

    /// What a device got, answered with a word.
    private func answer(_ socket: borrowing Socket, _ word: String) throws -> String {
        try socket.set(.receiveTimeout, to: 20_000)
        var sender = Message(), body = Message()
        guard try socket.receive(into: &sender), try socket.receive(into: &body) else { return "nothing" }
        try socket.send(sender.bytes, more: true)
        try socket.send(word)
        return String(decoding: body.bytes, as: UTF8.self)
    }

    private func heard(from name: String, at reception: Reception) throws -> String? {
        for _ in 0..<1000 {
            if let bytes = try reception.receive(from: name) { return String(decoding: bytes, as: UTF8.self) }
            try reception.wait(milliseconds: 20)
        }
        return nil
    }

    @Test("devices are called by their names, and each answer is that of the one who gave it")
    func names() throws {
        let context = try Context(), reception = try Reception(endpoint("tcp://127.0.0.1:*"), own: nil, guests: [("arm", nil), ("leg", nil)], in: context)
        let outside = try Context()
        let arm = try device("arm", nil, at: reception, of: nil, in: outside), leg = try device("leg", nil, at: reception, of: nil, in: outside)
        #expect(try reach("arm", at: reception))
        #expect(try reach("leg", at: reception))
        #expect(try answer(leg, "I am leg") == "hello")
        #expect(try answer(arm, "I am arm") == "hello")
        #expect(try heard(from: "arm", at: reception) == "I am arm")
        #expect(try heard(from: "leg", at: reception) == "I am leg")
        #expect(try !send("hello", to: "wheel", at: reception))
    }

    @Test("one of a fleet that takes the name of another is not believed")
    func impostor() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let fleet = try keys("fleet"), armKeys = try keys("arm"), legKeys = try keys("leg")
        let context = try Context()
        let guests: [(name: String, key: String?)] = [("arm", armKeys.pair.publicKey.text), ("leg", legKeys.pair.publicKey.text)]
        let reception = try Reception(endpoint("tcp://127.0.0.1:*"), own: fleet.path, guests: guests, in: context)
        let outside = try Context()
        let impostor = try device("arm", legKeys.pair, at: reception, of: fleet.pair.publicKey, in: outside)
        #expect(try reach("arm", at: reception))
        #expect(try answer(impostor, "applied") == "hello")
        let leg = try device("leg", legKeys.pair, at: reception, of: fleet.pair.publicKey, in: outside)
        #expect(try reach("leg", at: reception))
        #expect(try answer(leg, "I am leg") == "hello")
        // The impostor's answer came before this one.
        #expect(try heard(from: "leg", at: reception) == "I am leg")
        #expect(try reception.receive(from: "arm") == nil)
        // The real one takes its name back.
        let arm = try device("arm", armKeys.pair, at: reception, of: fleet.pair.publicKey, in: outside)
        var said: String?
        for _ in 0..<100 where said == nil {
            #expect(try reach("arm", at: reception))
            try reception.wait(milliseconds: 50)
            var poller = Poller(capacity: 1)
            _ = poller.add(arm)
            guard try poller.wait(milliseconds: 50) else { continue }
            #expect(try answer(arm, "I am arm") == "hello")
            said = try heard(from: "arm", at: reception)
        }
        #expect(said == "I am arm")
    }

    @Test("beyond this machine there is no reception without keys, nor with half of them")
    func failsClosed() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let context = try Context(), key = try keys("fleet"), device = try keys("arm").pair.publicKey.text
        for (own, guest) in [(nil, nil), (key.path, nil), (nil, device)] as [(String?, String?)] {
            #expect(throws: Failure.self) { try Reception(try endpoint("tcp://0.0.0.0:*"), own: own, guests: [("arm", guest)], in: context) }
        }
    }
}
