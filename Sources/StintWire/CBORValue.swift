/// A value inside a checked data item: its bytes, from the first after its tags to the last.
///
/// Tags: 55799 (this is CBOR) and 41 (all of one type) change nothing; 1 (seconds since the epoch) is for numbers; 64 … 87 make bytes an
/// array of numbers (RFC 8746). Under any other tag a value is `other`: what it means is not known here.
public struct CBORValue {
    public enum Kind: Equatable, Sendable {
        case map, array, numbers, text, bytes, number, bool
        /// `null` and `undefined`.
        case null
        /// An unknown tag or simple value.
        case other
    }

    public let kind: Kind
    let raw: UnsafeRawBufferPointer
    let head: CBORHead
    public let numbers: TypedNumbers?

    /// The caller vouches that these bytes are one value of a checked item.
    init(raw tagged: UnsafeRawBufferPointer) {
        var i = 0, isKnown = true, isTime = false, type: UInt64?
        var head = Self.head(tagged, at: 0)
        while head.major == CBORHead.Major.tag {
            switch head.argument {
            case 55799, 41: break
            case 1: isTime = true
            case 64...87: (isKnown, type) = (isKnown && type == nil, head.argument)
            default: isKnown = false
            }
            i += head.size
            head = Self.head(tagged, at: i)
        }
        raw = UnsafeRawBufferPointer(rebasing: tagged[i...])
        self.head = head
        var numbers: TypedNumbers?
        var kind = isKnown ? Self.kind(of: head) : .other
        if let type, isKnown {
            if kind == .bytes, !head.isIndefinite { numbers = TypedNumbers(tag: type, UnsafeRawBufferPointer(rebasing: raw[head.size...])) }
            kind = numbers == nil ? .other : .numbers
        }
        if isTime && kind != .number { kind = .other }
        self.kind = kind
        self.numbers = numbers
    }

    /// Of an item that was checked, so there is one.
    fileprivate static func head(_ bytes: UnsafeRawBufferPointer, at start: Int) -> CBORHead { CBORHead(bytes, at: start)! }

    private static func kind(of head: CBORHead) -> Kind {
        switch head.major {
        case CBORHead.Major.unsigned, CBORHead.Major.negative: .number
        case CBORHead.Major.bytes: .bytes
        case CBORHead.Major.text: .text
        case CBORHead.Major.array: .array
        case CBORHead.Major.map: .map
        default:
            switch head.info {
            case 20, 21: .bool
            case 22, 23: .null
            case 25, 26, 27: .number
            default: .other
            }
        }
    }

    public var isTrue: Bool { kind == .bool && head.info == 21 }

    /// The members of a map, in the order of the message; none for other kinds.
    public var members: CBORMembers { CBORMembers(walk: CBORWalk(self, isEmpty: kind != .map)) }

    /// The elements of an array; none for other kinds.
    public var elements: CBORElements { CBORElements(walk: CBORWalk(self, isEmpty: kind != .array)) }

    /// A number and how it was written; nil for other kinds.
    var spelling: CBORNumber? {
        guard kind == .number else { return nil }
        switch (head.major, head.info) {
        case (CBORHead.Major.unsigned, _): return .unsigned(head.argument)
        case (CBORHead.Major.negative, _): return .negative(head.argument)
        case (_, 25): return .single(Float(half: UInt16(head.argument)))
        case (_, 26): return .single(Float(bitPattern: UInt32(head.argument)))
        default: return .double(Double(bitPattern: head.argument))
        }
    }

    public var number: Double? { spelling?.double }

    /// An unsigned integer; nil for everything else.
    public var natural: UInt64? { kind == .number && head.major == CBORHead.Major.unsigned ? head.argument : nil }

    /// The bytes of a string of definite length, or of a typed array; empty for everything else.
    var contents: UnsafeRawBufferPointer {
        let isString = head.major == CBORHead.Major.text || head.major == CBORHead.Major.bytes
        return UnsafeRawBufferPointer(rebasing: isString && !head.isIndefinite ? raw[head.size...] : raw[0..<0])
    }

    /// The bytes of a string: in place when they are in one piece, else put together in `scratch`, where they hold until the next write.
    public func text(in scratch: inout ByteWriter) -> UnsafeRawBufferPointer {
        guard head.isIndefinite, kind == .text || kind == .bytes else { return contents }
        scratch.clear()
        var i = 1
        while i < raw.count, raw[i] != CBORHead.stop {
            let chunk = Self.head(raw, at: i)
            let start = i + chunk.size
            i = start + Int(chunk.argument)
            scratch.append(bytes: UnsafeRawBufferPointer(rebasing: raw[start..<i]))
        }
        return scratch.bytes
    }
}

