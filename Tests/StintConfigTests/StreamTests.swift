import Stint
import Testing

@testable import StintConfig

@Suite struct StreamConfigTests {
    private let head = "[[head]]\nname = \"h\"\nkind = \"anomaly\"\n"
    private func stream(_ name: String, _ channels: String, _ rest: String) -> String {
        "[[stream]]\nname = \"\(name)\"\nchannels = \(channels)\n\(rest)\n"
    }

    @Test("the clock is the stream of the highest rate, the first of equals, or the one that is named")
    func clock() throws {
        let streams = stream("a", "[\"x\"]", "rate = \"1 Hz\"") + stream("b", "[\"x\"]", "rate = \"9 Hz\"") + stream("c", "[\"x\"]", "rate = \"9 Hz\"")
        #expect(try parse(streams + head).stream.name == "b")
        #expect(try parse(streams + head + "[window]\nclock = \"a\"\n").stream.name == "a")
        #expect(try parse(head).clockIndex == 0)
    }

    @Test("channels of several streams are called STREAM.CHANNEL, of one plainly, and lie one stream after the other")
    func names() throws {
        let one = stream("arm", "[\"q1\", \"q2\"]", "rate = \"10 Hz\"")
        #expect(try parse(one + head).channelNames == ["q1", "q2"])
        let two = try parse(one + stream("imu", "[\"q1\"]", "rate = \"5 Hz\"\nresample = \"linear\"\nwait = \"1 s\"\nreorder = 0\nmax_hold = 3") + head)
        #expect(two.channelNames == ["arm.q1", "arm.q2", "imu.q1"])
        let assembly = try Assembly.resolve(two, channels: ["imu.q1", "arm.q2", "arm.q1"], labels: [], rateHz: 1)
        #expect(assembly.channelNames == ["arm.q1", "arm.q2", "imu.q1"] && assembly.clock == 0)
        #expect(assembly.streams.map(\.places) == [0..<2, 2..<3])
        let specification = assembly.specification
        #expect(specification.channels == 3 && specification.rateHz == 10 && specification.streams.count == 2)
        var imu = StreamSpecification(channels: 1, rateHz: 5)
        (imu.resampling, imu.waitSeconds, imu.reorder, imu.maxHold) = (.linear, 1, 0, 3)
        #expect(specification.streams[1] == imu)
    }

