import Stint

/// A value of a message that was checked from end to end, whatever its syntax: what frames, labels and packs are made of.
///
/// JSON and CBOR differ in how a tree of values is spelt; what a message means is written once, over this.
protocol WireValue {
    associatedtype Members: IteratorProtocol where Members.Element == (key: Self, value: Self)
    associatedtype Elements: IteratorProtocol where Elements.Element == Self

    var form: WireForm { get }
    /// Of an object; none for other forms.
    var members: Members { get }
    /// Of an array; none for other forms.
    var elements: Elements { get }
    /// Of `numbers`; nil for other forms.
    var numbers: TypedNumbers? { get }
    /// The nearest Float64 of a number, infinite beyond its range; nil for other forms.
    var number: Double? { get }
    /// The nearest Float32 of a number, or what stands for one that is unusable; nil for other forms.
    var cell: Cell? { get }
    /// A truth value; nil for everything else.
    var flag: Bool? { get }
    /// An integer in 0…2^64−1, written as one; nil for everything else.
    var natural: UInt64? { get }
    /// The integer that stands for a key (SenML in CBOR); nil for everything else.
    var keyNumber: Int? { get }
    /// The text of a string, in place or in `scratch`; empty for other forms.
    func text(in scratch: inout ByteWriter) -> UnsafeRawBufferPointer
    /// The same for a key: one that is unreasonably long is nobody's name, and `scratch` stays small.
    func name(in scratch: inout ByteWriter) -> UnsafeRawBufferPointer
    /// At least as many bytes as the text of a string has.
    var textBytes: Int { get }
    /// A number as text: the class that a classification head takes it for.
    func numeral(in scratch: inout ByteWriter) -> UnsafeRawBufferPointer
}

/// What a value can be for whoever reads a message.
enum WireForm: Equatable {
    case object, array, text, number, null
    /// An array of numbers of one type in one piece (RFC 8746).
    case numbers
    /// Something that no message of ours has: a truth value, a piece of bytes, an unknown tag.
    case other
}

/// A number on its way into a row. What is unusable stays told apart until the whole message is taken, and is counted then.
struct Cell {
    /// Finite, or one of the marks below.
    let value: Float

    /// A decoder writes no infinity, so these are free to stand for what becomes a gap.
    static let outOfRange = Cell(mark: .infinity)
    static let nonFinite = Cell(mark: -.infinity)
    static let gap = Cell(mark: .nan)

    private init(mark: Float) { value = mark }

    @inline(__always)
    init(_ number: Float) {
        if Magnitude.isUsable(number) {
            value = number
        } else {
            value = number.isFinite ? .infinity : -.infinity
        }
    }

    @inline(__always)
    init(_ number: Double) {
        // A finite Float64 may be an infinite Float32: out of range, but a number.
        let narrow = Float(number)
        if Magnitude.isUsable(narrow) {
            value = narrow
        } else {
            value = number.isFinite ? .infinity : -.infinity
        }
    }

    /// Turns marks into gaps and adds to the counts.
    static func settle(_ row: UnsafeMutableBufferPointer<Float>, _ gaps: inout Gaps) {
        for i in row.indices where row[i].isInfinite {
            if row[i] > 0 { gaps.outOfRange += 1 } else { gaps.nonFinite += 1 }
            row[i] = Frame.unusable
        }
    }
}

/// Cells that became gaps.
struct Gaps {
    var nonFinite: UInt64 = 0
    var outOfRange: UInt64 = 0
}

extension JSONValue: WireValue {
    var form: WireForm {
        switch kind {
        case .object: .object
        case .array: .array
        case .string: .text
        case .number: .number
        case .null: .null
        case .bool: .other
        }
    }

    var numbers: TypedNumbers? { nil }
    var flag: Bool? { kind == .bool ? isTrue : nil }
    var keyNumber: Int? { nil }
    var textBytes: Int { contents.count }

    var cell: Cell? {
        guard let number = float else { return nil }
        // JSON cannot say infinity; what reads as one is too large.
        return number.isFinite ? Cell(number) : .outOfRange
    }

    func numeral(in scratch: inout ByteWriter) -> UnsafeRawBufferPointer { raw }
}
