/// A table of the document that is being read.
struct Section {
    /// What its keys belong to in a sentence: `window`, `head`.
    let name: String
    /// `window`, `head[0]`.
    let path: String
    let place: Place
    let members: [Member]

    func path(of key: String) -> String { path.isEmpty ? key : path + "." + key }
    func has(_ key: String) -> Bool { members.contains { $0.key == key } }
    subscript(key: String) -> Node? { members.first { $0.key == key }?.node }
}

/// Reads typed values from a document and keeps every problem on the way; a value with a problem reads as nil.
struct Reader {
    private(set) var problems: [ConfigProblem] = []
    private(set) var places: [String: Place] = [:]
    /// A hostile megabyte can have a problem in every fourth byte; nobody reads more than these.
    private static let maxProblems = 1000

    mutating func report(_ code: ConfigProblem.Code, _ path: String, _ place: Place, _ message: @autoclosure () -> String) {
        guard problems.count <= Reader.maxProblems else { return }
        let message = problems.count < Reader.maxProblems ? message() : "more than \(Reader.maxProblems) problems; mend these first"
        problems.append(ConfigProblem(code: code, path: path, place: place, message: message))
    }

    /// Remembers where a key is, so that later problems can say so.
    mutating func note(_ key: String, _ section: Section) {
        places[section.path(of: key)] = section[key]?.place
    }

    /// The value of a key, or nil if it is not there or does not fit.
    mutating func value<Value>(_ key: String, _ section: Section, _ form: (Node) throws(Misfit) -> Value) -> Value? {
        guard let node = section[key] else { return nil }
        return value(node, path: section.path(of: key), name: "\(section.name).\(key)", form)
    }

    private mutating func value<Value>(_ node: Node, path: String, name: String, _ form: (Node) throws(Misfit) -> Value) -> Value? {
        places[path] = node.place
        do throws(Misfit) {
            return try form(node)
        } catch {
            report(
                error.code, path, node.place, "\(name) must be \(error.expected), got \(node.shown)" + (error.hint.map { "; \($0)" } ?? ""))
            return nil
        }
    }

    /// The elements of a list, which must differ and be one or more; nil if any of them does not fit.
    mutating func list<Value: Hashable>(
        _ key: String, _ section: Section, of expected: String, _ form: (Node) throws(Misfit) -> Value
    ) -> [Value]? {
        guard let node = section[key] else { return nil }
        let path = section.path(of: key)
        let name = "\(section.name).\(key)"
        places[path] = node.place
        guard case .array(let elements) = node.value, !elements.isEmpty else {
            let code: ConfigProblem.Code = if case .array = node.value { .outOfRange } else { .wrongType }
            let hint = if case .string(let text) = node.value { "; write [\(quoted(text))]" } else { "" }
            report(code, path, node.place, "\(name) must be a list of one or more \(expected), got \(node.shown)\(hint)")
            return nil
        }
        var values: [Value] = []
        var seen: Set<Value> = []
        var fits = true
        for (index, element) in elements.enumerated() {
            let path = "\(path)[\(index)]"
            guard let value = value(element, path: path, name: name, form) else {
                fits = false
                continue
            }
            if !seen.insert(value).inserted {
                report(.duplicate, path, element.place, "\(name) has \(element.shown) twice; take one away")
                fits = false
            }
            values.append(value)
        }
        return fits ? values : nil
    }

    /// Says of a section, once and at its place, that a key is missing.
    mutating func missing(_ key: String, _ section: Section, _ hint: String) {
        report(.missing, section.path(of: key), section.place, "\(section.name).\(key) is missing; \(hint)")
    }

    /// Says of a key that its value is good, but beyond this version.
    mutating func notAvailable(_ key: String, _ section: Section, _ what: String) {
        guard let node = section[key] else { return }
        report(.notAvailable, section.path(of: key), node.place, "not available in this version: \(what)")
    }

    /// The sections of a document by name; a problem for each key that is not one.
    mutating func sections(_ root: Node, _ shapes: [Schema.Shape]) -> [String: [Section]] {
        guard case .table(let members) = root.value else { return [:] }
        var result: [String: [Section]] = [:]
        for member in members {
            guard let shape = shapes.first(where: { $0.name == member.key }) else {
                report(.unknownKey, member.key, member.keyPlace, Schema.unknown(member, in: nil))
                continue
            }
            places[member.key] = member.keyPlace
            let header = shape.isList ? "[[\(shape.name)]]" : "[\(shape.name)]"
            switch (member.node.value, shape.isList) {
            case (.table(let members), false):
                result[shape.name] = [section(shape, path: shape.name, place: member.keyPlace, members)]
            case (.array(let elements), true):
                for (index, element) in elements.enumerated() {
                    let path = "\(shape.name)[\(index)]"
                    places[path] = element.place
                    if case .table(let members) = element.value {
                        result[shape.name, default: []].append(section(shape, path: path, place: element.place, members))
                    } else {
                        report(.wrongType, path, element.place, "\(shape.name) must be tables under \(header), got \(element.shown)")
                    }
                }
            case (.table, true):
                report(.wrongType, shape.name, member.keyPlace, "[\(shape.name)] must be written \(header), since there can be several")
            case (.array, false):
                report(.wrongType, shape.name, member.keyPlace, "[[\(shape.name)]] must be written \(header), and there can be only one")
            default:
                report(.wrongType, shape.name, member.keyPlace, "\(shape.name) must be a table under \(header), got \(member.node.shown)")
            }
        }
        return result
    }

    private mutating func section(_ shape: Schema.Shape, path: String, place: Place, _ members: [Member]) -> Section {
        for member in members where !shape.keys.contains(member.key) {
            report(.unknownKey, "\(path).\(member.key)", member.keyPlace, Schema.unknown(member, in: shape))
        }
        return Section(name: shape.name, path: path, place: place, members: members)
    }
}