    @Test("\"*\" of one of several streams is every column that begins with its name")
    func all() throws {
        let config = try parse(stream("arm", "\"*\"", "rate = \"10 Hz\"") + stream("imu", "\"*\"", "rate = \"5 Hz\"") + head)
        #expect(config.channelNames == nil)
        let assembly = try Assembly.resolve(config, channels: ["imu.z", "arm.q", "other", "arm."], labels: [], rateHz: 1)
        #expect(assembly.streams.map(\.channels) == [["q"], ["z"]])
        let found = config.problems(for: .daemon).map(\.path)
        #expect(found.contains("stream[0].channels") && found.contains("stream[1].channels"))
        do throws(ConfigError) {
            _ = try Assembly.resolve(config, channels: ["arm.q"], labels: [], rateHz: 1)
            Issue.record("a stream without a channel is taken")
        } catch { #expect(error.problems.map(\.path) == ["stream[1].channels"]) }
    }

    @Test("what a single stream says of reordering and waiting reaches the learner")
    func single() throws {
        let config = try parse(stream("arm", "[\"q\"]", "rate = \"10 Hz\"\nreorder = 9\nwait = \"2 s\"") + head)
        let specification = try Assembly.resolve(config, channels: ["q"], labels: nil, rateHz: 1).specification
        #expect(specification.reorder == 9 && specification.waitSeconds == 2 && specification.streams.isEmpty)
        let plain = try Assembly.resolve(parse(head), channels: ["q"], labels: [], rateHz: 1).specification
        #expect(plain.reorder == StreamSpecification.defaultReorder && plain.waitSeconds == nil)
    }

    private func forecast(_ target: String, _ horizon: String) -> String {
        "[[head]]\nname = \"f\"\nkind = \"regression\"\ntarget = \(target)\nhorizon = \(horizon)\n"
    }

    @Test("a forecast's horizon becomes steps, its channels places in a row, and its labels none that a sender has")
    func forecast() throws {
        let config = try parse(forecast("[\"b\", \"a\"]", "\"50 ms\"") + "[[head]]\nname = \"y\"\nkind = \"regression\"\ntarget = \"label:a\"\n")
        let assembly = try Assembly.resolve(config, channels: ["a", "b"], labels: ["a"], rateHz: 100)
        #expect(assembly.labelNames == ["a"] && assembly.specification.labels == 3)
        #expect(assembly.heads[0].targetNames == ["b", "a"] && assembly.heads[0].labels == [] && assembly.heads[1].labels == ["a"])
        #expect(assembly.heads[0].horizon == Assembly.Head.Horizon(steps: 5, seconds: 0.05))
        let head = assembly.specification.heads[0]
        #expect(head.forecast == HeadSpecification.Forecast(channels: [1, 0], steps: 5))
        guard case .regression(let targets) = head.kind else {
            Issue.record("no regression")
            return
        }
        #expect(targets == [1, 2])
    }

    @Test(
        "a horizon is for channels, a whole number of samples, at least one, and no more than wait for a label",
        arguments: [
            ("\"label:a\"", "5", "head[0].horizon"), ("[\"a\", \"label:a\"]", "5", "head[0].horizon"), ("\"a\"", "0", "head[0].horizon"),
            ("\"a\"", "\"55 ms\"", "head[0].horizon"), ("\"a\"", "\"1 ms\"", "head[0].horizon"), ("\"a\"", "1025", "head[0].horizon"),
            ("\"c\"", "5", "head[0].target"),
        ])
    func refused(_ target: String, _ horizon: String, _ path: String) {
        let toml = forecast(target, horizon) + stream("arm", "[\"a\", \"b\"]", "rate = \"100 Hz\"")
        var found = problems(toml)
        if found.isEmpty, let config = try? parse(toml) { found = config.problems(for: .daemon).filter { $0.path.hasPrefix("head") } }
        #expect(found.map(\.path) == [path])
    }

    @Test("a channel without a horizon is asked whether it is a label, and a horizon has no place in other heads")
    func misplaced() {
        let bare = problems("[[head]]\nname = \"f\"\nkind = \"regression\"\ntarget = \"q\"\n")
        #expect(bare.map(\.line) == [4] && bare.allSatisfy { $0.message.contains("`label:q`") })
        #expect(problems("[[head]]\nname = \"h\"\nkind = \"anomaly\"\nhorizon = 5\n").map(\.line) == [4])
        #expect(problems("[[head]]\nname = \"c\"\nkind = \"classification\"\ntarget = \"label:c\"\nhorizon = 5\n").isEmpty == false)
    }

    @Test("a linear stream's channel is foretold no nearer than the value that a step has waited for", arguments: [("linear", 19, false), ("linear", 20, true), ("hold", 1, true)])
    func linearHorizon(_ resample: String, _ steps: Int, _ fits: Bool) throws {
        let streams = stream("arm", "[\"a\"]", "rate = \"1 kHz\"") + stream("imu", "[\"z\"]", "rate = \"50 Hz\"\nresample = \"\(resample)\"")
        let found = try parse(streams + forecast("\"imu.z\"", "\(steps)")).problems(for: .daemon).filter { $0.path.hasPrefix("head") }
        #expect(found.map(\.path) == (fits ? [] : ["head[0].horizon"]))
        #expect(try parse(streams + forecast("\"arm.a\"", "1")).problems(for: .daemon).allSatisfy { !$0.path.hasPrefix("head") })
    }
}
