import Stint

extension Config {
    mutating func read(heads sections: [Section], _ reader: inout Reader) {
        var names: Set<String> = []
        for section in sections {
            if let head = Config.head(section, &reader) { heads.append(head) }
            guard case .string(let name)? = section["name"]?.value else { continue }
            if !names.insert(name).inserted {
                let place = section["name"]?.place ?? section.place
                reader.report(.duplicate, section.path(of: "name"), place, "two heads are called \(quoted(name)); give each its own name")
            }
        }
        if sections.count > 256 {
            reader.report(.outOfRange, "head", sections[256].place, "there must be between 1 and 256 heads, got \(sections.count)")
        }
    }

    private static func head(_ section: Section, _ reader: inout Reader) -> Head? {
        let name = reader.value("name", section, Form.name)
        if !section.has("name") { reader.missing("name", section, "say what its lines are called, such as name = \"health\"") }
        let kinds = alternatives(KindName.allCases.map(\.rawValue))
        if !section.has("kind") { reader.missing("kind", section, "say \(kinds)") }
        let kind = reader.value("kind", section, Form.choice(KindName.self))

        // Without a kind, what is there is still checked for its form.
        let horizon = reader.value("horizon", section, Form.extent)
        let targets = targets(section, kind, horizon, &reader)
        let classes = reader.value("classes", section, Form.integer(2...1024, "classes"))
        let falseAlarms = reader.value("false_alarms", section, Form.falseAlarms)
        guard let kind else { return nil }
        refuse("classes", section, unless: kind == .classification, "classification", kind, &reader)
        refuse("false_alarms", section, unless: kind == .anomaly, "anomaly", kind, &reader)
        refuse("horizon", section, unless: kind == .regression, "regression", kind, &reader)
        refuse("target", section, unless: kind != .anomaly, "regression or classification", kind, &reader)
        guard let name else { return nil }
        switch kind {
        case .anomaly:
            return Head(name: name, kind: .anomaly(falseAlarms ?? .perSeconds(count: 1, seconds: 86_400)))
        case .regression:
            return targets.map { Head(name: name, kind: .regression($0)) }
        case .classification:
            return targets.map { Head(name: name, kind: .classification($0, classes: classes ?? 32)) }
        }
    }

    /// A key that only another kind of head has is a mistake, not a thing to pass over.
    private static func refuse(
        _ key: String, _ section: Section, unless fits: Bool, _ home: String, _ kind: KindName, _ reader: inout Reader
    ) {
        guard !fits, let node = section[key] else { return }
        reader.report(
            .conflict, section.path(of: key), node.place,
            "head.\(key) is for kind = \(home), and this head is of kind \(kind.rawValue); take it away")
    }

    private static func targets(_ section: Section, _ kind: KindName?, _ horizon: Extent?, _ reader: inout Reader) -> Targets? {
        guard let node = section["target"] else {
            if let kind, kind != .anomaly { reader.missing("target", section, "say which label to learn, such as target = \"label:*\"") }
            return nil
        }
        let read: [Form.Target]? =
            if case .array = node.value {
                reader.list("target", section, of: "labels", Form.target)
            } else {
                reader.value("target", section, Form.target).map { [$0] }
            }
        guard let read else { return nil }
        let channels = read.compactMap { if case .channel(let name) = $0 { name } else { nil } }
        let path = section.path(of: "target")
        if section.has("horizon") {
            guard channels.count == read.count else {
                reader.report(
                    .conflict, section.path(of: "horizon"), section["horizon"]?.place ?? section.place,
                    "head.horizon is for channels as targets, and labels have their own time; take it away, or write target = \"CHANNEL\"")
                return nil
            }
            return horizon.map { .channels(channels, horizon: $0) }
        }
        if let name = channels.first {
            reader.report(
                .missing, path, node.place,
                "head.target must be \"label:NAME\", \"label:*\", or a channel with a horizon, got \(quoted(name)); "
                    + "did you mean `label:\(name)`? A forecast says horizon = \"50 ms\"")
            return nil
        }
        if read == [.allLabels] { return .allLabels }
        let names = read.compactMap { if case .label(let name) = $0 { name } else { nil } }
        guard names.count == read.count else {
            reader.report(
                .conflict, section.path(of: "target"), node.place,
                "head.target must be \"label:*\" alone or a list of names, got both; take one away")
            return nil
        }
        if kind == .classification, names.count != 1 {
            reader.report(
                .outOfRange, section.path(of: "target"), node.place,
                "head.target must be exactly one label for a classification, got \(names.count); make a head for each")
            return nil
        }
        return .labels(names)
    }
}

/// What `[[head]] kind` can be.
private enum KindName: String, CaseIterable {
    case regression
    case classification
    case anomaly
}
