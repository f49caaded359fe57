/// The syntax in which lines leave; the same keys and values in each.
public enum LineForm: Sendable {
    case json, cbor

    // MARK: Values

    func write(_ text: StaticString, into out: inout ByteWriter) {
        let bytes = UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
        write(text: bytes, into: &out)
    }

    /// The bytes must be UTF-8.
    func write(text: UnsafeRawBufferPointer, into out: inout ByteWriter) {
        switch self {
        case .json: out.append(quoted: text)
        case .cbor: out.append(cborText: text)
        }
    }

    /// Text made at run time; not for the hot path.
    func write(name: String, into out: inout ByteWriter) {
        var name = name
        name.withUTF8 { write(text: UnsafeRawBufferPointer($0), into: &out) }
    }

    func write(_ value: Float, into out: inout ByteWriter) {
        switch self {
        case .json: out.append(value)
        case .cbor: out.append(cbor: value)
        }
    }

    func write(_ value: Double, into out: inout ByteWriter) {
        switch self {
        case .json: out.append(value)
        case .cbor: out.append(cbor: value)
        }
    }

    func write(_ value: Int, into out: inout ByteWriter) {
        switch self {
        case .json: out.append(value)
        case .cbor: out.append(cbor: value)
        }
    }

    func write(_ value: UInt64, into out: inout ByteWriter) {
        switch self {
        case .json: out.append(value)
        case .cbor: out.append(cbor: value)
        }
    }

    func write(_ flag: Bool, into out: inout ByteWriter) {
        switch self {
        case .json: out.append(flag)
        case .cbor: out.append(cbor: flag)
        }
    }

    func writeNull(into out: inout ByteWriter) {
        switch self {
        case .json: out.append("null")
        case .cbor: out.appendCBORNull()
        }
    }

    // MARK: Arrays

    /// Up to the first element; there will be so many.
    func beginArray(_ count: Int, into out: inout ByteWriter) {
        switch self {
        case .json: out.append(byte: .bracketOpen)
        case .cbor: out.append(cborHead: CBORHead.Major.array, UInt64(count))
        }
    }

    /// Before the second and later elements.
    func writeComma(into out: inout ByteWriter) {
        if case .json = self { out.append(byte: .comma) }
    }

    func endArray(into out: inout ByteWriter) {
        if case .json = self { out.append(byte: .bracketClose) }
    }

    func write(array values: UnsafeBufferPointer<Float>, into out: inout ByteWriter) {
        beginArray(values.count, into: &out)
        for i in values.indices {
            if i > 0 { writeComma(into: &out) }
            write(values[i], into: &out)
        }
        endArray(into: &out)
    }

    func write(nulls count: Int, into out: inout ByteWriter) {
        beginArray(count, into: &out)
        for i in 0..<count {
            if i > 0 { writeComma(into: &out) }
            writeNull(into: &out)
        }
        endArray(into: &out)
    }

    func write(names: [String], into out: inout ByteWriter) {
        beginArray(names.count, into: &out)
        for (i, name) in names.enumerated() {
            if i > 0 { writeComma(into: &out) }
            write(name: name, into: &out)
        }
        endArray(into: &out)
    }
}

/// An object on its way out, key by key; the one description of a line for every syntax, so that they cannot drift apart.
///
/// ```swift
/// var line = LineObject(.cbor, &out)
/// line.add("type", "event", &out)
/// line.add("t", 12.5, &out)
/// line.end(&out)
/// ```
struct LineObject {
    let form: LineForm
    private let start: Int
    private var count = 0

    init(_ form: LineForm, _ out: inout ByteWriter) {
        self.form = form
        start = out.count
        // A map says how many members it has; that is known at its end.
        out.append(byte: form == .json ? .braceOpen : Self.emptyMap)
    }

    private static let emptyMap = CBORHead.Major.map << 5

    /// A key; its value is the caller's to write next.
    mutating func key(_ key: StaticString, _ out: inout ByteWriter) {
        beginKey(&out)
        form.write(key, into: &out)
        endKey(&out)
    }

    /// The same for a key that lies there as a value of the form.
    mutating func key(written key: UnsafeRawBufferPointer, _ out: inout ByteWriter) {
        beginKey(&out)
        out.append(bytes: key)
        endKey(&out)
    }

    private mutating func beginKey(_ out: inout ByteWriter) {
        if count > 0 { form.writeComma(into: &out) }
        count += 1
    }

    private func endKey(_ out: inout ByteWriter) {
        if form == .json { out.append(byte: .colon) }
    }

    mutating func add(_ key: StaticString, _ value: StaticString, _ out: inout ByteWriter) {
        self.key(key, &out)
        form.write(value, into: &out)
    }

    mutating func add(_ key: StaticString, text: UnsafeRawBufferPointer, _ out: inout ByteWriter) {
        self.key(key, &out)
        form.write(text: text, into: &out)
    }

    /// A value that lies there in the form already.
    mutating func add(_ key: StaticString, written value: UnsafeRawBufferPointer, _ out: inout ByteWriter) {
        self.key(key, &out)
        out.append(bytes: value)
    }

    mutating func add(_ key: StaticString, _ value: Float, _ out: inout ByteWriter) {
        self.key(key, &out)
        form.write(value, into: &out)
    }

    mutating func add(_ key: StaticString, _ value: Double, _ out: inout ByteWriter) {
        self.key(key, &out)
        form.write(value, into: &out)
    }

    mutating func add(_ key: StaticString, _ value: Int, _ out: inout ByteWriter) {
        self.key(key, &out)
        form.write(value, into: &out)
    }

    mutating func add(_ key: StaticString, _ value: UInt64, _ out: inout ByteWriter) {
        self.key(key, &out)
        form.write(value, into: &out)
    }

    mutating func add(_ key: StaticString, _ flag: Bool, _ out: inout ByteWriter) {
        self.key(key, &out)
        form.write(flag, into: &out)
    }

    mutating func addNull(_ key: StaticString, _ out: inout ByteWriter) {
        self.key(key, &out)
        form.writeNull(into: &out)
    }

    mutating func add(_ key: StaticString, array values: UnsafeBufferPointer<Float>, _ out: inout ByteWriter) {
        self.key(key, &out)
        form.write(array: values, into: &out)
    }

    mutating func add(_ key: StaticString, nulls count: Int, _ out: inout ByteWriter) {
        self.key(key, &out)
        form.write(nulls: count, into: &out)
    }

    mutating func end(_ out: inout ByteWriter) {
        guard form == .cbor else { return out.append(byte: .braceClose) }
        precondition(count < 24, "an object of \(count) members; a head of one byte counts to 23")
        out.base[start] = Self.emptyMap | UInt8(count)
    }
}
