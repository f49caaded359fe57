import Stint
import StintStore
import Testing

@testable import StintConfig

@Suite struct CalibrationTests {
    /// Numbers from all of float32: nothing that is written may read back as another.
    private static func numbers(_ count: Int, seed: UInt64, positive: Bool = false) -> [Float] {
        var random = Random(seed: seed)
        var values: [Float] = []
        while values.count < count {
            let value = Float(bitPattern: UInt32(truncatingIfNeeded: random.next()))
            guard value.isFinite, (1 / value).isFinite else { continue }
            values.append(positive ? abs(value) : value)
        }
        return values
    }

    private static func calibration(stats: Bool = true, channels: [String] = ["q1", "a \"quoted\" \\ name", "…\u{7F}"]) -> Calibration {
        var specification = Specification(channels: channels.count, rateHz: 10, labels: 0, heads: [])
        specification.encoder.stats = stats
        specification.seed = 7
        specification.window.length = 32
        var scales = numbers(channels.count, seed: 2, positive: true)
        scales[0] = 0
        let tails = numbers(8, seed: 5, positive: true)
        let tail = { ScoreDistribution.Tail(gap: tails[2 * $0], excess: tails[2 * $0 + 1]) }
        let distribution = ScoreDistribution(error: tail(0), sum: tail(1), leverage: tail(2), combined: tail(3))
        return Calibration(
            madeBy: "stint 0", specification: specification, channels: channels,
            encoder: EncoderCalibration(
                centers: numbers(channels.count, seed: 1), scales: scales, bandwidth: 2.5,
                statistics: stats
                    ? EncoderCalibration.Statistics(
                        centers: numbers(5 * channels.count, seed: 3), scales: numbers(5 * channels.count, seed: 4, positive: true),
                        bandwidth: 0.1) : nil),
            scores: [Calibration.Scores(head: "health", distribution: distribution)],
            recordings: [Calibration.Source(name: "a b.csv", rows: 12)])
    }

    @Test("what is written reads back the same, to the bit, and is written again the same", arguments: [true, false])
    func roundTrip(stats: Bool) throws {
        for channels in [["q"], ["q1", "a \"quoted\" \\ name", "…\u{7F}"], (0..<400).map { "c\($0)" }] {
            let calibration = Self.calibration(stats: stats, channels: channels)
            let read = try Calibration.parse(Array(calibration.text.utf8), fileName: "a.calibration")
            #expect(read == calibration)
            #expect(read.encoder.centers.map(\.bitPattern) == calibration.encoder.centers.map(\.bitPattern))
            #expect(read.text == calibration.text)
        }
    }

    @Test("a file with any one bit of any byte changed is refused, with its name")
    func edited() throws {
        let bytes = Array(Self.calibration().text.utf8)
        for i in bytes.indices {
            var torn = bytes
            torn[i] ^= 1 << UInt8(i % 8)
            let error = try thrown { () throws(ConfigError) in try Calibration.parse(torn, fileName: "a.calibration") }
            #expect(error.problems[0].place.source == "a.calibration")
        }
    }

    @Test("a file that was cut short is refused, wherever it was cut")
    func torn() throws {
        let bytes = Array(Self.calibration().text.utf8)
        for count in 0..<bytes.count {
            _ = try thrown { () throws(ConfigError) in try Calibration.parse(Array(bytes.prefix(count)), fileName: "a") }
        }
    }

    @Test("another version is said to be one, at its line, whatever else is in the file")
    func version() throws {
        let text = Self.calibration().text.split(separator: "\n", omittingEmptySubsequences: false)
            .map { $0 == "format = 1" ? "format = 3" : String($0) }.joined(separator: "\n")
        let error = try thrown { () throws(ConfigError) in try Calibration.parse(Array(text.utf8), fileName: "a") }
        #expect(error.problems[0].description.hasPrefix("a:3:1: calibration.format must be 1 or 2, got \"3\""))
    }

