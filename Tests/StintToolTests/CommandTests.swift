import Foundation
import StintConfig
import Testing

@testable import StintTool

/// A folder of its own for each test, removed after.
private final class Folder {
    let path = NSTemporaryDirectory() + "stint-" + UUID().uuidString
    init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Writes a file and returns its path.
    func file(_ name: String, _ text: String) throws -> String {
        try text.write(toFile: path + "/" + name, atomically: true, encoding: .utf8)
        return path + "/" + name
    }

    func text(_ name: String) throws -> String { try String(contentsOfFile: path + "/" + name, encoding: .utf8) }
}

/// The verbs as the command line calls them.
@Suite(.serialized) struct CommandTests {
    private let folder: Folder
    private let config, recording: String

    init() throws {
        folder = try Folder()
        config = try folder.file("stint.toml", regression)
        recording = try folder.file("a.csv", StintToolTests.recording(0..<300) { "\($0 % 17)" })
    }

    private func run(_ arguments: String...) -> Int32 { Tool.status(of: arguments) }

    @Test("exit codes: 0 done, 1 refused, 2 usage, 3 not reached")
    func exitCodes() throws {
        let out = folder.path + "/out.jsonl"
        #expect(run("replay", "-c", config, recording, "-o", out, "--summary", folder.path + "/s.json") == 0)
        #expect(run("replay", "-c", try folder.file("bad.toml", "[memroy]\n"), recording) == 1)
        #expect(run("replay", "-c", config, try folder.file("empty.csv", "")) == 1)
        #expect(run("replay") == 2)
        #expect(run("replay", recording, "--burn-in", "1") == 2)
        #expect(run("replay", recording, "--delay", "many") == 2)
        #expect(run("replay", recording, recording, "--state-out", out) == 2)
        #expect(run("nonsense") == 2)
        #expect(run("merge", folder.path + "/a.state", folder.path + "/b.state", "-o", folder.path + "/c.state") == 3)
        #expect(run("replay", "-c", config, folder.path + "/missing.csv") == 3)
        #expect(run("replay", "-c", folder.path + "/missing.toml", recording) == 3)
        #expect(run("replay", "-c", config, recording, "-o", folder.path + "/no/where.jsonl") == 3)
        #expect(run("check", config) == 0)
        #expect(run("check", folder.path + "/missing.toml") == 3)
    }

