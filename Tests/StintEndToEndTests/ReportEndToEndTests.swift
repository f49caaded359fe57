import Foundation
import StintSockets
import Testing

/// What a device tells of its config without being asked.
@Suite(.enabled(if: Programs.areBuilt, "build the programs first: make build"), .serialized) struct ReportEndToEndTests {
    private func report(_ socket: borrowing Socket) throws -> [String: Any] {
        var part = Message()
        guard try socket.receive(into: &part), part.hasMore, try socket.receive(into: &part) else { return [:] }
        return try JSONSerialization.jsonObject(with: Data(part.bytes)) as? [String: Any] ?? [:]
    }

    private func subscribe(_ device: Device, in context: Context) throws -> Socket {
        var socket = try Socket(.subscribe, in: context)
        try socket.set(.receiveTimeout, to: 10_000)
        try socket.subscribe(to: "config")
        try socket.connect(device.output)
        return socket
    }

    @Test("each subscriber gets the report at once, and each change after it: received, validating, probation, then applied; a refusal with every problem outlasts a restart")
    func reported() throws {
        let device = try Device()
        _ = try device.start()
        let context = try Context()
        let first = try subscribe(device, in: context)
        var said = try report(first)
        #expect(said["type"] as? String == "config" && said["device"] as? String == "arm" && said["status"] as? String == "applied")
        #expect((said["effective"] as? [String: String])?["head.load.target"] == "\"label:load\"")
        let second = try subscribe(device, in: context)
        #expect(try report(second)["revision"] as? Int == 0)
        // The first hears what the second asked for.
        #expect(try report(first)["revision"] as? Int == 0)

        let good = try String(contentsOf: device.config, encoding: .utf8).replacing("[control]", with: "[control]\nprobation = \"300 ms\"") + "[drift]\nregimes = 3\n"
        func push(_ text: String, _ revision: Int) throws {
            let file = device.folder.appendingPathComponent("new.toml")
            try text.write(to: file, atomically: true, encoding: .utf8)
            _ = try Programs.stint(["push", file.path, "--revision", "\(revision)", "--control", device.control])
        }
        try push(good, 4)
        var stages: [String] = []
        while stages.last != "applied" || said["revision"] as? Int != 4 {
            said = try report(second)
            guard let status = said["status"] as? String else { break }
            if stages.last != status { stages.append(status) }
        }
        #expect(stages.contains("received") && stages.suffix(3) == ["validating", "probation", "applied"], "\(stages)")
        #expect((said["effective"] as? [String: String])?["drift.regimes"] == "3" && said["origin"] as? String == "pushed")

        try push(good + "[label]\npending = 0\ntolerance = 3\n", 5)
        while said["status"] as? String != "rejected" {
            said = try report(second)
            guard said["status"] != nil else { break }
        }
        let refused = try #require(said["refused"] as? [String: Any])
        #expect(refused["revision"] as? Int == 5 && (refused["problems"] as? [Any])?.count == 2)
        #expect(device.stop() == 0)
        _ = try device.start()
        let asked = try #require(try device.ask("config.report")["result"] as? [String: Any])
        let told = try #require(asked["refused"] as? [String: Any])
        #expect(asked["status"] as? String == "rejected" && asked["revision"] as? Int == 4 && asked["last_good_revision"] as? Int == 4)
        #expect(told["revision"] as? Int == 5 && (told["reason"] as? String)?.contains("label.pending") == true && (told["reason"] as? String)?.contains("label.tolerance") == true)
    }
}
