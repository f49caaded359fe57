import ArgumentParser
import Stint
import StintConfig
import StintStore
import StintWire

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// `stint inspect`: what a state file or a calibration holds.
struct InspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Says what a state file or a calibration holds, and whether it is whole.",
        discussion: """
            Takes a file that stint replay --state-out wrote, a checkpoint of stintd (a.state, b.state), or the directory of both. With its \
            config also the heads: their classes, and how much they trust their experts. Or a .calibration file that stint calibrate wrote; \
            whether that fits a config, stint check says. Exit 1: damaged, cut short, edited, or neither.

              stint inspect /var/lib/stint
              stint inspect a.state -c stint.toml --json
              stint inspect arm.calibration
            """)

    @Argument(help: "A state file, the directory of a daemon's checkpoints, or a .calibration file.")
    var file: String

    @Option(name: [.short, .customLong("config")], help: ArgumentHelp("The config that it was made with.", valueName: "file"))
    var config: String?

    @Flag(help: "Print one JSON object a file.")
    var json = false

    func run() throws {
        let files = try Self.files(at: file)
        var faults: [String] = []
        for path in files {
            if try CalibrationView.isCalibration(path) {
                let view = try CalibrationView(path: path)
                if json { try showJSON { view.write(&$0, &$1) } } else { try StintTool.show(view.text) }
                continue
            }
            let found: StateInspection
            do throws(StateError) { found = try StateInspection.read(path) } catch {
                // Of two checkpoints the other is still worth a look.
                guard files.count > 1 else { throw Failure(error) }
                faults.append(error.description)
                continue
            }
            if let fault = found.fault { faults.append(fault.description) }
            let heads = try config.map { try self.heads(path, found, $0) } ?? []
            if json { try Self.show(path, found, heads) } else { try StintTool.show(Self.text(path, found, heads)) }
        }
        if !faults.isEmpty { throw Failure.refused(faults.joined(separator: "\n")) }
    }

    /// The path itself, or the slots that lie in it.
    private static func files(at path: String) throws(Failure) -> [String] {
        var status = stat()
        guard stat(path, &status) == 0 else { throw .unreachable(path, errno: errno) }
        guard status.st_mode & S_IFMT == S_IFDIR else { return [path] }
        let slots = StateSlots.names.map { path + "/" + $0 }.filter { access($0, F_OK) == 0 }
        guard !slots.isEmpty else { throw .refused("\(path): there is no state in it; a daemon keeps its own as \(StateSlots.names.joined(separator: " and "))") }
        return slots
    }

    // MARK: Heads

    struct Head {
        var name: String
        var kind: String
        var targets: [String]
        var classes: [String] = []
        var experts: [ExpertReport] = []
    }

    /// What a learner says that goes on from the file.
    private func heads(_ path: String, _ found: StateInspection, _ configPath: String) throws -> [Head] {
        guard found.fault == nil else { return [] }
        let names = ShapeNames(found.header.shape.text)
        let config = try Config.parse(try readWhole(configPath), fileName: configPath)
        let assembly = try Assembly.resolve(config, channels: names.channels, labels: names.labels, rateHz: names.rateHz ?? 1)
        var specification = assembly.specification
        // A replay with late labels has room for more of them than its config says.
        specification.pending = names.pending ?? specification.pending
        let learner = Learner(Plan(specification))
        let shape = Shape(specification, channels: assembly.channelNames, labels: assembly.labelNames, heads: assembly.heads.map(\.name))
        do throws(StateError) {
            let file = try StateFile.read(path, expecting: shape)
            try file.restore(learner)
        } catch {
            throw Failure(error)
        }
        return assembly.heads.enumerated().map { index, head in
            var said = Head(name: head.name, kind: head.kind, targets: head.targetNames, experts: learner.experts(of: index))
            if case .classification = learner.prediction(of: index) {
                let table = learner.classes(of: index)
                said.classes = (0..<table.count).map { String(decoding: table.name($0), as: UTF8.self) }
            }
            return said
        }
    }

    // MARK: Words

    private static func text(_ path: String, _ found: StateInspection, _ heads: [Head]) -> String {
        let header = found.header
        var text = "\(path): a state\(header.device.isEmpty ? "" : " of " + header.device), \(found.fault == nil ? "whole" : "DAMAGED"), \(found.bytes) bytes\n"
        func row(_ name: String, _ value: String) { text += "  \(name)\(String(repeating: " ", count: max(1, 12 - name.count)))\(value)\n" }
        row("format", "\(found.version)")
        row("generation", "\(header.generation)")
        row("rows lived", "\(header.steps)")
        row("written", utcText(nanoseconds: header.createdNanoseconds))
        row("seed", "\(header.seed)")
        row("encoder", header.encoder.hexadecimal)
        row("shape", header.shape.fingerprint.hexadecimal)
        row("config", header.config.hexadecimal)
        text += "sections\n"
        for section in found.sections {
            row(section.tag, "version \(section.version), \(section.bytes) bytes, \(section.isWhole ? "whole" : "DAMAGED")")
        }
        text += "shape\n"
        for line in header.shape.text.split(separator: "\n").dropFirst() { text += "  \(line)\n" }
        guard !heads.isEmpty else { return text }
        text += "heads\n"
        for head in heads {
            row(head.name, ([head.kind] + head.targets).joined(separator: " "))
            if head.kind == "classification" { row("", "classes: " + (head.classes.isEmpty ? "none yet" : head.classes.joined(separator: ", "))) }
            for expert in head.experts { row("", "\(expert.name): weight \(rounded(expert.weight, 3)), loss \(significant(expert.loss))") }
        }
        return text
    }

    private static func show(_ path: String, _ found: StateInspection, _ heads: [Head]) throws(Failure) {
        let header = found.header
        try showJSON { object, out in
            object.add("file", path, &out)
            object.add("whole", found.fault == nil, &out)
            object.add("fault", found.fault?.description, &out)
            object.add("bytes", found.bytes, &out)
            object.add("format", Int(found.version), &out)
            object.add("device", header.device, &out)
            object.add("generation", header.generation, &out)
            object.add("steps", header.steps, &out)
            object.add("created_ns", Int(header.createdNanoseconds), &out)
            object.add("seed", header.seed, &out)
            object.add("encoder_hash", header.encoder.hexadecimal, &out)
            object.add("shape_hash", header.shape.fingerprint.hexadecimal, &out)
            object.add("config_hash", header.config.hexadecimal, &out)
            object.add("sections", found.sections, &out) { section, out in
                JSONObject.write(into: &out) { object, out in
                    object.add("tag", section.tag, &out)
                    object.add("version", Int(section.version), &out)
                    object.add("bytes", section.bytes, &out)
                    object.add("whole", section.isWhole, &out)
                }
            }
            object.add("shape", header.shape.text.split(separator: "\n").map(String.init), &out) { line, out in out.append(quoted: line) }
            object.add("heads", heads, &out) { head, out in
                JSONObject.write(into: &out) { object, out in
                    object.add("name", head.name, &out)
                    object.add("kind", head.kind, &out)
                    object.add("targets", head.targets, &out) { name, out in out.append(quoted: name) }
                    if head.kind == "classification" { object.add("classes", head.classes, &out) { name, out in out.append(quoted: name) } }
                    object.add("experts", &out) { object, out in
                        for expert in head.experts {
                            object.add("\(expert.name)", &out) { object, out in
                                object.add("loss", expert.loss, &out)
                                object.add("weight", expert.weight, &out)
                            }
                        }
                    }
                }
            }
        }
    }
}

