import CToml

/// A TOML value and where it is; the document between its bytes and its meaning.
struct Node: Equatable {
    enum Value: Equatable {
        case table([Member])
        case array([Node])
        case string(String)
        case integer(Int64)
        case number(Double)
        case boolean(Bool)
        case date
    }

    var value: Value
    var place: Place
}

struct Member: Equatable {
    var key: String
    var keyPlace: Place
    var node: Node
}

extension Node {
    /// The document of these bytes. Any bytes are fine; a text that is no TOML is one problem, with its place.
    static func parse(_ bytes: [UInt8], source: String) throws(ConfigError) -> Node {
        let document = bytes.withUnsafeBytes { ctoml_parse($0.baseAddress?.assumingMemoryBound(to: CChar.self), $0.count) }
        guard let document else {
            throw ConfigError([ConfigProblem(code: .syntax, path: "", place: Place(source: source), message: "not read: out of memory")])
        }
        defer { ctoml_free(document) }
        var position = ctoml_place()
        if let said = ctoml_error(document, &position) {
            let place = Place(source: source, position)
            let message =
                endsItsLine(bytes, place) && String(cString: said).contains("parsing string")
                ? "not TOML: a string must end on the line that it begins on; close it with a quote"
                : "not TOML: " + lowercasedFirst(String(cString: said))
            throw ConfigError([ConfigProblem(code: .syntax, path: "", place: place, message: message)])
        }
        return Node(document, 0, source: source)
    }

    /// Depth is bounded by the shim, so recursion is safe.
    fileprivate init(_ document: OpaquePointer, _ index: Int, source: String) {
        guard let node = ctoml_node_at(document, index)?.pointee else {
            preconditionFailure("node \(index) of a document of \(ctoml_count(document))")
        }
        let children = node.first_child..<node.first_child + node.child_count
        place = Place(source: source, node.place)
        switch node.kind {
        case CTOML_TABLE:
            value = .table(children.map { Member(document, $0, source: source) })
        case CTOML_ARRAY:
            value = .array(children.map { Node(document, $0, source: source) })
        case CTOML_STRING:
            value = .string(String(node.text))
        case CTOML_INTEGER:
            value = .integer(node.integer)
        case CTOML_FLOAT:
            value = .number(node.number)
        case CTOML_BOOLEAN:
            value = .boolean(node.boolean)
        default:
            value = .date
        }
    }

    /// The same tree, said elsewhere.
    func moved(to place: Place) -> Node {
        switch value {
        case .table(let members):
            Node(value: .table(members.map { Member(key: $0.key, keyPlace: place, node: $0.node.moved(to: place)) }), place: place)
        case .array(let elements):
            Node(value: .array(elements.map { $0.moved(to: place) }), place: place)
        default:
            Node(value: value, place: place)
        }
    }

    /// The value as a message shows it.
    var shown: String {
        switch value {
        case .table: "a table"
        case .array(let elements): elements.isEmpty ? "an empty list" : "a list"
        case .string(let text): quoted(text)
        case .integer(let value): "\(value)"
        case .number(let value): "\(value)"
        case .boolean(let value): "\(value)"
        case .date: "a date"
        }
    }
}

extension Member {
    fileprivate init(_ document: OpaquePointer, _ index: Int, source: String) {
        guard let node = ctoml_node_at(document, index)?.pointee else {
            preconditionFailure("node \(index) of a document of \(ctoml_count(document))")
        }
        self.init(key: String(node.key), keyPlace: Place(source: source, node.key_place), node: Node(document, index, source: source))
    }
}

extension Place {
    fileprivate init(source: String, _ place: ctoml_place) {
        self.init(source: source, line: max(1, Int(place.line)), column: max(1, Int(place.column)))
    }
}

extension String {
    fileprivate init(_ bytes: ctoml_bytes) {
        self = String(decoding: UnsafeRawBufferPointer(start: bytes.start, count: bytes.count), as: UTF8.self)
    }
}

/// The text in quotes, without control characters, and cut where it is long.
func quoted(_ text: String) -> String {
    let limit = 60
    var shown = "\""
    for scalar in text.unicodeScalars.prefix(limit) {
        if scalar.value < 0x20 || scalar.value == 0x7F {
            shown += "\\u" + hexadecimal(scalar.value)
        } else {
            shown.unicodeScalars.append(scalar)
        }
    }
    return shown + (text.unicodeScalars.count > limit ? "…\"" : "\"")
}

private func hexadecimal(_ value: UInt32) -> String {
    let digits = String(value, radix: 16, uppercase: true)
    return String(repeating: "0", count: 4 - digits.count) + digits
}

private func lowercasedFirst(_ text: String) -> String { text.prefix(1).lowercased() + text.dropFirst() }

/// Whether the place is beyond the last character of its line.
private func endsItsLine(_ bytes: [UInt8], _ place: Place) -> Bool {
    let lines = bytes.split(separator: UInt8(ascii: "\n"), maxSplits: place.line, omittingEmptySubsequences: false)
    guard place.line <= lines.count else { return true }
    let line = lines[place.line - 1]
    let characters = line.count { $0 & 0xC0 != 0x80 } - (line.last == UInt8(ascii: "\r") ? 1 : 0)
    return place.column > characters - 1
}
