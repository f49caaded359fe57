/// What no push may change, whoever signs it: a file of root's on the device.
///
/// ```toml
/// settable = ["head", "drift", "label.tolerance", "memory.reservoir"]   # keys, or what they lie under; all, if it is left out
/// endpoints = ["ipc:///run/stint/*", "tcp://0.0.0.0:5557"]             # those that sockets may have; * at the end: any rest
///
/// [ceiling]
/// budget = "16 MiB"        # of memory
/// heads = 4
/// classes = 64             # of each head
///
/// [range]
/// "label.pending" = [64, 4096]
/// "state.every" = ["1 min", "1 h"]
/// ```
///
/// A key counts as changed where a push says it otherwise than the file on the device. Unknown keys are errors, so that a slip of the pen
/// is no open door.
public struct GuardRails {
    private let settable: [String]?
    private let endpoints: [String]?
    private let budgetBytes: Int?
    private let heads: Int?
    private let classes: Int?
    private let ranges: [(key: String, low: Node, high: Node)]

    /// - Throws: every problem of the file.
    public init(_ bytes: [UInt8], fileName: String) throws(ConfigError) {
        let root = try Node.parse(bytes, source: fileName)
        var problems: [ConfigProblem] = []
        func refuse(_ path: String, _ place: Place, _ expected: String) {
            problems.append(ConfigProblem(code: .invalidValue, path: path, place: place, message: "\(path) must be \(expected)"))
        }
        func strings(_ node: Node, _ path: String) -> [String]? {
            guard case .array(let elements) = node.value else {
                refuse(path, node.place, "a list of texts")
                return nil
            }
            return elements.compactMap { element in
                guard case .string(let text) = element.value, !text.isEmpty else {
                    refuse(path, element.place, "a list of texts")
                    return nil
                }
                return text
            }
        }
        var settable: [String]?, endpoints: [String]?, budget: Int?, heads: Int?, classes: Int?
        var ranges: [(key: String, low: Node, high: Node)] = []
        guard case .table(let members) = root.value else { preconditionFailure("a document is a table") }
        for member in members {
            switch (member.key, member.node.value) {
            case ("settable", _): settable = strings(member.node, "settable")
            case ("endpoints", _): endpoints = strings(member.node, "endpoints")
            case ("ceiling", .table(let limits)):
                for limit in limits {
                    let path = "ceiling.\(limit.key)"
                    switch (limit.key, limit.node.value) {
                    case ("budget", .string(let text)):
                        budget = Quantity.size(text)
                        if budget == nil { refuse(path, limit.node.place, "a size such as \"16 MiB\"") }
                    case ("heads", .integer(let count)) where count > 0: heads = Int(count)
                    case ("classes", .integer(let count)) where count > 0: classes = Int(count)
                    case ("budget", _): refuse(path, limit.node.place, "a size such as \"16 MiB\"")
                    case ("heads", _), ("classes", _): refuse(path, limit.node.place, "a number above 0")
                    default: refuse(path, limit.keyPlace, "one of budget, heads, classes")
                    }
                }
            case ("range", .table(let rules)):
                for rule in rules {
                    guard case .array(let bounds) = rule.node.value, bounds.count == 2, Measure(bounds[0]) != nil,
                        Measure(bounds[1])?.kind == Measure(bounds[0])?.kind
                    else {
                        refuse("range.\(rule.key)", rule.node.place, "[LEAST, MOST]: two numbers, or two texts with the same kind of unit")
                        continue
                    }
                    ranges.append((rule.key, bounds[0], bounds[1]))
                }
            default: refuse(member.key, member.keyPlace, "one of settable, endpoints, [ceiling], [range]")
            }
        }
        guard problems.isEmpty else { throw ConfigError(problems) }
        self.settable = settable
        self.endpoints = endpoints
        (budgetBytes, self.heads, self.classes) = (budget, heads, classes)
        self.ranges = ranges
    }

