import Foundation
import StintSockets
import Testing

/// The real programs over real ZeroMQ.
@Suite(.enabled(if: Programs.areBuilt, "build the programs first: make build"), .serialized) struct EndToEndTests {
    @Test("what the daemon publishes for a played recording is what replay writes, to the byte; then it stops with 0")
    func liveEqualsReplay() throws {
        let device = try Device()
        let recording = try device.recording("run.csv", rows: 0..<1200)
        let ready = try device.start()
        #expect(ready.contains(#""ready":true"#) && ready.contains(#""resumed":false"#))
        var socket = try device.subscriber()
        let feeder = try played(recording, to: device)
        let live = try device.collect(3 * 1200, from: &socket)
        feeder.waitUntilExit()
        #expect(feeder.terminationStatus == 0)
        #expect(device.stop() == 0)
        let expected = try device.replayed(recording)
        #expect(live.count == expected.count)
        #expect(zip(live, expected).allSatisfy { $0 == $1 })
    }

    @Test("inspect tells the sections and the heads of a checkpoint, and refuses one that is damaged")
    func inspects() throws {
        let device = try Device()
        let recording = try device.recording("run.csv", rows: 0..<300)
        _ = try device.start()
        var socket = try device.subscriber()
        let feeder = try played(recording, to: device)
        _ = try device.collect(900, from: &socket)
        feeder.waitUntilExit()
        #expect(device.stop() == 0)
        // The first checkpoint is in slot a, that of the end in slot b.
        let state = device.folder.appendingPathComponent("state/b.state")
        let said = try Programs.stintOutput(["inspect", state.path, "-c", device.config.path, "--json"])
        let facts = try #require(try JSONSerialization.jsonObject(with: Data(said.output.utf8)) as? [String: Any])
        #expect(said.status == 0 && facts["whole"] as? Bool == true && facts["device"] as? String == "arm")
        let heads = try #require(facts["heads"] as? [[String: Any]])
        #expect(heads.map { $0["name"] as? String } == ["torque", "load", "health"])
        #expect((heads[1]["classes"] as? [String])?.isEmpty == false && (heads[0]["labels"] as? Int ?? 0) > 100)
        #expect(facts["under_config"] as? String == "it goes on, bit by bit")
        #expect((facts["lineage"] as? [String: Any])?["birthplace"] as? String == "arm")
        #expect((facts["sections"] as? [[String: Any]])?.allSatisfy { $0["whole"] as? Bool == true } == true)

        var bytes = try Data(contentsOf: state)
        bytes[bytes.count / 2] ^= 1
        try bytes.write(to: state)
        let damaged = try Programs.stint(["inspect", state.path])
        #expect(damaged.status == 1 && damaged.said.contains("damaged"))
        #expect(try Programs.stint(["inspect", recording.path]).status == 1)
        #expect(try Programs.stint(["inspect", recording.path + ".none"]).status == 3)
    }

    @Test("windows in time, their statistics and a calibration: live lines are those of replay, and every recording has one encoder")
    func calibrated() throws {
        let device = try Device(
            more: "[window]\nlength = \"1 s\"\nevery = \"250 ms\"\n[encoder]\ncalibration = \"arm.calibration\"\n")
        let fitted = try device.recording("fitted.csv", rows: 0..<1500, seed: 9)
        let file = device.folder.appendingPathComponent("arm.calibration")
        #expect(try Programs.stint(["calibrate", "-c", device.config.path, fitted.path, "-o", file.path]).status == 0)
        let recording = try device.recording("run.csv", rows: 0..<1200)
        _ = try device.start()
        var socket = try device.subscriber()
        let feeder = try played(recording, to: device)
        // 64 rows a second: windows end at row 63 and then every 16.
        let live = try device.collect(3 * 72, from: &socket)
        feeder.waitUntilExit()
        #expect(device.stop() == 0)
        let expected = try device.replayed(recording)
        #expect(expected.count == 3 * 72 && live.count == expected.count)
        #expect(zip(live, expected).allSatisfy { $0 == $1 })
        try Data(try Data(contentsOf: file).dropLast(20)).write(to: file)
        let refused = try Programs.stint(["replay", "-c", device.config.path, recording.path])
        #expect(refused.status == 1 && refused.said.contains("arm.calibration:4:1"))
    }

    @Test("after a stop it goes on as if it had not stopped")
    func resumes() throws {
        let device = try Device()
        let whole = try device.recording("whole.csv", rows: 0..<900)
        let (first, second) = (try device.recording("first.csv", rows: 0..<600), try device.recording("second.csv", rows: 600..<900))
        _ = try device.start()
        var socket = try device.subscriber()
        let before = try played(first, to: device)
        _ = try device.collect(3 * 600, from: &socket)
        before.waitUntilExit()
        #expect(device.stop() == 0)
        #expect(try device.start().contains(#""resumed":true"#))
        let after = try played(second, to: device)
        let live = try device.collect(3 * 300, from: &socket)
        after.waitUntilExit()
        #expect(device.stop() == 0)
        func anonymous(_ lines: [String]) -> [String] { lines.map { $0.replacing(#/"seq":\d+,/#, with: "") } }
        let expected = anonymous(try device.replayed(whole)).suffix(3 * 300)
        #expect(live.count == expected.count && zip(anonymous(live), expected).allSatisfy { $0 == $1 })
    }

    @Test("a subscriber that never reads costs another one nothing")
    func slowSubscriber() throws {
        let device = try Device()
        let rows = 5000
        let recording = try device.recording("run.csv", rows: 0..<rows)
        _ = try device.start()
        var stuck = try Socket(.subscribe, in: device.context)
        try stuck.set(.receiveHighWater, to: 1)
        try stuck.connect(device.output)
        try stuck.subscribe(to: "")
        var socket = try device.subscriber()
        let feeder = try played(recording, to: device)
        // More messages than the daemon queues for one subscriber, so the stuck one does lose some.
        let live = try device.collect(3 * rows, from: &socket)
        feeder.waitUntilExit()
        #expect(live.count == 3 * rows)
        #expect(device.stop() == 0)
    }

    /// Payload on a topic, the reason it is counted under, and by how much.
    static let bad: [(name: String, topic: String, payload: [UInt8], reason: String)] = {
        func packed(version: UInt8 = 1, channels: UInt16 = 4, samples: UInt32 = 1, bytes: Int = 16) -> [UInt8] {
            var header: [UInt8] = [0xF5, version]
            withUnsafeBytes(of: channels.littleEndian) { header += $0 }
            withUnsafeBytes(of: samples.littleEndian) { header += $0 }
            header += [UInt8](repeating: 0, count: 24)
            return header + [UInt8](repeating: 0, count: bytes)
        }
        return [
            ("cut JSON", "arm", Array(#"{"t":1,"q1":"#.utf8), "malformed"),
            ("text after the object", "arm", Array(#"{"q1":1} x"#.utf8), "malformed"),
            ("NaN as a token", "arm", Array(#"{"q1":NaN}"#.utf8), "malformed"),
            ("nested 50 000 deep", "arm", [UInt8](repeating: 0x5B, count: 50_000), "malformed"),
            ("invalid UTF-8", "arm", Array(#"{""#.utf8) + [0xFF, 0xFE] + Array(#"":1}"#.utf8), "malformed"),
            ("a string for a time", "arm", Array(#"{"t":"now","q1":1}"#.utf8), "wrong_shape"),
            ("a sequence of 2⁶⁴", "arm", Array(#"{"seq":18446744073709551616,"q1":1}"#.utf8), "wrong_shape"),
            ("too few values", "arm", Array(#"{"values":[1,2,3]}"#.utf8), "wrong_shape"),
            ("packed, cut", "arm", packed(bytes: 15), "malformed"),
            ("packed, version 2", "arm", packed(version: 2), "malformed"),
            ("packed, claims 2³² − 1 samples", "arm", packed(samples: .max), "malformed"),
            ("packed, claims 65 535 channels", "arm", packed(channels: 65535), "malformed"),
            ("packed, five channels", "arm", packed(channels: 5, bytes: 20), "wrong_shape"),
            ("a topic that begins like the stream's", "arm2", Array(#"{"q1":1}"#.utf8), "unknown_topic"),
            ("a frame that was seen", "arm", Array(#"{"seq":299,"q1":1}"#.utf8), "duplicate"),
            ("a label long gone", "label/load", Array(#"{"seq":99999,"value":"empty"}"#.utf8), "label_late"),
            ("a label for nothing", "label/tau1", Array(#"{"value":1}"#.utf8), "label_unplaced"),
            ("a label that is no number", "label/tau1", Array(#"{"seq":299,"value":"much"}"#.utf8), "label_invalid"),
            ("a second label", "label/load", Array(#"{"seq":299,"value":"empty"}"#.utf8), "label_duplicate"),
        ]
    }()

    @Test("bad input is counted once, by its reason, and changes no prediction")
    func badInput() throws {
        let device = try Device()
        let recording = try device.recording("run.csv", rows: 0..<600)
        let all = try Robot.rows(of: recording)
        _ = try device.start()
        var socket = try device.subscriber()
        let robot = try Robot(device)
        try robot.send(all[0..<300], from: 0)
        var live = try device.collect(900, from: &socket)
        func dropped() throws -> [String: Int] {
            let result = try device.ask("status")["result"] as? [String: Any]
            return (result?["dropped"] as? [String: Int] ?? [:]).filter { $0.value > 0 }
        }
        var expected = try dropped()
        #expect(expected.isEmpty)
        for item in Self.bad {
            try item.payload.withUnsafeBytes { bytes in
                _ = try robot.publisher.send(item.topic, more: true)
                _ = try robot.publisher.send(bytes)
            }
            expected[item.reason, default: 0] += 1
        }
        _ = try robot.publisher.send("arm", more: true)
        _ = try robot.publisher.send("{}", more: true)
        _ = try robot.publisher.send("{}")
        expected["wrong_parts", default: 0] += 1
        try robot.send(all[300..<600], from: 300)
        live += try device.collect(900, from: &socket)
        let counted = try dropped()
        #expect(counted == expected, "\(counted)")
        let status = try #require(try device.ask("status")["result"] as? [String: Any])
        #expect(status["allocations_per_frame"] as? Double == 0)
        #expect(device.stop() == 0)
        let replayed = try device.replayed(recording)
        #expect(live.count == replayed.count && zip(live, replayed).allSatisfy { $0 == $1 })
    }

    private func played(_ recording: URL, to device: Device) throws -> Process {
        try running(["play", recording.path, "-c", device.config.path, "--to", device.input, "--rate", "max"])
    }

    private func running(_ arguments: [String]) throws -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "\(Programs.folder)/stint")
        process.arguments = arguments
        process.standardError = FileHandle.nullDevice
        try process.run()
        return process
    }
}
