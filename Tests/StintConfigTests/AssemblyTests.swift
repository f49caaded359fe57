import Stint
import Testing

@testable import StintConfig

private let regression = "[[head]]\nname = \"y\"\nkind = \"regression\"\ntarget = \"label:*\"\n"
private let classification = "[[head]]\nname = \"c\"\nkind = \"classification\"\ntarget = \"label:*\"\n"

private func problems(_ config: Config, _ channels: [String], _ labels: [String]?, rateHz: Double = 100) -> [ConfigProblem] {
    do throws(ConfigError) {
        _ = try Assembly.resolve(config, channels: channels, labels: labels, rateHz: rateHz)
        return []
    } catch { return error.problems }
}

@Suite struct AssemblyTests {
    @Test("every label is a target of a regression on label:*, in the order of the header")
    func allLabels() throws {
        let assembly = try Assembly.resolve(parse(regression), channels: ["q1", "q2"], labels: ["b", "a"], rateHz: 10)
        #expect(assembly.labelNames == ["b", "a"])
        #expect(assembly.channelNames == ["q1", "q2"])
        #expect(assembly.streamName == "input")
        #expect(assembly.heads == [Assembly.Head(name: "y", kind: "regression", targetNames: ["b", "a"])])
        #expect(assembly.specification.channels == 2)
        #expect(assembly.specification.labels == 2)
        #expect(assembly.specification.rateHz == 10)
        guard case .regression(let targets) = assembly.specification.heads[0].kind else {
            Issue.record("no regression")
            return
        }
        #expect(targets == [0, 1])
    }

    @Test("labels have one index each, only those that heads name, and two heads can share one")
    func shared() throws {
        let toml = """
            [[head]]
            name = "a"
            kind = "regression"
            target = ["label:z", "label:x"]
            [[head]]
            name = "b"
            kind = "classification"
            target = "label:x"
            classes = 5
            [[head]]
            name = "h"
            kind = "anomaly"
            false_alarms = "1 per 500 rows"
            """
        for labels in [["x", "unused", "z"], nil] {
            let assembly = try Assembly.resolve(parse(toml), channels: ["q"], labels: labels, rateHz: 1)
            #expect(assembly.labelNames == ["z", "x"])
            guard case .classification(let label, let classes) = assembly.specification.heads[1].kind,
                case .anomaly(let alarms) = assembly.specification.heads[2].kind
            else {
                Issue.record("other kinds")
                return
            }
            #expect(label == 1)
            #expect(classes == 5)
            #expect(alarms == .perRows(count: 1, rows: 500))
            #expect(assembly.heads.map(\.targetNames) == [["z", "x"], ["x"], []])
        }
    }

    @Test("a classification on label:* takes the only label, and names the labels where there are several")
    func onlyLabel() throws {
        let config = try parse(classification)
        #expect(try Assembly.resolve(config, channels: ["q"], labels: ["surface"], rateHz: 1).labelNames == ["surface"])
        let found = problems(config, ["q"], ["surface", "grip"])
        #expect(found.map(\.line) == [4])
        #expect(found[0].message.contains("label:surface, label:grip"))
    }

    @Test("label:* of a regression leaves out labels without numbers, unless there are no others")
    func numberless() throws {
        func targets(_ toml: String, _ numberless: [String]) throws -> (targets: [[String]], unlearned: [String]) {
            let assembly = try Assembly.resolve(
                try parse(toml), channels: ["q"], labels: ["x", "note", "y"], numberless: numberless, rateHz: 1)
            return (assembly.heads.map(\.targetNames), assembly.unlearned)
        }
        #expect(try targets(regression, ["note"]) == ([["x", "y"]], ["note"]))
        #expect(try targets(regression, ["x", "note", "y"]) == ([["x", "note", "y"]], []))
        // Somebody else may want it.
        let named = classification.replacing("label:*", with: "label:note")
        #expect(try targets(regression + named, ["note"]) == ([["x", "y"], ["note"]], []))
        #expect(try targets(regression.replacing("label:*", with: "label:note"), ["note"]) == ([["note"]], []))
    }

