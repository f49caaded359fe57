#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Decimal text to numbers, exactly: the nearest Float64 or Float32, as if by the C library in the "C" locale.
///
/// Cost: a few ns where at most 19 digits make less than 2^53 and the power of ten is at most 22 (Clinger 1990, "How to read
/// floating point numbers accurately"), else one `strtod` on the stack. Nothing is allocated.
public enum NumberText {
    /// A number by JSON's grammar; nil for anything else. A magnitude over Float64 becomes infinity.
    public static func json(_ text: UnsafeRawBufferPointer) -> Double? {
        guard let scan = NumberScan(text, isLenient: false) else { return nil }
        return scan.double(of: text)
    }

    /// The same, to the nearest Float32 (one rounding, not two).
    public static func jsonFloat(_ text: UnsafeRawBufferPointer) -> Float? {
        guard let scan = NumberScan(text, isLenient: false) else { return nil }
        return scan.float(of: text)
    }

    /// An integer in 0…2^64−1 in plain digits; nil for a sign, a point, an exponent, or one too large.
    public static func natural(_ text: UnsafeRawBufferPointer) -> UInt64? {
        guard !text.isEmpty else { return nil }
        var value: UInt64 = 0
        for byte in text {
            guard byte.digit <= 9 else { return nil }
            let (ten, over) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = ten.addingReportingOverflow(UInt64(byte.digit))
            guard !over && !carry else { return nil }
            value = sum
        }
        return value
    }

    /// What a cell of a recording says. Surrounding blanks, a leading plus, `.5` and `5.` are taken.
    public enum Cell: Equatable, Sendable {
        /// Empty, `nan` or `null`, in any case.
        case gap
        /// Finite, or infinite for a decimal beyond Float64.
        case number(Double)
        /// `inf` or `infinity`, in any case and with any sign.
        case infinite
        case text
    }

    public static func cell(_ text: UnsafeRawBufferPointer) -> Cell {
        let trimmed = text.trimmingBlanks
        if let scan = NumberScan(trimmed, isLenient: true) { return .number(scan.double(of: trimmed)) }
        return word(trimmed)
    }

    /// A cell to the nearest Float32; `number` becomes NaN-free only after the range was checked by the caller.
    static func cell(_ text: UnsafeRawBufferPointer, narrowed: inout Float) -> Cell {
        let trimmed = text.trimmingBlanks
        guard let scan = NumberScan(trimmed, isLenient: true) else { return word(trimmed) }
        let value = scan.double(of: trimmed)
        narrowed = scan.narrow(value, of: trimmed)
        return .number(value)
    }

    private static func word(_ text: UnsafeRawBufferPointer) -> Cell {
        if text.isEmpty || text.equalsIgnoringCase("nan") || text.equalsIgnoringCase("null") { return .gap }
        var bare = text
        if bare[0] == .plus || bare[0] == .minus { bare = UnsafeRawBufferPointer(rebasing: bare[1...]) }
        if bare.equalsIgnoringCase("inf") || bare.equalsIgnoringCase("infinity") { return .infinite }
        return bare.equalsIgnoringCase("nan") ? .gap : .text
    }
}

/// A decimal taken apart: ±`mantissa` · 10^`exponent`, plus what `isCut` stands for.
struct NumberScan {
    private(set) var mantissa: UInt64 = 0
    private(set) var exponent = 0
    /// The power that stands after the `e`.
    private(set) var ownExponent = 0
    private(set) var isNegative = false
    /// Digits beyond the nineteenth exist and are not all 0.
    private(set) var isCut = false

    /// nil unless the whole text is one number.
    init?(_ text: UnsafeRawBufferPointer, isLenient: Bool) {
        let n = text.count
        var i = 0, kept = 0
        if i < n && (text[i] == .minus || isLenient && text[i] == .plus) {
            isNegative = text[i] == .minus
            i += 1
        }
        let wholeStart = i
        while i < n, text[i].digit <= 9 {
            take(text[i].digit, kept: &kept, isFraction: false)
            i += 1
        }
        let wholeDigits = i - wholeStart
        if !isLenient && (wholeDigits == 0 || wholeDigits > 1 && text[wholeStart] == .digit0) { return nil }
        var fractionDigits = 0
        if i < n && text[i] == .dot {
            i += 1
            let fractionStart = i
            while i < n, text[i].digit <= 9 {
                take(text[i].digit, kept: &kept, isFraction: true)
                i += 1
            }
            fractionDigits = i - fractionStart
            if !isLenient && fractionDigits == 0 { return nil }
        }
        guard wholeDigits + fractionDigits > 0 else { return nil }
        if i < n && text[i].lowercased == 0x65 {
            i += 1
            let isDown = i < n && text[i] == .minus
            if i < n && (text[i] == .minus || text[i] == .plus) { i += 1 }
            guard i < n else { return nil }
            var power = 0
            while i < n, text[i].digit <= 9 {
                // Far beyond any double, and far below overflow: texts are shorter than 2^40 bytes.
                if power < 1 << 48 { power = power * 10 + Int(text[i].digit) }
                i += 1
            }
            if text[i - 1].digit > 9 { return nil }
            ownExponent = isDown ? -power : power
            exponent += ownExponent
        }
        guard i == n else { return nil }
    }

