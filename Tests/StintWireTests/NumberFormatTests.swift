import StintWire
import Testing

@Suite struct NumberFormatTests {
    @Test("Random Float32 bit patterns read back from their text, which is no longer than the standard library's")
    func floats() {
        var random = SplitMix(1), out = ByteWriter()
        for i in 0..<150_000 {
            var bits = UInt32(truncatingIfNeeded: random.next())
            // Two thirds where measurements live: 2^-20 … 2^30.
            if i % 3 != 0 { bits = bits & 0x807F_FFFF | UInt32.random(in: 107...157, using: &random) << 23 }
            let value = Float(bitPattern: bits)
            out.clear()
            out.append(value)
            let said = text(out.bytes)
            guard value.isFinite else {
                #expect(said == "null")
                continue
            }
            let back = Float(said)
            if back != value || back?.sign != value.sign { Issue.record("\(value) became \(said)") }
            if significantDigits(said) > significantDigits(value.description) { Issue.record("\(value) is longer as \(said)") }
            if !isJSONNumber(said) { Issue.record("\(said) is no JSON") }
        }
    }

    @Test("Random Float64 bit patterns and times read back from their text, which is no longer than the standard library's")
    func doubles() {
        var random = SplitMix(2), out = ByteWriter()
        for i in 0..<150_000 {
            var value = Double(bitPattern: random.next())
            if i % 3 == 1 { value = Double.random(in: 0...4e9, using: &random) }
            if i % 3 == 2 { value = Double(bitPattern: random.next() & 0x800F_FFFF_FFFF_FFFF | UInt64.random(in: 943...1080, using: &random) << 52) }
            out.clear()
            out.append(value)
            let said = text(out.bytes)
            guard value.isFinite else {
                #expect(said == "null")
                continue
            }
            if Double(said) != value { Issue.record("\(value) became \(said)") }
            if significantDigits(said) > significantDigits(value.description) { Issue.record("\(value) is longer as \(said)") }
            if !isJSONNumber(said) { Issue.record("\(said) is no JSON") }
        }
    }

    @Test("Every power of two and ten, and its neighbours, reads back", arguments: [-1, 1])
    func edges(sign: Int) {
        for exponent in -149...127 {
            let power = Float(sign) * Float(sign: .plus, exponent: exponent, significand: 1)
            for value in [power, power.nextUp, power.nextDown] where value.isFinite {
                #expect(Float(written { $0.append(value) }) == value)
            }
        }
        for exponent in -1074...1023 {
            let power = Double(sign) * Double(sign: .plus, exponent: exponent, significand: 1)
            for value in [power, power.nextUp, power.nextDown] where value.isFinite {
                #expect(Double(written { $0.append(value) }) == value)
            }
        }
        for exponent in -320...308 {
            let value = Double("\(sign)e\(exponent)")!
            for near in [value, value.nextUp, value.nextDown] { #expect(Double(written { $0.append(near) }) == near) }
        }
    }

    @Test("Plain numbers look plain", arguments: [
        (0.1, "0.1"), (5, "5"), (-2.5, "-2.5"), (1_697_040_000.25, "1697040000.25"), (1e15, "1000000000000000"), (1e18, "1e18"), (0, "0"),
        (1e-8, "0.00000001"), (999_999.9999999999, "999999.9999999999"), (.infinity, "null"), (.nan, "null"), (1.7e300, "1.7e300"),
        (1e-300, "1e-300"),
    ] as [(Double, String)])
    func plain(value: Double, said: String) {
        #expect(written { $0.append(value) } == said)
    }

    @Test("Small floats use an exponent and no leading zeros", arguments: [(1e-8, "1e-8"), (.leastNonzeroMagnitude, "1e-45"), (3.4028235e38, "3.4028235e38"), (0.1, "0.1")] as [(Float, String)])
    func exponents(value: Float, said: String) {
        #expect(written { $0.append(value) } == said)
    }

    @Test("Integers are written whole")
    func integers() {
        for value in [0, 1, -1, 9, 10, 99, 100, Int.max, Int.min] { #expect(written { $0.append(value) } == String(value)) }
        #expect(written { $0.append(UInt64.max) } == String(UInt64.max))
    }

    private func significantDigits(_ text: String) -> Int {
        let mantissa = text.prefix { $0 != "e" }.filter { $0.isNumber }
        let digits = mantissa.drop { $0 == "0" }
        return digits.reversed().drop { $0 == "0" }.count
    }

    private func isJSONNumber(_ text: String) -> Bool { lend(text) { JSONText($0)?.root.kind == .number } }
}
