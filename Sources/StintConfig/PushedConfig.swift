extension Config {
    /// What is the device's own, and comes from the file on it: who it is, whom it trusts, and where its state lies. A pushed document leaves
    /// these out, or repeats them as they are; so one document does for a fleet.
    static let own: [[String]] = [["device"], ["security"], ["state", "directory"], ["state", "key"]]

    /// The config that a pushed document makes on a device.
    ///
    /// - Parameters:
    ///   - name: stands before line and column in every problem.
    ///   - local: the file on the device.
    ///   - rails: what a push may change; nil: all but what is the device's own.
    /// - Throws: every problem of the document; those with what it may say come with those of what it says.
    public static func parse(
        pushed bytes: [UInt8], name: String, local: [UInt8], localName: String, rails: GuardRails?, overrides: [ConfigOverride] = []
    ) throws(ConfigError) -> Config {
        let base = try Node.parse(local, source: localName)
        let pushed = try Node.parse(bytes, source: name)
        let whole = merged(pushed, base)
        var problems = trespasses(ConfigDocument(base), ConfigDocument(pushed))
        let document = ConfigDocument(whole)
        if let rails { problems += rails.problems(of: document, besides: ConfigDocument(base)) }
        let config: Config
        do throws(ConfigError) {
            config = try Config(whole, fileName: name, overrides: overrides)
        } catch {
            throw ConfigError(problems + error.problems)
        }
        if let rails { problems += rails.problems(of: config) }
        guard problems.isEmpty else { throw ConfigError(problems) }
        return config
    }

    private static func merged(_ pushed: Node, _ base: Node) -> Node {
        own.reduce(pushed) { $0.with(base.find($1[...]), at: $1[...], pushed.place) }
    }

    /// Paths of secrets: where they lie is nobody's business either.
    private static let secrets = ["security.secret_key", "state.key"]

    /// All keys that a config in force says, in the words of TOML, without its secrets.
    ///
    /// - Parameter local: the file on the device, that says what is the device's own.
    public static func effective(_ bytes: [UInt8], over local: [UInt8]) throws(ConfigError) -> [(path: String, text: String)] {
        let whole = merged(try Node.parse(bytes, source: ""), try Node.parse(local, source: ""))
        return ConfigDocument(whole).leaves.map { ($0.path, secrets.contains($0.path) ? "\"***\"" : $0.text) }
    }

    /// Keys of the device's own that a pushed document says otherwise.
    private static func trespasses(_ local: ConfigDocument, _ pushed: ConfigDocument) -> [ConfigProblem] {
        let before = Dictionary(local.leaves.map { ($0.path, $0.text) }) { first, _ in first }
        return pushed.leaves.compactMap { leaf in
            let isOwn = own.contains { keys in
                let key = keys.joined(separator: ".")
                return leaf.path == key || leaf.path.hasPrefix(key + ".")
            }
            guard isOwn, before[leaf.path] != leaf.text else { return nil }
            return ConfigProblem(
                code: .notPermitted, path: leaf.path, place: leaf.place,
                message: "\(leaf.path) is the device's own, and no push changes it; leave it out, or change the file on the device")
        }
    }

    /// Where a broken file says that the state lies, as far as it can still be read.
    public static func stateFolder(of bytes: [UInt8]) -> String? {
        guard let document = try? ConfigDocument(bytes, fileName: "") else { return nil }
        return document.string("state.directory")
    }
}
