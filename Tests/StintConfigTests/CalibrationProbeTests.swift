import Stint
import StintStore
import Testing

@testable import StintConfig

/// The rows to judge by, in a calibration's file.
@Suite struct CalibrationProbeTests {
    private typealias Probe = Calibration.Probe

    private static func calibration(channels: Int = 3, rows: Int = 5) -> Calibration {
        var specification = Specification(channels: channels, rateHz: 10, labels: 0, heads: [])
        specification.seed = 7
        var random = Random(seed: 3)
        let width = ProbeSet.width(channels: channels, specification.encoder)
        let probe = Probe(
            labels: ["y", "a \"surface\""],
            rows: (0..<rows).map { row in
                Probe.Row(
                    scale: Float(random.uniform()) + 0.01, latent: (0..<width).map { _ in Int8(random.below(255) - 127) },
                    labels: [.number(Float(random.normal())), row == 2 ? .unknown : .category(row % 2 == 0 ? "grass" : "stone \\ \u{7F}")],
                    befores: [row == 0 ? .unknown : .number(1e-20), row == 0 ? .unknown : .category("grass")])
            })
        return Calibration(
            madeBy: "stint 0", specification: specification, channels: (0..<channels).map { "c\($0)" },
            encoder: EncoderCalibration(
                centers: [Float](repeating: 0.1, count: channels), scales: [Float](repeating: 2, count: channels), bandwidth: 2.5, statistics: nil),
            scores: [], probe: probe, recordings: [Calibration.Source(name: "a.csv", rows: 12)])
    }

    private static func parsed(_ text: String) throws -> Calibration { try Calibration.parse(Array(text.utf8), fileName: "a") }

    @Test("rows read back the same, to the bit; the format is 2 with them and 1 without, and both are read")
    func roundTrip() throws {
        for channels in [1, 3, 40] {
            let calibration = Self.calibration(channels: channels)
            #expect(calibration.text.contains("\nformat = 2\n"))
            let read = try Self.parsed(calibration.text)
            #expect(read == calibration && read.text == calibration.text)
        }
        var bare = Self.calibration()
        bare.probe = nil
        #expect(bare.text.contains("\nformat = 1\n") && !bare.text.contains("probe"))
        #expect(try Self.parsed(bare.text) == bare)
        // The encoder is the same with and without.
        #expect(bare.encoder.fingerprint == Self.calibration().encoder.fingerprint)
    }

    @Test("a file with any one bit of any byte changed, or cut anywhere, is refused")
    func torn() {
        let bytes = Array(Self.calibration().text.utf8)
        for i in bytes.indices {
            var torn = bytes
            torn[i] ^= 1 << UInt8(i % 8)
            #expect(throws: ConfigError.self) { try Calibration.parse(torn, fileName: "a") }
            #expect(throws: ConfigError.self) { try Calibration.parse(Array(bytes.prefix(i)), fileName: "a") }
        }
    }

    @Test("rows that are none are refused at their line, though the hash is right")
    func nonsense() throws {
        let whole = Self.calibration().text
        for (from, to) in [
            ("[probe]", "[prob]"), ("labels = [\"y\", ", "labels = [\"y\", \"y\", "), ("labels = [\"y\", ", "labels = [\"x\", \"y\", "),
            ("latent = [", "latent = [1,"), ("latent = [", "latent = [300"), ("latent = [", "latent = [0.5,"), ("before = [", "before = [true, "),
            ("before = [\"\", \"\"]", "before = [\"name\", \"\"]"), ("[[row]]\nscale = ", "[[row]]\nscale = -"), ("[[row]]\nscale = ", "[[row]]\nscala = "),
            ("\"grass\"", "\"\(String(repeating: "g", count: 65))\""), ("[probe]\nlabels", "[other]\nlabels"),
        ] {
            let range = try #require(whole.firstRange(of: from), "\(from)")
            let text = Self.sealed(whole[..<range.lowerBound] + to + whole[range.upperBound...])
            do {
                _ = try Self.parsed(text)
                Issue.record("\(to) is taken")
            } catch let error as ConfigError {
                #expect(!error.problems.isEmpty && error.problems.allSatisfy { $0.place.line > 2 }, "\(to)")
            }
        }
        let many = Self.calibration(rows: ProbeSet.most + 1)
        #expect(throws: ConfigError.self) { try Self.parsed(many.text) }
    }

    /// With the hash of what it is now.
    private static func sealed(_ text: some StringProtocol) -> String {
        let mark = text.firstRange(of: "sha256 = \"")!.upperBound
        let (head, tail) = (String(text[..<mark]), String(text[mark...].drop { $0 != "\"" }))
        return head + Fingerprint(of: head + tail).hexadecimal + tail
    }

    @Test("labels are found by name; those that are not there, or of another kind, are not judged, and nothing is left of a set without any")
    func fitted() throws {
        let calibration = Self.calibration(), probe = try #require(calibration.probe)
        func set(_ heads: String, _ labels: [String]) throws -> ProbeSet? {
            var config = try parse("[memory]\nseed = 7\n" + heads)
            try config.take(calibration: Array(calibration.text.utf8), fileName: "a")
            return try Assembly.resolve(config, channels: calibration.channels, labels: labels, rateHz: 10).specification.probe
        }
        func head(_ kind: String, _ label: String) -> String { "[[head]]\nname = '\(label)'\nkind = \"\(kind)\"\ntarget = 'label:\(label)'\n" }
        let surface = "a \"surface\""
        let both = try #require(try set(head("classification", surface) + head("regression", "y") + head("regression", "new"), ["y", surface, "new"]))
        #expect(both.rows.count == 5 && both.classes.map(\.count) == [2, 0, 0])
        for (row, from) in zip(both.rows, probe.rows) {
            #expect(row.latent == from.latent && row.scale == from.scale && row.labels[2] == nil)
            if case .number(let y) = from.labels[0] { #expect(row.labels[1] == y) }
            if case .category(let name) = from.labels[1] { #expect(both.classes[0][Int(row.labels[0]!)] == Array(name.utf8)) } else { #expect(row.labels[0] == nil) }
        }
        #expect(try set(head("regression", "new"), ["new"]) == nil)
        #expect(try set(head("classification", "y"), ["y"]) == nil)
        #expect(try set("[[head]]\nname = \"h\"\nkind = \"anomaly\"\n", []) == nil)
    }

    @Test("of wide latents there are as many rows as 64 KiB hold")
    func bounded() throws {
        var specification = Specification(channels: 600, rateHz: 10, labels: 1, heads: [HeadSpecification(kind: .regression(targets: [0]))])
        specification.encoder.fourier = false
        specification.encoder.lags = false
        specification.encoder.warmUp = 10
        specification.pending = 16
        let learner = Learner(Plan(specification))
        var random = Random(seed: 2)
        for row in 0..<200 {
            let values = (0..<600).map { _ in Float(random.normal()) }
            _ = values.withUnsafeBufferPointer { learner.push(.frame(Frame(time: Double(row) / 10, sequence: UInt64(row), values: $0))) }
            learner.push(.label(Label(target: .label(0), moment: .sequence(UInt64(row)), value: .number(values[0]))))
        }
        let probe = try #require(Probe(learner, labels: ["y"]))
        #expect(probe.text.utf8.count <= 64 << 10)
        #expect(probe.rows.count < ProbeSet.most && probe.rows.count > 20)
    }
}
