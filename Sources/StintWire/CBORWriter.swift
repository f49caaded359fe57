/// CBOR in the shortest form: RFC 8949 §4.2.1, apart from floats, which keep the width that they have here.
extension ByteWriter {
    mutating func append(cborHead major: UInt8, _ argument: UInt64) {
        let first = major << 5
        switch argument {
        case 0..<24: append(byte: first | UInt8(argument))
        case 24..<0x100: append(cbor: first | 24, argument, bytes: 1)
        case 0x100..<0x1_0000: append(cbor: first | 25, argument, bytes: 2)
        case 0x1_0000..<0x1_0000_0000: append(cbor: first | 26, argument, bytes: 4)
        default: append(cbor: first | 27, argument, bytes: 8)
        }
    }

    private mutating func append(cbor first: UInt8, _ argument: UInt64, bytes: Int) {
        reserve(9)
        append(byte: first)
        for k in stride(from: bytes - 1, through: 0, by: -1) { append(byte: UInt8(truncatingIfNeeded: argument >> UInt64(8 * k))) }
    }

    mutating func append(cbor value: UInt64) { append(cborHead: CBORHead.Major.unsigned, value) }

    mutating func append(cbor value: Int) {
        if value >= 0 {
            append(cborHead: CBORHead.Major.unsigned, UInt64(value))
        } else {
            append(cborHead: CBORHead.Major.negative, UInt64(-1 - value))
        }
    }

    /// Four bytes; `null` when not finite.
    mutating func append(cbor value: Float) {
        guard value.isFinite else { return appendCBORNull() }
        append(cbor: 0xFA, UInt64(value.bitPattern), bytes: 4)
    }

    /// Eight bytes; `null` when not finite.
    mutating func append(cbor value: Double) {
        guard value.isFinite else { return appendCBORNull() }
        append(cbor: 0xFB, value.bitPattern, bytes: 8)
    }

    mutating func append(cbor flag: Bool) { append(byte: flag ? 0xF5 : 0xF4) }

    mutating func appendCBORNull() { append(byte: 0xF6) }

    /// The bytes must be UTF-8.
    mutating func append(cborText text: UnsafeRawBufferPointer) {
        append(cborHead: CBORHead.Major.text, UInt64(text.count))
        append(bytes: text)
    }
}
