import Foundation
import Stint
import StintConfig
import StintWire
import Testing

@testable import StintTool

@Suite struct CaptureReplayTests {
    /// A hundred frames and labels of a line, as messages in some order of coming.
    private func capture(_ rows: Int, late: Int = 0, sendsSequence: Bool = true, packed: Bool = false) -> [UInt8] {
        var out = ByteWriter()
        func write(_ at: Int, _ topic: String, _ payload: [UInt8]) {
            Array(topic.utf8).withUnsafeBytes { topic in
                payload.withUnsafeBytes { payload in
                    _ = CaptureLine.write(CapturedMessage(at: Int64(at) * 1_000_000, topic: topic, payload: payload), into: &out)
                }
            }
            out.append(byte: 0x0A)
        }
        for row in 0..<rows + late {
            if row < rows {
                write(row, "arm", Array(#"{"t":\#(row),"seq":\#(row),"x":\#(Self.value(row))}"#.utf8))
            }
            let labelled = row - late
            if labelled >= 0 {
                let moment = sendsSequence ? "\"seq\":\(labelled)" : "\"t\":\(Double(labelled) + 0.25)"
                write(row, "label/y", Array("{\(moment),\"value\":\(2 * Self.value(labelled) + 1)}".utf8))
            }
            write(row, "prediction/y", Array("{}".utf8))
        }
        return Array(out.bytes)
    }

    private static func value(_ row: Int) -> Double { Double(row * 37 % 101) / 10 }

    private func table(_ rows: Int) -> String {
        "t,x,label:y\n" + (0..<rows).map { "\($0),\(Self.value($0)),\(2 * Self.value($0) + 1)\n" }.joined()
    }

    private func run(_ recording: Recording, config: String?, delay: Int = 0) throws -> (lines: [String], summary: [String: Any]) {
        var options = ReplayOptions()
        options.config = config.map { ("stint.toml", Array($0.utf8)) }
        options.delay = delay
        let setup = try ReplaySetup([recording], options), replay = Replay(setup)
        let bytes = Bytes()
        var sink = LineSink { bytes.all += $0 }
        try replay.run(into: &sink)
        var json = ByteWriter()
        Summary(replay, setup).write(into: &json)
        let summary = try JSONSerialization.jsonObject(with: Data(json.bytes)) as! [String: Any]
        return (String(decoding: bytes.all, as: UTF8.self).split(separator: "\n").map(String.init), summary)
    }

    private final class Bytes { var all: [UInt8] = [] }

    private func open(_ bytes: [UInt8]) throws -> Recording { try Recording("c.jsonl", captured: MappedFile(copying: bytes)) }

    private static let config = "[[stream]]\nname = \"arm\"\nchannels = [\"x\"]\nrate = \"1 Hz\"\n" + regression

    @Test("A capture replays to the lines and the figures of the table that it was played from", arguments: [(0, true), (5, true), (0, false), (5, false)])
    func same(late: Int, sendsSequence: Bool) throws {
        let rows = 400
        let csv = try run(try Recording("c.jsonl", MappedFile(copying: Array(table(rows).utf8)), CSVRoles()), config: Self.config, delay: late)
        let captured = try run(try open(capture(rows, late: late, sendsSequence: sendsSequence)), config: Self.config)
        #expect(captured.lines.count == rows && captured.lines == csv.lines)
        // The table's end leaves labels that are not due; in a capture they came.
        for figure in ["n", "mae", "rmse", "coverage", "not_ready"] {
            #expect(captured.summary.figure("heads", "y", figure) == csv.summary.figure("heads", "y", figure), "\(figure)")
        }
    }

    @Test("Without a config the channels are the keys of the frames, and the one stream is the input")
    func implicit() throws {
        let said = try run(try open(capture(200)), config: nil)
        #expect(said.lines.filter { $0.contains(#""head":"y""#) }.count == 200)
        let (own, no) = (try #require(said.summary.figure("heads", "y", "mae")), try #require(said.summary.figure("heads", "y", "no_change", "mae")))
        #expect(own < no)
    }

    @Test("A row is a frame, in whatever form and company it comes")
    func forms() throws {
        var out = ByteWriter()
        for (index, payload) in [#"[{"seq":0,"t":0,"x":1},{"seq":1,"t":1,"x":2}]"#, #"{"t":2,"seq":2,"values":[3]}"#, "{", #"[{"n":"arm/x","bt":1700000000,"v":4}]"#, #"{"t":1700000001,"x":5}"#].enumerated() {
            Array(payload.utf8).withUnsafeBytes { payload in
                Array("arm".utf8).withUnsafeBytes { _ = CaptureLine.write(CapturedMessage(at: Int64(index), topic: $0, payload: payload), into: &out) }
            }
            out.append(byte: 0x0A)
        }
        let said = try run(try open(Array(out.bytes)), config: Self.config.replacing(regression, with: anomaly))
        #expect(said.lines.compactMap { $0.firstMatch(of: #/"row":(\d+)/#)?.1 } == ["0", "1", "2", "3", "4"])
        #expect((said.summary["dropped"] as? [String: Int])?["malformed"] == 1)
    }

    @Test("A capture that is none is refused with its line; one that was cut short goes as far as it is whole")
    func bad() throws {
        let problem = try thrown(Failure.self) { try open(Array("{}\n".utf8)) }
        #expect(problem.exitCode == 1 && problem.message.hasPrefix("c.jsonl: line 1: "))
        let whole = capture(100)
        let recording = try open(Array(whole.dropLast(5)))
        #expect(recording.capture?.isTorn == true)
        #expect(try run(recording, config: Self.config).lines.count == 100)
    }
}
