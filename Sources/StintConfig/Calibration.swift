import Stint
import StintStore

/// A `.calibration` file: what an encoder is frozen to, for whom, and what it was fitted to.
///
/// TOML, so that one can read it and compare two of them; with a hash of its own, so that nobody edits it by hand: then a fleet
/// would no longer agree. Numbers are the shortest decimals that read back to the same float32.
///
///     let calibration = try Calibration.parse(bytes, fileName: "arm.calibration")
///     calibration.text.utf8.elementsEqual(bytes)  // true
public struct Calibration: Equatable, Sendable {
    /// A file is written in the oldest format that can say what is in it; 2 has a probe set.
    public static let formats = 1...2
    public var format: Int { probe == nil ? 1 : 2 }

    /// The version that wrote it.
    public var madeBy: String
    public var seed: UInt64
    public var blocks: EncoderSpecification
    /// W, in samples; the statistics are of windows of this length.
    public var windowLength: Int
    /// In order.
    public var channels: [String]
    public var encoder: EncoderCalibration
    /// Of the anomaly heads whose scores were seen long enough.
    public var scores: [Scores]
    /// Rows to judge by, where the recordings had labels that heads refer to.
    public var probe: Probe?
    /// What it was fitted to.
    public var recordings: [Source]

    public struct Source: Equatable, Sendable {
        /// Without its folder.
        public var name: String
        public var rows: Int
        public init(name: String, rows: Int) { (self.name, self.rows) = (name, rows) }
    }

    public struct Scores: Equatable, Sendable {
        public var head: String
        public var distribution: ScoreDistribution
        public init(head: String, distribution: ScoreDistribution) { (self.head, self.distribution) = (head, distribution) }
    }

    public init(
        madeBy: String, specification: Specification, channels: [String], encoder: EncoderCalibration, scores: [Scores],
        probe: Probe? = nil, recordings: [Source]
    ) {
        self.madeBy = madeBy
        seed = specification.seed
        blocks = specification.encoder
        windowLength = specification.window.length
        self.channels = channels
        self.encoder = encoder
        self.scores = scores
        self.probe = probe
        self.recordings = recordings
    }

    // MARK: Text

    /// The file.
    public var text: String {
        let parts = Self.split(Array(unsealed.utf8))!
        return parts.before + Self.seal(parts) + parts.after
    }

    /// With an empty hash.
    private var unsealed: String {
        var text = """
            # What a Stint encoder is frozen to, made by `stint calibrate`. To read, not to edit: the hash covers every other line.
            [calibration]
            format = \(format)
            \(Self.hashKey)"
            made_by = \(Self.quote(madeBy))
            seed = \(seed)
            blocks = [\(Self.names(blocks).map(Self.quote).joined(separator: ", "))]
            window = \(windowLength)


            """
        for recording in recordings { text += "[[recording]]\nname = \(Self.quote(recording.name))\nrows = \(recording.rows)\n\n" }
        if blocks.fourier {
            text += "# The median distance between two rows, in scaled units.\n[fourier]\nwidth = \(Self.decimal(encoder.bandwidth))\n"
            if let statistics = encoder.statistics { text += "statistics_width = \(Self.decimal(statistics.bandwidth))\n" }
            text += "\n"
        }
        text += "# A scale of 0 is a channel that never moved, and counts for nothing."
        if encoder.statistics != nil { text += " Statistics: mean, deviation, change, slope, energy." }
        text += "\n"
        for (c, name) in channels.enumerated() {
            text += "[[channel]]\nname = \(Self.quote(name))\ncenter = \(Self.decimal(encoder.centers[c]))\n"
            text += "scale = \(Self.decimal(encoder.scales[c]))\n"
            if let statistics = encoder.statistics {
                text += "statistics_centers = \(row(statistics.centers, c))\nstatistics_scales = \(row(statistics.scales, c))\n"
            }
            text += "\n"
        }
        if !scores.isEmpty {
            text += "# Rows between two episodes, and how far one goes beyond the threshold: error, sums, T², all together.\n"
        }
        for scores in scores {
            let tails = scores.distribution.tails
            text += "[[score]]\nhead = \(Self.quote(scores.head))\n"
            text += "gaps = [\(tails.map { Self.decimal($0.gap) }.joined(separator: ", "))]\n"
            text += "excesses = [\(tails.map { Self.decimal($0.excess) }.joined(separator: ", "))]\n\n"
        }
        if let probe { text += probe.text }
        return String(text.dropLast())
    }

    private func row(_ blocks: [Float], _ c: Int) -> String {
        let values = (0..<EncoderCalibration.statisticsPerChannel).map { Self.decimal(blocks[$0 * channels.count + c]) }
        return "[" + values.joined(separator: ", ") + "]"
    }

