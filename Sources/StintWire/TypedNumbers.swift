/// An array of numbers of one type in one piece of bytes: RFC 8746 §2.
///
/// The tag says all: `0b010_f_s_e_ll`, where f is 1 for floats, s for signed integers, e for little-endian, and ll the width. Float128 is not
/// taken: no sensor sends it, and nothing here could hold it.
public struct TypedNumbers {
    private enum Sort { case unsigned, signed, float }

    private let type: Sort
    private let isLittleEndian: Bool
    /// Bytes of one number.
    private let width: Int
    private let bytes: UnsafeRawBufferPointer
    public let count: Int

    /// nil for a tag that is none of these, for Float128, and for bytes that are no whole number of numbers.
    init?(tag: UInt64, _ bytes: UnsafeRawBufferPointer) {
        guard (64...87).contains(tag), tag != 76 else { return nil }
        let code = UInt8(tag - 64)
        let isFloat = code & 0b10000 != 0
        // A float is twice as wide as an integer of the same code. 68 is bytes that were clamped: still bytes.
        width = 1 << (Int(code & 0b11) + (isFloat ? 1 : 0))
        type = isFloat ? .float : code & 0b1000 != 0 ? .signed : .unsigned
        isLittleEndian = code & 0b100 != 0
        guard width <= 8, bytes.count % width == 0 else { return nil }
        self.bytes = bytes
        count = bytes.count / width
    }

    /// The bits of one number, lowest first.
    private func bits(_ index: Int) -> UInt64 {
        var value: UInt64 = 0
        let start = index * width
        for k in 0..<width {
            let byte = UInt64(bytes[start + k])
            value |= byte << UInt64(8 * (isLittleEndian ? k : width - 1 - k))
        }
        return value
    }

    func cell(_ index: Int) -> Cell {
        precondition(index >= 0 && index < count, "asked for number \(index) of \(count)")
        let bits = bits(index)
        switch (type, width) {
        case (.unsigned, _): return Cell(Float(bits))
        case (.signed, _):
            let unused = Int64(64 - 8 * width)
            return Cell(Float((Int64(bitPattern: bits) << unused) >> unused))
        case (.float, 2): return Cell(Float(half: UInt16(bits)))
        case (.float, 4): return Cell(Float(bitPattern: UInt32(bits)))
        default: return Cell(Double(bitPattern: bits))
        }
    }
}

extension Float {
    /// From IEEE 754 binary16, exactly. (`Float16` needs a library call where the processor has none.)
    init(half bits: UInt16) {
        let sign = UInt32(bits & 0x8000) << 16, exponent = UInt32((bits >> 10) & 0x1F), fraction = UInt32(bits & 0x3FF)
        switch exponent {
        case 0:
            // Zero, or a multiple of 2^-24.
            let magnitude = Float(fraction) * 0x1p-24
            self = sign == 0 ? magnitude : -magnitude
        case 31: self = Float(bitPattern: sign | 0x7F80_0000 | fraction << 13)
        default: self = Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
        }
    }
}
