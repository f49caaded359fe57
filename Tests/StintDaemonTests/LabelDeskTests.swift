import Stint
import StintConfig
import StintIntake
import Testing

@testable import StintDaemon

/// Two labels for four heads: `load` is a number and a class, `tau` a number of a vector head, and an anomaly head has verdicts.
private func assembly() throws -> Assembly {
    let toml = """
        [[head]]
        name = "load"
        kind = "regression"
        target = "label:load"
        [[head]]
        name = "level"
        kind = "classification"
        target = "label:load"
        [[head]]
        name = "arm"
        kind = "regression"
        target = ["label:load", "label:tau"]
        [[head]]
        name = "health"
        kind = "anomaly"
        """
    let config = try Config.parse(Array(toml.utf8), fileName: "test.toml")
    return try Assembly.resolve(config, channels: ["a"], labels: nil, rateHz: 10)
}

/// A desk, and a learner with frames 0…9.
private struct Bench: ~Copyable {
    var desk: LabelDesk
    let learner: Learner

    init() throws {
        let assembly = try assembly()
        desk = LabelDesk(assembly)
        learner = Learner(Plan(assembly.specification))
        for i in 0..<10 {
            _ = [Float(i)].withUnsafeBufferPointer {
                learner.push(.frame(Frame(time: Double(i) / 10, sequence: UInt64(i), values: $0)))
            }
        }
    }

    /// What becomes of a label, and how many more are counted as dropped.
    mutating func send(_ name: String, _ json: String) throws -> (outcome: Outcome, counted: UInt64) {
        let before = learner.dropped.total + desk.refused.total
        let recipient = try #require(Array(name.utf8).withUnsafeBytes { desk.topics.recipient(of: $0) })
        let outcome = Array(json.utf8).withUnsafeBytes { desk.take($0, for: recipient, learner) }
        return (outcome, learner.dropped.total + desk.refused.total - before)
    }
}

@Suite struct LabelDeskTests {
    @Test("a label may name the stream of its frame; one of a stream whose frames are no steps is for nothing")
    func stream() throws {
        var bench = try Bench()
        let (own, ownCount) = try bench.send("tau", #"{"seq":9,"stream":"input","value":1}"#)
        #expect(own == .matched(learned: 0) && ownCount == 0)
        let (other, otherCount) = try bench.send("tau", #"{"seq":8,"stream":"imu","value":1}"#)
        #expect(other != .matched(learned: 0) && otherCount == 1 && bench.desk.refused[.labelUnplaced] == 1)
        let (none, noneCount) = try bench.send("tau", #"{"seq":8,"stream":7,"value":1}"#)
        #expect(none != .matched(learned: 0) && noneCount == 1)
    }

    @Test("subscriptions name the stream, every label, and heads that take vectors or verdicts")
    func subscriptions() throws {
        let topics = TopicTable(try assembly())
        let said = topics.subscriptions
        #expect(said == ["input", "label/load", "label/tau", "label/arm", "label/health"])
    }

    @Test("a topic is taken whole: what only begins like one is nobody's", arguments: ["input2", "inpu", "", "label/", "label", "label/load2"])
    func exactTopics(topic: String) throws {
        let topics = TopicTable(try assembly())
        let isKnown = Array(topic.utf8).withUnsafeBytes { topics.purpose(of: $0) != nil }
        #expect(!isKnown)
    }

    @Test("a number that feeds both kinds is learned by both, the class by its text")
    func both() throws {
        var bench = try Bench()
        let (outcome, counted) = try bench.send("load", #"{"seq":3,"value":1.50}"#)
        #expect(outcome == .matched(learned: 1))
        #expect(counted == 0)
        let classes = bench.learner.classes(of: 1), name = Array(classes.name(0))
        #expect(name == Array("1.50".utf8))
    }

    @Test(
        "a message that is refused counts once, whoever refuses it",
        arguments: [
            ("load", "{"), ("load", #"{"seq":3}"#), ("load", #"{"value":1}"#), ("load", #"{"seq":99,"value":1}"#),
            ("load", #"{"seq":3,"value":[1,2]}"#), ("arm", #"{"seq":3,"value":[1,2,3]}"#), ("tau", #"{"seq":3,"value":"x"}"#),
            ("health", #"{"seq":3,"value":"maybe"}"#), ("health", #"{"seq":3,"value":1}"#), ("load", #"{"seq":1,"value":2}"#),
        ])
    func refusals(name: String, json: String) throws {
        var bench = try Bench()
        _ = try bench.send("load", #"{"seq":1,"value":2}"#)
        let (outcome, counted) = try bench.send(name, json)
        if case .refused = outcome {} else { Issue.record("\(outcome)") }
        #expect(counted == 1)
    }

    @Test("a vector waits for nothing, and its parts count for the head once all are there")
    func vector() throws {
        var bench = try Bench()
        _ = try bench.send("arm", #"{"seq":4,"value":[1,2]}"#)
        let learned = bench.desk.learned
        #expect(learned[2] == 1)
        let (outcome, _) = try bench.send("health", #"{"seq":4,"value":"normal"}"#)
        #expect(outcome == .matched(learned: 0))
    }
}
