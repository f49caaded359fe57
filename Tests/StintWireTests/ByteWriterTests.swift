import StintWire
import Testing

@Suite struct ByteWriterTests {
    @Test("A quoted string reads back, whatever it holds")
    func quoted() {
        let odd = "a\"b\\c\n\r\t\u{0}\u{1F}\u{7F}é€😀/"
        let said = written { $0.append(quoted: odd) }
        #expect(said.hasPrefix("\"a\\\"b\\\\c\\n\\r\\t\\u0000\\u001f"))
        lend(said) {
            var scratch = ByteWriter()
            #expect(text(JSONText($0)!.root.text(in: &scratch)) == odd)
        }
        lend(odd) { bytes in #expect(written { $0.append(quoted: bytes) } == said) }
    }

    @Test("Clearing keeps the room")
    func room() {
        var out = ByteWriter(capacity: 64)
        for i in 0..<1000 { out.append(i) }
        let capacity = out.capacity
        out.clear()
        #expect(out.count == 0 && out.capacity == capacity && out.bytes.isEmpty)
    }
}
