import Stint

/// What a value can be: from a node to a type, or the rest of the sentence "must be".
enum Form {
    static func integer(_ range: ClosedRange<Int>, _ unit: String = "") -> (Node) throws(Misfit) -> Int {
        let expected = "between \(range.lowerBound) and \(range.upperBound)" + (unit.isEmpty ? "" : " \(unit)")
        return { (node) throws(Misfit) in
            guard case .integer(let value) = node.value else { throw Misfit(.wrongType, "an integer " + expected) }
            guard let number = Int(exactly: value), range.contains(number) else { throw Misfit(.outOfRange, expected) }
            return number
        }
    }

    static func seed(_ node: Node) throws(Misfit) -> UInt64 {
        let expected = "an integer between 0 and \(Int64.max)"
        guard case .integer(let value) = node.value else { throw Misfit(.wrongType, expected) }
        guard value >= 0 else { throw Misfit(.outOfRange, expected) }
        return UInt64(value)
    }

    /// A text that becomes a topic, a key or part of a line. 128 bytes: a topic stays far below a packet.
    static func name(_ node: Node) throws(Misfit) -> String {
        let expected = "a name of 1 to 128 bytes without control characters"
        guard case .string(let text) = node.value else { throw Misfit(.wrongType, expected) }
        guard isName(text) else { throw Misfit(.invalidValue, expected) }
        return text
    }

    static func isName(_ text: some StringProtocol) -> Bool {
        (1...128).contains(text.utf8.count) && text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
            && text.first != " " && text.last != " "
    }

    static func path(_ node: Node) throws(Misfit) -> String {
        let expected = "a path"
        guard case .string(let text) = node.value else { throw Misfit(.wrongType, expected) }
        guard !text.isEmpty, !text.utf8.contains(0) else { throw Misfit(.invalidValue, expected) }
        return text
    }

    static func channel(_ node: Node) throws(Misfit) -> String {
        if case .string("*") = node.value {
            throw Misfit(.invalidValue, "the name of a channel", hint: "for all channels write channels = \"*\"")
        }
        return try name(node)
    }

    static func streamName(_ node: Node) throws(Misfit) -> String {
        let name = try name(node)
        guard !name.hasPrefix("label/") else {
            throw Misfit(.invalidValue, "a name that does not begin with label/, which is the topic of labels")
        }
        return name
    }

    /// One of the cases of an enum; `later` are those that are known but not in this version.
    static func choice<Value: RawRepresentable & CaseIterable>(
        _: Value.Type, later: [String] = []
    ) -> (Node) throws(Misfit) -> Value where Value.RawValue == String {
        let names = Value.allCases.map(\.rawValue)
        return { (node) throws(Misfit) in
            let expected = (names.count > 1 ? "one of " : "") + alternatives(names)
            guard case .string(let text) = node.value else { throw Misfit(.wrongType, expected) }
            if let value = Value(rawValue: text) { return value }
            if later.contains(text) { throw Misfit(.notAvailable, expected, hint: "not available in this version: \(quoted(text))") }
            throw Misfit(.invalidValue, expected, hint: suggestion(for: text, among: names + later).map { "did you mean `\($0)`?" })
        }
    }

    static func endpoint(_ side: Endpoint.Side) -> (Node) throws(Misfit) -> Endpoint {
        { (node) throws(Misfit) in
            guard case .string(let text) = node.value else { throw Misfit(.wrongType, "an endpoint, tcp://HOST:PORT or ipc://PATH") }
            return try Endpoint(text, for: side)
        }
    }

    static func budget(_ node: Node) throws(Misfit) -> Int {
        let expected = "a size such as \"8 MiB\""
        guard case .string(let text) = node.value else { throw Misfit(.wrongType, expected, hint: "say the unit") }
        guard let bytes = Quantity.size(text) else { throw Misfit(.invalidValue, expected, hint: unitHint(text, Quantity.sizeUnits)) }
        guard (64 << 10...1 << 40).contains(bytes) else { throw Misfit(.outOfRange, "between 64 KiB and 1024 GiB") }
        return bytes
    }

    static func reservoir(_ node: Node) throws(Misfit) -> Int {
        let expected = "a size such as \"256 KiB\", or 0 for none"
        if case .integer(0) = node.value { return 0 }
        guard case .string(let text) = node.value else { throw Misfit(.wrongType, expected, hint: "say the unit") }
        guard let bytes = Quantity.size(text) else { throw Misfit(.invalidValue, expected, hint: unitHint(text, Quantity.sizeUnits)) }
        guard bytes == 0 || (4 << 10...1 << 40).contains(bytes) else { throw Misfit(.outOfRange, "between 4 KiB and 1024 GiB, or 0 for none") }
        return bytes
    }

