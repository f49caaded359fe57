import Stint

/// A label as it was sent: what it says and about which moment; which head it is for is in the topic.
public struct LabelMessage {
    public var moment: Label.Moment
    public var value: Label.Value
    /// The value as it stands in the message: a class head takes the number 3 as the class "3".
    public var text: UnsafeBufferPointer<UInt8>
}

/// Payloads of `label/NAME` to labels, in JSON or CBOR.
///
/// `{"seq": 7, "value": 1.5}`, `{"t": 12.25, "value": "gravel"}` or `"value": [1, 2]`; with both, `seq` wins; `stream` says whose frame
/// it is, and one whose frames are no steps has no labels (`labelUnplaced`). Buffers lie in the payload or
/// in the decoder and hold until its next call.
///
/// Edge cases: broken JSON or CBOR is `malformed`; no object is `wrongShape`; without `t` and `seq`, with one that is no time or number, or
/// without a value it is `labelUnplaced`; a value that is null, empty, out of range or of another type is `labelInvalid`.
/// Cost: O(bytes), no allocation.
public struct LabelDecoder: ~Copyable {
    private let vector: UnsafeMutableBufferPointer<Float>
    /// The name of the stream whose frames are steps; empty: whatever a label says.
    private let stream: NameTable
    private var scratch = ByteWriter(capacity: 256)
    private var category = ByteWriter(capacity: 2 * LabelText.longestClassBytes)

    /// `targets`: the largest K of any head; longer vectors are no label.
    /// `stream`: the one whose frames labels are for; a label that names another is for nothing.
    public init(targets: Int = 1024, stream: String? = nil) {
        self.stream = NameTable(stream.map { [$0] } ?? [])
        vector = .allocate(capacity: max(targets, 1))
        vector.initialize(repeating: 0)
    }

    deinit { vector.deallocate() }

    /// The label, or nil when it was refused, and then counted once.
    public mutating func decode(_ payload: UnsafeRawBufferPointer, counts: inout DropCounts) -> LabelMessage? {
        do throws(Refusal) {
            return try read(payload)
        } catch {
            counts.count(error.reason)
            return nil
        }
    }

    /// The same for a value that is already checked JSON, such as the parameters of a `label` request.
    public mutating func decode(_ object: JSONValue, counts: inout DropCounts) -> LabelMessage? {
        do throws(Refusal) {
            return try read(object)
        } catch {
            counts.count(error.reason)
            return nil
        }
    }

    private mutating func read(_ payload: UnsafeRawBufferPointer) throws(Refusal) -> LabelMessage {
        if PayloadForm(payload) == .cbor {
            guard let item = CBORItem(payload) else { throw Refusal.malformed }
            return try read(item.root)
        }
        guard let text = JSONText(payload) else { throw Refusal.malformed }
        return try read(text.root)
    }

    private mutating func read<Value: WireValue>(_ object: Value) throws(Refusal) -> LabelMessage {
        guard object.form == .object else { throw Refusal.wrongShape }
        var time: Double?, sequence: UInt64?, value: Value?
        var members = object.members
        while let (name, said) = members.next() {
            let key = name.name(in: &scratch)
            if key.equals("t") {
                guard let number = said.number, number.isFinite else { throw Refusal.labelUnplaced }
                time = number
            } else if key.equals("seq") {
                guard let number = said.natural else { throw Refusal.labelUnplaced }
                sequence = number
            } else if key.equals("stream") {
                let isKnown = said.form == .text && stream.index(of: said.name(in: &scratch)) != nil
                guard stream.count == 0 || isKnown else { throw Refusal.labelUnplaced }
            } else if key.equals("value") {
                value = said
            }
        }
        guard let value else { throw Refusal.labelUnplaced }
        let moment: Label.Moment
        if let sequence {
            moment = .sequence(sequence)
        } else if let time {
            moment = .time(time)
        } else {
            throw Refusal.labelUnplaced
        }
        let said = try read(value: value)
        return LabelMessage(moment: moment, value: said, text: value.numeral(in: &scratch).bindMemory(to: UInt8.self))
    }

    private mutating func read<Value: WireValue>(value: Value) throws(Refusal) -> Label.Value {
        switch value.form {
        case .number: return .number(try number(value))
        case .text:
            // Six bytes of an escape make at least one of text; what is longer need not be unescaped.
            guard value.textBytes <= 6 * LabelText.longestClassBytes + 1024 else { throw Refusal.labelInvalid }
            guard let name = LabelText.category(value.text(in: &category)) else { throw Refusal.labelInvalid }
            return .category(name)
        case .array:
            var elements = value.elements, k = 0
            while let element = elements.next() {
                guard k < vector.count else { throw Refusal.labelInvalid }
                vector[k] = try number(element)
                k += 1
            }
            guard k > 0 else { throw Refusal.labelInvalid }
            return .vector(UnsafeBufferPointer(rebasing: vector[..<k]))
        case .numbers:
            guard let numbers = value.numbers, 0 < numbers.count, numbers.count <= vector.count else { throw Refusal.labelInvalid }
            for k in 0..<numbers.count { vector[k] = try number(numbers.cell(k)) }
            return .vector(UnsafeBufferPointer(rebasing: vector[..<numbers.count]))
        default: throw Refusal.labelInvalid
        }
    }

    private func number<Value: WireValue>(_ value: Value) throws(Refusal) -> Float { try number(value.cell) }

    private func number(_ cell: Cell?) throws(Refusal) -> Float {
        guard let value = cell?.value, value.isFinite else { throw Refusal.labelInvalid }
        return value
    }
}