    @Test("a sealed file of nonsense is refused key by key, and traps nowhere")
    func nonsense() throws {
        let whole = Self.calibration().text
        let sealed = { (text: String) throws -> [ConfigProblem] in
            // The hash is of all but itself, and so of this text with none in it.
            var parts = text.components(after: "sha256 = \"")
            parts.tail = String(parts.tail.drop { $0 != "\"" })
            let digits = Fingerprint(of: parts.head + parts.tail).hexadecimal
            let bytes = Array((parts.head + digits + parts.tail).utf8)
            return try thrown { () throws(ConfigError) in try Calibration.parse(bytes, fileName: "a") }.problems
        }
        for (from, to) in [
            ("seed = 7", "seed = -1"), ("window = 32", "window = 0"), ("scale = 0.0", "scale = -1.0"), ("scale = 0.0", "scale = 1e-40"),
            ("width = 2.5", "width = 0"), ("\"stats\"]", "\"magic\"]"), ("[fourier]", "[furrier]"), ("rows = 12", "rows = \"12\""),
            ("center = ", "centre = "), ("statistics_centers = [", "statistics_centers = [1, "), ("[[channel]]", "[[chanel]]"),
            ("gaps = [", "gaps = [1, "), ("excesses = [", "excesses = [-"),
        ] {
            let problems = try sealed(whole.replacingFirst(from, by: to))
            #expect(!problems.isEmpty && problems.allSatisfy { $0.place.line > 0 }, "\(to)")
        }
    }

    @Test("one for other channels, another order, seed, blocks or window is refused where the config names it")
    func misfits() throws {
        let toml = "[encoder]\ncalibration = \"a.calibration\"\nblocks = [\"last\", \"lags\", \"fourier\", \"stats\"]\n[memory]\nseed = 7\n"
            + "[window]\nlength = 32\n[[head]]\nname = \"h\"\nkind = \"anomaly\"\n"
        let bytes = Array(Self.calibration(channels: ["a", "b"]).text.utf8)
        func problems(_ channels: [String], _ overrides: [String] = []) throws -> [ConfigProblem] {
            var config = try parse(toml, overrides)
            try config.take(calibration: bytes, fileName: "a.calibration")
            do throws(ConfigError) {
                let specification = try Assembly.resolve(config, channels: channels, labels: [], rateHz: 10).specification
                #expect(specification.calibration == Self.calibration(channels: ["a", "b"]).encoder)
                return []
            } catch {
                return error.problems
            }
        }
        #expect(try problems(["a", "b"]) == [])
        for (channels, overrides) in [
            (["b", "a"], []), (["a"], []), (["a", "b", "c"], []), (["a", "b"], ["memory.seed=8"]),
            (["a", "b"], ["encoder.blocks=[\"last\", \"stats\"]"]), (["a", "b"], ["window.length=33"]),
        ] {
            let found = try problems(channels, overrides)
            #expect(found.count == 1 && found[0].path == "encoder.calibration" && found[0].place.line == 2)
        }
        // Without statistics the window decides nothing.
        let plain = Array(Self.calibration(stats: false, channels: ["a", "b"]).text.utf8)
        var config = try parse(toml, ["encoder.blocks=[\"last\", \"lags\", \"fourier\"]", "window.length=33"])
        try config.take(calibration: plain, fileName: "a.calibration")
        #expect(try Assembly.resolve(config, channels: ["a", "b"], labels: [], rateHz: 10).specification.calibration != nil)
    }

    @Test("its path goes on from the folder of the config")
    func paths() throws {
        let head = "[[head]]\nname = \"h\"\nkind = \"anomaly\"\n[encoder]\ncalibration = "
        #expect(try parse(head + "\"a/b.calibration\"").calibrationPath(besides: "c/d.toml") == "c/a/b.calibration")
        #expect(try parse(head + "\"b.calibration\"").calibrationPath(besides: "d.toml") == "b.calibration")
        #expect(try parse(head + "\"/b.calibration\"").calibrationPath(besides: "c/d.toml") == "/b.calibration")
        #expect(try parse("[[head]]\nname = \"h\"\nkind = \"anomaly\"\n").calibrationPath(besides: "d.toml") == nil)
    }
}

private func thrown(_ body: () throws(ConfigError) -> Calibration) throws -> ConfigError {
    do throws(ConfigError) { _ = try body() } catch { return error }
    throw NothingThrown()
}

private struct NothingThrown: Error {}

extension String {
    fileprivate func components(after mark: String) -> (head: String, tail: String) {
        let at = firstRange(of: mark)!.upperBound
        return (String(self[..<at]), String(self[at...]))
    }

    fileprivate func replacingFirst(_ part: String, by other: String) -> String {
        let range = firstRange(of: part)!
        return self[..<range.lowerBound] + other + self[range.upperBound...]
    }
}
