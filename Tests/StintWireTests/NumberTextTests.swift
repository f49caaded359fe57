import StintWire
import Testing

@Suite struct NumberTextTests {
    private func exact(_ said: String) {
        let want = Double(said)!, got = lend(said) { NumberText.json($0) }
        if got?.bitPattern != want.bitPattern { Issue.record("\(said) was read as \(String(describing: got)), it is \(want)") }
        let wantFloat = Float(said)!, gotFloat = lend(said) { NumberText.jsonFloat($0) }
        if gotFloat?.bitPattern != wantFloat.bitPattern { Issue.record("\(said) was read as \(String(describing: gotFloat)), it is \(wantFloat)") }
    }

    @Test("Decimals of every length and magnitude are read to the nearest Float64 and Float32")
    func random() {
        var random = SplitMix(3)
        for i in 0..<60_000 {
            var said = Bool.random(using: &random) ? "-" : ""
            let whole = Int.random(in: 1...(i % 50 == 0 ? 900 : 22), using: &random)
            said += String(Int.random(in: 1...9, using: &random))
            for _ in 1..<whole { said += String(Int.random(in: 0...9, using: &random)) }
            if Bool.random(using: &random) {
                said += "."
                for _ in 0..<Int.random(in: 1...25, using: &random) { said += String(Int.random(in: 0...9, using: &random)) }
            }
            if Bool.random(using: &random) { said += "e\(Int.random(in: -340...310, using: &random))" }
            exact(said)
        }
    }

    @Test("The shortest forms of random bit patterns are read back")
    func patterns() {
        var random = SplitMix(4)
        for _ in 0..<60_000 {
            let value = Double(bitPattern: random.next())
            if value.isFinite { exact(value.description) }
            let float = Float(bitPattern: UInt32(truncatingIfNeeded: random.next()))
            if float.isFinite { exact(float.description) }
        }
    }

    @Test("The hard cases are exact", arguments: [
        "0", "-0", "0.0", "0e5", "0e999999999999999999999999", "1e400", "-1e400", "1e-400", "1e999999999999999999999", "1e-99999999999999999999",
        "9007199254740993", "9007199254740992.5", "9007199254740993.0000000000000000000000001", "2.2250738585072011e-308", "4.9e-324", "2.4703282292062327e-324",
        "2.47032822920623272e-324", "1.7976931348623157e308", "1.7976931348623159e308", "0.000000000000000000000000000000000000000000001234567890123456789012",
        "16777217", "16777217.0000000001", "16777216.9999999999", "1.00000005960464477539062500", "1.00000005960464477539062501", "7.0064923216240853546186479164495e-46",
        "7.0064923216240853546186479164495e-45", "3.4028235677973366e38", "123456789012345678901234567890123456789012345678901234567890",
        "0.1234567890123456789012345678901234567890", "1697040000.1234567",
    ])
    func hard(said: String) { exact(said) }

    @Test("More digits than fit are not lost: half way, and a 1 eight hundred places on")
    func sticky() {
        let half = "9007199254740993"
        let zeros = String(repeating: "0", count: 900)
        exact(half + "." + zeros + "1")
        exact(half + "." + zeros)
        exact(half + zeros + "e-900")
        exact(half + zeros + "1e-901")
        exact("0." + zeros + half + zeros + "1e916")
    }

    @Test("What JSON does not call a number is none", arguments: ["", "-", "+1", "01", "1.", ".5", "1e", "1e+", "0x1", "NaN", "Infinity", "1 ", " 1", "1e5.0", "--1", "1_0", "e5"])
    func refused(said: String) {
        #expect(lend(said) { NumberText.json($0) } == nil)
    }

    @Test("Natural numbers go to 2^64 − 1 and no further", arguments: [
        ("0", 0), ("18446744073709551615", UInt64.max), ("18446744073709551616", nil), ("99999999999999999999999", nil), ("-1", nil), ("1.0", nil), ("1e3", nil), ("", nil),
    ] as [(String, UInt64?)])
    func naturals(said: String, value: UInt64?) {
        #expect(lend(said) { NumberText.natural($0) } == value)
    }

    @Test("Cells are gaps, numbers, infinities or text", arguments: [
        ("", .gap), ("  ", .gap), ("nan", .gap), ("NaN", .gap), ("-nan", .gap), ("NULL", .gap), ("1.5", .number(1.5)), (" +1.5\t", .number(1.5)), (".5", .number(0.5)),
        ("5.", .number(5)), ("007", .number(7)), ("inf", .infinite), ("-Infinity", .infinite), ("+inf", .infinite), ("1e400", .number(.infinity)), ("1,5", .text),
        ("0x10", .text), ("-", .text), (".", .text), ("NA", .text), ("1e", .text), ("e1", .text), ("1 2", .text),
    ] as [(String, NumberText.Cell)])
    func cells(said: String, cell: NumberText.Cell) {
        #expect(lend(said) { NumberText.cell($0) } == cell)
    }
}