    @Test("a calibration is made, read beside the config, and gives every recording one encoder; an edited one is refused")
    func calibrate() throws {
        let other = try folder.file("b.csv", StintToolTests.recording(300..<900) { "\($0 % 13)" })
        let path = folder.path + "/x.calibration"
        #expect(run("calibrate", "-c", config, recording, other, "-o", path) == 0)
        let text = try folder.text("x.calibration")
        #expect(!text.contains(folder.path) && text.contains("name = \"a.csv\"\nrows = 300"))
        func hash(_ recording: String, _ more: [String]) throws -> Substring {
            #expect(Tool.status(of: ["replay", recording, "--summary", folder.path + "/s.json"] + more) == 0)
            return try folder.text("s.json").firstMatch(of: #/"encoder_hash":"(\w+)"/#)!.1
        }
        let shared = try hash(recording, ["-c", config, "--calibration", path])
        #expect(try shared == hash(other, ["-c", config, "--calibration", path]))
        #expect(try shared != hash(recording, ["-c", config]))
        let named = try folder.file("named.toml", regression + "[encoder]\ncalibration = \"x.calibration\"\n")
        #expect(try shared == hash(other, ["-c", named]))
        #expect(run("check", named) == 0)
        // What is to be made is not read.
        #expect(run("calibrate", "-c", named, recording, "-o", folder.path + "/y.calibration") == 0)
        #expect(run("replay", "-c", named, recording, "--seed", "2") == 1)
        #expect(run("replay", "-c", config, recording, "--calibration", folder.path + "/none") == 3)
        _ = try folder.file("x.calibration", text.replacing("rows = 300", with: "rows = 301"))
        #expect(run("replay", "-c", named, recording) == 1)
        #expect(run("check", named) == 1)
        #expect(run("calibrate", "-c", config, try folder.file("short.csv", StintToolTests.recording(0..<63) { _ in "1" }), "-o", path) == 1)
    }

    @Test("inspect takes a calibration by its name or its first byte, and refuses one that was edited")
    func inspectsCalibration() throws {
        let path = folder.path + "/x.calibration"
        #expect(run("calibrate", "-c", config, recording, "-o", path) == 0)
        #expect(run("inspect", path) == 0)
        #expect(run("inspect", path, "--json") == 0)
        let text = try folder.text("x.calibration")
        #expect(run("inspect", try folder.file("another.name", text)) == 0)
        #expect(run("inspect", try folder.file("y.calibration", text.replacing("rows = 300", with: "rows = 301"))) == 1)
        #expect(run("inspect", folder.path + "/none.calibration") == 3)
        let view = try CalibrationView(path: path)
        #expect(view.text.contains("fitted to 300 rows") && view.text.contains("a.csv"))
        #expect(view.text.contains("64 rows to judge by") && text.contains("format = 2"))
        // What no head refers to is not judged.
        let anomalies = try folder.file("anomalies.toml", "[[head]]\nname = \"health\"\nkind = \"anomaly\"\n")
        #expect(run("calibrate", "-c", anomalies, recording, "-o", folder.path + "/z.calibration") == 0)
        let bare = try folder.text("z.calibration")
        #expect(bare.contains("format = 1") && !bare.contains("probe"))
    }

    @Test("options about columns are refused with a capture, by every verb that reads one; alone it is taken")
    func captureOptions() throws {
        let capture = try folder.file("c.jsonl", (0..<100).map { #"{"at":\#($0),"topic":"arm","payload":{"t":\#($0),"x":\#($0 % 17)}}"# + "\n" }.joined())
        let anomalies = try folder.file("health.toml", anomaly)
        #expect(run("replay", "-c", anomalies, capture) == 0)
        #expect(run("calibrate", "-c", anomalies, capture, "-o", folder.path + "/c.calibration") == 0)
        for options in [["--delay", "3"], ["--label", "y=x"], ["--ignore", "x"], ["--time", "none"]] {
            #expect(Tool.status(of: ["replay", "-c", anomalies, capture] + options) == 2)
            #expect(Tool.status(of: ["replay", "-c", anomalies, recording, "--warm", capture] + options) == 2)
            #expect(Tool.status(of: ["calibrate", "-c", anomalies, capture, "-o", folder.path + "/d.calibration"] + options) == 2)
            #expect(Tool.status(of: ["play", capture, "--to", "ipc:///tmp/stint-nowhere"] + options) == 2)
        }
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/d.calibration"))
    }

    @Test("a calibration fitted to a capture is that of the table with the same rows, but for the names of the files")
    func calibratesCaptures() throws {
        let rows = (0..<200).map { ($0, Double($0 * 37 % 101) / 10) }
        let table = try folder.file("t.csv", "t,x\n" + rows.map { "\($0.0),\($0.1)\n" }.joined())
        let frames = rows.map { #"{"at":\#($0.0),"topic":"arm","payload":{"t":\#($0.0),"seq":\#($0.0),"x":\#($0.1)}}"# + "\n" }
        let capture = try folder.file("t.jsonl", #"{"at":0,"topic":"label/y","payload":{"seq":0,"value":1}}"# + "\n" + frames.joined())
        let anomalies = try folder.file("health.toml", anomaly)
        #expect(run("calibrate", "-c", anomalies, table, "-o", folder.path + "/t.calibration") == 0)
        #expect(run("calibrate", "-c", anomalies, capture, "-o", folder.path + "/c.calibration") == 0)
        func fitted(_ name: String) throws -> [Substring] {
            try folder.text(name).split(separator: "\n").filter { !$0.hasPrefix("sha256") && $0 != #"name = "t.csv""# && $0 != #"name = "t.jsonl""# }
        }
        #expect(try fitted("t.calibration") == fitted("c.calibration"))
        #expect(try fitted("c.calibration").contains("rows = 200"))
    }

    @Test("a recording cut in two, with its state handed on, says what the whole says")
    func state() throws {
        let rows = { (range: Range<Int>) in StintToolTests.recording(range) { "\($0 % 17)" } }
        let (first, second) = (try folder.file("1.csv", rows(0..<120)), try folder.file("2.csv", rows(120..<300)))
        let paths = ["whole", "first", "second"].map { "\(folder.path)/\($0).jsonl" }
        let state = folder.path + "/a.state"
        #expect(run("replay", "-c", config, recording, "-o", paths[0]) == 0)
        #expect(run("replay", "-c", config, first, "-o", paths[1], "--state-out", state) == 0)
        #expect(run("replay", "-c", config, second, "-o", paths[2], "--state-in", state) == 0)
        func values(_ name: String) throws -> [Substring] {
            try folder.text(name).split(separator: "\n").map { $0[$0.range(of: "\"head\"")!.lowerBound...] }
        }
        #expect(try values("whole.jsonl") == values("first.jsonl") + values("second.jsonl"))
        // Another seed is another encoder.
        #expect(run("replay", "-c", config, second, "--state-in", state, "--seed", "2") == 1)
        #expect(run("replay", "-c", config, second, "--state-in", folder.path + "/missing.state") == 3)
        #expect(run("replay", "-c", config, second, "--state-in", config) == 1)
    }

    @Test("frozen or not, a state learns when it goes on")
    func frozenState() throws {
        let state = folder.path + "/frozen.state", summary = folder.path + "/s.json"
        #expect(run("replay", "-c", config, recording, "--warm", recording, "--freeze", "--state-out", state) == 0)
        #expect(run("replay", "-c", config, recording, "--state-in", state, "--summary", summary) == 0)
        let json = try JSONSerialization.jsonObject(with: Data(try folder.text("s.json").utf8)) as? [String: Any]
        #expect(json?.figure("labels", "learned") == 300)
    }

    @Test("every kind of `stint init` passes `stint check`", arguments: DefaultText.Kind.allCases)
    func initial(kind: DefaultText.Kind) throws {
        #expect(run("init", "--kind", kind.rawValue) == 0)
        #expect(run("check", try folder.file("\(kind).toml", DefaultText.text(kind: kind))) == 0)
    }

    @Test("a plan over the budget is refused by check, and by replay when a delay makes it so")
    func budget() throws {
        let big = try folder.file("big.toml", regression + "[label]\npending = 100000\n")
        #expect(run("check", big) == 1)
        #expect(run("replay", "-c", config, recording, "--delay", "100000") == 1)
    }
}
