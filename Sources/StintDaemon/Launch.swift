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
    /// As it was read.
    let text: [UInt8]
    /// SHA-256 of the text.
    let hash: Fingerprint
    let path: String
    private let arguments: Arguments.Run

    package init(_ arguments: Arguments.Run) throws(Failure) {
        self.arguments = arguments
        path = arguments.configPath
        let overrides = arguments.stateFolder.map { [ConfigOverride("state.directory", string: $0, flag: "--state")] } ?? []
        text = try Self.read(path)
        hash = text.withUnsafeBytes { Fingerprint(of: $0) }
        let config = try Self.parse(text, path, overrides)
        do throws(ConfigError) {
            guard let channels = config.channelNames, let rateHz = config.stream.rateHz else {
                preconditionFailure("a config for the daemon names its channels and its rate")
            }
            assembly = try Assembly.resolve(config, channels: channels, labels: nil, rateHz: rateHz)
        } catch {
            throw .refused("\(error)")
        }
        self.config = config
        do throws(KeyFileError) { keyring = try Keyring(config, besides: path) } catch { throw .refused("\(error)") }
        do throws(StateError) {
            stateKey = if let key = config.state.keyPath { try StateKey.read(Config.path(key, besides: path)) } else { nil }
        } catch {
            throw .refused("\(error)")
        }
        plan = Plan(assembly.specification, within: config)
        shape = Shape(
            plan.specification, channels: assembly.channelNames, labels: assembly.labelNames, heads: assembly.heads.map(\.name))
        guard plan.bytes <= config.memory.budgetBytes else {
            let table = PlanTable(plan, assembly)
            throw .refused("\(table.refusal(config))\n\(table.text)")
        }
    }

    /// The same file and the same flags, as they are now.
    func again() throws(Failure) -> Launch { try Launch(arguments) }

    private static func read(_ path: String) throws(Failure) -> [UInt8] {
        do throws(DiskError) {
            let bytes = try Disk().read(path)
            defer { bytes.deallocate() }
            return Array(bytes)
        } catch {
            throw .unreachable("\(error)")
        }
    }

    private static func parse(_ text: [UInt8], _ path: String, _ overrides: [ConfigOverride]) throws(Failure) -> Config {
        var config = try refusing { () throws(ConfigError) in try Config.parse(text, fileName: path, overrides: overrides) }
        if let calibration = config.calibrationPath(besides: path) {
            let bytes = try read(calibration)
            config = try refusing { () throws(ConfigError) in
                var config = config
                try config.take(calibration: bytes, fileName: calibration)
                return config
            }
        }
        let problems = config.problems(for: .daemon)
        if !problems.isEmpty { throw .refused("\(ConfigError(problems))") }
        return config
    }

    private static func refusing(_ body: () throws(ConfigError) -> Config) throws(Failure) -> Config {
        do throws(ConfigError) { return try body() } catch { throw .refused("\(error)") }
    }
}
