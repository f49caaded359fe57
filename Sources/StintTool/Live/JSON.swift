import StintWire

/// A JSON value that owns its parts; for lines and replies, where a tree costs nothing that matters.
enum JSON: Equatable {
    case object([Member])
    case array([JSON])
    case string(String)
    case number(Double)
    case bool(Bool)
    case null

    struct Member: Equatable {
        var key: String
        var value: JSON
    }

    /// nil when the bytes are not one JSON text.
    init?(_ bytes: UnsafeRawBufferPointer) {
        guard let text = JSONText(bytes) else { return nil }
        self.init(text.root)
    }

    init?(_ bytes: [UInt8]) {
        guard let value = bytes.withUnsafeBytes({ JSON($0) }) else { return nil }
        self = value
    }

    /// Text that was checked; its depth is bounded by that.
    private init(_ value: JSONValue) {
        switch value.kind {
        case .object:
            var members = value.members, all: [Member] = []
            while let (key, value) = members.next() { all.append(Member(key: Self.text(key), value: JSON(value))) }
            self = .object(all)
        case .array:
            var elements = value.elements, all: [JSON] = []
            while let element = elements.next() { all.append(JSON(element)) }
            self = .array(all)
        case .string: self = .string(Self.text(value))
        case .number: self = .number(value.number ?? .nan)
        case .bool: self = .bool(value.isTrue)
        case .null: self = .null
        }
    }

    private static func text(_ value: JSONValue) -> String {
        var scratch = ByteWriter(capacity: 64)
        return String(decoding: value.text(in: &scratch), as: UTF8.self)
    }

    /// The last member of this name, as the last of two equal names wins; nil if there is none.
    subscript(_ key: String) -> JSON? { members.last { $0.key == key }?.value }

    /// Of an object; none for other kinds.
    var members: [Member] {
        guard case .object(let members) = self else { return [] }
        return members
    }

    /// Of an array; none for other kinds.
    var elements: [JSON] {
        guard case .array(let elements) = self else { return [] }
        return elements
    }

    var number: Double? {
        guard case .number(let number) = self else { return nil }
        return number
    }

    /// A number that is a whole one.
    var natural: Int? { number.flatMap { $0 >= 0 && $0 < 0x1p53 && $0 == $0.rounded() ? Int($0) : nil } }

    var text: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    var flag: Bool? {
        guard case .bool(let flag) = self else { return nil }
        return flag
    }
}
