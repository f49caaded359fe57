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
}
