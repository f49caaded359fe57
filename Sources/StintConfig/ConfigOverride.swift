/// One `--set KEY=VALUE`: a value that takes the place of the file's, or joins it.
///
/// KEY is a dotted TOML key: `window.length`. A table of a list is found by its name, by its number from 0, or, if it is the only one,
/// without either: `head.torque.classes`, `head.0.classes`, `stream.rate`. VALUE is a TOML value, or else the text itself: both
/// `--set memory.seed=3` and `--set window.length=1 s` are right.
///
///     let item = try ConfigOverride("window.length=128")
///     let config = try Config.parse(bytes, fileName: "stint.toml", overrides: [item])
public struct ConfigOverride: Equatable, Sendable {
    private let keys: [String]
    private let value: Setting
    private let place: Place

    /// - Throws: a text without `=`, or whose key is no dotted key; its place is `--set KEY`.
    public init(_ argument: String) throws(ConfigError) {
        let (key, text) = ConfigOverride.halves(argument)
        place = Place(source: "--set " + key)
        guard let text else { throw ConfigOverride.refused(place, "must be KEY=VALUE, such as window.length=128") }
        guard let keys = ConfigOverride.keys(key) else {
            throw ConfigOverride.refused(place, "must be a dotted key before the =, such as window.length")
        }
        self.keys = keys
        value = Setting(text)
    }

    /// For flags that stand for a key: `ConfigOverride("state.directory", string: path, flag: "--state")`. The text is taken as it is.
    public init(_ key: String, string: String, flag: String) {
        keys = key.split(separator: ".").map(String.init)
        value = .text(string)
        place = Place(source: flag)
    }

    /// For flags that stand for a key: `ConfigOverride("memory.seed", integer: 3, flag: "--seed")`.
    public init(_ key: String, integer: Int64, flag: String) {
        keys = key.split(separator: ".").map(String.init)
        value = .literal("\(integer)")
        place = Place(source: flag)
    }

    /// What was said, before it is a node: a TOML value or a bare text.
    private enum Setting: Equatable, Sendable {
        case literal(String)
        case text(String)

        init(_ text: String) { self = Setting.node(text) == nil ? .text(text) : .literal(text) }

        static func node(_ text: String) -> Node? {
            guard let root = try? Node.parse(Array("v = \(text)".utf8), source: ""), case .table(let members) = root.value,
                members.count == 1
            else {
                return nil
            }
            return members[0].node
        }

        func node(at place: Place) -> Node {
            switch self {
            case .literal(let text): Setting.node(text)?.moved(to: place) ?? Node(value: .string(text), place: place)
            case .text(let text): Node(value: .string(text), place: place)
            }
        }
    }

    /// Puts the value into the document; what does not fit there is a problem.
    func apply(to root: inout Node, _ reader: inout Reader) {
        let node = value.node(at: place)
        if let message = ConfigOverride.set(&root, keys[...], node, place) {
            reader.report(.notFound, keys.joined(separator: "."), place, message)
        }
    }

    /// Returns what is wrong, or nil.
    private static func set(_ node: inout Node, _ keys: ArraySlice<String>, _ value: Node, _ place: Place) -> String? {
        guard let key = keys.first else {
            node = value
            return nil
        }
        switch node.value {
        case .table(var members):
            let index = members.firstIndex { $0.key == key } ?? members.endIndex
            if index == members.endIndex {
                members.append(Member(key: key, keyPlace: place, node: empty(key, holds: keys.count > 1, place)))
            } else if keys.count == 1 {
                members[index].keyPlace = place
            }
            let message = set(&members[index].node, keys.dropFirst(), value, place)
            node.value = .table(members)
            return message
        case .array(var elements):
            let named = elements.firstIndex { $0.name == key } ?? Int(key).flatMap { elements.indices.contains($0) ? $0 : nil }
            // The only table of a list needs neither name nor number; its key comes at once.
            guard let index = named ?? (elements.count == 1 ? 0 : nil) else {
                let names = elements.enumerated().map { $1.name ?? "\($0)" }
                return "no table called \(quoted(key)); there are \(alternatives(names))"
            }
            let message = set(&elements[index], named == nil ? keys : keys.dropFirst(), value, place)
            node.value = .array(elements)
            return message
        default:
            return "\(quoted(key)) cannot be set inside of \(node.shown)"
        }
    }

    /// What a key that is not there yet begins as.
    private static func empty(_ key: String, holds: Bool, _ place: Place) -> Node {
        let table = Node(value: .table([]), place: place)
        guard holds, Schema.shapes.contains(where: { $0.name == key && $0.isList }) else { return table }
        return Node(value: .array([table]), place: place)
    }

    /// Both sides of the first `=` outside of quotes; no right side without one.
    private static func halves(_ argument: String) -> (key: String, value: String?) {
        var quote: Character?
        for index in argument.indices {
            let character = argument[index]
            if let open = quote {
                if character == open { quote = nil }
            } else if character == "\"" || character == "'" {
                quote = character
            } else if character == "=" {
                return (trimmed(argument[..<index]), trimmed(argument[argument.index(after: index)...]))
            }
        }
        return (trimmed(argument[...]), nil)
    }

    private static func trimmed(_ text: Substring) -> String {
        var text = text.drop { $0 == " " }
        while text.last == " " { text.removeLast() }
        return String(text)
    }

    /// The parts of a dotted key, or nil if it is none.
    private static func keys(_ text: String) -> [String]? {
        guard var node = try? Node.parse(Array("\(text) = 0".utf8), source: "") else { return nil }
        var keys: [String] = []
        while case .table(let members) = node.value {
            guard members.count == 1 else { return nil }
            keys.append(members[0].key)
            node = members[0].node
        }
        return node.value == .integer(0) ? keys : nil
    }

    private static func refused(_ place: Place, _ message: String) -> ConfigError {
        ConfigError([ConfigProblem(code: .syntax, path: "", place: place, message: message)])
    }
}

extension Node {
    /// Of a table: its `name`.
    fileprivate var name: String? {
        guard case .table(let members) = value, case .string(let name)? = members.first(where: { $0.key == "name" })?.node.value else {
            return nil
        }
        return name
    }
}