    @Test("every label and channel that is not there is a problem at its place")
    func notThere() throws {
        let toml = """
            [[stream]]
            channels = ["q1", "q3"]
            [[head]]
            name = "a"
            kind = "regression"
            target = ["label:tau1", "label:tua2", "label:zzz"]
            """
        let found = problems(try parse(toml), ["q1", "q2"], ["tau1", "tau2"])
        #expect(found.map(\.line) == [2, 6, 6])
        #expect(found.map(\.code) == [.notFound, .notFound, .notFound])
        #expect(found[0].message.contains("`q1`") || found[0].message.contains("`q2`"))
        #expect(found[1].message.contains("did you mean `tau2`?"))
    }

    @Test("label:* without labels, and a recording without channels, are problems")
    func empty() throws {
        #expect(problems(try parse(regression), ["q"], []).map(\.line) == [4])
        #expect(problems(try parse(regression), [], ["y"]).map(\.code) == [.notFound])
    }

    @Test("channels that the config names are taken in its order")
    func order() throws {
        let config = try parse("[[stream]]\nname = \"arm\"\nchannels = [\"b\", \"a\"]\n" + regression)
        let assembly = try Assembly.resolve(config, channels: ["a", "b", "c"], labels: ["y"], rateHz: 7)
        #expect(assembly.channelNames == ["b", "a"])
        #expect(assembly.streamName == "arm")
    }

    @Test(
        "seconds become the nearest number of samples, and less than one or too many is a problem",
        arguments: [
            ("0.64 s", 100, 64), ("1 s", 100, 100), ("1 s", 1, 1), ("1 s", 99.98, 100), ("100 ms", 64, 6), ("1 s", 0.1, nil),
            ("1 h", 100, nil),
        ] as [(String, Double, Int?)])
    func seconds(_ length: String, _ rateHz: Double, _ samples: Int?) throws {
        let config = try parse("[window]\nlength = \"\(length)\"\n" + regression)
        let found = problems(config, ["q"], ["y"], rateHz: rateHz)
        #expect(found.map(\.line) == (samples == nil ? [2] : []))
        guard let samples else { return }
        #expect(try Assembly.resolve(config, channels: ["q"], labels: ["y"], rateHz: rateHz).specification.window.length == samples)
    }

    @Test("the stream's rate counts before the recording's, and a window that does not fit it is refused at once")
    func rate() throws {
        let config = try parse("[[stream]]\nrate = \"50 Hz\"\n[window]\nlength = \"1 s\"\n" + regression)
        let specification = try Assembly.resolve(config, channels: ["q"], labels: ["y"], rateHz: 10).specification
        #expect(specification.rateHz == 50)
        #expect(specification.window.length == 50)
        #expect(problems("[[stream]]\nrate = \"0.1 Hz\"\n[window]\nlength = \"1 s\"\n" + regression).map(\.line) == [4])
    }

    @Test("what the config says reaches the specification")
    func values() throws {
        let toml = """
            [memory]
            seed = 9
            [[stream]]
            max_hold = 3
            [window]
            every = 4
            [encoder]
            blocks = ["fourier"]
            warm_up = 77
            [label]
            pending = 12
            tolerance = "5 ms"

            """
        let specification = try Assembly.resolve(parse(toml + regression), channels: ["q"], labels: ["y"], rateHz: 10).specification
        #expect(specification.seed == 9)
        #expect(specification.maxHold == 3)
        #expect(specification.window == Specification.Window(length: 64, every: 4))
        #expect(!specification.encoder.last && !specification.encoder.lags && specification.encoder.fourier)
        #expect(specification.encoder.warmUp == 77)
        #expect(specification.pending == 12)
        #expect(specification.tolerance == 0.005)
    }

