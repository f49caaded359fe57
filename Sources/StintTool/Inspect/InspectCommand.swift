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
            Takes a file that stint replay --state-out wrote, a checkpoint of stintd (a.state, b.state), or the directory of both. Tells where \
            it comes from and what it knows: heads, labels, classes, regimes, the reservoir, memory. With a config also what would become of \
            each head under it. Or a .calibration file that stint calibrate wrote; whether that fits a config, stint check says. Exit 1: \
            damaged, cut short, edited, or neither.

              stint inspect /var/lib/stint
              stint inspect a.state -c stint.toml --json
              stint inspect arm.calibration
            """)

    @Argument(help: "A state file, the directory of a daemon's checkpoints, or a .calibration file.")
    var file: String

    @Option(name: [.short, .customLong("config")], help: ArgumentHelp("A config that is to go on from it.", valueName: "file"))
    var config: String?

    @OptionGroup var key: StateKeyOption

    @Flag(help: "Print one JSON object a file.")
    var json = false

    func run() throws {
        let files = try Self.files(at: file)
        let key = try key.read()
        var faults: [String] = []
        for path in files {
            if try CalibrationView.isCalibration(path) {
                let view = try CalibrationView(path: path)
                if json { try showJSON { view.write(&$0, &$1) } } else { try StintTool.show(view.text) }
                continue
            }
            let found: StateInspection
            do throws(StateError) { found = try StateInspection.read(path, key: key) } catch {
                // Of two checkpoints the other is still worth a look.
                guard files.count > 1 else { throw Failure(error) }
                faults.append(error.description)
                continue
            }
            if let fault = found.fault { faults.append(fault.description) }
            var knowledge: StateKnowledge?, prospect: String?
            if found.fault == nil, !found.isSealed || key != nil {
                knowledge = try StateKnowledge(path: path, key: key)
                prospect = try config.map { try StateKnowledge.prospect(path, key, under: $0) }
            }
            if json { try Self.show(path, found, knowledge, prospect) } else { try StintTool.show(Self.text(path, found, knowledge, prospect)) }
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

    // MARK: Words

    private static func text(_ path: String, _ found: StateInspection, _ knowledge: StateKnowledge?, _ prospect: String?) -> String {
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
        text += "lineage\n"
        if let born = header.lineage.bornNanoseconds {
            row("born", utcText(nanoseconds: born) + (header.lineage.birthplace.isEmpty ? "" : " on " + header.lineage.birthplace))
        }
        row("starts", "\(header.lineage.restores) went on from it, \(header.lineage.merges) merges")
        for deed in header.lineage.deeds { row("", "\(utcText(nanoseconds: deed.nanoseconds)) \(deed.text)") }
        if found.isSealed { row("sealed", found.sections.isEmpty ? "what it knows takes its key: --state-key" : "with this key") }
        if !found.sections.isEmpty { text += "sections\n" }
        for section in found.sections {
            row(section.tag, "version \(section.version), \(section.bytes) bytes, \(section.isWhole ? "whole" : "DAMAGED")")
        }
        text += "shape\n"
        for line in header.shape.text.split(separator: "\n").dropFirst() { text += "  \(line)\n" }
        if let knowledge { text += knowledge.text }
        if let prospect { text += "under that config\n  \(prospect)\n" }
        return text
    }

    private static func show(_ path: String, _ found: StateInspection, _ knowledge: StateKnowledge?, _ prospect: String?) throws(Failure) {
        let header = found.header
        try showJSON { object, out in
            object.add("file", path, &out)
            object.add("whole", found.fault == nil, &out)
            object.add("fault", found.fault?.description, &out)
            object.add("bytes", found.bytes, &out)
            object.add("format", Int(found.version), &out)
            object.add("sealed", found.isSealed, &out)
            object.add("device", header.device, &out)
            object.add("generation", header.generation, &out)
            object.add("steps", header.steps, &out)
            object.add("created_ns", Int(header.createdNanoseconds), &out)
            object.add("seed", header.seed, &out)
            object.add("encoder_hash", header.encoder.hexadecimal, &out)
            object.add("shape_hash", header.shape.fingerprint.hexadecimal, &out)
            object.add("config_hash", header.config.hexadecimal, &out)
            object.add("lineage", &out) { object, out in
                object.add("born_ns", header.lineage.bornNanoseconds.map { Double($0) }, &out)
                object.add("birthplace", header.lineage.birthplace, &out)
                object.add("restores", header.lineage.restores, &out)
                object.add("merges", header.lineage.merges, &out)
                object.add("deeds", header.lineage.deeds, &out) { deed, out in
                    JSONObject.write(into: &out) { object, out in
                        object.add("ns", Int(deed.nanoseconds), &out)
                        object.add("text", deed.text, &out)
                    }
                }
            }
            object.add("sections", found.sections, &out) { section, out in
                JSONObject.write(into: &out) { object, out in
                    object.add("tag", section.tag, &out)
                    object.add("version", Int(section.version), &out)
                    object.add("bytes", section.bytes, &out)
                    object.add("whole", section.isWhole, &out)
                }
            }
            object.add("shape", header.shape.text.split(separator: "\n").map(String.init), &out) { line, out in out.append(quoted: line) }
            knowledge?.add(to: &object, &out)
            if let prospect { object.add("under_config", prospect, &out) }
        }
    }
}

extension StateKnowledge {
    fileprivate var text: String {
        var text = ""
        func row(_ name: String, _ value: String) { text += "  \(name)\(String(repeating: " ", count: max(1, 12 - name.count)))\(value)\n" }
        text += "heads\n"
        for head in heads {
            var facts = ([head.kind] + head.targets).joined(separator: " ")
            if let labels = head.report.labels { facts += ", \(labels) labels" }
            if let incidents = head.report.incidents { facts += ", \(incidents) incidents" }
            if let passed = head.report.passed, passed > 0 { facts += ", \(passed) passed over" }
            if let verdicts = head.report.verdicts, verdicts.normal + verdicts.fault > 0 {
                facts += ", called normal \(verdicts.normal), fault \(verdicts.fault) kinds"
            }
            row(head.name, facts)
            if head.kind == "classification" {
                let classes = head.classes.map { "\($0.name) (\($0.rows) rows kept)" }
                row("", "classes: " + (classes.isEmpty ? "none yet" : classes.joined(separator: ", ")))
            }
            for regime in head.report.regimes where head.report.regimes.count > 1 {
                row("", "regime \(regime.number): \(regime.labels) labels\(regime.isLive ? ", live" : "")")
            }
            if head.report.isRehearsing { row("", "still learning from the reservoir") }
            if !head.report.failingChannels.isEmpty { row("", "sensors fail: channels \(head.report.failingChannels)") }
            for expert in head.report.experts { row("", "\(expert.name): weight \(rounded(expert.weight, 3)), loss \(significant(expert.loss))") }
        }
        text += "store\n"
        row(store, store == "statistics" ? "no sample is kept: no reservoir, and no row that waited for a label" : "a reservoir, and rows that wait for labels")
        if store == "latents" { text += "reservoir\n" }
        for lane in lanes where store == "latents" {
            let age = lane.age.map { ", oldest \(significant($0.oldest)) s, median \(significant($0.median)) s before the newest row" } ?? ""
            row(lane.name, "\(lane.rows) rows" + age)
        }
        for (name, rows) in labelled where store == "latents" { row("", "label \(name): \(rows) rows") }
        text += "memory\n"
        for (name, bytes) in parts { text += "  \(name.padded(to: 30))  \(PlanTable.size(bytes).padded(before: 11))\n" }
        text += "  \("total".padded(to: 30))  \(PlanTable.size(planBytes).padded(before: 11))\n"
        text += "health\n"
        row("learning", isLearning ? "yes" : "paused")
        if isUnfinished { row("warm-up", "it was not over, and begins anew: no rows are kept") }
        if let adoption { row("version", "sections of another version: " + adoption.text(heads.map(\.name))) }
        return text
    }

    fileprivate func add(to object: inout JSONObject, _ out: inout ByteWriter) {
        object.add("heads", heads, &out) { head, out in
            JSONObject.write(into: &out) { object, out in
                object.add("name", head.name, &out)
                object.add("kind", head.kind, &out)
                object.add("targets", head.targets, &out) { name, out in out.append(quoted: name) }
                if let labels = head.report.labels { object.add("labels", labels, &out) }
                if let incidents = head.report.incidents { object.add("incidents", incidents, &out) }
                if let passed = head.report.passed { object.add("passed_over", passed, &out) }
                if head.kind == "classification" {
                    object.add("classes", head.classes.map(\.name), &out) { name, out in out.append(quoted: name) }
                    object.add("rows_by_class", &out) { object, out in for (name, rows) in head.classes { object.add(name, rows, &out) } }
                }
                object.add("regimes", head.report.regimes, &out) { regime, out in
                    JSONObject.write(into: &out) { object, out in
                        object.add("number", regime.number, &out)
                        object.add("labels", regime.labels, &out)
                        object.add("live", regime.isLive, &out)
                    }
                }
                object.add("experts", &out) { object, out in
                    for expert in head.report.experts {
                        object.add("\(expert.name)", &out) { object, out in
                            object.add("loss", expert.loss, &out)
                            object.add("weight", expert.weight, &out)
                        }
                    }
                }
            }
        }
        object.add("reservoir", &out) { object, out in
            for lane in lanes {
                object.add(lane.name, &out) { object, out in
                    object.add("rows", lane.rows, &out)
                    object.add("oldest_s", lane.age?.oldest, &out)
                    object.add("median_s", lane.age?.median, &out)
                }
            }
            object.add("labels", &out) { object, out in for (name, rows) in labelled { object.add(name, rows, &out) } }
        }
        object.add("store", store, &out)
        object.add("plan_bytes", planBytes, &out)
        object.add("learning", isLearning, &out)
        if let adoption { object.add("other_version", adoption.text(heads.map(\.name)), &out) }
    }
}

extension JSONObject {
    /// nil is `null`.
    fileprivate mutating func add(_ name: String, _ value: String?, _ out: inout ByteWriter) {
        key(name, &out)
        if let value { out.append(quoted: value) } else { out.append("null") }
    }
}