    /// Nineteen digits always fit 64 bits.
    @inline(__always)
    private mutating func take(_ digit: UInt8, kept: inout Int, isFraction: Bool) {
        if kept == 19 {
            if digit != 0 { isCut = true }
            if !isFraction { exponent += 1 }
            return
        }
        if digit != 0 || kept > 0 {
            mantissa = mantissa &* 10 &+ UInt64(digit)
            kept += 1
        }
        if isFraction { exponent -= 1 }
    }

    func double(of text: UnsafeRawBufferPointer) -> Double {
        var value: Double
        if mantissa == 0 {
            value = 0
        } else if !isCut && mantissa <= 1 << 53 && (-22...22).contains(exponent) {
            // Both operands are exact, so the one operation rounds once.
            value = exponent < 0 ? Double(mantissa) / Self.powersOfTen[-exponent] : Double(mantissa) * Self.powersOfTen[exponent]
        } else {
            value = withText(of: text) { strtod($0, nil) }
        }
        return isNegative ? -value : value
    }

    func float(of text: UnsafeRawBufferPointer) -> Float { narrow(double(of: text), of: text) }

    /// A Float64 that lies just half way between two Float32 may have been rounded there; only then the text is read again.
    func narrow(_ value: Double, of text: UnsafeRawBufferPointer) -> Float {
        let isHalfWay = value.bitPattern & 0x1FFF_FFFF == 0x1000_0000
        let isSubnormal = value != 0 && value.magnitude < Double(Float.leastNormalMagnitude)
        guard isHalfWay || isSubnormal else { return Float(value) }
        let narrow = withText(of: text) { strtof($0, nil) }
        return isNegative ? -narrow : narrow
    }

    /// The magnitude in C's form on the stack. No Float64 needs more than 767 digits to be told from its neighbours (and from half
    /// way between them); a 1 after them stands for all that follow.
    private func withText<Value>(of text: UnsafeRawBufferPointer, _ read: (UnsafePointer<CChar>) -> Value) -> Value {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: Self.mostDigits + 40) { room in
            var count = 0, power = exponent
            if isCut {
                (count, power) = copyDigits(of: text, to: room)
            } else {
                count = Self.write(mantissa, to: room, at: 0)
            }
            room[count] = 0x65
            room[count + 1] = CChar(power < 0 ? UInt8.minus : UInt8.plus)
            // Beyond ±999999 everything is 0 or infinite already.
            count = Self.write(UInt64(min(power.magnitude, 999_999)), to: room, at: count + 2)
            room[count] = 0
            return read(UnsafePointer(room.baseAddress!))
        }
    }

    private static let mostDigits = 780

    /// The significant digits of a text that has more than nineteen, and the power of ten of the last.
    private func copyDigits(of text: UnsafeRawBufferPointer, to room: UnsafeMutableBufferPointer<CChar>) -> (count: Int, power: Int) {
        var count = 0, place = ownExponent, isFraction = false, hasMore = false
        for byte in text {
            if byte == .dot { isFraction = true }
            if byte.lowercased == 0x65 { break }
            guard byte.digit <= 9 else { continue }
            let isLeading = count == 0 && byte == .digit0
            if count == Self.mostDigits {
                if byte != .digit0 { hasMore = true }
                if !isFraction { place += 1 }
                continue
            }
            if !isLeading {
                room[count] = CChar(byte)
                count += 1
            }
            if isFraction { place -= 1 }
        }
        guard hasMore else { return (count, place) }
        room[count] = CChar(UInt8.digit0 + 1)
        return (count + 1, place - 1)
    }

    private static func write(_ value: UInt64, to room: UnsafeMutableBufferPointer<CChar>, at start: Int) -> Int {
        var length = 1, rest = value / 10
        while rest > 0 {
            length += 1
            rest /= 10
        }
        rest = value
        for i in stride(from: start + length - 1, through: start, by: -1) {
            room[i] = CChar(UInt8.digit0 + UInt8(rest % 10))
            rest /= 10
        }
        return start + length
    }

    private static let powersOfTen: [Double] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
    ]
}

extension UnsafeRawBufferPointer {
    /// Without blanks at both ends.
    var trimmingBlanks: UnsafeRawBufferPointer {
        var low = 0, high = count
        while low < high, self[low].isBlank { low += 1 }
        while high > low, self[high - 1].isBlank { high -= 1 }
        return UnsafeRawBufferPointer(rebasing: self[low..<high])
    }

    /// Whether the bytes are this text.
    func equals(_ text: StaticString) -> Bool {
        guard count == text.utf8CodeUnitCount else { return false }
        for i in 0..<count where self[i] != text.utf8Start[i] { return false }
        return true
    }

    /// Whether the bytes are this text of small letters, in any case.
    func equalsIgnoringCase(_ text: StaticString) -> Bool {
        guard count == text.utf8CodeUnitCount else { return false }
        for i in 0..<count where self[i].lowercased != text.utf8Start[i] { return false }
        return true
    }
}