/// A number as a sender wrote it.
enum CBORNumber {
    case unsigned(UInt64)
    /// −1 − n
    case negative(UInt64)
    case single(Float)
    case double(Double)

    var double: Double {
        switch self {
        case .unsigned(let n): Double(n)
        // 2^64 is the nearest number to −1 − n for the last n, whose successor has no room.
        case .negative(let n): n == .max ? -0x1p64 : -Double(n + 1)
        case .single(let value): Double(value)
        case .double(let value): value
        }
    }
}

/// Walks the members of a map.
public struct CBORMembers: IteratorProtocol {
    fileprivate var walk: CBORWalk

    public mutating func next() -> (key: CBORValue, value: CBORValue)? {
        guard let key = walk.next(), let value = walk.next() else { return nil }
        return (key, value)
    }
}

/// Walks the elements of an array.
public struct CBORElements: IteratorProtocol {
    fileprivate var walk: CBORWalk

    public mutating func next() -> CBORValue? { walk.next() }
}

/// Steps over the items of a container.
private struct CBORWalk {
    private let bytes: UnsafeRawBufferPointer
    private var i: Int
    /// Items to come; of an indefinite length, more than there can be.
    private var left: UInt64

    init(_ value: CBORValue, isEmpty: Bool) {
        bytes = value.raw
        i = value.head.size
        if isEmpty {
            left = 0
        } else if value.head.isIndefinite {
            left = .max
        } else {
            left = value.kind == .map ? 2 * value.head.argument : value.head.argument
        }
    }

    mutating func next() -> CBORValue? {
        guard left > 0, bytes[i] != CBORHead.stop else { return nil }
        left -= 1
        let start = i
        skip()
        return CBORValue(raw: UnsafeRawBufferPointer(rebasing: bytes[start..<i]))
    }

    /// Past one item. As deep as the check let it be.
    private mutating func skip() {
        var head = CBORValue.head(bytes, at: i)
        i += head.size
        while head.major == CBORHead.Major.tag {
            head = CBORValue.head(bytes, at: i)
            i += head.size
        }
        switch head.major {
        case CBORHead.Major.bytes, CBORHead.Major.text:
            if head.isIndefinite { skipUntilStop() } else { i += Int(head.argument) }
        case CBORHead.Major.array, CBORHead.Major.map:
            if head.isIndefinite {
                skipUntilStop()
            } else {
                for _ in 0..<(head.major == CBORHead.Major.map ? 2 * head.argument : head.argument) { skip() }
            }
        default: break
        }
    }

    private mutating func skipUntilStop() {
        while bytes[i] != CBORHead.stop { skip() }
        i += 1
    }
}

extension CBORValue: WireValue {
    var form: WireForm {
        switch kind {
        case .map: .object
        case .array: .array
        case .numbers: .numbers
        case .text: .text
        case .number: .number
        case .null: .null
        case .bytes, .bool, .other: .other
        }
    }

    var cell: Cell? {
        switch spelling {
        case nil: nil
        // One rounding, not two.
        case .unsigned(let n): Cell(Float(n))
        case .negative(let n): n == .max ? .outOfRange : Cell(-Float(n + 1))
        case .single(let value): Cell(value)
        case .double(let value): Cell(value)
        }
    }

    var flag: Bool? { kind == .bool ? isTrue : nil }

    var keyNumber: Int? {
        guard kind == .number, head.argument < 1 << 16 else { return nil }
        switch head.major {
        case CBORHead.Major.unsigned: return Int(head.argument)
        case CBORHead.Major.negative: return -1 - Int(head.argument)
        default: return nil
        }
    }

    var textBytes: Int { raw.count }

    func name(in scratch: inout ByteWriter) -> UnsafeRawBufferPointer {
        kind == .text && raw.count <= 4096 ? text(in: &scratch) : UnsafeRawBufferPointer(rebasing: raw[0..<0])
    }

    func numeral(in scratch: inout ByteWriter) -> UnsafeRawBufferPointer {
        scratch.clear()
        switch spelling {
        case nil: break
        case .unsigned(let n): scratch.append(n)
        case .negative(let n):
            scratch.append(byte: .minus)
            if n == .max { scratch.append("18446744073709551616") } else { scratch.append(n + 1) }
        case .single(let value): scratch.append(value)
        case .double(let value): scratch.append(value)
        }
        return scratch.bytes
    }
}
