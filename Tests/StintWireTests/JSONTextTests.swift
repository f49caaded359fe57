import StintWire
import Testing

@Suite struct JSONTextTests {
    private static func nested(_ depth: Int) -> String { String(repeating: "[", count: depth) + String(repeating: "]", count: depth) }

    @Test("Good texts pass", arguments: [
        "{}", "[]", "null", "true", "false", "0", "-0", "1.5e-10", "1E+5", "\"\"", " [ 1 , 2 ] ", "{\"a\":{\"b\":[{}]}}", "\t\r\n{\"a\":1}\n", "\"\\u00e9\\ud83d\\ude00\"", "\"é😀\"",
        "[[],[[]],{}]", "{\"\":0}", "{\"a\":1,\"a\":2}", "[1e400]", "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", nested(32), "[0,-1,10]",
    ])
    func good(said: String) { #expect(lend(said) { JSONText($0) != nil }) }

    @Test("Bad texts do not", arguments: [
        "", " ", "{", "}", "[", "]", "{]", "[}", "[1,]", "[,1]", "[1 2]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "{'a':1}", "{\"a\":1}{", "{} {}", "nul", "nulll", "True", "NaN", "[NaN]",
        "Infinity", "-Infinity", "[-]", "01", "-01", "1.", ".5", "+1", "1e", "0x1", "\"", "\"\\", "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"", "\"\u{1}\"", "\"a\nb\"", "\"\\ud800\"", "\"\\udc00\"", "\"\\udc00\\udc00\"",
        "\"\\ud800\\u0041\"", "\"\\ud800\\ud800\"", "/* */{}", "{}//", "[1]]", nested(33), String(repeating: "[", count: 100_000), String(repeating: "{\"a\":", count: 50_000), "{1:2}", "{\"a\" 1}",
        "[\"a\":1]", "\u{FEFF}{}", "tru", "t", "{,}", "{\"a\":1 \"b\":2}",
    ])
    func bad(said: String) { #expect(lend(said) { JSONText($0) == nil }) }

    @Test("Bytes that are not UTF-8 do not", arguments: [
        [0x80], [0xC0, 0x80], [0xC1, 0xBF], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xF0, 0x80, 0x80, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xFF],
        [0xC3], [0xE2, 0x82], [0xF0, 0x9F, 0x98], [0xE2, 0x28, 0xA1],
    ] as [[UInt8]])
    func notUTF8(bytes: [UInt8]) {
        #expect(lend(Array("\"12345678".utf8) + bytes + Array("\"".utf8)) { JSONText($0) == nil })
        #expect(lend(bytes) { UTF8Text.firstInvalid($0) } == 0)
    }

    @Test("Members and elements come in order, and strings lose their escapes")
    func walk() {
        lend(#" { "a" : [1, "x,]" , {"b":[]}, null] , "q\"\\" : {"}":"{"} ,"e":"\u00e9\ud83d\ude00\/\n" , "e" : true, "n":-2.5e1} "#) { bytes in
            let root = JSONText(bytes)!.root
            var members = root.members, keys: [String] = [], scratch = ByteWriter()
            while let member = members.next() { keys.append(text(member.key.text(in: &scratch))) }
            #expect(keys == ["a", "q\"\\", "e", "e", "n"])
            var elements = root.member("a")!.elements, parts: [String] = []
            while let element = elements.next() { parts.append(text(element.raw)) }
            #expect(parts == ["1", "\"x,]\"", "{\"b\":[]}", "null"])
            #expect(root.member("e")!.isTrue && root.member("n")!.number == -25 && root.member("z") == nil)
        }
        lend(#"["\u00e9\ud83d\ude00\/\n\u0041€"]"#) { bytes in
            var elements = JSONText(bytes)!.root.elements, scratch = ByteWriter()
            #expect(text(elements.next()!.text(in: &scratch)) == "é😀/\nA€")
            #expect(elements.next() == nil)
        }
    }

    @Test("Every cut of a good text is refused")
    func cuts() {
        let whole = Array(#"{"a":[1.5,-2e3,"x\u00e9y",{"b":null}],"ü":true}"#.utf8)
        for length in 0..<whole.count { #expect(lend(Array(whole[..<length])) { JSONText($0) == nil }) }
    }

    @Test("Ten thousand accidents neither crash nor lead a walk astray")
    func accidents() {
        var random = SplitMix(5), passed = 0
        let whole = Array(#"{"a":[1.5,-2e3,"x\u00e9y",{"b":null}],"ü":true}"#.utf8)
        for _ in 0..<10_000 {
            lend(mutated(whole, with: jsonSpices, using: &random)) { bytes in
                guard let checked = JSONText(bytes) else { return }
                passed += 1
                visit(checked.root)
            }
        }
        #expect(passed > 100)
    }

    private func visit(_ value: JSONValue) {
        var scratch = ByteWriter(), members = value.members, elements = value.elements
        _ = value.text(in: &scratch)
        if value.kind == .number { #expect(value.number != nil) }
        while let member = members.next() {
            #expect(member.key.kind == .string)
            visit(member.value)
        }
        while let element = elements.next() { visit(element) }
    }
}