    /// What a document says that it may not.
    func problems(of document: ConfigDocument, besides local: ConfigDocument) -> [ConfigProblem] {
        var problems: [ConfigProblem] = []
        for change in local.changes(to: document) {
            if let settable, !settable.contains(where: { Self.covers($0, change) }) {
                problems.append(
                    ConfigProblem(
                        code: .notPermitted, path: change.path, place: change.place,
                        message: "\(change.path) is not to be set by a push: the guard of this device lets one set \(alternatives(settable))"))
            }
            guard let leaf = document.leaves.first(where: { $0.path == change.path }) else { continue }
            for (key, low, high) in ranges where key == change.key || key == change.path {
                if let value = Measure(leaf.node), let least = Measure(low), let most = Measure(high), value.kind == least.kind,
                    (least.number...max(least.number, most.number)).contains(value.number)
                {
                    continue
                }
                problems.append(
                    ConfigProblem(
                        code: .outOfRange, path: change.path, place: change.place,
                        message: "\(change.path) must be between \(low.shown) and \(high.shown) by the guard of this device, got \(leaf.text)"))
            }
        }
        return problems
    }

    /// What a config asks for that it may not.
    func problems(of config: Config) -> [ConfigProblem] {
        var problems: [ConfigProblem] = []
        func refuse(_ path: String, _ message: String) {
            problems.append(ConfigProblem(code: .outOfRange, path: path, place: config.place(of: path), message: message))
        }
        if let most = budgetBytes, config.memory.budgetBytes > most {
            refuse("memory.budget", "memory.budget must be at most \(PlanTable.size(most)) by the guard of this device, got \(PlanTable.size(config.memory.budgetBytes))")
        }
        if let most = heads, config.heads.count > most {
            refuse("head", "there must be at most \(most) heads by the guard of this device, got \(config.heads.count)")
        }
        if let most = classes {
            for (index, head) in config.heads.enumerated() {
                guard case .classification(_, let count) = head.kind, count > most else { continue }
                refuse("head[\(index)].classes", "head.classes must be at most \(most) by the guard of this device, got \(count)")
            }
        }
        guard let allowed = endpoints else { return problems }
        var said = config.input.bind.map { ("input.bind", $0) } + config.input.connect.map { ("input.connect", $0) }
        said.append(("control.bind", config.control.bind))
        said += config.control.connect.map { ("control.connect", $0) }
        if let bind = config.output.bind { said.append(("output.bind", bind)) }
        for (path, endpoint) in said where !allowed.contains(where: { Self.covers($0, endpoint: endpoint.text) }) {
            problems.append(
                ConfigProblem(
                    code: .notPermitted, path: path, place: config.place(of: path),
                    message: "\(path) may not be \(quoted(endpoint.text)): the guard of this device allows \(alternatives(allowed))"))
        }
        return problems
    }

    private static func covers(_ rule: String, _ change: ConfigChange) -> Bool {
        for path in [change.path, change.key] where path == rule || path.hasPrefix(rule + ".") { return true }
        return false
    }

    private static func covers(_ rule: String, endpoint: String) -> Bool {
        rule.last == "*" ? endpoint.hasPrefix(rule.dropLast()) : endpoint == rule
    }
}

/// A value that can lie between two others: a number, or one with a unit.
private struct Measure {
    enum Kind { case number, bytes, seconds, hertz, wear }

    let kind: Kind
    let number: Double

    init?(_ node: Node) {
        switch node.value {
        case .integer(let value): (kind, number) = (.number, Double(value))
        case .number(let value): (kind, number) = (.number, value)
        case .string(let text):
            if let bytes = Quantity.size(text) {
                (kind, number) = (.bytes, Double(bytes))
            } else if let seconds = Quantity.duration(text) {
                (kind, number) = (.seconds, seconds)
            } else if let hertz = Quantity.rate(text) {
                (kind, number) = (.hertz, hertz)
            } else if let wear = Quantity.wear(text) {
                (kind, number) = (.wear, Double(wear))
            } else {
                return nil
            }
        default: return nil
        }
        guard number.isFinite else { return nil }
    }
}
