import Stint
import StintConfig
import StintWire

/// A config without a problem, its plan, and what had to be assumed for it.
struct CheckedConfig {
    let config: Config
    let plan: Plan
    let table: PlanTable
    private let assembly: Assembly
    /// nil: the config says it.
    private let assumedChannels: Int?
    private let assumedLabels: Int?
    private let assumedRateHz: Double?

    /// Tried in turn, until the window is a whole number of samples: robots first, then weather.
    private static let rates = [100, 1, 1000, 10_000, 1 / 60.0, 1 / 3600.0]

    init(_ config: Config, channels: Int, labels: Int) throws(ConfigError) {
        self.config = config
        let channelNames: [String]
        if let names = config.channelNames {
            (channelNames, assumedChannels) = (names, nil)
        } else if let calibration = config.encoder.calibration {
            (channelNames, assumedChannels) = (calibration.channels, nil)
        } else {
            // Of each stream that takes what there is, so many, and those that a forecast names.
            let forecast = config.heads.flatMap { head -> [String] in
                guard case .channels(let names, horizon: _)? = head.kind.targets else { return [] }
                return names
            }
            channelNames = config.streams.indices.flatMap { index in
                let names = if case .named(let names) = config.streams[index].channels { names } else { (1...channels).map { "channel \($0)" } }
                return names.map { config.fullName($0, ofStream: index) }
            }.reduce(into: forecast) { if !$0.contains($1) { $0.append($1) } }
            assumedChannels = channels
        }
        // Whoever takes all labels takes at least those that others name.
        var names: [String] = []
        var wantsAll = false
        for head in config.heads {
            switch head.kind.targets {
            case .allLabels: wantsAll = true
            case .labels(let targets): names += targets.filter { !names.contains($0) }
            case nil, .channels: break
            }
        }
        while names.count < labels { names.append("label \(names.count + 1)") }
        assumedLabels = wantsAll ? names.count : nil
        let fits = { (rate: Double) in
            config.window.length.samples(rateHz: rate) != nil && config.window.every.samples(rateHz: rate) != nil
        }
        var rates = Self.rates
        // A calibration knows how many samples a window in seconds had.
        if let calibration = config.encoder.calibration, case .seconds(let seconds) = config.window.length {
            rates.insert(Double(calibration.windowLength) / seconds, at: 0)
        }
        let rateHz = rates.first(where: fits) ?? rates[0]
        assumedRateHz = config.stream.rateHz == nil ? rateHz : nil
        assembly = try Assembly.resolve(config, channels: channelNames, labels: names, rateHz: rateHz)
        plan = Plan(assembly.specification, within: config)
        table = PlanTable(plan, assembly)
    }

    func text(_ frame: FrameTime?) -> String {
        var assumed: [String] = []
        if let assumedChannels { assumed.append("\(assumedChannels) channels") }
        if let assumedLabels { assumed.append(assumedLabels == 1 ? "1 label" : "\(assumedLabels) labels") }
        if let assumedRateHz { assumed.append("\(rounded(assumedRateHz, assumedRateHz < 1 ? 4 : 0)) Hz") }
        var text = assumed.isEmpty ? "" : "assumed: \(assumed.joined(separator: ", ")); a recording, or the config, says how many\n"
        text += "memory:\n\(table.text)\n  of a budget of \(PlanTable.size(config.memory.budgetBytes))\n"
        if config.memory.store == .statistics {
            text += "store: statistics; nothing that resembles a sample is kept, on disk or in memory, but rows that wait for their label\n"
        }
        text += "a frame on a small board (1000 multiply-adds a µs):\n\(table.costText)\n"
        text += "  of \(rounded(plan.cost.allowed, 0)) µs; what has no room works on one row in sixteen, and on more when it earns it\n"
        if let frame {
            text += "time: about \(rounded(frame.microseconds, 1)) µs a frame with its labels; an estimate: "
                + "\(frame.frames) random frames on this machine\n"
        }
        return text
    }

    func write(_ frame: FrameTime?, _ object: inout JSONObject, _ out: inout ByteWriter) {
        object.add("ok", plan.bytes <= config.memory.budgetBytes, &out)
        object.add("assumed", &out) { object, out in
            if let assumedChannels { object.add("channels", assumedChannels, &out) }
            if let assumedLabels { object.add("labels", assumedLabels, &out) }
            if let assumedRateHz { object.add("rate_hz", assumedRateHz, &out) }
        }
        object.add("budget_bytes", config.memory.budgetBytes, &out)
        object.add("plan_bytes", plan.bytes, &out)
        object.add("store", config.memory.store.rawValue, &out)
        object.add("snapshot_bytes", plan.snapshotBytes, &out)
        object.add("memory_high", MemoryLimits(plan).high, &out)
        object.add("memory_max", MemoryLimits(plan).max, &out)
        object.add("parts", plan.parts, &out) { part, out in
            JSONObject.write(into: &out) { object, out in
                object.add("name", "\(part.name)", &out)
                if let head = part.head { object.add("head", assembly.heads[head].name, &out) }
                object.add("bytes", part.bytes, &out)
            }
        }
        object.add("frame_us_estimate", frame?.microseconds, &out)
        object.add("board", &out) { object, out in
            object.add("multiply_adds_per_us", FrameCost.multiplyAddsPerMicrosecond, &out)
            object.add("allowed_us", plan.cost.allowed, &out)
            object.add("most_us", plan.cost.most, &out)
            object.add("least_us", plan.cost.least, &out)
            object.add("parts", plan.cost.parts, &out) { part, out in
                JSONObject.write(into: &out) { object, out in
                    object.add("name", "\(part.name)", &out)
                    if let head = part.head { object.add("head", assembly.heads[head].name, &out) }
                    object.add("us", part.microseconds, &out)
                    object.add("can_sleep", part.canSleep, &out)
                    object.add("begins_asleep", part.beginsAsleep, &out)
                }
            }
        }
    }
}
