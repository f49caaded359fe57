import Foundation
import StintSockets
import Testing

/// A device that nobody can reach: it dials out, and the tool waits for it.
@Suite(.enabled(if: Programs.areBuilt, "build the programs first: make build"), .serialized) struct DialEndToEndTests {
    /// A port that is free, for both sides to know beforehand.
    private static func port() throws -> String {
        let context = try Context()
        var socket = try Socket(.router, in: context)
        try socket.bind("tcp://127.0.0.1:*")
        return try #require(socket.lastEndpoint.split(separator: ":").last.map(String.init))
    }

    @Test("a device behind a NAT takes a signed push from whom it dials, and dials again each time that he is gone; a stranger at his place gets nothing")
    func dials() throws {
        let port = try Self.port(), device = try Device(more: "")
        func path(_ name: String) -> String { device.folder.appendingPathComponent(name).path }
        for name in ["arm", "fleet", "stranger"] { #expect(try Programs.stint(["keys", "make", name, "--folder", device.folder.path]).status == 0) }
        #expect(try Programs.stint(["keys", "make", "anna", "--signing", "--folder", device.folder.path]).status == 0)
        try FileManager.default.copyItem(atPath: path("anna.trusted"), toPath: path("trusted.keys"))
        let server = try String(contentsOfFile: path("fleet.public"), encoding: .utf8).split(separator: " ")[0]
        // An address that is not the loopback interface's by its name.
        let endpoint = "tcp://0.0.0.0:\(port)"
        try "\(server) \(endpoint)\n".write(toFile: path("allow.keys"), atomically: true, encoding: .utf8)
        let text = try String(contentsOf: device.config, encoding: .utf8).replacing(
            "[control]", with: "[control]\nprobation = \"300 ms\"\nconnect = [\"\(endpoint)\"]")
        try (text + "[security]\nsecret_key = \"arm.secret\"\nallow = \"allow.keys\"\ntrusted = \"trusted.keys\"\n")
            .write(to: device.config, atomically: true, encoding: .utf8)
        _ = try device.start()

        // He who has the port first is not who the device dials.
        do {
            let context = try Context(), pair = try CurveKeyPair.random(), arm = try String(contentsOfFile: path("arm.public"), encoding: .utf8).split(separator: " ")[0]
            let gatekeeper = try Gatekeeper(allowing: [try #require(CurveKey(arm))], in: context)
            var stranger = try Socket(.router, in: context), poller = Poller(capacity: 1)
            try stranger.admitOnlyKnown(as: pair, by: gatekeeper)
            try stranger.set(.routerMandatory, to: 1)
            try stranger.bind(endpoint)
            _ = poller.add(gatekeeper.socket)
            for _ in 0..<30 {
                _ = try poller.wait(milliseconds: 100)
                try gatekeeper.answer(8)
                #expect(throws: SocketError.self) { try stranger.send("arm", more: true) }
            }
            #expect(gatekeeper.counts == (0, 0))
        }

        func stint(_ words: String...) throws -> (status: Int32, said: String) {
            try Programs.stint(words + ["--listen", endpoint, "--peer", "arm", "--key", path("fleet.secret"), "--server-key", path("arm.public")])
        }
        let status = try stint("status", "--json")
        #expect(status.status == 0, "\(status.said)")
        try (text + "[drift]\nregimes = 3\n").write(toFile: path("new.toml"), atomically: true, encoding: .utf8)
        let unsigned = try stint("push", path("new.toml"))
        #expect(unsigned.status == 1 && unsigned.said.contains("not signed"), "\(unsigned.said)")
        let pushed = try stint("push", path("new.toml"), "--sign", path("anna.signing"))
        #expect(pushed.status == 0, "\(pushed.said)")
        let config = try #require((try device.ask("status")["result"] as? [String: Any])?["config"] as? [String: Any])
        #expect(config["last_good_revision"] as? Int == 1 && config["signer"] as? String == "anna")
    }

    @Test("a config that dials beyond this machine without keys, without the key of whom it dials, or without a name of its own does not start")
    func failsClosed() throws {
        let device = try Device()
        func path(_ name: String) -> String { device.folder.appendingPathComponent(name).path }
        #expect(try Programs.stint(["keys", "make", "arm", "--folder", device.folder.path]).status == 0)
        try FileManager.default.copyItem(atPath: path("arm.public"), toPath: path("allow.keys"))
        let text = try String(contentsOf: device.config, encoding: .utf8).replacing("[control]", with: "[control]\nconnect = [\"tcp://192.0.2.1:5600\"]")
        let keys = "[security]\nsecret_key = \"arm.secret\"\nallow = \"allow.keys\"\n"
        for (config, reason) in [
            (text, "every socket needs CURVE"), (text + keys, "no key of tcp://192.0.2.1:5600, where [control] connects to"),
            ((text + keys).replacing("id = \"arm\"", with: ""), "device.id"),
        ] {
            try config.write(to: device.config, atomically: true, encoding: .utf8)
            let process = Process(), pipe = Pipe()
            process.executableURL = URL(fileURLWithPath: "\(Programs.folder)/stintd")
            process.arguments = [device.config.path]
            process.standardError = pipe
            process.standardOutput = FileHandle.nullDevice
            try process.run()
            let said = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            process.waitUntilExit()
            #expect(process.terminationStatus == 1 && said.contains(reason), "\(said)")
        }
    }
}
