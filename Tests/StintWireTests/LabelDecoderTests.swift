import Stint
import StintWire
import Testing

@Suite struct LabelDecoderTests {
    private struct Said: Equatable {
        var moment: String
        var value: String
        var text: String
    }

    private func decode(_ payload: [UInt8]) -> (said: Said?, counts: [DropReason: UInt64]) {
        var decoder = LabelDecoder(targets: 3), counts = DropCounts()
        let said = lend(payload) { bytes -> Said? in
            guard let label = decoder.decode(bytes, counts: &counts) else { return nil }
            let moment: String, value: String
            switch label.moment {
            case .sequence(let number): moment = "seq \(number)"
            case .time(let time): moment = "t \(time)"
            }
            switch label.value {
            case .number(let number): value = "\(number)"
            case .vector(let numbers): value = "\(Array(numbers))"
            case .category(let name): value = "'\(String(decoding: name, as: UTF8.self))'"
            }
            return Said(moment: moment, value: value, text: String(decoding: label.text, as: UTF8.self))
        }
        return (said, told(counts))
    }

    @Test("Labels say a moment and a value", arguments: [
        (#"{"seq":7,"value":1.5}"#, "seq 7", "1.5"), (#"{"value":"gravel","t":12.25}"#, "t 12.25", "'gravel'"), (#"{"seq":18446744073709551615,"t":1,"value":[1,-2.5]}"#, "seq 18446744073709551615", "[1.0, -2.5]"),
        (#"{"seq":0,"value":"  wet sand\n "}"#, "seq 0", "'wet sand'"), (#"{"seq":0,"value":"\u00e9\"","stream":"arm","x":{}}"#, "seq 0", "'é\"'"), (#"{"\u0073eq":3,"value":[1]}"#, "seq 3", "[1.0]"),
        (#"{"t":-1e18,"value":1e15}"#, "t -1e+18", "1e+15"), (#"{"seq":1,"value":null,"value":2}"#, "seq 1", "2.0"),
    ])
    func good(payload: String, moment: String, value: String) {
        let (said, counts) = decode(Array(payload.utf8))
        #expect(said?.moment == moment && said?.value == value && counts.isEmpty)
    }

    @Test("A number keeps its text, for heads that take it as a class")
    func text() { #expect(decode(Array(#"{"seq":1,"value": 1.0 }"#.utf8)).said?.text == "1.0") }

    @Test("Labels that are none are refused and counted once", arguments: [
        ("", .malformed), (#"{"seq":"#, .malformed), ("1", .wrongShape), ("[]", .wrongShape), (#"{"value":1}"#, .labelUnplaced), (#"{"seq":1}"#, .labelUnplaced), (#"{"seq":1,"value":null}"#, .labelInvalid),
        (#"{"seq":1,"value":NaN}"#, .malformed), (#"{"seq":1,"value":1e30}"#, .labelInvalid), (#"{"seq":1,"value":1e400}"#, .labelInvalid), (#"{"seq":1,"value":{}}"#, .labelInvalid),
        (#"{"seq":1,"value":true}"#, .labelInvalid), (#"{"seq":"x","value":1}"#, .labelUnplaced), (#"{"seq":-1,"value":1}"#, .labelUnplaced), (#"{"seq":1.0,"value":1}"#, .labelUnplaced),
        (#"{"t":"then","value":1}"#, .labelUnplaced), (#"{"t":1e999,"value":1}"#, .labelUnplaced), (String(repeating: "[", count: 100_000), .malformed), (#"{"seq":1,"value":""}"#, .labelInvalid),
        (#"{"seq":1,"value":"  "}"#, .labelInvalid), (#"{"seq":1,"value":[]}"#, .labelInvalid), (#"{"seq":1,"value":[1,2,3,4]}"#, .labelInvalid), (#"{"seq":1,"value":[1,null]}"#, .labelInvalid),
        (#"{"seq":1,"value":[1,"a"]}"#, .labelInvalid), (#"{"seq":1,"value":[1e30]}"#, .labelInvalid), (#"{"seq":1,"value":""# + String(repeating: "c", count: 65536) + #""}"#, .labelInvalid),
        (#"{"seq":1,"value":""# + String(repeating: "\\n", count: 65536) + #""}"#, .labelInvalid), ("[" + String(repeating: "1,", count: 5_000_000), .malformed),
    ] as [(String, Because)])
    func refused(payload: String, because: Because) {
        let (said, counts) = decode(Array(payload.utf8))
        #expect(said == nil && counts == [because.reason: 1], "\(payload.prefix(60))")
    }

    @Test("Bytes that are not UTF-8 are malformed")
    func notUTF8() { #expect(decode([0xFF, 0xFE]).counts == [.malformed: 1]) }

    @Test("Every cut of a good label is refused")
    func cuts() {
        let whole = Array(#"{"seq":7,"t":1.5,"value":"gr\u00e9vel"}"#.utf8)
        for length in 0..<whole.count { #expect(decode(Array(whole[..<length])).counts == [.malformed: 1]) }
    }

    @Test("Ten thousand accidents give a label or one count")
    func accidents() {
        var random = SplitMix(7)
        for whole in [#"{"seq":7,"t":1.5,"value":"gr\u00e9vel"}"#, #"{"seq":7,"value":[1.5,-2e3,0]}"#].map({ Array($0.utf8) }) {
            for _ in 0..<5000 {
                let (said, counts) = decode(mutated(whole, with: jsonSpices, using: &random))
                if counts.values.reduce(0, +) != (said == nil ? 1 : 0) { Issue.record("\(String(describing: said)), \(counts)") }
            }
        }
    }
}
