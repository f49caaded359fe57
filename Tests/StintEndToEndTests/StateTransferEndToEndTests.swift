import Foundation
import StintSockets
import Testing

/// States that leave a running daemon and come into another.
@Suite(.enabled(if: Programs.areBuilt, "build the programs first: make build"), .serialized) struct StateTransferEndToEndTests {
    /// A device that has the calibration of another, or one of its own, and has lived the recording.
    private func device(_ recording: String, rows: Range<Int>, seed: UInt64 = 3, more: String = "", calibration: URL? = nil) throws -> (Device, URL) {
        let device = try Device(more: "[encoder]\ncalibration = \"arm.calibration\"\n" + more)
        let file = device.folder.appendingPathComponent("arm.calibration")
        if let calibration {
            try FileManager.default.copyItem(at: calibration, to: file)
        } else {
            let fitted = try device.recording("fitted.csv", rows: 0..<1500, seed: 9)
            #expect(try Programs.stint(["calibrate", "-c", device.config.path, fitted.path, "-o", file.path]).status == 0)
        }
        return (device, try device.recording(recording, rows: rows, seed: seed))
    }

    /// What the device says of rows of its recording, sent to it by a robot.
    private func live(_ device: Device, _ robot: Robot, _ socket: inout Socket, _ recording: URL, _ rows: Range<Int>) throws -> [String] {
        try robot.send(try Robot.rows(of: recording)[rows], from: rows.lowerBound)
        let lines = try device.collect(3 * rows.count, from: &socket)
        #expect(lines.count == 3 * rows.count)
        return lines
    }

    @Test("what one device knows goes into another that is running, and is held against its rows; one that is wrong about them changes nothing, to the byte")
    func travels() throws {
        let (old, life) = try device("first.csv", rows: 0..<1600)
        let calibration = old.folder.appendingPathComponent("arm.calibration")
        _ = try old.start()
        var oldSocket = try old.subscriber()
        _ = try live(old, try Robot(old), &oldSocket, life, 0..<1600)
        let state = old.folder.appendingPathComponent("old.state").path
        #expect(try Programs.stint(["state", "export", state, "--control", old.control]).status == 0)
        #expect(try Programs.stint(["inspect", state]).status == 0)
        #expect(old.stop() == 0)

        let (young, other) = try device("second.csv", rows: 0..<500, seed: 4, calibration: calibration)
        _ = try young.start()
        var socket = try young.subscriber()
        let robot = try Robot(young)
        var lines = try live(young, robot, &socket, other, 0..<200)
        let refused = try Programs.stint(["state", "import", try turned(young, calibration), "--control", young.control])
        #expect(refused.status == 1 && refused.said.contains("wrong about the"), "\(refused.said)")
        let damaged = young.folder.appendingPathComponent("damaged.state")
        try Data(try Data(contentsOf: URL(fileURLWithPath: state)).dropLast(9)).write(to: damaged)
        let torn = try Programs.stint(["state", "import", damaged.path, "--control", young.control])
        #expect(torn.status == 1 && torn.said.contains("cut short"), "\(torn.said)")
        // As if nobody had asked.
        lines += try live(young, robot, &socket, other, 200..<400)
        let alone = try young.replayed(other)
        #expect(lines.elementsEqual(alone.prefix(1200)))

        let taken = try Programs.stintOutput(["state", "import", state, "--json", "--control", young.control])
        let facts = try #require(try JSONSerialization.jsonObject(with: Data(taken.output.utf8)) as? [String: Any])
        let torque = try #require((facts["heads"] as? [String: Any])?["torque"] as? [String: Any])
        #expect(taken.status == 0 && torque["fate"] as? String == "kept" && torque["rows"] as? Int ?? 0 > 100)
        lines = try live(young, robot, &socket, other, 400..<500)
        #expect(lines.allSatisfy { $0.contains("\"ready\":true") } && !lines.elementsEqual(alone.suffix(300)))
        #expect(young.stop() == 0)
        let slots = young.folder.appendingPathComponent("state").path
        let said = try Programs.stintOutput(["inspect", slots]).output
        #expect(said.contains("imported of arm") && said.contains("1700 labels"), "\(said)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: slots).filter { $0.hasPrefix("import") }.isEmpty)
    }

    /// The labels turned round: a state that is whole, has the same encoder, and is wrong about everything.
    private func turned(_ device: Device, _ calibration: URL) throws -> String {
        let turned = try device.recording("turned.csv", rows: 0..<1500, seed: 4), state = device.folder.appendingPathComponent("turned.state").path
        let rows = try String(contentsOf: turned, encoding: .utf8).split(separator: "\n").enumerated().map { index, row in
            guard index > 0 else { return String(row) }
            var cells = row.split(separator: ",").map(String.init)
            for at in [5, 6] { cells[at] = cells[at].hasPrefix("-") ? String(cells[at].dropFirst()) : "-" + cells[at] }
            return cells.joined(separator: ",")
        }
        try rows.joined(separator: "\n").write(to: turned, atomically: true, encoding: .utf8)
        #expect(try Programs.stint(["replay", "-c", device.config.path, turned.path, "--state-out", state, "-o", "/dev/null"]).status == 0)
        return state
    }

    @Test("pieces out of place, too long or of no base64 are refused, and so is a state that memory has no room for")
    func refusesPieces() throws {
        let (device, _) = try device("run.csv", rows: 0..<2)
        _ = try device.start()
        func code(_ params: String) throws -> Int? { ((try device.ask("state.import", params))["error"] as? [String: Any])?["code"] as? Int }
        #expect(try code(#"{}"#) == -32602)
        #expect(try code(#"{"bytes":9,"offset":3,"data":"AAAA"}"#) == -32602)
        #expect(try code(#"{"bytes":2,"offset":0,"data":"AAAA"}"#) == -32602)
        #expect(try code(#"{"bytes":9,"offset":0,"data":"!"}"#) == -32602)
        #expect(try code(#"{"bytes":1000000000,"offset":0,"data":"AAAA"}"#) == 5)
        let begun = try device.ask("state.import", #"{"bytes":9,"offset":0,"data":"AAAA"}"#)
        #expect((begun["result"] as? [String: Any])?["received"] as? Int == 3)
        #expect(try code(#"{"bytes":9,"offset":0,"data":""}"#) == -32602)
        // Whole, and no state.
        #expect(try code(#"{"bytes":3,"offset":0,"data":"AAAA"}"#) == 6)
        func refusal(_ params: String) throws -> Int? { ((try device.ask("state.export", params))["error"] as? [String: Any])?["code"] as? Int }
        #expect(try refusal(#"{"generation":99}"#) == 3)
        #expect(try refusal(#"{"offset":1000000000}"#) == -32602)
        #expect(try refusal(#"{"offset":-1}"#) == -32602)
        #expect(device.stop() == 0)
    }

    @Test("with a key nothing on the disk can be read, and the daemon goes on from it as if there were none")
    func sealed() throws {
        let (device, recording) = try device("whole.csv", rows: 0..<700)
        let key = device.folder.appendingPathComponent("states.key").path
        #expect(try Programs.stint(["keys", "state", key]).status == 0)
        #expect(try Programs.stint(["keys", "state", key]).status == 1)
        let text = try String(contentsOf: device.config, encoding: .utf8)
        try text.replacing("[state]\n", with: "[state]\nkey = \"states.key\"\n").write(to: device.config, atomically: true, encoding: .utf8)
        _ = try device.start()
        var socket = try device.subscriber()
        var lines = try live(device, try Robot(device), &socket, recording, 0..<600)
        #expect(device.stop() == 0)
        let state = device.folder.appendingPathComponent("state/b.state").path
        #expect(try Programs.stintOutput(["inspect", state]).output.contains("takes its key"))
        #expect(try Programs.stintOutput(["inspect", state, "--state-key", key]).output.contains("REGR"))
        #expect(try Programs.stint(["replay", "-c", device.config.path, recording.path, "--state-in", state]).status == 1)
        #expect(try device.start().contains(#""resumed":true"#))
        socket = try device.subscriber()
        lines += try live(device, try Robot(device), &socket, recording, 600..<700)
        #expect(device.stop() == 0)
        #expect(lines.elementsEqual(try device.replayed(recording)))
        let exported = device.folder.appendingPathComponent("sealed.state").path
        _ = try device.start()
        #expect(try Programs.stint(["state", "export", exported, "--control", device.control]).status == 0)
        #expect(try Programs.stint(["inspect", exported, "--state-key", key]).status == 0)
        #expect(device.stop() == 0)
    }
}
