extension Config {
    /// The config of `stint replay RECORDING` without `-c`: a head of each label column, called like it, and an anomaly head `health`.
    ///
    /// - Parameter labels: names without `label:`; a numeric one is a regression, any other a classification.
    /// - Throws: what the overrides break; a label whose name cannot be that of a head.
    ///
    /// Edge cases: no label leaves the anomaly head; a label called `health` makes that head `health_2`.
    public static func implicit(labels: [(name: String, isNumeric: Bool)], overrides: [ConfigOverride] = []) throws(ConfigError) -> Config {
        let place = Place(source: "the recording's header")
        func text(_ key: String, _ value: String) -> Member {
            Member(key: key, keyPlace: place, node: Node(value: .string(value), place: place))
        }
        func table(_ members: [Member]) -> Node { Node(value: .table(members), place: place) }
        var heads = labels.map { label in
            table([
                text("name", label.name), text("kind", label.isNumeric ? "regression" : "classification"),
                text("target", "label:" + label.name),
            ])
        }
        var health = "health"
        var number = 1
        while labels.contains(where: { $0.name == health }) {
            number += 1
            health = "health_\(number)"
        }
        heads.append(table([text("name", health), text("kind", "anomaly")]))
        let head = Member(key: "head", keyPlace: place, node: Node(value: .array(heads), place: place))
        return try Config(table([head]), fileName: place.source, overrides: overrides)
    }
}
