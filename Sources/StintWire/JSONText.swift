/// One JSON text that has been checked from end to end; what is read out of it cannot fail any more.
///
/// Strict RFC 8259: UTF-8, one value, nothing after it, no `NaN`, no comments. Nesting is at most `deepest`. A string whose escapes
/// are half a surrogate pair is refused, because it has no UTF-8.
///
/// ```swift
/// if let text = JSONText(bytes) {
///     var members = text.root.members
///     while let member = members.next() { … }
/// }
/// ```
///
/// Cost: two passes over the bytes, no recursion, no allocation. The bytes belong to the caller and must outlive what is read.
public struct JSONText {
    /// Levels of arrays and objects; one bit of a 64-bit word each.
    public static let deepest = 32

    public let root: JSONValue

    /// nil when the bytes are not one JSON text.
    public init?(_ bytes: UnsafeRawBufferPointer) {
        guard UTF8Text.firstInvalid(bytes) == nil else { return nil }
        var check = JSONCheck(bytes)
        guard check.passes() else { return nil }
        root = JSONValue(raw: bytes.trimmingBlanks)
    }
}

/// The grammar, as a loop.
private struct JSONCheck {
    private let bytes: UnsafeRawBufferPointer
    private var i = 0
    private var depth = 0
    /// Bit d is 1 when level d is an object.
    private var objects: UInt64 = 0

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    mutating func passes() -> Bool {
        while true {
            // A value begins here.
            skipSpace()
            guard i < bytes.count else { return false }
            switch bytes[i] {
            case .braceOpen, .bracketOpen:
                let isObject = bytes[i] == .braceOpen
                guard depth < JSONText.deepest else { return false }
                objects = objects << 1 | (isObject ? 1 : 0)
                depth += 1
                i += 1
                skipSpace()
                guard i < bytes.count else { return false }
                if bytes[i] == (isObject ? .braceClose : .bracketClose) { break }
                if isObject && !key() { return false }
                continue
            case .quote: if !string() { return false }
            case .minus, .digit0...(.digit0 + 9): if !number() { return false }
            case 0x74: if !literal("true") { return false }
            case 0x66: if !literal("false") { return false }
            case 0x6E: if !literal("null") { return false }
            default: return false
            }
            // A value has ended; close what closes with it.
            var isNext = false
            while !isNext {
                skipSpace()
                guard depth > 0 else { return i == bytes.count }
                guard i < bytes.count else { return false }
                let isObject = objects & 1 == 1
                if bytes[i] == .comma {
                    i += 1
                    if isObject {
                        skipSpace()
                        guard key() else { return false }
                    }
                    isNext = true
                } else {
                    guard bytes[i] == (isObject ? .braceClose : .bracketClose) else { return false }
                    i += 1
                    depth -= 1
                    objects >>= 1
                }
            }
        }
    }

    private mutating func skipSpace() {
        while i < bytes.count, bytes[i].isJSONSpace { i += 1 }
    }

    private mutating func literal(_ text: StaticString) -> Bool {
        let end = i + text.utf8CodeUnitCount
        guard end <= bytes.count, UnsafeRawBufferPointer(rebasing: bytes[i..<end]).equals(text) else { return false }
        i = end
        return true
    }

    /// A member's name and its colon.
    private mutating func key() -> Bool {
        guard i < bytes.count, bytes[i] == .quote, string() else { return false }
        skipSpace()
        guard i < bytes.count, bytes[i] == .colon else { return false }
        i += 1
        return true
    }

    private mutating func number() -> Bool {
        if bytes[i] == .minus { i += 1 }
        let start = i
        guard digits() else { return false }
        if bytes[start] == .digit0 && i - start > 1 { return false }
        if i < bytes.count && bytes[i] == .dot {
            i += 1
            guard digits() else { return false }
        }
        if i < bytes.count && bytes[i].lowercased == 0x65 {
            i += 1
            if i < bytes.count && (bytes[i] == .plus || bytes[i] == .minus) { i += 1 }
            guard digits() else { return false }
        }
        return true
    }

    /// At least one.
    private mutating func digits() -> Bool {
        let start = i
        while i < bytes.count, bytes[i].digit <= 9 { i += 1 }
        return i > start
    }

    private mutating func string() -> Bool {
        i += 1
        while i < bytes.count {
            switch bytes[i] {
            case .quote:
                i += 1
                return true
            case 0..<0x20: return false
            case .backslash: if !escape() { return false }
            default: i += 1
            }
        }
        return false
    }

    private mutating func escape() -> Bool {
        guard i + 1 < bytes.count else { return false }
        switch bytes[i + 1] {
        case .quote, .backslash, 0x2F, 0x62, 0x66, 0x6E, 0x72, 0x74:
            i += 2
            return true
        case 0x75:
            guard let unit = bytes.hexadecimal(at: i + 2) else { return false }
            i += 6
            guard unit & 0xF800 == 0xD800 else { return true }
            guard unit < 0xDC00, i + 1 < bytes.count, bytes[i] == .backslash, bytes[i + 1] == 0x75,
                  let low = bytes.hexadecimal(at: i + 2), low & 0xFC00 == 0xDC00 else { return false }
            i += 6
            return true
        default: return false
        }
    }
}

extension UInt8 {
    @inline(__always) var isJSONSpace: Bool { self == .space || self == .lineFeed || self == .carriageReturn || self == .tab }
}

extension UnsafeRawBufferPointer {
    /// The four hexadecimal digits from here.
    func hexadecimal(at start: Int) -> UInt32? {
        guard start + 4 <= count else { return nil }
        var value: UInt32 = 0
        for k in start..<start + 4 {
            let byte = self[k]
            let digit: UInt8
            if byte.digit <= 9 {
                digit = byte.digit
            } else {
                guard byte.lowercased &- 0x61 < 6 else { return nil }
                digit = byte.lowercased - 0x61 + 10
            }
            value = value << 4 | UInt32(digit)
        }
        return value
    }
}
