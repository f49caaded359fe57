import StintWire
import Testing

@Suite struct CaptureReaderTests {
    private struct One: Equatable {
        var at: Int64
        var topic: String
        var payload: [UInt8]
    }

    private func read(_ capture: String) -> (messages: [One], isTorn: Bool, problem: String?) {
        lend(capture) { bytes in
            var reader = CaptureReader(bytes), messages: [One] = []
            do throws(CaptureProblem) {
                while let message = try reader.next() {
                    messages.append(One(at: message.at, topic: text(message.topic), payload: Array(message.payload)))
                }
                return (messages, reader.isTorn, nil)
            } catch {
                return (messages, false, error.description)
            }
        }
    }

    private func line(_ at: Int64, _ topic: [UInt8], _ payload: [UInt8]) -> String {
        written { out in
            lend(topic) { topic in lend(payload) { payload in _ = CaptureLine.write(CapturedMessage(at: at, topic: topic, payload: payload), into: &out) } }
        }
    }

    @Test("A message is one line; JSON objects stand as they are, all else as base64", arguments: [
        (#"{"t":1,"a":[1,2]}"#, #"{"t":1,"a":[1,2]}"#), (#"{ "a" : 1 }"#, #"{ "a" : 1 }"#), ("{\"a\":\n1}", "\"eyJhIjoKMX0=\""), (#" {"a":1}"#, "\"IHsiYSI6MX0=\""), (#"[{"a":1}]"#, "\"W3siYSI6MX1d\""),
        ("", "\"\""), ("{", "\"ew==\""), (#"{},"at":1,"payload":{}"#, "\"e30sImF0IjoxLCJwYXlsb2FkIjp7fQ==\""),
    ])
    func lines(payload: String, value: String) {
        let said = line(7, Array("arm".utf8), Array(payload.utf8))
        #expect(said == #"{"at":7,"topic":"arm","payload":\#(value)}"#)
        #expect(read(said + "\n").messages == [One(at: 7, topic: "arm", payload: Array(payload.utf8))])
    }

    @Test("Any payload and any topic that is text come back byte for byte, also one that is nested as deep as can be")
    func there() {
        var random = SplitMix(8)
        let deep = String(repeating: "{\"a\":", count: 31) + "{}" + String(repeating: "}", count: 31)
        var payloads = [Array(deep.utf8), Array(#"{"é":"\u00e9"}"#.utf8)]
        for length in 0..<200 { payloads.append((0..<length).map { _ in .random(in: 0...255, using: &random) }) }
        let topics = ["", "arm", "label/a \"b\"\n", "é"]
        var capture = ""
        var expected: [One] = []
        for (i, payload) in payloads.enumerated() {
            let topic = topics[i % topics.count]
            expected.append(One(at: .max - Int64(i), topic: topic, payload: payload))
            capture += line(.max - Int64(i), Array(topic.utf8), payload) + "\n"
        }
        #expect(capture.split(separator: "\n").count == payloads.count)
        let got = read(capture)
        #expect(got.messages == expected && !got.isTorn && got.problem == nil)
        #expect(line(1, [0xFF], []) == "")
    }

    @Test("A last line without its end is left out, and said; a bad line elsewhere is a problem with its number")
    func torn() {
        let good = #"{"at":1,"topic":"a","payload":{}}"#
        let cut = read(good + "\n" + good.dropLast(3))
        #expect(cut.messages.count == 1 && cut.isTorn && cut.problem == nil)
        #expect(read(good).messages.count == 1)
        #expect(read("\n\r\n \n" + good + "\r\n").messages.count == 1)
        #expect(read(good + "\n" + good.dropLast(3) + "\n").problem == "line 2: expected a JSON object, got something else")
    }

    @Test("Lines that are no messages say what is missing", arguments: [
        ("[]", "object"), ("7", "object"), (#"{"topic":"a","payload":{}}"#, "\"at\""), (#"{"at":1.5,"topic":"a","payload":{}}"#, "\"at\""), (#"{"at":9223372036854775808,"topic":"a","payload":{}}"#, "\"at\""),
        (#"{"at":"1","topic":"a","payload":{}}"#, "\"at\""), (#"{"at":1,"payload":{}}"#, "\"topic\""), (#"{"at":1,"topic":7,"payload":{}}"#, "\"topic\""), (#"{"at":1,"topic":"a"}"#, "\"payload\""),
        (#"{"at":1,"topic":"a","payload":7}"#, "\"payload\""), (#"{"at":1,"topic":"a","payload":null}"#, "\"payload\""), (#"{"at":1,"topic":"a","payload":"Zg"}"#, "base64"),
    ])
    func problems(line: String, names: String) {
        let problem = read(line + "\n").problem
        #expect(problem?.hasPrefix("line 1: ") == true && problem?.contains(names) == true)
    }
}