    static func names(_ blocks: EncoderSpecification) -> [String] {
        Config.Block.allCases.filter { blocks[$0] }.map(\.rawValue)
    }

    /// The shortest decimal that is this number after it was read as a double.
    static func decimal(_ value: Float) -> String {
        let text = "\(value)"
        if let read = Double(text), Float(read) == value { return text }
        return "\(Double(value))"
    }

    static func quote(_ text: String) -> String {
        var out = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": out += "\\\(scalar)"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                let digits = String(scalar.value, radix: 16, uppercase: true)
                out += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out + "\""
    }

    // MARK: Seal

    private static let hashKey = "sha256 = \""

    /// What is before and after the 64 digits of the hash, and the number of its line; nil if no line begins with it.
    private static func split(_ bytes: [UInt8]) -> (before: String, after: String, line: Int, digits: String)? {
        var start = 0
        var line = 1
        while start < bytes.count {
            let end = bytes[start...].firstIndex(of: 0x0A) ?? bytes.count
            if bytes[start..<end].starts(with: hashKey.utf8) {
                let digits = start + hashKey.utf8.count
                let close = bytes[digits..<end].firstIndex(of: UInt8(ascii: "\"")) ?? end
                func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
                return (text(0..<digits), text(close..<bytes.count), line, text(digits..<close))
            }
            start = end + 1
            line += 1
        }
        return nil
    }

    /// Over all that is not the hash itself.
    private static func seal(_ parts: (before: String, after: String, line: Int, digits: String)) -> String {
        Fingerprint(of: parts.before + parts.after).hexadecimal
    }

    // MARK: Parsing

    /// - Throws: every problem; of a file that is not as it was written, or of another version, only that.
    ///
    /// Any bytes are fine: nothing traps.
    public static func parse(_ bytes: [UInt8], fileName: String) throws(ConfigError) -> Calibration {
        func refuse(_ line: Int, _ message: String) -> ConfigError {
            let place = Place(source: fileName, line: line, column: line > 0 ? 1 : 0)
            return ConfigError([ConfigProblem(code: .invalidValue, path: "calibration", place: place, message: message)])
        }
        guard let parts = split(bytes) else {
            throw refuse(0, "there must be a line sha256 = \"…\", which every calibration has; make one with stint calibrate")
        }
        if let format = format(bytes), !formats.contains(where: { "\($0)" == format.value }) {
            throw refuse(format.line, "calibration.format must be 1 or 2, got \(quoted(format.value)); make it with this version")
        }
        // Not UTF-8 reads as something else, whose hash is another.
        guard parts.digits == seal(parts) else {
            throw refuse(
                parts.line, "the hash is not that of the file, which was edited or cut short since it was made; make it again with stint calibrate")
        }
        var reader = CalibrationReader(fileName: fileName)
        return try reader.read(Node.parse(bytes, source: fileName))
    }

    private static func format(_ bytes: [UInt8]) -> (value: String, line: Int)? {
        for (index, line) in bytes.split(separator: 0x0A, maxSplits: 16, omittingEmptySubsequences: false).prefix(16).enumerated()
        where line.starts(with: "format = ".utf8) {
            return (String(decoding: line.dropFirst("format = ".utf8.count), as: UTF8.self), index + 1)
        }
        return nil
    }

    // MARK: Use

    /// Why it cannot be used for a learner: a sentence for each difference.
    func misfits(_ specification: Specification, channels here: [String]) -> [String] {
        var misfits: [String] = []
        if channels != here {
            let at = zip(channels, here).enumerated().first { $0.element.0 != $0.element.1 }?.offset ?? min(channels.count, here.count)
            func name(_ names: [String]) -> String { at < names.count ? quoted(names[at]) : "missing" }
            misfits.append(
                "it is for \(channels.count) channels, here are \(here.count); channel \(at + 1) is \(name(channels)) there and \(name(here)) here")
        }
        let (there, wanted) = (Self.names(blocks), Self.names(specification.encoder))
        if there != wanted { misfits.append("it is for the blocks \(there.joined(separator: ", ")), here are \(wanted.joined(separator: ", "))") }
        if seed != specification.seed { misfits.append("it is for memory.seed = \(seed), here it is \(specification.seed)") }
        if specification.encoder.stats, blocks.stats, windowLength != specification.window.length {
            misfits.append("its statistics are of windows of \(windowLength) samples, here they have \(specification.window.length)")
        }
        return misfits
    }
}

extension EncoderSpecification {
    public subscript(block: Config.Block) -> Bool {
        get {
            switch block {
            case .last: last
            case .lags: lags
            case .fourier: fourier
            case .stats: stats
            }
        }
        set {
            switch block {
            case .last: last = newValue
            case .lags: lags = newValue
            case .fourier: fourier = newValue
            case .stats: stats = newValue
            }
        }
    }
}
