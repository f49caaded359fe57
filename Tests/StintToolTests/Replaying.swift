import Foundation
import Stint
import StintConfig
import StintWire

@testable import StintTool

/// What a replay of texts said.
struct Replayed {
    var lines: [Line] = []
    let total: Tally
    let files: [Tally]
    let remarks: [String]
    let summary: [String: Any]

    struct Line {
        let text: String
        let keys: [String: Any]
        subscript(key: String) -> Any? { keys[key] }
        var row: Int? { keys["row"] as? Int }
        var file: Int? { keys["file"] as? Int }
        var value: [Double] { (keys["value"] as? [Any])?.compactMap { $0 as? Double } ?? [] }
    }

    func of(_ head: String) -> [Line] { lines.filter { $0["head"] as? String == head && $0["type"] as? String == "prediction" } }
    var events: [Line] { lines.filter { $0["type"] as? String == "event" } }
}

let regression = "[[head]]\nname = \"y\"\nkind = \"regression\"\ntarget = \"label:*\"\n"
let classification = "[[head]]\nname = \"y\"\nkind = \"classification\"\ntarget = \"label:*\"\n"
let anomaly = "[[head]]\nname = \"health\"\nkind = \"anomaly\"\n"

/// The tool's own path from bytes to lines, without files.
func replay(
    _ recordings: [String], warm: [String] = [], config: String? = regression, roles: CSVRoles = CSVRoles(),
    _ change: (inout ReplayOptions) -> Void = { _ in }
) throws -> Replayed {
    var options = ReplayOptions()
    if let config { options.config = ("stint.toml", Array(config.utf8)) }
    change(&options)
    func open(_ texts: [String], _ name: String) throws -> [Recording] {
        try texts.enumerated().map { try Recording("\(name)\($0).csv", MappedFile(copying: Array($1.utf8)), roles) }
    }
    let setup = try ReplaySetup(try open(recordings, "r"), warm: try open(warm, "w"), options)
    let gathered = Gathered()
    var sink = LineSink { gathered.bytes += $0 }
    let replay = Replay(setup)
    try replay.run(into: &sink)
    var json = ByteWriter()
    Summary(replay, setup).write(into: &json)
    let summary = try JSONSerialization.jsonObject(with: Data(json.bytes)) as! [String: Any]
    let lines = try String(decoding: gathered.bytes, as: UTF8.self).split(separator: "\n").map { line in
        Replayed.Line(text: String(line), keys: try JSONSerialization.jsonObject(with: Data(line.utf8)) as! [String: Any])
    }
    return Replayed(lines: lines, total: replay.total, files: replay.files, remarks: setup.remarks, summary: summary)
}

private final class Gathered { var bytes: [UInt8] = [] }

/// A recording of `rows` rows: a channel that goes round, and cells of labels from `label(row)`.
func recording(_ rows: Range<Int>, header: String = "x,label:y", _ label: (Int) -> String) -> String {
    header + "\n" + rows.map { "\(Double($0 * 37 % 101) / 10),\(label($0))\n" }.joined()
}

extension [String: Any] {
    /// A number somewhere inside: `figure("heads", "y", "nmse")`.
    func figure(_ path: String...) -> Double? {
        var at: Any? = self
        for key in path { at = (at as? [String: Any])?[key] }
        return at as? Double
    }
}

/// The error of this kind that `body` throws. (`#require(throws:)` hands it back only from Swift 6.1 on.)
func thrown<Problem: Error, Value: ~Copyable>(_: Problem.Type, _ body: () throws -> Value) throws -> Problem {
    do { _ = try body() } catch let problem as Problem { return problem }
    throw NothingThrown()
}

struct NothingThrown: Error {}
