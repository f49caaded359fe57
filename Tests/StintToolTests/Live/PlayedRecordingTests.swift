import StintConfig
import StintWire
import Testing

@testable import StintTool

@Suite struct PlayedRecordingTests {
    /// Topic and payload of each message, in order.
    func messages(_ text: String, config: String? = nil, delay: Int = 0, roles: CSVRoles = CSVRoles()) throws -> [String] {
        let recording = try Recording("test.csv", MappedFile(copying: Array(text.utf8)), roles)
        let stream = try config.map { PlayedStream(try Config.parse(Array($0.utf8), fileName: "stint.toml"), name: "stint.toml") }
        var played = try PlayedRecording(recording, as: stream ?? PlayedStream(), delay: delay)
        var all: [String] = []
        while played.next() != nil {
            while let topic = played.nextFrame() { all.append("\(topic) \(String(decoding: played.frame, as: UTF8.self))") }
            while let label = played.nextLabel() { all.append("\(label.topic) \(String(decoding: label.payload, as: UTF8.self))") }
        }
        return all
    }

    @Test("a row goes out keyed by channel, and its labels after it")
    func plain() throws {
        #expect(
            try messages("t,q1,q 2,label:tau,label:surface\n12.25,0.1,-2e-3,1.50,gravel\n") == [
                #"input {"t":12.25,"seq":0,"q1":0.1,"q 2":-2e-3}"#, #"label/tau {"seq":0,"value":1.50}"#,
                #"label/surface {"seq":0,"value":"gravel"}"#,
            ])
    }

    @Test("numbers that JSON does not take go out digit by digit", arguments: [
        ("+1.5", "1.5"), (".5", "0.5"), ("-.5", "-0.5"), ("5.", "5"), ("007", "7"), ("-00.10e+05", "-0.10e+05"), ("5.e3", "5e3"),
        ("000", "0"), (" 2 ", "2"), ("123456789.123456789", "123456789.123456789"), ("1e400", "1e400"),
    ])
    func numbers(cell: String, json: String) throws {
        #expect(try messages("a,b\n1,\(cell)\n") == [#"input {"t":0,"seq":0,"a":1,"b":\#(json)}"#])
    }

    @Test("what is no number is null", arguments: ["", "nan", "NULL", "inf", "-Infinity"])
    func gaps(cell: String) throws {
        #expect(try messages("a,b\n1,\(cell)\n") == [#"input {"t":0,"seq":0,"a":1,"b":null}"#])
    }

    @Test("times read back to the same bits, whatever form they have")
    func times() throws {
        let rows = try messages("time,a\n2023-10-11T12:34:56.25Z,1\n0.30000000000000004,2\n")
        #expect(rows == [#"input {"t":1697027696.25,"seq":0,"a":1}"#, #"input {"t":0.30000000000000004,"seq":1,"a":2}"#])
    }

    @Test("a clock that says nothing goes on by one period, as the learner's does")
    func missingTimes() throws {
        #expect(try messages("t,a\n,1\n1,2\n1.5,3\nsoon,4\n").map { $0.prefix(12) } == [
            "input {\"t\":0", "input {\"t\":1", "input {\"t\":1", "input {\"t\":2",
        ].map { $0.prefix(12) })
        #expect(try messages("a\n1\n2\n", config: regression + "[[stream]]\nname = \"arm\"\nrate = \"4 Hz\"\n").last == #"arm {"t":0.25,"seq":1,"a":2}"#)
    }

    @Test("a ragged row is not sent, has no labels, and uses up its number")
    func ragged() throws {
        #expect(
            try messages("a,label:y\n1,10\n2\n3,30\n") == [
                #"input {"t":0,"seq":0,"a":1}"#, #"label/y {"seq":0,"value":10}"#, #"input {"t":2,"seq":2,"a":3}"#,
                #"label/y {"seq":2,"value":30}"#,
            ])
    }

    @Test("labels come so many rows late, or as late as their column says, and never when the recording ends before")
    func delays() throws {
        func labels(_ messages: [String]) -> [String] { messages.map { $0.hasPrefix("label") ? String($0.suffix(3).prefix(2)) : "·" } }
        #expect(labels(try messages("a,label:y\n1,10\n2,11\n3,12\n", delay: 1)) == ["·", "·", "10", "·", "11"])
        #expect(labels(try messages("a,label:y,delay:y\n1,10,2\n2,11,0\n3,12,0\n")) == ["·", "·", "11", "·", "10", "12"])
        #expect(labels(try messages("a,label:y\n1,10\nragged,1,2\n3,12\n", delay: 1)) == ["·", "10", "·"])
    }

    @Test("a column of numbers is sent as classes only where a config says so")
    func classes() throws {
        let text = "a,label:y\n1,01.0\n"
        #expect(try messages(text).last == #"label/y {"seq":0,"value":1.0}"#)
        #expect(try messages(text, config: classification).last == #"label/y {"seq":0,"value":"01.0"}"#)
        #expect(try messages(text, config: regression).last == #"label/y {"seq":0,"value":1.0}"#)
    }

    @Test("a label that is no number goes to a regression as it is, to be refused and counted there; an empty one does not go")
    func invalidLabels() throws {
        let rows = try messages("a,label:y\n1,high\n2,nan\n3,\n", config: regression)
        #expect(rows.filter { $0.hasPrefix("label") } == [#"label/y {"seq":0,"value":"high"}"#])
    }

    @Test("names are escaped, and columns of text stay at home")
    func names() throws {
        #expect(try messages("\"a\"\"b\",note\n1,fine\n") == [#"input {"t":0,"seq":0,"a\"b":1}"#])
    }

    @Test("a config's channels are sent, in its order; one that is not there is refused by name")
    func configured() throws {
        let stream = "[[stream]]\nname = \"arm\"\nrate = \"1 Hz\"\nchannels = "
        #expect(try messages("a,b,c\n1,2,3\n", config: anomaly + stream + #"["c", "a"]"#) == [#"arm {"t":0,"seq":0,"c":3,"a":1}"#])
        #expect(throws: Failure.refused("test.csv: there is no column \"d\", which stream.channels of stint.toml asks for")) {
            try messages("a,b,c\n1,2,3\n", config: anomaly + stream + #"["d"]"#)
        }
    }

    @Test("a channel that is called like a key of the frame itself is refused")
    func takenNames() throws {
        #expect(throws: Failure.self) { try messages("a,seq\n1,2\n") }
        #expect(try messages("a,seq\n1,2\n", roles: CSVRoles(ignored: ["seq"])).count == 1)
    }

    @Test("rows are due by the recording's clock, so many times faster, and never because time went back")
    func schedule() throws {
        var schedule = PlaySchedule(.times(2))
        #expect([10, 11, 11, 5, 6].map { schedule.due($0) } == [0, 0.5, 0.5, 0.5, 1])
        #expect(PlayRate(argument: "x10") == .times(10) && PlayRate(argument: "realtime") == .times(1) && PlayRate(argument: "max") == .max)
        #expect(["x0", "x-1", "10", "xinf", ""].allSatisfy { PlayRate(argument: $0) == nil })
    }
}
