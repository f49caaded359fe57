/// A config as a document of keys and values, before it means anything: to compare two of them, and to say what a push may change.
public struct ConfigDocument {
    /// One key that was said, and what.
    public struct Leaf {
        /// `head.torque.classes`: a table of a list goes by its name, else by its number.
        public let path: String
        /// `head.classes`: without the names of tables.
        public let key: String
        /// As TOML writes it.
        public let text: String
        public let place: Place
        let node: Node
    }

    public let leaves: [Leaf]
    let root: Node

    /// - Throws: it is no TOML.
    public init(_ bytes: [UInt8], fileName: String) throws(ConfigError) {
        self.init(try Node.parse(bytes, source: fileName))
    }

    init(_ root: Node) {
        self.root = root
        var leaves: [Leaf] = []
        Self.gather(root, path: "", key: "", into: &leaves)
        self.leaves = leaves
    }

    private static func gather(_ node: Node, path: String, key: String, into leaves: inout [Leaf]) {
        func joined(_ head: String, _ tail: String) -> String { head.isEmpty ? tail : head + "." + tail }
        switch node.value {
        case .table(let members):
            for member in members { gather(member.node, path: joined(path, member.key), key: joined(key, member.key), into: &leaves) }
        case .array(let elements) where elements.contains { if case .table = $0.value { true } else { false } }:
            for (index, element) in elements.enumerated() {
                gather(element, path: joined(path, element.name ?? "\(index)"), key: key, into: &leaves)
            }
        default: leaves.append(Leaf(path: path, key: key, text: node.toml, place: node.place, node: node))
        }
    }

    /// The text that a key was said to be, where it is a string; nil where it was not said, or is none.
    public func string(_ path: String) -> String? {
        guard let leaf = leaves.first(where: { $0.path == path }), case .string(let text) = leaf.node.value else { return nil }
        return text
    }

    /// Keys that two documents say differently, in the order of the new one, then those that it no longer says.
    public func changes(to new: ConfigDocument) -> [ConfigChange] {
        let before = Dictionary(leaves.map { ($0.path, $0) }) { first, _ in first }
        let after = Set(new.leaves.map(\.path))
        var changes: [ConfigChange] = []
        for leaf in new.leaves where before[leaf.path]?.text != leaf.text {
            changes.append(ConfigChange(path: leaf.path, key: leaf.key, before: before[leaf.path]?.text, after: leaf.text, place: leaf.place))
        }
        for leaf in leaves where !after.contains(leaf.path) {
            changes.append(ConfigChange(path: leaf.path, key: leaf.key, before: leaf.text, after: nil, place: new.root.place))
        }
        return changes
    }
}

/// One key that a push changes.
public struct ConfigChange {
    /// What a change of the key costs.
    public enum Effect: String, Sendable {
        /// Nothing is built anew.
        case hot
        /// A learner is built anew around what was learned, or sockets are opened anew beside it.
        case keeps = "state_preserving"
        /// The latents are others: what was learned means nothing to them.
        case cold
    }

    public let path: String
    public let key: String
    /// nil: it was not said.
    public let before: String?
    /// nil: it is not said any more.
    public let after: String?
    public let place: Place

    public var effect: Effect {
        switch key {
        case "state.every", "state.wear", "device.id", "device.groups", "memory.budget", "control.probation", "compute.max_age": .hot
        case "stream.channels", "stream.rate", "window.length", "window.every", "window.clock", "memory.seed": .cold
        default:
            if key.hasPrefix("encoder.") { .cold } else { .keeps }
        }
    }
}

extension Node {
    /// Of a table in a list.
    fileprivate var name: String? {
        guard case .table(let members) = value, case .string(let name)? = members.first(where: { $0.key == "name" })?.node.value else { return nil }
        return name
    }

    /// On one line.
    fileprivate var toml: String {
        switch value {
        case .table(let members): "{ " + members.map { "\($0.key) = \($0.node.toml)" }.joined(separator: ", ") + " }"
        case .array(let elements): "[" + elements.map(\.toml).joined(separator: ", ") + "]"
        case .string(let text): Self.inQuotes(text)
        default: shown
        }
    }

    /// Whole, unlike in a message: what is compared must not be cut.
    private static func inQuotes(_ text: String) -> String {
        var out = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case "\n": out += "\\n"
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out + "\""
    }

    /// A value under a dotted key; nil where it is not said.
    func find(_ keys: ArraySlice<String>) -> Node? {
        guard let key = keys.first else { return self }
        guard case .table(let members) = value else { return nil }
        return members.first { $0.key == key }?.node.find(keys.dropFirst())
    }

    /// With another value under a dotted key, or without one.
    func with(_ node: Node?, at keys: ArraySlice<String>, _ place: Place) -> Node {
        guard let key = keys.first else { return node ?? self }
        guard case .table(var members) = value else { return self }
        let rest = keys.dropFirst()
        if let index = members.firstIndex(where: { $0.key == key }) {
            if rest.isEmpty, node == nil { members.remove(at: index) } else { members[index].node = members[index].node.with(node, at: rest, place) }
        } else if let node {
            let inner = rest.isEmpty ? node : Node(value: .table([]), place: place).with(node, at: rest, place)
            members.append(Member(key: key, keyPlace: place, node: inner))
        }
        return Node(value: .table(members), place: self.place)
    }
}
