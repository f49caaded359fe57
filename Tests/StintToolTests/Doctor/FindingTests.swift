import Stint
import StintSockets
import StintWire
import Testing

@testable import StintTool

/// Messages of two parts.
private func heard(_ messages: [(topic: String, payload: String)], wrongParts: Int = 0) -> Overheard {
    var overheard = Overheard()
    for message in messages { overheard.take(message.topic, Array(message.payload.utf8), message.payload.utf8.count, 2) }
    for _ in 0..<wrongParts { overheard.take("arm", nil, 0, 3) }
    return overheard
}

private let now = 1_760_000_000.0

private func findings(_ overheard: Overheard, maxAge: Double? = nil) -> [Finding] {
    StreamFindings(
        overheard: overheard, streams: [.init(name: "arm", channels: ["speed", "current"])], labels: ["load"], maxAgeSeconds: maxAge, now: now
    ).findings
}

private func wrong(_ findings: [Finding]) -> [String] { findings.filter { $0.verdict == .wrong }.map(\.check) }

@Suite struct FindingTests {
    private let good = ("arm", #"{"t":1760000000,"seq":7,"speed":1,"current":2}"#)

    @Test("what is as it should be is found to be")
    func fine() {
        let found = findings(heard([good, ("label/load", #"{"seq":7,"value":1.5}"#)]))
        #expect(found.allSatisfy { $0.verdict == .fine })
        #expect(found.map(\.check) == ["topic", "payload", "clock", "labels"])
    }

    @Test(
        "each fault is found, and named after what it is in",
        arguments: [
            ([], "topic"), ([("Arm", #"{"speed":1}"#)], "topic"), ([("arm2", #"{"speed":1,"current":2}"#)], "topic"),
            ([("arm", #"{"speed":1}"#)], "payload"), ([("arm", #"{"Speed":1,"Current":2}"#)], "payload"), ([("arm", "[1,2")], "payload"),
            ([("arm", #"{"values":[1,2,3]}"#)], "payload"),
        ])
    func faults(messages: [(topic: String, payload: String)], check: String) {
        #expect(wrong(findings(heard(messages))) == [check])
    }

    @Test(
        "labels that never match are found: of no head, of no frame, of another clock, of no place",
        arguments: [
            ("label/lode", #"{"seq":7,"value":1}"#), ("label/load", #"{"seq":900,"value":1}"#), ("label/load", #"{"t":12.5,"value":1}"#),
            ("label/load", #"{"value":1}"#),
        ])
    func labels(topic: String, payload: String) {
        #expect(wrong(findings(heard([good, (topic, payload)]))) == ["labels"])
    }

    @Test("frames of a sender in 1970 are doubtful, and wrong where their age is held against them")
    func clocks() {
        let old = heard([("arm", #"{"t":100,"speed":1,"current":2}"#)])
        #expect(findings(old).map(\.verdict) == [.fine, .fine, .doubtful])
        #expect(wrong(findings(old, maxAge: 0.5)) == ["clock"])
        let recent = heard([("arm", #"{"t":1759999999.9,"speed":1,"current":2}"#)])
        #expect(wrong(findings(recent, maxAge: 0.5)).isEmpty)
    }

    @Test("messages of other than two parts are found")
    func parts() { #expect(wrong(findings(heard([good], wrongParts: 2))) == ["parts"]) }

    @Test("a topic is shown without what a terminal would obey")
    func plain() {
        #expect(Overheard.plain("a\u{1B}[2J") == "a?[2J")
        #expect(heard([("x", "ab"), ("x", "abcd"), ("y", "")]).list == "x (2 of 2 to 4 B), y (1 of 0 B)")
    }

    @Test("what comes over a real socket is heard, by topic and size")
    func listening() throws {
        let context = try Context()
        var publisher = try Socket(.xpub, in: context), subscriber = try Socket(.subscribe, in: context)
        try publisher.bind("tcp://127.0.0.1:*")
        try subscriber.subscribe(to: "")
        try subscriber.connect(publisher.lastEndpoint)
        var message = Message()
        try publisher.set(.receiveTimeout, to: 10_000)
        #expect(try publisher.receive(into: &message))
        for _ in 0..<3 {
            _ = try publisher.send("arm", more: true)
            _ = try publisher.send("{}")
        }
        _ = try publisher.send("alone")
        var overheard = Overheard()
        // As long as it takes, up to ten seconds.
        for _ in 0..<100 where overheard.messages < 4 { try overheard.listen(subscriber, seconds: 0.1) }
        #expect(overheard.topics["arm"]?.count == 3 && overheard.topics["arm"]?.longest == 2)
        #expect(overheard.wrongParts == 1)
    }

    @Test(
        "a daemon's own figures tell what is wrong",
        arguments: [
            (#"{"hash":"a","streams":{"arm":{"frames":9,"age_s":0.1}}}"#, [String]()),
            (#"{"hash":"b","streams":{"arm":{"frames":9,"age_s":0.1}}}"#, ["daemon"]),
            (#"{"hash":"b","config":{"origin":"pushed","local":"a"},"streams":{"arm":{"frames":9,"age_s":0.1}}}"#, []),
            (#"{"hash":"b","config":{"origin":"pushed","local":"c"},"streams":{"arm":{"frames":9,"age_s":0.1}}}"#, ["daemon"]),
            (#"{"hash":"a","streams":{"arm":{"frames":0,"age_s":null}}}"#, ["frames"]),
            (#"{"hash":"a","streams":{"arm":{"frames":9,"age_s":60,"rate_hz":100}}}"#, ["frames"]),
            (#"{"hash":"a","streams":{"arm":{"frames":9,"age_s":60,"rate_hz":0.1}}}"#, []),
            (#"{"hash":"a","streams":{"arm":{"frames":9,"age_s":1}},"dropped":{"wrong_shape":10}}"#, ["dropped"]),
            (#"{"hash":"a","labels":{"seen":10},"dropped":{"label_late":9}}"#, ["labels"]),
            (#"{"hash":"a","labels":{"seen":10},"dropped":{"label_late":1}}"#, []),
            (#"{"hash":"a","checkpoint":{"ok":false,"reason":"full"}}"#, ["state"]),
        ])
    func status(text: String, expected: [String]) throws {
        let status = try #require(JSON(Array(text.utf8)))
        #expect(wrong(DaemonFindings(status: status, endpoint: "e", configHash: "a").findings) == expected)
    }

    @Test("a threaded OpenBLAS is found by its file's name")
    func library() {
        #expect(Machine.library(maps: "7f00-7f01 r-xp 0 0:0 0 /usr/lib/openblas-pthread/libopenblasp-r0.3.21.so").verdict == .doubtful)
        #expect(Machine.library(maps: "7f00-7f01 r-xp 0 0:0 0 /usr/lib/openblas-serial/libopenblas-r0.3.21.so").verdict == .fine)
        #expect(Machine.library(maps: "").verdict == .fine)
    }

    @Test("a clock that was never set, and one that jumps, are found")
    func clock() {
        #expect(Machine.clock(wall: (now, now + 1), elapsed: 1).verdict == .fine)
        #expect(Machine.clock(wall: (100, 101), elapsed: 1).verdict == .wrong)
        #expect(Machine.clock(wall: (now, now + 30), elapsed: 1).verdict == .wrong)
        #expect(Machine.clock(wall: (now, now - 2), elapsed: 1).verdict == .wrong)
    }

    @Test("too little memory, and a state folder that is not there or too full, are found")
    func room() {
        let specification = Specification(channels: 2, rateHz: 10, labels: 0, heads: [HeadSpecification(kind: .anomaly(falseAlarms: .perRows(count: 1, rows: 100)))])
        let plan = Plan(specification)
        #expect(Machine.memory(plan, available: 4 << 20).verdict == .wrong)
        #expect(Machine.memory(plan, available: 30 << 20).verdict == .doubtful)
        #expect(Machine.memory(plan, available: 1 << 30).verdict == .fine)
        #expect(Machine.state("/nonexistent/stint", needed: 1).verdict == .wrong)
        #expect(Machine.state("/proc", needed: 1).verdict == .wrong)
        #expect(Machine.state("/tmp", needed: 1 << 50).verdict == .wrong)
        #expect(Machine.state("/tmp", needed: 1).verdict == .fine)
    }

    @Test("a config that is none ends with 1")
    func command() { #expect(Tool.status(of: ["doctor", "-c", "/dev/null", "--listen", "0.1", "--control", "ipc:///tmp/stint-doctor-none"]) == 1) }
}
