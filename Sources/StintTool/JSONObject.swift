import StintWire

/// A JSON object being written, key by key, in the order that is wanted.
struct JSONObject {
    private var isEmpty = true

    /// Writes `{`, the members, and `}`.
    static func write(into out: inout ByteWriter, _ members: (inout JSONObject, inout ByteWriter) -> Void) {
        var object = JSONObject()
        out.append(byte: UInt8(ascii: "{"))
        members(&object, &out)
        out.append(byte: UInt8(ascii: "}"))
    }

    /// A key; its value is the caller's to write next.
    mutating func key(_ name: String, _ out: inout ByteWriter) {
        if !isEmpty { out.append(byte: UInt8(ascii: ",")) }
        isEmpty = false
        out.append(quoted: name)
        out.append(byte: UInt8(ascii: ":"))
    }

    mutating func add(_ name: String, _ value: Int, _ out: inout ByteWriter) {
        key(name, &out)
        out.append(value)
    }

    mutating func add(_ name: String, _ value: UInt64, _ out: inout ByteWriter) {
        key(name, &out)
        out.append(value)
    }

    mutating func add(_ name: String, _ value: Bool, _ out: inout ByteWriter) {
        key(name, &out)
        out.append(value)
    }

    /// nil is `null`, and so is what is not finite.
    mutating func add(_ name: String, _ value: Double?, _ out: inout ByteWriter) {
        key(name, &out)
        out.append(value ?? .nan)
    }

    mutating func add(_ name: String, _ value: String, _ out: inout ByteWriter) {
        key(name, &out)
        out.append(quoted: value)
    }

    mutating func add(_ name: String, _ out: inout ByteWriter, _ members: (inout JSONObject, inout ByteWriter) -> Void) {
        key(name, &out)
        JSONObject.write(into: &out, members)
    }

    mutating func add<Element>(
        _ name: String, _ elements: [Element], _ out: inout ByteWriter, _ write: (Element, inout ByteWriter) -> Void
    ) {
        key(name, &out)
        JSONObject.list(elements, &out, write)
    }

    static func list<Element>(_ elements: [Element], _ out: inout ByteWriter, _ write: (Element, inout ByteWriter) -> Void) {
        out.append(byte: UInt8(ascii: "["))
        for (i, element) in elements.enumerated() {
            if i > 0 { out.append(byte: UInt8(ascii: ",")) }
            write(element, &out)
        }
        out.append(byte: UInt8(ascii: "]"))
    }
}

/// One JSON object as a line on stdout.
func showJSON(_ members: (inout JSONObject, inout ByteWriter) -> Void) throws(Failure) {
    var out = ByteWriter()
    JSONObject.write(into: &out, members)
    out.append(byte: 0x0A)
    try writeAll(out.bytes, to: 1, name: "stdout")
}
