/// Which keys there are.
enum Schema {
    struct Shape {
        let name: String
        /// `[[name]]`, any number of them.
        var isList = false
        let keys: [String]
    }

    static let shapes: [Shape] = [
        Shape(name: "device", keys: ["id", "groups"]),
        Shape(name: "memory", keys: ["budget", "seed", "reservoir", "segments", "sample", "store"]),
        Shape(name: "input", keys: ["connect", "bind"]),
        Shape(name: "stream", isList: true, keys: ["name", "channels", "rate", "max_hold", "resample", "wait", "reorder"]),
        Shape(name: "window", keys: ["length", "every", "clock"]),
        Shape(name: "encoder", keys: ["blocks", "warm_up", "calibration"]),
        Shape(name: "head", isList: true, keys: ["name", "kind", "target", "classes", "false_alarms", "horizon"]),
        Shape(name: "label", keys: ["pending", "tolerance"]),
        Shape(name: "drift", keys: ["detector", "reaction", "regimes", "cool_down"]),
        Shape(name: "compute", keys: ["max_age", "per_frame"]),
        Shape(name: "output", keys: ["bind", "format"]),
        Shape(name: "control", keys: ["bind", "connect", "probation"]),
        Shape(name: "state", keys: ["directory", "every", "wear", "key"]),
        Shape(name: "security", keys: ["secret_key", "allow", "trusted", "guard"]),
    ]

    /// What to say about a key that is not there, and what may have been meant.
    static func unknown(_ member: Member, in shape: Shape?) -> String {
        let isTable = if case .table = member.node.value { true } else { false }
        let shown = plain(member.key)
        guard let shape else {
            let what = isTable ? "[\(shown)] is no section" : "\(shown) is no section, and keys stand under one"
            if let name = suggestion(for: member.key, among: shapes.map(\.name)) { return "\(what); did you mean `\(name)`?" }
            if let home = home(of: member.key) { return "\(what); did you mean `\(member.key)` in \(header(home))?" }
            return "\(what); there are \(alternatives(shapes.map(\.name)))"
        }
        let what = "\(shape.name) has no key `\(shown)`"
        if let name = suggestion(for: member.key, among: shape.keys) { return "\(what); did you mean `\(name)`?" }
        if let home = home(of: member.key) { return "\(what); it belongs in \(header(home))" }
        if shapes.contains(where: { $0.name == member.key }) { return "\(what); a section is not inside of another" }
        return "\(what); it has \(alternatives(shape.keys))"
    }

    private static func home(of key: String) -> Shape? { shapes.first { $0.keys.contains(key) } }
    private static func header(_ shape: Shape) -> String { shape.isList ? "[[\(shape.name)]]" : "[\(shape.name)]" }
    /// A key as it would be written, without control characters.
    private static func plain(_ key: String) -> String {
        let isBare = !key.isEmpty && key.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\"") }
        return isBare && key.utf8.count <= 60 ? key : quoted(key)
    }
}