    /// Seconds in a range whose bounds are written with units.
    static func duration(_ least: String, _ most: String = "520 week") -> (Node) throws(Misfit) -> Double {
        { (node) throws(Misfit) in
            let expected = "a duration such as \"64 ms\", \"1 s\" or \"15 min\""
            guard case .string(let text) = node.value else { throw Misfit(.wrongType, expected) }
            return try seconds(text, expected, least, most)
        }
    }

    private static func seconds(_ text: String, _ expected: String, _ least: String, _ most: String) throws(Misfit) -> Double {
        guard let low = Quantity.duration(least), let high = Quantity.duration(most) else {
            preconditionFailure("no durations: \(least), \(most)")
        }
        guard let seconds = Quantity.duration(text) else {
            throw Misfit(.invalidValue, expected, hint: unitHint(text, Quantity.durationUnits))
        }
        guard (low...high).contains(seconds) else { throw Misfit(.outOfRange, "between \(least) and \(most)") }
        return seconds
    }

    static func rate(_ node: Node) throws(Misfit) -> Double {
        let expected = "a rate such as \"100 Hz\" or \"5 per min\""
        guard case .string(let text) = node.value else { throw Misfit(.wrongType, expected, hint: "say the unit") }
        guard let rate = Quantity.rate(text) else { throw Misfit(.invalidValue, expected, hint: unitHint(text, Quantity.rateUnits)) }
        // One row a week is 1.65e-6 Hz; a megahertz is beyond any sensor that sends messages.
        guard (1e-6...1e6).contains(rate) else { throw Misfit(.outOfRange, "between 0.001 mHz and 1 MHz") }
        return rate
    }

    static func extent(_ node: Node) throws(Misfit) -> Config.Extent {
        let range = 1...Config.Extent.maxSamples
        let expected = "between 1 and \(range.upperBound) samples"
        switch node.value {
        case .integer(let value):
            guard let count = Int(exactly: value), range.contains(count) else { throw Misfit(.outOfRange, expected) }
            return .samples(count)
        case .string(let text):
            return .seconds(try seconds(text, expected + ", or a duration such as \"0.64 s\"", "1 us", "520 week"))
        default:
            throw Misfit(.wrongType, expected + ", or a duration such as \"0.64 s\"")
        }
    }

    static func falseAlarms(_ node: Node) throws(Misfit) -> FalseAlarms {
        let expected = "a budget such as \"1 per day\" or \"1 per 10000 rows\""
        guard case .string(let text) = node.value else { throw Misfit(.wrongType, expected) }
        guard let alarms = Quantity.falseAlarms(text) else { throw Misfit(.invalidValue, expected) }
        switch alarms {
        case .perRows(let count, let rows):
            guard count > 0, rows >= 1, rows <= 1e15, count <= rows else { throw Misfit(.outOfRange, "more than 0 and at most 1 a row") }
        case .perSeconds(let count, let seconds):
            guard count > 0, count <= 1e9, seconds > 0, seconds <= 1e9 else { throw Misfit(.outOfRange, "more than 0 per unit of time") }
        }
        return alarms
    }

    static func wear(_ node: Node) throws(Misfit) -> Int {
        let expected = "a size per day such as \"256 MiB/day\", or 0 for no limit"
        switch node.value {
        case .integer(0): return 0
        case .integer: throw Misfit(.invalidValue, expected, hint: "say the unit")
        case .string(let text):
            guard let bytes = Quantity.wear(text) else { throw Misfit(.invalidValue, expected) }
            guard bytes >= 1 << 10 else { throw Misfit(.outOfRange, "at least 1 KiB/day, or 0 for no limit") }
            return bytes
        default: throw Misfit(.wrongType, expected)
        }
    }

    /// One target, before it is known what a head may have.
    enum Target: Hashable {
        case allLabels
        case label(String)
        case channel(String)
    }

    static func target(_ node: Node) throws(Misfit) -> Target {
        let expected = "\"label:NAME\", \"label:*\" or a channel"
        guard case .string(let text) = node.value else { throw Misfit(.wrongType, expected + ", or a list of them") }
        if let name = text.after("label:") {
            if name == "*" { return .allLabels }
            guard isName(name) else { throw Misfit(.invalidValue, expected) }
            return .label(String(name))
        }
        guard isName(text) else { throw Misfit(.invalidValue, expected) }
        return .channel(text)
    }

    /// What to say about a quantity that was not understood.
    private static func unitHint(_ text: String, _ units: [String]) -> String? {
        guard let (_, unit) = Quantity.split(text) else { return "write a number and a unit" }
        if unit.isEmpty { return "say the unit: \(alternatives(units))" }
        if let meant = units.first(where: { $0.lowercased() == unit.lowercased() }) { return "did you mean `\(meant)`?" }
        return "the units are \(alternatives(units))"
    }
}
