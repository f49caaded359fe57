/// A value to be written as CBOR by a test, in the sender's choice of forms.
indirect enum Value: Sendable {
    case int(Int)
    case double(Double)
    case single(Float)
    case text(String)
    case null
    case bool(Bool)
    case bytes([UInt8])
    case array([Value])
    case map([(Value, Value)])
    case tag(UInt64, Value)

    /// `isOpen`: containers of indefinite length.
    func bytes(isOpen: Bool = false) -> [UInt8] {
        switch self {
        case .int(let value): value >= 0 ? Self.head(0, UInt64(value)) : Self.head(1, UInt64(-1 - value))
        case .double(let value): [0xFB] + Self.big(value.bitPattern, 8)
        case .single(let value): [0xFA] + Self.big(UInt64(value.bitPattern), 4)
        case .text(let text): Self.head(3, UInt64(text.utf8.count)) + Array(text.utf8)
        case .null: [0xF6]
        case .bool(let flag): [flag ? 0xF5 : 0xF4]
        case .bytes(let bytes): Self.head(2, UInt64(bytes.count)) + bytes
        case .array(let elements):
            (isOpen ? [0x9F] : Self.head(4, UInt64(elements.count))) + elements.flatMap { $0.bytes(isOpen: isOpen) } + (isOpen ? [0xFF] : [])
        case .map(let members):
            (isOpen ? [0xBF] : Self.head(5, UInt64(members.count)))
                + members.flatMap { $0.0.bytes(isOpen: isOpen) + $0.1.bytes(isOpen: isOpen) } + (isOpen ? [0xFF] : [])
        case .tag(let tag, let value): Self.head(6, tag) + value.bytes(isOpen: isOpen)
        }
    }

    static func object(_ members: [(String, Value)]) -> Value { .map(members.map { (.text($0.0), $0.1) }) }

    private static func head(_ major: UInt8, _ argument: UInt64) -> [UInt8] {
        switch argument {
        case 0..<24: [major << 5 | UInt8(argument)]
        case 0..<256: [major << 5 | 24] + big(argument, 1)
        case 0..<65536: [major << 5 | 25] + big(argument, 2)
        case 0..<(1 << 32): [major << 5 | 26] + big(argument, 4)
        default: [major << 5 | 27] + big(argument, 8)
        }
    }

    private static func big(_ value: UInt64, _ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * (count - 1 - $0))) } }
}
