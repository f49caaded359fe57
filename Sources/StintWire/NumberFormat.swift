/// Numbers as the shortest decimal that reads back to the same bits.
extension ByteWriter {
    /// The shortest decimal of a Float32; `null` when not finite. Allocates nothing.
    public mutating func append(_ value: Float) {
        guard value.isFinite else { return append("null") }
        guard value != 0 else { return append(value.sign == .minus ? "-0" : "0") }
        let exponent = Int(value.exponent)
        // Outside this range the exponent form is shorter, or the digits before the point are not all significant.
        guard (-13..<24).contains(exponent) else { return append(description: value.description) }
        if value < 0 { append(byte: .minus) }
        let fraction = UInt64(value.significandBitPattern)
        append(Decimal<UInt64>(significand: 1 << 23 | fraction, exponent: exponent - 23, isLowest: fraction == 0))
    }

    /// The shortest decimal of a Float64; `null` when not finite. Allocates nothing from 1e-21 to 2^53, which are all times there are.
    public mutating func append(_ value: Double) {
        guard value.isFinite else { return append("null") }
        guard value != 0 else { return append(value.sign == .minus ? "-0" : "0") }
        let exponent = Int(value.exponent)
        guard (-70..<53).contains(exponent) else { return append(description: value.description) }
        if value < 0 { append(byte: .minus) }
        let fraction = value.significandBitPattern, significand = 1 << 52 | fraction
        if exponent >= -6 {
            append(Decimal<UInt64>(significand: significand, exponent: exponent - 52, isLowest: fraction == 0))
        } else {
            append(Decimal<UInt128>(significand: significand, exponent: exponent - 52, isLowest: fraction == 0))
        }
    }

    /// Steele and White's free-format algorithm in fixed point: digits until what is left is within half a unit of the last place.
    private mutating func append<Word>(_ decimal: Decimal<Word>) {
        var decimal = decimal
        append(decimal.whole)
        guard !decimal.isDone else { return }
        append(byte: .dot)
        while !decimal.isDone { append(byte: .digit0 + decimal.nextDigit()) }
    }

    /// The standard library's shortest form, without its `.0`, the plus and the leading zeros of an exponent.
    private mutating func append(description: String) {
        let start = count
        var isExponent = false, isLeading = false
        for byte in description.utf8 {
            if byte == 0x65 {
                trimPointZero(from: start)
                isExponent = true
                isLeading = true
            } else if isExponent && byte == .plus {
                continue
            } else if isLeading && byte == .digit0 {
                continue
            } else if byte != .minus {
                isLeading = false
            }
            append(byte: byte)
        }
        if !isExponent { trimPointZero(from: start) }
    }

    private mutating func trimPointZero(from start: Int) {
        if count - start > 2 && base[count - 1] == .digit0 && base[count - 2] == .dot { count -= 2 }
    }
}

/// A number on its way to decimal digits: `significand · 2^exponent`, −(bits of `Word` − 6) ≤ exponent ≤ 0.
///
/// The unit is a quarter of the significand's last place, because below a power of two the neighbour is only half as far.
private struct Decimal<Word: FixedWidthInteger & UnsignedInteger> {
    /// The digits before the point.
    private(set) var whole: UInt64
    private(set) var isDone: Bool
    private let places: Int
    private let one: Word
    private var rest: Word
    private var below: Word
    private var above: Word
    /// The ends of the interval read back to the number itself only if its last bit is 0.
    private let isClosed: Bool

    @inline(__always)
    init(significand: UInt64, exponent: Int, isLowest: Bool) {
        places = 2 - exponent
        one = 1 << Word(places)
        let scaled = Word(significand) << 2
        whole = UInt64(truncatingIfNeeded: scaled >> Word(places))
        rest = scaled & (one - 1)
        below = isLowest ? 1 : 2
        above = 2
        isClosed = significand & 1 == 0
        let isLow = isClosed ? rest <= below : rest < below
        let isHigh = isClosed ? one - rest <= above : one - rest < above
        isDone = isLow || isHigh
        if isHigh && !(isLow && rest <= one - rest) { whole += 1 }
    }

    /// The digit cannot carry: had 10 been within reach, the digit before would have been the last.
    @inline(__always)
    mutating func nextDigit() -> UInt8 {
        rest &*= 10
        below &*= 10
        above &*= 10
        let digit = UInt8(truncatingIfNeeded: rest >> Word(places))
        rest &= one - 1
        let isLow = isClosed ? rest <= below : rest < below
        let isHigh = isClosed ? one - rest <= above : one - rest < above
        isDone = isLow || isHigh
        return isHigh && !(isLow && rest <= one - rest) ? digit + 1 : digit
    }
}
