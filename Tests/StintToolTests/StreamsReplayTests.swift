import StintConfig
import StintWire
import Testing

@testable import StintTool

/// Several streams in one recording, and forecasts.
@Suite struct StreamsReplayTests {
    private static func streams(_ resample: String = "hold") -> String {
        """
        [[stream]]
        name = "arm"
        channels = "*"
        rate = "10 Hz"
        [[stream]]
        name = "imu"
        channels = ["z"]
        rate = "5 Hz"
        resample = "\(resample)"

        """
    }

    private func text(_ rows: Int) -> String {
        "t,imu.z,arm.q,label:y\n"
            + (0..<rows).map { i in
                let q = Double(i * 37 % 101) / 10
                return "\(Double(i) / 10),\(i % 2 == 0 ? "\(i % 7)" : ""),\(i % 9 == 4 ? "" : "\(q)"),\(2 * q)\n"
            }.joined()
    }

    @Test("a row in which the clock's stream has nothing gives no line; every other gives one a head, held or waiting", arguments: ["hold", "linear"])
    func lines(resample: String) throws {
        let replayed = try replay([text(400)], config: Self.streams(resample) + regression + anomaly)
        let rows = (0..<400).filter { $0 % 9 != 4 }
        #expect(replayed.of("y").compactMap(\.row) == rows)
        #expect(replayed.of("health").compactMap(\.row) == rows)
        // A held stream is no gap within its own period.
        #expect(replayed.lines.allSatisfy { $0["gaps"] == nil })
        #expect(replayed.total.rows == 400)
        #expect(replayed.total.labels.seen == 400 && replayed.total.labels.learned == UInt64(rows.count))
        let nmse = try #require(replayed.summary.figure("heads", "y", "nmse"))
        // The rows before the first fit are among them.
        #expect(nmse < 0.5)
    }

    @Test("waiting changes when a line is written, not what labels it has seen: with a stream that stands still both ways agree")
    func waiting() throws {
        let still = "t,imu.z,arm.q,label:y\n" + (0..<500).map { "\(Double($0) / 10),\($0 % 2 == 0 ? "1" : ""),\($0 * 37 % 101),\($0 * 37 % 101 + 3)\n" }.joined()
        let (held, linear) = (
            try replay([still], config: Self.streams() + regression), try replay([still], config: Self.streams("linear") + regression)
        )
        let isEqual = held.lines.map(\.text) == linear.lines.map(\.text)
        #expect(isEqual && held.lines.count == 500)
        #expect(held.summary.figure("heads", "y", "nmse") == linear.summary.figure("heads", "y", "nmse"))
        #expect(held.summary.figure("heads", "y", "no_change", "nmse") == linear.summary.figure("heads", "y", "no_change", "nmse"))
    }

    @Test("a forecast is scored against the value that came, beside the newest value at its issue, and its line says the time it is of")
    func forecast() throws {
        let wave = "t,x\n" + (0..<1200).map { "\(Double($0) / 10),\(Float(triangle($0)))\n" }.joined()
        let config = "[[head]]\nname = \"f\"\nkind = \"regression\"\ntarget = \"x\"\nhorizon = \"500 ms\"\n[[stream]]\nrate = \"10 Hz\"\n"
        let replayed = try replay([wave], config: config)
        #expect(Int(try #require(replayed.summary.figure("heads", "f", "n"))) == 1200 - 60 - 5)
        let (own, no) = (try #require(replayed.summary.figure("heads", "f", "mae")), try #require(replayed.summary.figure("heads", "f", "no_change", "mae")))
        // Five rows of a slope of 0.1 a row, less at the turns.
        #expect(no > 0.3 && no <= 0.5 && own < 0.3 * no)
        let line = try #require(replayed.of("f").last)
        let (issued, target) = (try #require(line["t"] as? Double), try #require(line["t_target"] as? Double))
        #expect(issued == 119.9 && abs(target - 120.4) < 1e-9)
        #expect(line["targets"] as? [String] == ["x"])
        let truth = (60..<1195).map { abs(Float(replayed.of("f")[$0].value[0]) - Float(triangle($0 + 5))) }
        #expect(abs(Double(truth.reduce(0, +)) / 1135 - own) < 1e-4)
    }

    private func triangle(_ i: Int) -> Double { Double(abs(i % 80 - 40)) / 10 }

    @Test("play sends each stream's cells to its own topic, the clock's last, numbered by themselves, and a label without a frame by its time")
    func played() throws {
        let text = "t,arm.q,imu.z,label:y\n0,1,2,3\n0.5,,4,5\n1,6,,7\n"
        let config = try Config.parse(Array((Self.streams() + regression).utf8), fileName: "stint.toml")
        let recording = try Recording("two.csv", MappedFile(copying: Array(text.utf8)), CSVRoles())
        var played = try PlayedRecording(recording, as: PlayedStream(config, name: "stint.toml"), delay: 0)
        var all: [String] = []
        while played.next() != nil {
            while let topic = played.nextFrame() { all.append("\(topic) \(String(decoding: played.frame, as: UTF8.self))") }
            while let label = played.nextLabel() { all.append("\(label.topic) \(String(decoding: label.payload, as: UTF8.self))") }
        }
        #expect(
            all == [
                #"imu {"t":0,"seq":0,"z":2}"#, #"arm {"t":0,"seq":0,"q":1}"#, #"label/y {"seq":0,"value":3}"#,
                #"imu {"t":0.5,"seq":1,"z":4}"#, #"label/y {"t":0.5,"value":5}"#,
                #"arm {"t":1,"seq":1,"q":6}"#, #"label/y {"seq":1,"value":7}"#,
            ])
    }
}
