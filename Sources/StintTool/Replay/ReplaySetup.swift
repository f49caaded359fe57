import Stint
import StintConfig
import StintWire

/// What a replay is to do, apart from its recordings: what the command line says, parsed.
struct ReplayOptions {
    /// The config file's name in messages, and its bytes; nil: a config is made from the recordings' labels.
    var config: (name: String, bytes: [UInt8])?
    var overrides: [ConfigOverride] = []
    /// A calibration in place of the one that the config names.
    var calibrationPath: String?
    /// Whether a calibration that the config names is read; it may be what is to be made.
    var wantsCalibration = true
    /// Samples a second where the config does not say, in place of what the clock says.
    var rateHz: Double?
    /// Rows that a label comes after its own, where no column says so.
    var delay = 0
    /// All recordings are one life.
    var isOneLife = false
    /// Predict only, after the warm-up recordings.
    var freezes = false
    /// The share of rows that are not scored, at the start of each recording, or of the whole chain.
    var burnIn = 0.05
}

/// Recordings that one learner lives through, with its plan: all that is known before the first row.
struct Life {
    let warm: [Recording]
    /// With the number that each has in lines.
    let recordings: [(number: Int, recording: Recording)]
    let assembly: Assembly
    let plan: Plan

    var rows: Int { recordings.reduce(0) { $0 + $1.recording.rows } }
    var hasClock: Bool { (warm + recordings.map(\.recording)).contains(where: \.hasClock) }
}

/// A replay before it begins: config met with recordings, and the plan held against the budget.
struct ReplaySetup {
    let options: ReplayOptions
    let config: Config
    let lives: [Life]
    /// What the user should know and did not ask.
    let remarks: [String]

    init(_ recordings: [Recording], warm: [Recording] = [], _ options: ReplayOptions) throws(Failure) {
        precondition(!recordings.isEmpty, "a replay of no recording")
        self.options = options
        let all = warm + recordings
        var remarks = Self.ignoredColumns(all)
        remarks += all.filter { $0.capture?.isTorn == true }.map { "\($0.name): its last line is cut short and left out" }
        var config: Config
        do throws(ConfigError) {
            if let file = options.config {
                config = try Config.parse(file.bytes, fileName: file.name, overrides: options.overrides)
            } else {
                config = try Config.implicit(labels: all.labels, overrides: options.overrides)
            }
        } catch {
            throw .refused(error)
        }
        if options.wantsCalibration { try config.takeCalibration(options.calibrationPath, besides: options.config?.name ?? "") }
        self.config = config
        var lives: [Life] = []
        let numbered = recordings.enumerated().map { (number: $0, recording: $1) }
        var isRateUnknown = false
        for part in options.isOneLife ? [numbered] : numbered.map({ [$0] }) {
            let chain = warm + part.map(\.recording)
            let rateHz = options.rateHz ?? chain.spacing.map { 1 / $0 }
            if rateHz == nil && config.stream.rateHz == nil { isRateUnknown = true }
            let assembly = try Self.assemble(config, all, rateHz: rateHz ?? 1)
            for recording in chain { try recording.capture?.meet(assembly) }
            lives.append(
                Life(warm: warm, recordings: part, assembly: assembly, plan: try Self.plan(assembly, config, options, chain)))
        }
        for name in lives[0].assembly.unlearned {
            remarks.append("label \"\(name)\" is no target of label:*: its first cells hold no number; what it says is counted as label_invalid")
        }
        if isRateUnknown {
            remarks.append("no clock and no rate: one row a second; say --rate, or rate under [[stream]], if it is another")
        }
        self.lives = lives
        self.remarks = remarks
    }

    private static func ignoredColumns(_ recordings: [Recording]) -> [String] {
        recordings.flatMap { recording in
            recording.survey.textColumns.map { "\(recording.name): column \"\($0)\" is ignored: it holds text" }
        }
    }

    private static func assemble(
        _ config: Config, _ recordings: [Recording], rateHz: Double
    ) throws(Failure) -> Assembly {
        var channels = recordings.channels
        // Whoever names a column wants it, text or not.
        channels += recordings.textColumns.filter(config.names)
        // A capture need not name its channels; what the config names is what its frames are.
        if recordings.contains(where: { $0.capture != nil }) { channels = config.channelNames ?? channels }
        do throws(ConfigError) {
            return try Assembly.resolve(config, channels: channels, labels: recordings.labels.map(\.name), numberless: recordings.numberless, rateHz: rateHz)
        } catch {
            throw .refused(error)
        }
    }

    /// Labels that come late need as many latents that wait. One that is due after the last row is never delivered.
    private static func plan(
        _ assembly: Assembly, _ config: Config, _ options: ReplayOptions, _ chain: [Recording]
    ) throws(Failure) -> Plan {
        var specification = assembly.specification
        let inColumns = min(chain.map(\.survey.longestDelay).max() ?? 0, chain.reduce(0) { $0 + $1.rows })
        // A latent is made every so many rows, and sooner after a seam.
        let every = specification.window.every
        let latents = max(options.delay, inColumns) / every + (every > 1 ? chain.count : 0)
        specification.pending = max(specification.pending, latents + 1)
        let plan = Plan(specification, within: config)
        guard plan.bytes <= config.memory.budgetBytes else {
            let table = PlanTable(plan, assembly)
            throw .refused("\(table.refusal(config))\n\(table.text)")
        }
        return plan
    }
}
