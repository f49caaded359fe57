import Foundation
import StintConfig
import StintSecurity
import StintSockets
import Testing

@Suite struct KeyFileTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("stint-keys-\(UUID().uuidString.prefix(8))")

    private func file(_ name: String, _ text: String, mode: Int = 0o600) throws -> String {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let path = folder.appendingPathComponent(name).path
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        return path
    }

    private func refusal(_ text: String) -> String? {
        do throws(KeyFileError) {
            _ = try KeyFile(Array(text.utf8), path: "allow.keys")
            return nil
        } catch { return error.description }
    }

    @Test("keys are lines of a key and a name; comments, blanks and the other line ends say nothing")
    func lines() throws {
        let a = try CurveKeyPair.random().publicKey, b = try CurveKeyPair.random().publicKey
        let text = "# who may come in\r\n\n  \(a.text)\tbench laptop \r\n\(b.text)   tcp://camera:5555"
        let file = try KeyFile(Array(text.utf8), path: "allow.keys")
        #expect(file.entries.map(\.key) == [a, b])
        #expect(file.entries.map(\.name) == ["bench laptop", "tcp://camera:5555"])
        #expect(try KeyFile([], path: "none").entries == [])
    }

    @Test("no key begins with the sign of a comment")
    func hash() {
        #expect(CurveKey("#" + String(repeating: "0", count: 39)) == nil)
        #expect(CurveKey("%" + String(repeating: "0", count: 39)) != nil)
    }

    @Test("what is no key is refused at its line, and not repeated: it may be a secret")
    func refused() throws {
        let a = try CurveKeyPair.random().publicKey.text, b = try CurveKeyPair.random().publicKey.text
        #expect(refusal("\n\(a.dropLast()) x")?.hasPrefix("allow.keys:2: expected a key of 40 characters") == true)
        #expect(refusal("\(a.dropLast()) x")?.contains(a.prefix(20)) == false)
        #expect(refusal(a)?.contains("no name") == true)
        #expect(refusal("\(a) x\n\(a) y")?.hasPrefix("allow.keys:2: the key of y stands there twice") == true)
        #expect(refusal("\(a) x\n\(b) x")?.hasPrefix("allow.keys:2: there are two keys of x") == true)
        #expect(throws: KeyFileError.self) { try KeyFile([0xFF, 0xFE], path: "x") }
    }

    @Test("a secret that others can read is no secret", arguments: [0o644, 0o640, 0o604, 0o660])
    func mode(_ mode: Int) throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let pair = try CurveKeyPair.random()
        let open = try file("open.secret", "\(pair.secretKey.text) arm\n", mode: mode)
        #expect(throws: KeyFileError.self) { _ = try KeyFile.readSecret(open) }
        for mode in [0o600, 0o400] {
            let shut = try file("shut-\(mode).secret", "\(pair.secretKey.text) arm\n", mode: mode)
            let read = try KeyFile.readSecret(shut)
            #expect(read.keys == pair && read.name == "arm")
        }
    }

    @Test("a keyring needs the key of everybody whom the device connects to beyond this machine")
    func keyring() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let own = try CurveKeyPair.random(), camera = try CurveKeyPair.random().publicKey, laptop = try CurveKeyPair.random().publicKey
        _ = try file("arm.secret", "\(own.secretKey.text) arm\n")
        let toml = """
            [input]
            connect = ["tcp://camera:5555"]
            [[head]]
            name = "h"
            kind = "anomaly"
            [security]
            secret_key = "arm.secret"
            allow = "allow.keys"
            """
        let config = try Config.parse(Array(toml.utf8), fileName: "arm.toml")
        let besides = folder.path + "/arm.toml"
        _ = try file("allow.keys", "\(laptop.text) laptop\n", mode: 0o644)
        #expect(throws: KeyFileError.self) { _ = try Keyring(config, besides: besides) }
        _ = try file("allow.keys", "\(laptop.text) laptop\n\(camera.text) tcp://camera:5555\n", mode: 0o644)
        let ring = try #require(try Keyring(config, besides: besides))
        #expect(ring.own == own && ring.allowed == [laptop, camera])
        #expect(config.input.connect.map { ring.server($0) } == [camera])
        let plain = try Config.parse(Array("[[head]]\nname = \"h\"\nkind = \"anomaly\"\n".utf8), fileName: "x")
        #expect(try Keyring(plain, besides: besides) == nil)
    }
}
