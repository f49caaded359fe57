import Stint

/// All that a snapshot's layout and meaning depend on, as text: one line for each fact, in a fixed order.
///
/// Two learners of one shape can read each other's snapshots. The text lies in every state file, so that a reader can say *which* line
/// is different, and not only that some hash is. What can be retuned without losing what was learned (tolerances, false alarms, holding
/// of gaps) is not part of it. The lines about the latents are what a state stands or falls with; under other differences it is
/// taken over section by section (`FormerLearner`).
///
/// ```
/// stint 1
/// channel "q1"
/// rate 100.0
/// reorder 4
/// window 64 1
/// encoder last lags fourier warm_up 500
/// pending 1024
/// seed 1
/// reservoir 262144          or, where no sample is kept: reservoir 0, and store statistics
/// drift adwin auto regimes 4
/// head "torque" regression "tau1" "tau2"
/// ```
public struct Shape: Equatable, Sendable {
    public let text: String
    /// SHA-256 of the text.
    public let fingerprint: Fingerprint

    init(text: String) {
        self.text = text
        fingerprint = Fingerprint(of: text)
    }

    /// - Parameters:
    ///   - channels: C names.
    ///   - labels: the names that targets refer to by index.
    ///   - heads: one name for each head.
    public init(_ specification: Specification, channels: [String], labels: [String], heads: [String]) {
        precondition(channels.count == specification.channels, "\(channels.count) names for \(specification.channels) channels")
        let foretold = specification.heads.reduce(0) { $0 + ($1.forecast?.channels.count ?? 0) }
        precondition(labels.count + foretold == specification.labels, "\(labels.count) names for \(specification.labels - foretold) labels")
        precondition(heads.count == specification.heads.count, "\(heads.count) names for \(specification.heads.count) heads")
        var lines = ["stint 1"]
        lines += channels.map { "channel " + quoted($0) }
        lines.append("rate \(specification.rateHz)")
        for stream in specification.streams {
            let way = stream.resampling == .linear ? "linear" : "hold"
            lines.append("stream \(stream.channels) \(stream.rateHz) \(way) wait \(stream.waitSeconds.map { "\($0)" } ?? "default") reorder \(stream.reorder)")
        }
        if specification.streams.isEmpty { lines.append("reorder \(specification.reorder)") } else { lines.append("clock \(specification.clock)") }
        lines.append("window \(specification.window.length) \(specification.window.every)")
        var encoder = "encoder"
        if specification.encoder.last { encoder += " last" }
        if specification.encoder.lags { encoder += " lags" }
        if specification.encoder.fourier { encoder += " fourier" }
        if specification.encoder.stats { encoder += " stats" }
        lines.append(encoder + " warm_up \(specification.encoder.warmUp)")
        if let calibration = specification.calibration { lines.append("calibration \(calibration.fingerprint.hexadecimal)") }
        lines.append("pending \(specification.pending)")
        lines.append("seed \(specification.seed)")
        var reservoir = "reservoir \(specification.memory.reservoirBytes)"
        if let sampler = specification.memory.sampler { reservoir += " \(sampler)" }
        lines.append(reservoir)
        if specification.memory.store == .statistics { lines.append("store statistics") }
        if specification.memory.marks != MemorySpecification().marks { lines.append("segments \(specification.memory.marks)") }
        lines.append(specification.drift.line)
        for (name, head) in zip(heads, specification.heads) {
            switch head.kind {
            case .regression where head.forecast != nil:
                let forecast = head.forecast!
                lines.append("head \(quoted(name)) forecast \(forecast.steps)" + forecast.channels.reduce("") { $0 + " " + quoted(channels[$1]) })
            case .regression(let targets):
                lines.append("head \(quoted(name)) regression" + targets.reduce("") { $0 + " " + quoted(labels[$1]) })
            case .classification(let label, let classes):
                lines.append("head \(quoted(name)) classification \(quoted(labels[label])) classes \(classes)")
            case .anomaly: lines.append("head \(quoted(name)) anomaly")
            }
        }
        self.init(text: lines.reduce("") { $0 + $1 + "\n" })
    }

    /// Why a learner of another shape can make nothing of what one of this shape has learned: the first line about the latents that differs,
    /// as `it has …, here is …`; nil where it can. What else differs is settled section by section.
    public func obstacle(for expected: Shape) -> String? {
        func lines(_ shape: Shape) -> [Substring] {
            let keys = ["stint", "channel", "rate", "window", "encoder", "calibration", "seed"]
            return shape.text.split(separator: "\n").filter { line in keys.contains { line.hasPrefix($0 + " ") } }
        }
        return Self.difference(lines(self), lines(expected))
    }

    /// Whether its states hold samples: latents, or rows that wait.
    public var keepsSamples: Bool { !text.split(separator: "\n").contains("store statistics") }

    /// Whether a learner of another shape has the same heads on the same stream: it differs in its detectors and regimes at most.
    public func isRetuned(as other: Shape) -> Bool {
        func lines(_ shape: Shape) -> [Substring] { shape.text.split(separator: "\n").filter { !$0.hasPrefix("drift ") } }
        return lines(self) == lines(other)
    }

    /// The first line in which another shape differs, as `it has …, here is …`; nil if none does.
    public func difference(from expected: Shape) -> String? {
        Self.difference(text.split(separator: "\n"), expected.text.split(separator: "\n"))
    }

    private static func difference(_ theirs: [Substring], _ ours: [Substring]) -> String? {
        for i in 0..<max(theirs.count, ours.count) {
            let their = i < theirs.count ? String(theirs[i]) : "nothing more", our = i < ours.count ? String(ours[i]) : "nothing more"
            if their != our { return "it is for `\(their)`, the config says `\(our)`" }
        }
        return nil
    }
}

/// In quotes, with what would end the quotes or the line escaped.
func quoted(_ name: String) -> String {
    var out = "\""
    for scalar in name.unicodeScalars {
        switch scalar {
        case "\"": out += "\\\""
        case "\\": out += "\\\\"
        case "\n": out += "\\n"
        default: out.unicodeScalars.append(scalar)
        }
    }
    return out + "\""
}

extension Learner {
    /// SHA-256 over what decides the latents: blocks, parameters, seed, frozen scaling, and the channel names in order.
    ///
    /// Equal hashes are needed to merge states, and to go on from one.
    public func encoderHash(channels: [String]) -> Fingerprint {
        // A closure cannot take a noncopyable value along to be changed, so the pieces are gathered first.
        var bytes: [UInt8] = []
        describeEncoder { bytes.append(contentsOf: $0) }
        var hash = Hasher256()
        bytes.withUnsafeBytes { hash.add($0) }
        for name in channels { hash.add(line: name) }
        return hash.finish()
    }
}
