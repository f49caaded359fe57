/// A value inside a checked text: its bytes, from the first to the last.
public struct JSONValue {
    public enum Kind: Equatable, Sendable {
        case object, array, string, number, bool, null
    }

    /// As it stands in the text, quotes and brackets included; never empty.
    public let raw: UnsafeRawBufferPointer

    /// The caller vouches that these bytes are one value of a checked text.
    init(raw: UnsafeRawBufferPointer) { self.raw = raw }

    public var kind: Kind {
        switch raw[0] {
        case .braceOpen: .object
        case .bracketOpen: .array
        case .quote: .string
        case 0x74, 0x66: .bool
        case 0x6E: .null
        default: .number
        }
    }

    public var isTrue: Bool { raw[0] == 0x74 }

    /// The members of an object, in the order of the text; none for other kinds.
    public var members: JSONMembers { JSONMembers(raw, isEmpty: kind != .object) }

    /// The elements of an array; none for other kinds.
    public var elements: JSONElements { JSONElements(raw, isEmpty: kind != .array) }

    /// The last member of this name, as the last of two equal names wins; nil if there is none. Names with escapes are not found.
    public func member(_ name: StaticString) -> JSONValue? {
        var found: JSONValue?
        var all = members
        while let member = all.next() { if member.key.contents.equals(name) { found = member.value } }
        return found
    }

    /// The nearest Float64 of a number, infinite beyond its range; nil for other kinds.
    public var number: Double? { kind == .number ? NumberText.json(raw) : nil }

    /// The nearest Float32 of a number; nil for other kinds.
    public var float: Float? { kind == .number ? NumberText.jsonFloat(raw) : nil }

    /// An integer in 0…2^64−1 written in plain digits; nil for everything else.
    public var natural: UInt64? { NumberText.natural(raw) }

    /// What stands between the quotes of a string, escapes as they are; empty for other kinds.
    public var contents: UnsafeRawBufferPointer {
        kind == .string ? UnsafeRawBufferPointer(rebasing: raw[1..<raw.count - 1]) : UnsafeRawBufferPointer(rebasing: raw[0..<0])
    }

    public var hasEscapes: Bool { contents.contains(.backslash) }

    /// The text of a member's name. One that is long and escaped stays as it is: it is nobody's name, and `scratch` stays small.
    public func name(in scratch: inout ByteWriter) -> UnsafeRawBufferPointer {
        raw.count > 4096 ? contents : text(in: &scratch)
    }

    /// The text of a string: in place when it has no escapes, else unescaped in `scratch`, where it holds until the next write.
    public func text(in scratch: inout ByteWriter) -> UnsafeRawBufferPointer {
        let contents = self.contents
        guard contents.contains(.backslash) else { return contents }
        scratch.clear()
        scratch.reserve(contents.count)
        var i = 0
        while i < contents.count {
            guard contents[i] == .backslash else {
                scratch.append(byte: contents[i])
                i += 1
                continue
            }
            switch contents[i + 1] {
            case 0x62: scratch.append(byte: 0x08)
            case 0x66: scratch.append(byte: 0x0C)
            case 0x6E: scratch.append(byte: .lineFeed)
            case 0x72: scratch.append(byte: .carriageReturn)
            case 0x74: scratch.append(byte: .tab)
            case 0x75:
                var scalar = contents.hexadecimal(at: i + 2) ?? 0
                if scalar & 0xFC00 == 0xD800 {
                    scalar = 0x10000 + (scalar & 0x3FF) << 10 + ((contents.hexadecimal(at: i + 8) ?? 0) & 0x3FF)
                    i += 6
                }
                scratch.append(scalar: scalar)
                i += 4
            default: scratch.append(byte: contents[i + 1])
            }
            i += 2
        }
        return scratch.bytes
    }
}

/// Walks the members of an object.
public struct JSONMembers: IteratorProtocol {
    private var walk: JSONWalk

    init(_ raw: UnsafeRawBufferPointer, isEmpty: Bool) { walk = JSONWalk(raw, isEmpty: isEmpty) }

    public mutating func next() -> (key: JSONValue, value: JSONValue)? {
        guard let key = walk.next(), let value = walk.next() else { return nil }
        return (key, value)
    }
}

/// Walks the elements of an array.
public struct JSONElements: IteratorProtocol {
    private var walk: JSONWalk

    init(_ raw: UnsafeRawBufferPointer, isEmpty: Bool) { walk = JSONWalk(raw, isEmpty: isEmpty) }

    public mutating func next() -> JSONValue? { walk.next() }
}

/// Steps over the values of a container; commas, colons and space only part them, for the text is known to be good.
private struct JSONWalk {
    private let bytes: UnsafeRawBufferPointer
    private var i: Int

    init(_ bytes: UnsafeRawBufferPointer, isEmpty: Bool) {
        self.bytes = bytes
        i = isEmpty ? bytes.count : 1
    }

    mutating func next() -> JSONValue? {
        while i < bytes.count, bytes[i].isJSONSpace || bytes[i] == .comma || bytes[i] == .colon { i += 1 }
        // The last byte closes the container.
        guard i < bytes.count - 1 else { return nil }
        let start = i
        switch bytes[i] {
        case .quote: skipString()
        case .braceOpen, .bracketOpen: skipContainer()
        default: while i < bytes.count - 1, !bytes[i].endsScalar { i += 1 }
        }
        return JSONValue(raw: UnsafeRawBufferPointer(rebasing: bytes[start..<i]))
    }

    private mutating func skipString() {
        i += 1
        while i < bytes.count, bytes[i] != .quote { i += bytes[i] == .backslash ? 2 : 1 }
        i += 1
    }

    private mutating func skipContainer() {
        var depth = 0
        repeat {
            switch bytes[i] {
            case .quote:
                skipString()
                continue
            case .braceOpen, .bracketOpen: depth += 1
            case .braceClose, .bracketClose: depth -= 1
            default: break
            }
            i += 1
        } while depth > 0 && i < bytes.count
    }
}

extension UInt8 {
    fileprivate var endsScalar: Bool { self == .comma || self == .braceClose || self == .bracketClose || isJSONSpace }
}

extension ByteWriter {
    /// A code point as UTF-8.
    mutating func append(scalar: UInt32) {
        func tail(_ shift: UInt32) -> UInt8 { 0x80 | UInt8(scalar >> shift & 0x3F) }
        switch scalar {
        case 0..<0x80: append(byte: UInt8(scalar))
        case 0x80..<0x800:
            append(byte: 0xC0 | UInt8(scalar >> 6))
            append(byte: tail(0))
        case 0x800..<0x10000:
            append(byte: 0xE0 | UInt8(scalar >> 12))
            append(byte: tail(6))
            append(byte: tail(0))
        default:
            append(byte: 0xF0 | UInt8(scalar >> 18 & 7))
            append(byte: tail(12))
            append(byte: tail(6))
            append(byte: tail(0))
        }
    }
}
