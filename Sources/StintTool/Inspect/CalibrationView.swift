import StintConfig
import StintStore
import StintWire

/// A `.calibration` file for people and programs: for whom it is, and what it was fitted to.
struct CalibrationView {
    let path: String
    let bytes: Int
    let calibration: Calibration

    /// Whether a file is one: by its name, or since it begins with a comment, which a state does not.
    static func isCalibration(_ path: String) throws(Failure) -> Bool {
        if path.hasSuffix(".calibration") { return true }
        let file = try MappedFile(path)
        // The bytes are there as long as the file is held.
        return withExtendedLifetime(file) { file.bytes.first == UInt8(ascii: "#") }
    }

    /// - Throws: it is not as it was written.
    init(path: String) throws(Failure) {
        let bytes = try readWhole(path)
        self.path = path
        self.bytes = bytes.count
        do throws(ConfigError) { calibration = try Calibration.parse(bytes, fileName: path) } catch { throw .refused(error) }
    }

    private var blocks: [String] { Config.Block.allCases.filter { calibration.blocks[$0] }.map(\.rawValue) }
    private var rows: Int { calibration.recordings.reduce(0) { $0 + $1.rows } }

    var text: String {
        var text = "\(path): a calibration, whole, \(bytes) bytes\n"
        func row(_ name: String, _ value: String) { text += "  \(name)\(String(repeating: " ", count: max(1, 12 - name.count)))\(value)\n" }
        row("format", "\(calibration.format)")
        row("made by", calibration.madeBy)
        row("seed", "\(calibration.seed)")
        row("blocks", blocks.joined(separator: ", "))
        row("window", "\(calibration.windowLength) samples")
        text += "fitted to \(rows) rows\n"
        for recording in calibration.recordings { row(recording.name, "\(recording.rows) rows") }
        text += "channels\n"
        for (c, name) in calibration.channels.enumerated() {
            let (center, scale) = (calibration.encoder.centers[c], calibration.encoder.scales[c])
            row(name, scale == 0 ? "never moved, and counts for nothing" : "\(center) ± \(scale)")
        }
        if !calibration.scores.isEmpty { text += "scores\n" }
        for scores in calibration.scores { row(scores.head, "an episode in \(rounded(Double(scores.distribution.combined.gap), 0)) rows") }
        if let probe = calibration.probe { text += "probe\n  \(probe.summary)\n" }
        return text
    }

    func write(_ object: inout JSONObject, _ out: inout ByteWriter) {
        object.add("file", path, &out)
        object.add("whole", true, &out)
        object.add("bytes", bytes, &out)
        object.add("format", calibration.format, &out)
        object.add("made_by", calibration.madeBy, &out)
        object.add("seed", calibration.seed, &out)
        object.add("blocks", blocks, &out) { name, out in out.append(quoted: name) }
        object.add("window", calibration.windowLength, &out)
        object.add("recordings", calibration.recordings, &out) { recording, out in
            JSONObject.write(into: &out) { object, out in
                object.add("name", recording.name, &out)
                object.add("rows", recording.rows, &out)
            }
        }
        object.add("channels", Array(calibration.channels.indices), &out) { c, out in
            JSONObject.write(into: &out) { object, out in
                object.add("name", calibration.channels[c], &out)
                object.add("center", Double(calibration.encoder.centers[c]), &out)
                object.add("scale", Double(calibration.encoder.scales[c]), &out)
            }
        }
        object.add("scores", calibration.scores, &out) { scores, out in
            JSONObject.write(into: &out) { object, out in
                object.add("head", scores.head, &out)
                object.add("gap", Double(scores.distribution.combined.gap), &out)
                object.add("excess", Double(scores.distribution.combined.excess), &out)
            }
        }
        calibration.probe?.write(&object, &out)
    }
}