extension JSONObject {
    /// nil is `null`.
    fileprivate mutating func add(_ name: String, _ value: String?, _ out: inout ByteWriter) {
        key(name, &out)
        if let value { out.append(quoted: value) } else { out.append("null") }
    }
}

/// Names that a shape's text has, for a config that leaves them to the recording.
struct ShapeNames {
    private(set) var channels: [String] = []
    private(set) var labels: [String] = []
    private(set) var rateHz: Double?
    private(set) var pending: Int?

    init(_ text: String) {
        for line in text.split(separator: "\n") {
            let quoted = Self.quoted(line)
            if line.hasPrefix("channel ") { channels += quoted.prefix(1) }
            if line.hasPrefix("rate ") { rateHz = Double(line.dropFirst(5)) }
            if line.hasPrefix("pending ") { pending = Int(line.dropFirst(8)) }
            // The first is the head's own.
            if line.hasPrefix("head "), !line.contains("\" forecast ") { for name in quoted.dropFirst() where !labels.contains(name) { labels.append(name) } }
        }
    }

    /// What stands in quotes, with `\"`, `\\` and `\n` taken back.
    private static func quoted(_ line: Substring) -> [String] {
        var names: [String] = [], name: String?, isEscaped = false
        for character in line.unicodeScalars {
            guard var known = name else {
                if character == "\"" { name = "" }
                continue
            }
            if isEscaped {
                known.unicodeScalars.append(character == "n" ? "\n" : character)
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else if character == "\"" {
                names.append(known)
                name = nil
                continue
            } else {
                known.unicodeScalars.append(character)
            }
            name = known
        }
        return names
    }
}
