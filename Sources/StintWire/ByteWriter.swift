/// A byte buffer that grows and is used again: everything that leaves as text is written here.
///
/// After `clear()` the room stays, so a line of a size seen before allocates nothing.
///
/// ```swift
/// var out = ByteWriter()
/// out.append("{\"t\":")
/// out.append(1697040000.25)
/// out.append(byte: 0x7D)
/// // out.bytes: {"t":1697040000.25}
/// ```
///
/// Cost: amortised O(bytes). Edge cases: numbers that are not finite become `null`.
public struct ByteWriter: ~Copyable {
    var base: UnsafeMutablePointer<UInt8>
    public private(set) var capacity: Int
    public internal(set) var count = 0

    public init(capacity: Int = 1024) {
        self.capacity = max(capacity, 64)
        base = .allocate(capacity: self.capacity)
    }

    deinit { base.deallocate() }

    /// What was written since the last `clear()`; holds until the next append.
    public var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }

    /// Forgets the bytes and keeps the room.
    public mutating func clear() { count = 0 }

    /// Makes room for so many more bytes.
    public mutating func reserve(_ more: Int) {
        guard capacity - count < more else { return }
        let larger = max(2 * capacity, count + more)
        let moved = UnsafeMutablePointer<UInt8>.allocate(capacity: larger)
        moved.update(from: base, count: count)
        base.deallocate()
        base = moved
        capacity = larger
    }

    public mutating func append(byte: UInt8) {
        reserve(1)
        base[count] = byte
        count += 1
    }

    public mutating func append(bytes: UnsafeRawBufferPointer) {
        guard let start = bytes.baseAddress else { return }
        reserve(bytes.count)
        UnsafeMutableRawPointer(base + count).copyMemory(from: start, byteCount: bytes.count)
        count += bytes.count
    }

    /// Text that stands in the source, as it is.
    public mutating func append(_ text: StaticString) {
        append(bytes: UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Text made at run time, as it is; not for the hot path.
    public mutating func append(text: String) {
        for byte in text.utf8 { append(byte: byte) }
    }

    public mutating func append(_ flag: Bool) {
        if flag { append("true") } else { append("false") }
    }

    public mutating func append(_ value: Int) {
        if value < 0 { append(byte: .minus) }
        append(UInt64(value.magnitude))
    }

    public mutating func append(_ value: UInt64) {
        reserve(20)
        var length = 1, rest = value / 10
        while rest > 0 {
            length += 1
            rest /= 10
        }
        rest = value
        var i = count + length
        while i > count {
            i -= 1
            base[i] = .digit0 + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
        count += length
    }

    /// A JSON string, quotes included. The bytes must be UTF-8.
    public mutating func append(quoted bytes: UnsafeRawBufferPointer) {
        reserve(bytes.count + 2)
        append(byte: .quote)
        for byte in bytes { append(escaping: byte) }
        append(byte: .quote)
    }

    public mutating func append(quoted bytes: UnsafeBufferPointer<UInt8>) {
        append(quoted: UnsafeRawBufferPointer(bytes))
    }

    /// A JSON string, quotes included; not for the hot path.
    public mutating func append(quoted text: String) {
        append(byte: .quote)
        for byte in text.utf8 { append(escaping: byte) }
        append(byte: .quote)
    }

    /// RFC 8259 §7: the quote, the backslash and everything below a space must be escaped.
    private mutating func append(escaping byte: UInt8) {
        switch byte {
        case .quote: append("\\\"")
        case .backslash: append("\\\\")
        case .lineFeed: append("\\n")
        case .carriageReturn: append("\\r")
        case .tab: append("\\t")
        case 0..<0x20:
            append("\\u00")
            append(byte: byte < 0x10 ? .digit0 : .digit0 + 1)
            let low = byte & 0xF
            append(byte: low < 10 ? .digit0 + low : 0x61 + low - 10)
        default: append(byte: byte)
        }
    }
}

/// The ASCII characters that the formats give a meaning.
extension UInt8 {
    static let tab: UInt8 = 0x09, lineFeed: UInt8 = 0x0A, carriageReturn: UInt8 = 0x0D, space: UInt8 = 0x20
    static let quote: UInt8 = 0x22, plus: UInt8 = 0x2B, comma: UInt8 = 0x2C, minus: UInt8 = 0x2D, dot: UInt8 = 0x2E
    static let digit0: UInt8 = 0x30, colon: UInt8 = 0x3A, semicolon: UInt8 = 0x3B
    static let bracketOpen: UInt8 = 0x5B, backslash: UInt8 = 0x5C, bracketClose: UInt8 = 0x5D
    static let braceOpen: UInt8 = 0x7B, braceClose: UInt8 = 0x7D

    /// 0…9 for a digit; more than 9 for everything else.
    @inline(__always) var digit: UInt8 { self &- .digit0 }

    /// The small letter, if it is a letter of ASCII.
    @inline(__always) var lowercased: UInt8 { self &- 0x41 < 26 ? self | 0x20 : self }

    @inline(__always) var isBlank: Bool { self == .space || self &- .tab < 5 }
}
