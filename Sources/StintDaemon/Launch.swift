import Stint
import StintConfig
import StintStore

/// A config that was read, met with its names, and planned: all that is settled before anything is opened.
package struct Launch {
    let config: Config
    let assembly: Assembly
    let plan: Plan
    let shape: Shape
    /// As it was read.
    let text: [UInt8]
    /// SHA-256 of the text.
    let hash: Fingerprint
    let path: String
    private let overrides: [ConfigOverride]

    package init(_ arguments: Arguments.Run) throws(Failure) {
        path = arguments.configPath
        overrides = arguments.stateFolder.map { [ConfigOverride("state.directory", string: $0, flag: "--state")] } ?? []
        text = try Self.read(path)
        hash = text.withUnsafeBytes { Fingerprint(of: $0) }
        let config: Config
        do throws(ConfigError) {
            config = try Self.parse(text, path, overrides)
            guard case .named(let channels) = config.stream.channels, let rateHz = config.stream.rateHz else {
                preconditionFailure("a config for the daemon names its channels and its rate")
            }
            assembly = try Assembly.resolve(config, channels: channels, labels: nil, rateHz: rateHz)
        } catch {
            throw .refused("\(error)")
        }
        self.config = config
        plan = Plan(assembly.specification)
        shape = Shape(
            assembly.specification, channels: assembly.channelNames, labels: assembly.labelNames, heads: assembly.heads.map(\.name))
        guard plan.bytes <= config.memory.budgetBytes else {
            let place = config.place(of: "memory.budget")
            throw .refused(
                "\(place): memory.budget is \(config.memory.budgetBytes) bytes, and the plan needs \(plan.bytes); "
                    + "raise it, or lower \(plan.advice)\n\(planTable)")
        }
    }

    /// What takes how many bytes, one line a part.
    package var planTable: String {
        var lines = plan.parts.map { part in
            "\(part.bytes)\t" + (part.head.map { "head \(assembly.heads[$0].name): \(part.name)" } ?? "\(part.name)")
        }
        lines.append("\(plan.bytes)\ttotal, of \(config.memory.budgetBytes)")
        return lines.joined(separator: "\n")
    }

    /// What the file says now, in a sentence or more; nil if it is as it was.
    func rereadReport() -> (text: String, isFine: Bool)? {
        do throws(Failure) {
            let now = try Self.read(path)
            guard now != text else { return nil }
            let changed: Config
            do throws(ConfigError) { changed = try Self.parse(now, path, overrides) } catch {
                return ("\(error)\n\(path) is not taken; what was read at the start stays in force", false)
            }
            let sections = Self.differences(config, changed)
            guard !sections.isEmpty else { return ("\(path) changed, and says the same", true) }
            return ("\(path) changed in \(sections.joined(separator: ", ")); this version applies that at the next start", true)
        } catch {
            return ("\(error); what was read at the start stays in force", false)
        }
    }

    private static func differences(_ a: Config, _ b: Config) -> [String] {
        var sections: [String] = []
        func compare<T: Equatable>(_ section: String, _ part: KeyPath<Config, T>) {
            if a[keyPath: part] != b[keyPath: part] { sections.append(section) }
        }
        compare("[device]", \.device)
        compare("[memory]", \.memory)
        compare("[input]", \.input)
        compare("[[stream]]", \.stream)
        compare("[window]", \.window)
        compare("[encoder]", \.encoder)
        compare("[[head]]", \.heads)
        compare("[label]", \.label)
        compare("[drift]", \.drift)
        compare("[compute]", \.compute)
        compare("[output]", \.output)
        compare("[control]", \.control)
        compare("[state]", \.state)
        return sections
    }

    private static func read(_ path: String) throws(Failure) -> [UInt8] {
        do throws(DiskError) {
            let bytes = try Disk().read(path)
            defer { bytes.deallocate() }
            return Array(bytes)
        } catch {
            throw .unreachable("\(error)")
        }
    }

    private static func parse(_ text: [UInt8], _ path: String, _ overrides: [ConfigOverride]) throws(ConfigError) -> Config {
        let config = try Config.parse(text, fileName: path, overrides: overrides)
        let problems = config.problems(for: .daemon)
        if !problems.isEmpty { throw ConfigError(problems) }
        return config
    }
}
