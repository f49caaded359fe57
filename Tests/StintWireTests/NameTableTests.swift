import StintWire
import Testing

@Suite struct NameTableTests {
    @Test("Every name is found, with a right or a wrong guess, and no other is")
    func names() {
        let names = (0..<500).map { "channel \($0)" } + ["", "é"]
        let table = NameTable(names)
        for (index, name) in names.enumerated() {
            lend(name) { bytes in
                #expect(table.index(of: bytes) == index && table.index(of: bytes, expected: index) == index && table.index(of: bytes, expected: 7) == index)
                #expect(table.index(of: bytes, expected: 999) == index && text(table.name(index)) == name)
            }
            lend(name + "x") { bytes in #expect(table.index(of: bytes) == nil) }
        }
        let empty = NameTable([])
        lend("a") { bytes in #expect(empty.index(of: bytes) == nil) }
    }
}
