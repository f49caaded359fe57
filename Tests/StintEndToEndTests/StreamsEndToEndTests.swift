import Foundation
import StintSockets
import Testing

/// Several streams through the real programs.
@Suite(.enabled(if: Programs.areBuilt, "build the programs first: make build"), .serialized) struct StreamsEndToEndTests {
    /// Two streams, a label, and a forecast of one stream's channel.
    private func configure(_ device: Device, _ resample: String) throws {
        let text = try String(contentsOf: device.config, encoding: .utf8)
        let start = text.range(of: "[[stream]]")!.lowerBound, end = text.range(of: "[output]")!.lowerBound
        let middle = """
            [[stream]]
            name = "imu"
            channels = ["a", "b"]
            rate = "16 Hz"
            resample = "\(resample)"
            [[stream]]
            name = "arm"
            channels = ["q1", "q2"]
            rate = "64 Hz"
            [[head]]
            name = "torque"
            kind = "regression"
            target = "label:tau"
            [[head]]
            name = "next"
            kind = "regression"
            target = ["arm.q1", "imu.a"]
            horizon = "62.5 ms"
            [[head]]
            name = "health"
            kind = "anomaly"

            """
        let whole = String(text[..<start]) + middle + String(text[end...])
        try whole.write(to: device.config, atomically: true, encoding: .utf8)
    }

    /// 64 rows a second; imu has a value in every fourth, in some rows arm has none, and label cells are in those too. Float32 decimals.
    private func recording(_ device: Device, rows: Int) throws -> (url: URL, steps: Int) {
        var text = "t,arm.q1,arm.q2,imu.a,imu.b,label:tau\n", steps = 0
        for row in 0..<rows {
            let (x, y) = (Float(sin(Double(row) * 0.05)), Float(cos(Double(row) * 0.031)))
            let hasArm = row % 50 != 17
            text += "\(1_000_000 + Double(row) / 64)," + (hasArm ? "\(x),\(y)," : ",,")
            text += (row % 4 == 0 ? "\(Float(x * y)),\(row % 12 == 0 ? "" : "\(y)")," : ",,") + "\(Float(2 * x - y))\n"
            steps += hasArm ? 1 : 0
        }
        let url = device.folder.appendingPathComponent("two.csv")
        try text.write(to: url, atomically: true, encoding: .utf8)
        return (url, steps)
    }

    @Test("two streams of different rates say live what they say in replay, to the byte, held or on the line between", arguments: ["hold", "linear"])
    func liveEqualsReplay(resample: String) throws {
        let device = try Device()
        try configure(device, resample)
        let (recording, steps) = try recording(device, rows: 1500)
        let expected = try device.replayed(recording, ["--delay", "3"])
        #expect(expected.count == 3 * steps)
        _ = try device.start()
        var socket = try device.subscriber()
        let feeder = Process()
        feeder.executableURL = URL(fileURLWithPath: "\(Programs.folder)/stint")
        feeder.arguments = ["play", recording.path, "-c", device.config.path, "--to", device.input, "--rate", "max", "--delay", "3"]
        feeder.standardError = FileHandle.nullDevice
        try feeder.run()
        let live = try device.collect(3 * steps, from: &socket)
        feeder.waitUntilExit()
        let status = try #require(try device.ask("status")["result"] as? [String: Any])
        let streams = try #require(status["streams"] as? [String: [String: Any]])
        #expect(streams["arm"]?["frames"] as? Int == steps && streams["imu"]?["frames"] as? Int == 375)
        #expect(status["allocations_per_frame"] as? Double == 0)
        let dropped = try #require(status["dropped"] as? [String: Int]).filter { $0.value > 0 }
        // A label of a row without a step goes by its time, to a step that has one of its own.
        #expect(Set(dropped.keys) == ["label_duplicate"])
        #expect(device.stop() == 0)
        #expect(live.count == expected.count)
        let differing = zip(live, expected).first { $0 != $1 }
        #expect(differing == nil, "\(differing?.0 ?? "") \(differing?.1 ?? "")")
        #expect(live.last { $0.contains("\"next\"") }?.contains(#""targets":["arm.q1","imu.a"]"#) == true)
    }
}
