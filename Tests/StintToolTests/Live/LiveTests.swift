import StintSockets
import StintWire
import Testing

@testable import StintTool

@Suite struct LiveTests {
    func json(_ text: String) throws -> JSON { try #require(JSON(Array(text.utf8))) }

    @Test("a tree holds what the text says, the last of two equal names, and nothing of broken text")
    func tree() throws {
        let value = try json(#"{"a":[1,-2.5e3,"x\u00e9\n",true,null],"b":{"c":1},"b":{"c":2},"a\"b":0}"#)
        #expect(value["a"]?.elements == [.number(1), .number(-2500), .string("xé\n"), .bool(true), .null])
        #expect(value["b"]?["c"]?.natural == 2 && value["a\"b"]?.number == 0 && value["z"] == nil)
        #expect(try json("1.5").natural == nil && json("-1").natural == nil && json("1e300").natural == nil)
        #expect(JSON(Array("{\"a\":}".utf8)) == nil && JSON([]) == nil)
    }

    @Test("a prediction is one line for people")
    func lines() throws {
        func text(_ line: String) throws -> String? { PredictionLine(try json(line))?.text }
        #expect(
            try text(
                #"{"type":"prediction","t":12.5,"seq":7,"head":"torque","kind":"regression","ready":true,"targets":["tau1"],"value":[3.25],"lower":[3],"upper":[1234.5]}"#
            ) == "t 12.500  seq 7  torque  tau1 3.250 [3.000, 1235]")
        #expect(
            try text(#"{"type":"prediction","t":1,"seq":0,"head":"y","kind":"classification","ready":false,"class":null,"class_id":-1,"probability":[],"set":[]}"#)
                == "t 1.000  seq 0  y  –  (not ready)")
        #expect(
            try text(#"{"type":"prediction","t":1,"seq":9,"head":"h","kind":"anomaly","ready":true,"score":0.97,"p_value":0.0004,"alarm":true,"incident":3}"#)
                == "t 1.000  seq 9  h  score 0.970  p 0.0004  ALARM")
        #expect(try text(#"{"type":"event","t":1,"event":"alarm"}"#) == nil)
        #expect(try text(#"{"type":"prediction","t":1,"seq":0,"head":"y","kind":"regression","targets":["a","b"],"value":[1]}"#) == nil)
    }

    @Test("a label's value is a number or a list where it is one, else a text")
    func labelValues() {
        #expect(LabelCommand.literal("-1.50") == "-1.50" && LabelCommand.literal("[1, -2]") == "[1, -2]")
        #expect(LabelCommand.literal("gravel") == "\"gravel\"" && LabelCommand.literal("true") == "\"true\"")
        #expect(LabelCommand.literal("01") == "\"01\"" && LabelCommand.literal("a\"b") == "\"a\\\"b\"")
    }

    @Test("a label's command line takes negative numbers, and refuses what it does not know", arguments: [
        (["tau", "-1.5", "--seq", "3"], true), (["tau", "1.5", "--t", "-3"], true), (["tau", "--seq", "3", "-1e-3"], true),
        (["tau", "1.5"], false), (["tau", "1.5", "--seq", "3", "--t", "1"], false), (["tau", "1.5", "--sq", "3"], false),
        (["tau", "--seq", "3"], false), (["tau", "1", "2", "--seq", "3"], false),
    ])
    func labelArguments(words: [String], isRight: Bool) {
        #expect(((try? LabelCommand.parse(words)) != nil) == isRight)
    }

    @Test("endpoints have a scheme that leaves the process")
    func endpoints() {
        #expect(["tcp://127.0.0.1:5555", "ipc:///tmp/x"].allSatisfy { EndpointOption(argument: $0) != nil })
        #expect(["5555", "inproc://x", "tcp://", "udp://x"].allSatisfy { EndpointOption(argument: $0) == nil })
    }

    @Test("a status is a table of what the daemon tells, and of nothing else")
    func status() throws {
        let full = StatusText(
            try json(
                """
                {"version":"0.1.0","ready":true,"learning":false,"uptime_s":3725,"streams":{"arm":{"frames":60,"rate_hz":100,"age_s":0.01}},
                 "heads":{"torque":{"kind":"regression","ready":true,"experts":{"a":{"weight":0.25},"b":{"weight":0.75}}}},
                 "dropped":{"malformed":0,"duplicate":2},"plan_bytes":1048576,"rss_bytes":null,"allocations_per_frame":0}
                """), endpoint: "ipc:///x"
        ).text
        #expect(
            full == """
                stintd       0.1.0 at ipc:///x, ready, paused, up 1 h 2 min
                stream arm   60 frames, 100.0 Hz, newest 0.01 s ago
                head torque  regression, ready, trusts b 0.75, a 0.25
                memory       plan 1.0 MiB, 0 allocations a frame
                dropped      duplicate 2

                """)
        #expect(StatusText(.object([]), endpoint: "ipc:///x").text == "stintd  at ipc:///x\n")
    }

    @Test("what a daemon refuses is told in its words, with every problem")
    func refusals() throws {
        let error = try json(#"{"code":1,"message":"rejected","data":{"problems":[{"message":"one"},{"message":"two"}]}}"#)
        #expect(ControlClient.message(error) == "rejected\none\ntwo")
        #expect(ControlClient.message(nil) == "the daemon refused, and did not say why")
    }

    @Test("a publisher knows what subscribers want, and that they are gone")
    func publisher() throws {
        let context = try Context(), endpoint = "inproc://publisher-test"
        var publisher = try Publisher(endpoint, binds: true, in: context)
        do {
            var subscriber = try Socket(.subscribe, in: context)
            try subscriber.subscribe(to: "arm")
            try subscriber.subscribe(to: "label/tau")
            try subscriber.connect(endpoint)
            try publisher.awaitSubscriber(to: "arm")
            #expect(publisher.isWanted("arm") && publisher.isWanted("label/tau1") && !publisher.isWanted("input"))
            var part = Message()
            try [UInt8]("{}".utf8).withUnsafeBytes { _ = try publisher.send(topic: "arm", $0) }
            #expect(try subscriber.receive(into: &part) && part.hasMore)
            #expect(try subscriber.receive(into: &part) && String(decoding: part.bytes, as: UTF8.self) == "{}")
        }
        while publisher.isWanted("arm") { try publisher.wait(milliseconds: 1000) }
    }
}
