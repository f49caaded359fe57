import Foundation
import Testing

/// A device whose sockets are open to other machines, and the tool on such a machine.
@Suite(.enabled(if: Programs.areBuilt, "build the programs first: make build"), .serialized) struct RemoteEndToEndTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("stint-\(UUID().uuidString.prefix(8))")
    private func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

    /// Keys of a device, a laptop and a stranger; the device knows the laptop.
    private func keys() throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for name in ["arm", "laptop", "stranger"] {
            #expect(try Programs.stint(["keys", "make", name, "--folder", folder.path]).status == 0)
        }
        try FileManager.default.copyItem(atPath: path("laptop.public"), toPath: path("allow.keys"))
    }

    private func config(security: String) throws -> String {
        try """
            [input]
            bind = ["tcp://0.0.0.0:*"]
            [[stream]]
            name = "arm"
            channels = ["q1", "q2"]
            rate = "10 Hz"
            [[head]]
            name = "health"
            kind = "anomaly"
            [output]
            bind = "tcp://0.0.0.0:*"
            [control]
            bind = "tcp://0.0.0.0:*"
            [state]
            directory = "\(path("state"))"
            \(security)

            """.write(toFile: path("arm.toml"), atomically: true, encoding: .utf8)
        return path("arm.toml")
    }

    /// A daemon that is ready; its endpoints as another machine would name them.
    private func start(_ config: String) throws -> (process: Process, ready: [String: Any]) {
        let process = Process(), pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: "\(Programs.folder)/stintd")
        process.arguments = [config]
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        try process.run()
        var line: [UInt8] = []
        while let byte = try pipe.fileHandleForReading.read(upToCount: 1)?.first, byte != 10 { line.append(byte) }
        let text = String(decoding: line, as: UTF8.self).replacing("0.0.0.0", with: "127.0.0.1")
        return (process, try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any] ?? [:])
    }

    private func status(_ control: String, as name: String?) throws -> Int32 {
        let keys = name.map { ["--key", path("\($0).secret"), "--server-key", path("arm.public")] } ?? []
        return try Programs.stint(["status", "--control", control] + keys).status
    }

    @Test("a device that is open to others answers those on its list, and nobody else; the list can grow while it runs")
    func doors() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try keys()
        let (daemon, ready) = try start(try config(security: "[security]\nsecret_key = \"arm.secret\"\nallow = \"allow.keys\""))
        defer {
            daemon.terminate()
            daemon.waitUntilExit()
        }
        let control = try #require(ready["control"] as? String), input = try #require((ready["input"] as? [String])?.first)
        #expect(try status(control, as: "laptop") == 0)
        #expect(try status(control, as: "stranger") == 3)
        #expect(try status(control, as: nil) == 3)

        // Frames come in by the same keys.
        try "t,q1,q2\n0,1,2\n0.1,2,3\n".write(toFile: path("run.csv"), atomically: true, encoding: .utf8)
        let played = try Programs.stint([
            "play", path("run.csv"), "--connect", input, "-c", path("arm.toml"), "--rate", "max",
            "--key", path("laptop.secret"), "--server-key", path("arm.public"),
        ])
        #expect(played.status == 0, "\(played.said)")

        let stranger = try String(contentsOfFile: path("stranger.public"), encoding: .utf8)
        let list = try String(contentsOfFile: path("allow.keys"), encoding: .utf8)
        try (list + stranger).write(toFile: path("allow.keys"), atomically: true, encoding: .utf8)
        kill(daemon.processIdentifier, SIGHUP)
        // The list is read before the next request is answered, or he asks again.
        var code: Int32 = 3
        for _ in 0..<3 where code == 3 { code = try status(control, as: "stranger") }
        #expect(code == 0)
    }

    @Test("without a key, with one that others can read, or with a torn list a device does not open to others")
    func failsClosed() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try keys()
        func refusal(_ security: String) throws -> String {
            let process = Process(), pipe = Pipe()
            process.executableURL = URL(fileURLWithPath: "\(Programs.folder)/stintd")
            process.arguments = [try config(security: security)]
            process.standardError = pipe
            process.standardOutput = FileHandle.nullDevice
            try process.run()
            let said = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            process.waitUntilExit()
            #expect(process.terminationStatus == 1)
            return said
        }
        #expect(try refusal("").contains("every socket needs CURVE"))
        #expect(try refusal("[security]\nsecret_key = \"arm.secret\"").contains("missing allow"))
        #expect(try refusal("[security]\nsecret_key = \"none.secret\"\nallow = \"allow.keys\"").contains("none.secret"))
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path("arm.secret"))
        #expect(try refusal("[security]\nsecret_key = \"arm.secret\"\nallow = \"allow.keys\"").contains("others can read"))
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path("arm.secret"))
        try "torn".write(toFile: path("allow.keys"), atomically: true, encoding: .utf8)
        #expect(try refusal("[security]\nsecret_key = \"arm.secret\"\nallow = \"allow.keys\"").contains("allow.keys:1"))
    }

    @Test("keys are never written over, and the public half can be had again from the secret one")
    func made() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try keys()
        #expect(try Programs.stint(["keys", "make", "arm", "--folder", folder.path]).status == 1)
        let shown = try Programs.stintOutput(["keys", "show", path("arm.secret")])
        let kept = try String(contentsOfFile: path("arm.public"), encoding: .utf8)
        #expect(shown.status == 0 && shown.output == kept)
        let facts = try FileManager.default.attributesOfItem(atPath: path("arm.secret"))
        #expect((facts[.posixPermissions] as? Int) == 0o600)
    }
}
