import Stint
import StintConfig
import StintSecurity
import StintStore

/// A config that was read, met with its names, and planned: all that is settled before anything is opened.
package struct Launch {
    let config: Config
    public let assembly: Assembly
    public let plan: Plan
    let shape: Shape
    /// nil: the device does not leave this machine.
    let keyring: Keyring?
    /// What states are sealed with; nil: they are not.
    let stateKey: StateKey?
    let rules: PushRules
    /// As it was read, or pushed.
    let text: [UInt8]
    /// SHA-256 of the text.
    let hash: Fingerprint
    /// Of the file on the device; what a config names is found from its folder.
    let path: String
    /// The file on the device, which says what is the device's own.
    let local: [UInt8]
    let arguments: Arguments.Run
    /// All that is said, here or in what was pushed; secrets are masked.
    let effective: [(path: String, text: String)]

    package init(_ arguments: Arguments.Run) throws(Failure) {
        do throws(LaunchRefusal) { self = try Launch(file: arguments) } catch { throw error.failure }
    }

    /// By the file on the device.
    init(file arguments: Arguments.Run) throws(LaunchRefusal) {
        try self.init(local: try Self.read(arguments.configPath), arguments)
    }

    /// By what the file on the device says, or said.
    init(local text: [UInt8], _ arguments: Arguments.Run) throws(LaunchRefusal) {
        let path = arguments.configPath
        let config = try LaunchRefusal.of { () throws(ConfigError) in
            try Config.parse(text, fileName: path, overrides: Self.overrides(arguments))
        }
        try self.init(config, text: text, local: text, arguments, rules: try PushRules(config, besides: path))
    }

    /// By a document that was pushed.
    init(pushed text: [UInt8], revision: UInt64, local: [UInt8], _ rules: PushRules, _ arguments: Arguments.Run) throws(LaunchRefusal) {
        let path = arguments.configPath
        let config = try LaunchRefusal.of { () throws(ConfigError) in
            try Config.parse(
                pushed: text, name: "revision \(revision)", local: local, localName: path, rails: rules.rails, overrides: Self.overrides(arguments))
        }
        try self.init(config, text: text, local: local, arguments, rules: rules)
    }

    private init(_ config: Config, text: [UInt8], local: [UInt8], _ arguments: Arguments.Run, rules: PushRules) throws(LaunchRefusal) {
        self.arguments = arguments
        self.rules = rules
        self.text = text
        self.local = local
        path = arguments.configPath
        effective = try LaunchRefusal.of { () throws(ConfigError) in try Config.effective(text, over: local) }
        hash = text.withUnsafeBytes { Fingerprint(of: $0) }
        let config = try Self.complete(config, besides: path)
        assembly = try LaunchRefusal.of { () throws(ConfigError) in
            guard let channels = config.channelNames, let rateHz = config.stream.rateHz else {
                preconditionFailure("a config for the daemon names its channels and its rate")
            }
            return try Assembly.resolve(config, channels: channels, labels: nil, rateHz: rateHz)
        }
        self.config = config
        do throws(KeyFileError) { keyring = try Keyring(config, besides: path) } catch { throw LaunchRefusal("\(error)", at: "security") }
        do throws(StateError) {
            stateKey = if let key = config.state.keyPath { try StateKey.read(Config.path(key, besides: path)) } else { nil }
        } catch {
            throw LaunchRefusal("\(error)", at: "state.key")
        }
        plan = Plan(assembly.specification, within: config)
        shape = Shape(
            plan.specification, channels: assembly.channelNames, labels: assembly.labelNames, heads: assembly.heads.map(\.name))
        guard plan.bytes <= config.memory.budgetBytes else { throw LaunchRefusal(overBudget: plan, assembly, config) }
    }

    /// The same file and the same flags, as they are now.
    func again() throws(LaunchRefusal) -> Launch { try Launch(file: arguments) }

    private static func overrides(_ arguments: Arguments.Run) -> [ConfigOverride] {
        arguments.stateFolder.map { [ConfigOverride("state.directory", string: $0, flag: "--state")] } ?? []
    }

    static func read(_ path: String) throws(LaunchRefusal) -> [UInt8] {
        do throws(DiskError) {
            let bytes = try Disk().read(path)
            defer { bytes.deallocate() }
            return Array(bytes)
        } catch {
            throw LaunchRefusal(error)
        }
    }

    /// With its calibration, and all that the daemon needs.
    private static func complete(_ config: Config, besides path: String) throws(LaunchRefusal) -> Config {
        var config = config
        if let calibration = config.calibrationPath(besides: path) {
            let bytes = try read(calibration)
            config = try LaunchRefusal.of { () throws(ConfigError) in
                var config = config
                try config.take(calibration: bytes, fileName: calibration)
                return config
            }
        }
        let problems = config.problems(for: .daemon)
        if !problems.isEmpty { throw LaunchRefusal(ConfigError(problems)) }
        return config
    }
}

/// Whose configs are taken, and what they may say: `[security] trusted` and `guard`, read.
struct PushRules {
    /// nil: nobody signs.
    let trusted: KeyList<TrustedKey>?
    let rails: GuardRails?
    private let railsText: [UInt8]

    init(_ config: Config, besides path: String) throws(LaunchRefusal) {
        do throws(KeyFileError) {
            if let file = config.security.trustedPath {
                let file = Config.path(file, besides: path)
                trusted = try KeyList(TrustedFile.read(file), path: file)
            } else {
                trusted = nil
            }
            railsText = try config.security.guardPath.map { file throws(KeyFileError) in try TrustedFile.read(Config.path(file, besides: path)) } ?? []
        } catch {
            throw LaunchRefusal("\(error)", at: "security")
        }
        let text = railsText
        rails = try config.security.guardPath.map { file throws(LaunchRefusal) in
            try LaunchRefusal.of { () throws(ConfigError) in try GuardRails(text, fileName: Config.path(file, besides: path)) }
        }
    }

    func isAs(_ other: PushRules) -> Bool { trusted == other.trusted && railsText == other.railsText && (rails == nil) == (other.rails == nil) }
}

/// Why a config cannot be had, as the endpoint and the log tell it.
struct LaunchRefusal: Error {
    let failure: Failure
    /// Of the document; none where it is a file or a key that is wrong.
    private(set) var problems: [ConfigProblem] = []
    /// One that is over its budget.
    private(set) var plan: Excess?

    struct Excess {
        var bytes: Int
        var budget: Int
        var parts: [(name: String, bytes: Int)]
    }

    init(_ error: ConfigError) {
        failure = .refused("\(error)")
        problems = error.problems
    }

    init(_ error: DiskError) { failure = .unreachable("\(error)") }

    init(_ text: String, at path: String, code: ConfigProblem.Code = .invalidValue) {
        failure = .refused(text)
        problems = [ConfigProblem(code: code, path: path, place: Place(source: path), message: text)]
    }

    init(overBudget plan: Plan, _ assembly: Assembly, _ config: Config) {
        let table = PlanTable(plan, assembly)
        failure = .refused("\(table.refusal(config))\n\(table.text)")
        problems = [ConfigProblem(code: .outOfRange, path: "memory.budget", place: config.place(of: "memory.budget"), message: table.refusal(config))]
        self.plan = Excess(
            bytes: plan.bytes, budget: config.memory.budgetBytes, parts: plan.parts.map { (table.name(of: $0), $0.bytes) })
    }

    static func of<R>(_ body: () throws(ConfigError) -> R) throws(LaunchRefusal) -> R {
        do throws(ConfigError) { return try body() } catch { throw LaunchRefusal(error) }
    }
}