    @Test(
        "without blocks, statistics are among them where a row stands for several and the latent has room for all of them",
        arguments: [(1, 3, false), (2, 3, true), (2, 23, true), (2, 24, false)])
    func usualBlocks(every: Int, channels: Int, stats: Bool) throws {
        let names = (0..<channels).map { "c\($0)" }
        let toml = "[window]\nevery = \(every)\n" + regression
        let blocks = try Assembly.resolve(parse(toml), channels: names, labels: ["y"], rateHz: 10).specification.encoder
        #expect(blocks.last && blocks.lags && blocks.fourier && blocks.stats == stats)
        let said = "[encoder]\nblocks = [\"last\", \"stats\"]\n" + toml
        let chosen = try Assembly.resolve(parse(said), channels: names, labels: ["y"], rateHz: 10).specification.encoder
        #expect(chosen.last && !chosen.lags && !chosen.fourier && chosen.stats)
    }

    @Test("windows in time become samples by the rate, rounded", arguments: [("\"0.64 s\"", "\"100 ms\"", 64, 10), ("\"1 s\"", "1", 100, 1)])
    func windowsInTime(length: String, every: String, samples: Int, step: Int) throws {
        let toml = "[window]\nlength = \(length)\nevery = \(every)\n" + regression
        let window = try Assembly.resolve(parse(toml), channels: ["q"], labels: ["y"], rateHz: 100).specification.window
        #expect(window == Specification.Window(length: samples, every: step))
        #expect(throws: ConfigError.self) { try Assembly.resolve(parse(toml), channels: ["q"], labels: ["y"], rateHz: 0.01) }
    }

    @Test("the defaults of a config are those of the specification")
    func defaults() throws {
        let resolved = try Assembly.resolve(parse(regression), channels: ["q"], labels: ["y"], rateHz: 10).specification
        let plain = Specification(channels: 1, rateHz: 10, labels: 1, heads: [])
        #expect(resolved.window == plain.window)
        #expect(resolved.encoder == plain.encoder)
        #expect(resolved.pending == plain.pending)
        #expect(resolved.tolerance == plain.tolerance)
        #expect(resolved.maxHold == plain.maxHold)
        #expect(resolved.seed == plain.seed)
    }

    @Test("without a config there is a head of each label and one for anomalies, whatever the labels are called")
    func implicit() throws {
        let config = try Config.implicit(
            labels: [("tau", true), ("surface", false), ("health", true)], overrides: [ConfigOverride("head.tau.target=label:surface")])
        #expect(config.heads.map(\.name) == ["tau", "surface", "health", "health_2"])
        #expect(config.heads.map(\.kind.name) == ["regression", "classification", "regression", "anomaly"])
        #expect(config.heads[0].kind.targets == .labels(["surface"]))
        #expect(try Config.implicit(labels: []).heads.map(\.name) == ["health"])
        #expect(throws: ConfigError.self) { try Config.implicit(labels: [("a\nb", true)]) }
    }
}

@Suite struct FrameBudgetTests {
    @Test("a frame that may cost less than what cannot sleep is a problem at its place, and it says how much is needed")
    func tooSmall() throws {
        func resolve(_ limit: String) throws -> Assembly {
            try Assembly.resolve(
                try parse("[compute]\nper_frame = \"\(limit)\"\n" + regression), channels: (0..<10).map { "q\($0)" }, labels: ["y"], rateHz: 100)
        }
        var found: [ConfigProblem] = []
        do { _ = try resolve("1 us") } catch let error as ConfigError { found = error.problems }
        #expect(found.map(\.path) == ["compute.per_frame"] && found.map(\.line) == [2])
        let least = Plan(try resolve("1 s").specification).cost.least
        #expect(found[0].message.contains("at least \(Int(least.rounded(.up))) us"))
        let tight = Plan(try resolve("\(Int(least.rounded(.up))) us").specification).cost
        #expect(tight.parts.filter(\.canSleep).allSatisfy(\.beginsAsleep) && tight.parts.contains(where: \.canSleep))
    }
}
