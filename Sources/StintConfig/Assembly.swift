import Stint

/// A config met with the channels and labels that there are: names become indices, and seconds become samples.
///
/// Invariant: every index of `specification` is one of the lists of names here, and the window is 1 … 65 536 samples.
///
///     let assembly = try Assembly.resolve(config, channels: ["q1", "q2"], labels: ["tau1"], rateHz: 100)
///     assembly.specification.heads.count == assembly.heads.count  // true
public struct Assembly {
    public let specification: Specification
    /// In the order of the file; the index is `Frame.stream`.
    public let streams: [Stream]
    /// The stream each of whose frames is a step.
    public let clock: Int
    /// C names, in the order of a row's values; of several streams STREAM.CHANNEL.
    public let channelNames: [String]
    /// Those labels that heads refer to, in the order in which heads first do; the index is `Label.Target.label`.
    public let labelNames: [String]
    /// In the order of the file; the index is `Label.Target.head`.
    public let heads: [Head]
    /// Labels that `label:*` of a regression leaves out and no other head wants, since they hold no number.
    public let unlearned: [String]

    public struct Stream: Equatable {
        /// The topic of its frames.
        public let name: String
        /// Its own names, in the order of its frames' values.
        public let channels: [String]
        /// Where its channels are in `channelNames`.
        public let places: Range<Int>
    }

    public struct Head: Equatable {
        public let name: String
        /// `regression`, `classification` or `anomaly`.
        public let kind: String
        /// Label names without `label:`; one for a classification, none for an anomaly head.
        public let targetNames: [String]
        /// Of a forecast, whose targets are channels.
        public var horizon: Horizon?

        public struct Horizon: Equatable {
            public let steps: Int
            public let seconds: Double
        }

        /// The labels that it learns from: none for a forecast.
        public var labels: [String] { horizon == nil ? targetNames : [] }
    }

    /// The topic of the clock's frames.
    public var streamName: String { streams[clock].name }

    /// - Parameters:
    ///   - channels: those that a recording has, in the order of its header; for the daemon, the config's own.
    ///   - labels: those that a recording has, in the order of its header; nil where no header tells (the daemon):
    ///     then any name is taken.
    ///   - numberless: those among them that do not begin with numbers. `label:*` of a regression leaves them out where others are left:
    ///     a vector with one of them would never be complete.
    ///   - rateHz: samples a second if the config does not say: a recording's, by its clock.
    /// - Throws: every problem: a channel or label that is not there, `label:*` without a header or, for a classification, with other than
    ///   one label, a window that is no whole sample at this rate.
    public static func resolve(_ config: Config, channels: [String], labels: [String]?, numberless: [String] = [], rateHz: Double)
        throws(ConfigError) -> Assembly
    {
        var problems: [ConfigProblem] = []
        let streams = resolve(channels: config, channels, &problems)
        let channelNames = streams.enumerated().flatMap { index, stream in stream.channels.map { config.fullName($0, ofStream: index) } }
        let rateHz = config.stream.rateHz ?? rateHz
        precondition(rateHz > 0 && rateHz.isFinite, "a rate of \(rateHz) Hz; it must be above 0")

        var labelNames: [String] = []
        var heads: [Head] = []
        var specifications: [HeadSpecification] = []
        for (index, head) in config.heads.enumerated() {
            if case .channels(let names, let horizon)? = head.kind.targets {
                let steps = Self.steps(config, horizon, index, rateHz, &problems)
                let places = resolve(forecast: names, config, index, channelNames, &problems)
                refuse(forecast: places, steps: steps, config, index, streams, rateHz, &problems)
                heads.append(Head(
                    name: head.name, kind: head.kind.name, targetNames: names,
                    horizon: Head.Horizon(steps: steps, seconds: Double(steps) / rateHz)))
                specifications.append(.forecast(.init(channels: places, steps: steps), label: 0))
                continue
            }
            let names = resolve(targets: config, index, labels, numberless, &problems)
            let indices = names.map { name in
                if let known = labelNames.firstIndex(of: name) { return known }
                labelNames.append(name)
                return labelNames.count - 1
            }
            heads.append(Head(name: head.name, kind: head.kind.name, targetNames: names))
            switch head.kind {
            case .regression: specifications.append(HeadSpecification(kind: .regression(targets: indices)))
            case .classification(_, let classes):
                // Without its one label there is a problem, and the specification is not used.
                specifications.append(HeadSpecification(kind: .classification(label: indices.first ?? 0, classes: classes)))
            case .anomaly(let falseAlarms): specifications.append(HeadSpecification(kind: .anomaly(falseAlarms: falseAlarms)))
            }
        }

        let takesAll = config.heads.contains { head in
            if case .allLabels? = head.kind.targets, case .regression = head.kind { true } else { false }
        }
        let unlearned = takesAll ? (labels ?? []).filter { !labelNames.contains($0) } : []

        // Labels that have names come first.
        var labels = labelNames.count
        for index in specifications.indices {
            guard let forecast = specifications[index].forecast else { continue }
            specifications[index] = .forecast(forecast, label: labels)
            labels += forecast.channels.count
        }
        var specification = Specification(channels: channelNames.count, rateHz: rateHz, labels: labels, heads: specifications)
        specification.window.length = samples(config, config.window.length, "window.length", rateHz, &problems)
        specification.window.every = samples(config, config.window.every, "window.every", rateHz, &problems)
        specification.encoder = .usual(channels: channelNames.count, every: specification.window.every)
        if let blocks = config.encoder.blocks {
            specification.encoder.last = blocks.contains(.last)
            specification.encoder.lags = blocks.contains(.lags)
            specification.encoder.fourier = blocks.contains(.fourier)
            specification.encoder.stats = blocks.contains(.stats)
        }
        if let calibration = config.encoder.calibration {
            // The seed and the warm-up are set below: what is compared must be whole.
            specification.seed = config.memory.seed
            for misfit in calibration.misfits(specification, channels: channelNames) {
                let path = "encoder.calibration"
                problems.append(
                    ConfigProblem(
                        code: .invalidValue, path: path, place: config.place(of: path),
                        message: "encoder.calibration does not fit: \(misfit); make one for this config with stint calibrate"))
            }
            specification.calibration = calibration.encoder
            specification.probe = calibration.probe?.set(for: specification, labels: labelNames)
            for (index, head) in heads.enumerated() where head.kind == "anomaly" {
                specification.heads[index].scores = calibration.scores.first { $0.head == head.name }?.distribution
            }
        }
        specification.encoder.warmUp = config.encoder.warmUp
        specification.pending = config.label.pending
        specification.tolerance = config.label.toleranceSeconds
        specification.maxHold = config.stream.maxHold
        specification.reorder = config.stream.reorder
        specification.waitSeconds = config.stream.waitSeconds
        if streams.count > 1 {
            specification.join(zip(config.streams, streams).map { Self.specification($0, channels: $1.channels.count) }, clock: config.clockIndex)
        }
        specification.seed = config.memory.seed
        specification.perFrameSeconds = config.compute.perFrameSeconds
        specification.drift = DriftSpecification(config.drift)
        if let bytes = config.memory.reservoirBytes { specification.memory.reservoirBytes = bytes }
        if let segments = config.memory.segments { specification.memory.marks = segments }
        if config.memory.store == .statistics { (specification.memory.store, specification.memory.reservoirBytes) = (.statistics, 0) }
        specification.memory.sampler =
            switch config.memory.sample {
            case .uniform: .uniform
            case .balanced: .balanced
            case .recent: .recent
            case nil: nil
            }
        if problems.isEmpty, let seconds = config.compute.perFrameSeconds {
            let least = Plan(specification).cost.least
            if least > seconds * 1e6 { problems.append(Self.tooSlow(config, seconds, least)) }
        }
        if !problems.isEmpty { throw ConfigError(problems) }
        return Assembly(
            specification: specification, streams: streams, clock: config.clockIndex, channelNames: channelNames, labelNames: labelNames,
            heads: heads, unlearned: unlearned)
    }

    private static func specification(_ stream: Config.Stream, channels: Int) -> StreamSpecification {
        guard let rateHz = stream.rateHz else { preconditionFailure("one of several streams has a rate") }
        var result = StreamSpecification(channels: channels, rateHz: rateHz)
        result.resampling = stream.resample == .linear ? .linear : .hold
        result.maxHold = stream.maxHold
        result.reorder = stream.reorder
        result.waitSeconds = stream.waitSeconds
        return result
    }

    private static func resolve(channels config: Config, _ known: [String], _ problems: inout [ConfigProblem]) -> [Stream] {
        var streams: [Stream] = []
        for index in config.streams.indices {
            let channels = resolve(channelsOf: index, config, known, &problems)
            let start = streams.last?.places.upperBound ?? 0
            streams.append(Stream(name: config.streams[index].name, channels: channels, places: start..<start + channels.count))
        }
        return streams
    }

    /// The channels of one stream; of several, those of a recording that begin with its name.
    private static func resolve(channelsOf index: Int, _ config: Config, _ known: [String], _ problems: inout [ConfigProblem]) -> [String] {
        let stream = config.streams[index]
        func problem(_ path: String, _ message: String) {
            problems.append(ConfigProblem(code: .notFound, path: path, place: config.place(of: path), message: message))
        }
        switch stream.channels {
        case .all:
            let prefix = config.fullName("", ofStream: index)
            let own = known.filter { $0.hasPrefix(prefix) && $0.count > prefix.count }.map { String($0.dropFirst(prefix.count)) }
            if own.isEmpty {
                let named = prefix.isEmpty ? "" : " whose name begins with \(quoted(prefix))"
                problem(
                    "stream[\(index)].channels",
                    "there must be at least one channel, got none; a channel is a column of numbers\(named) that is neither clock nor label")
            }
            return own
        case .named(let names):
            let there = Set(known)
            for (place, name) in names.enumerated() {
                let full = config.fullName(name, ofStream: index)
                guard !there.contains(full) else { continue }
                problem(
                    "stream[\(index)].channels[\(place)]",
                    "stream.channels has \(quoted(full)), which the recording does not; " + choices(full, known, "channels"))
            }
            return names
        }
    }

    private static func resolve(
        targets config: Config, _ index: Int, _ known: [String]?, _ numberless: [String], _ problems: inout [ConfigProblem]
    ) -> [String] {
        let head = config.heads[index]
        let path = "head[\(index)].target"
        func problem(_ code: ConfigProblem.Code, _ message: String) {
            problems.append(ConfigProblem(code: code, path: path, place: config.place(of: path), message: message))
        }
        switch head.kind.targets {
        case nil, .channels: return []
        case .allLabels:
            guard let known else {
                problems.append(unknownLabels(config, index))
                return []
            }
            if known.isEmpty {
                problem(.notFound, "head.target is \"label:*\", and the recording has no label; a label is a column called label:NAME")
            } else if case .classification = head.kind, known.count > 1 {
                problem(
                    .outOfRange,
                    "head.target must be exactly one label for a classification, got \"label:*\" and \(known.count) labels; say one of "
                        + list(known.map { "label:" + $0 }))
            }
            guard case .regression = head.kind else { return known }
            let numbers = known.filter { !numberless.contains($0) }
            return numbers.isEmpty ? known : numbers
        case .labels(let names):
            guard let known else { return names }
            for name in names where !known.contains(name) {
                problem(.notFound, "head.target has \"label:\(name)\", which the recording does not; " + choices(name, known, "labels"))
            }
            return names
        }
    }

    /// The horizon in steps: a whole number of them, as far as the config says how long a step is.
    private static func steps(
        _ config: Config, _ horizon: Config.Extent, _ index: Int, _ rateHz: Double, _ problems: inout [ConfigProblem]
    ) -> Int {
        let path = "head[\(index)].horizon"
        func problem(_ message: String) {
            problems.append(ConfigProblem(code: .outOfRange, path: path, place: config.place(of: path), message: message))
        }
        guard let steps = horizon.samples(rateHz: rateHz) else {
            problem(horizon.misfit("head.horizon", rateHz: rateHz))
            return 1
        }
        if case .seconds(let seconds) = horizon, config.stream.rateHz != nil, (seconds * rateHz - Double(steps)).magnitude > 1e-6 * Double(steps) {
            problem("head.horizon must be a whole number of samples, got \(seconds) s at \(rateHz) Hz, which is \(seconds * rateHz)")
        }
        if steps > config.label.pending {
            problem("head.horizon must be at most label.pending, \(config.label.pending) samples, got \(steps); raise label.pending, or lower it")
        }
        return steps
    }

    /// A step has waited for the later neighbour of a linear stream, at most a period on: what lies before that has come already.
    private static func refuse(
        forecast places: [Int], steps: Int, _ config: Config, _ index: Int, _ streams: [Stream], _ rateHz: Double,
        _ problems: inout [ConfigProblem]
    ) {
        for (stream, said) in zip(streams, config.streams) where streams.count > 1 && said.resample == .linear && said != config.stream {
            guard let own = said.rateHz, places.contains(where: stream.places.contains), Double(steps) / rateHz < (1 - 1e-9) / own else { continue }
            let path = "head[\(index)].horizon"
            problems.append(
                ConfigProblem(
                    code: .conflict, path: path, place: config.place(of: path),
                    message: "head.horizon must be at least one period of \(quoted(said.name)), \(1 / own) s, since that stream is linear and a "
                        + "step waits for its next value, got \(Double(steps) / rateHz) s; write resample = \"hold\", or a longer horizon"))
        }
    }

    private static func resolve(
        forecast names: [String], _ config: Config, _ index: Int, _ known: [String], _ problems: inout [ConfigProblem]
    ) -> [Int] {
        let path = "head[\(index)].target"
        return names.map { name in
            if let place = known.firstIndex(of: name) { return place }
            let hint = choices(name, known, "channels")
            problems.append(
                ConfigProblem(
                    code: .notFound, path: path, place: config.place(of: path),
                    message: "head.target has \(quoted(name)), which no stream has; " + hint))
            return 0
        }
    }

    private static func tooSlow(_ config: Config, _ seconds: Double, _ least: Double) -> ConfigProblem {
        let path = "compute.per_frame"
        return ConfigProblem(
            code: .outOfRange, path: path, place: config.place(of: path),
            message: "compute.per_frame must be at least \(Int(least.rounded(.up))) us, what is left of this config when every expert sleeps that can "
                + "(on a board of \(Int(FrameCost.multiplyAddsPerMicrosecond)) multiply-adds a us), got \(Int(seconds * 1e6)) us; raise it, or lower "
                + "the number of channels, targets, classes or heads")
    }

    /// `label:*` where no header says what the labels are.
    static func unknownLabels(_ config: Config, _ index: Int) -> ConfigProblem {
        let path = "head[\(index)].target"
        return ConfigProblem(
            code: .notFound, path: path, place: config.place(of: path),
            message:
                "head.target must name its labels, since memory is planned before data comes, got \"label:*\"; "
                + "write target = [\"label:NAME\"]"
        )
    }

    private static func samples(
        _ config: Config, _ extent: Config.Extent, _ path: String, _ rateHz: Double, _ problems: inout [ConfigProblem]
    ) -> Int {
        if let samples = extent.samples(rateHz: rateHz) { return samples }
        let message = extent.misfit(path, rateHz: rateHz)
        problems.append(ConfigProblem(code: .outOfRange, path: path, place: config.place(of: path), message: message))
        return 1
    }

    private static func choices(_ name: String, _ known: [String], _ what: String) -> String {
        if let near = suggestion(for: name, among: known) { return "did you mean `\(near)`?" }
        return known.isEmpty ? "it has no \(what)" : "its \(what) are \(list(known))"
    }

    /// At most eight of them.
    private static func list(_ names: [String]) -> String {
        names.count > 8 ? names.prefix(8).joined(separator: ", ") + " and \(names.count - 8) more" : names.joined(separator: ", ")
    }
}

extension DriftSpecification {
    fileprivate init(_ config: Config.Drift) {
        self.init()
        switch config.detector {
        case .adwin: detector = .adwin
        case .pageHinkley: detector = .pageHinkley
        case .twoSample: detector = .twoSample
        case .none: detector = nil
        }
        switch config.reaction {
        case .auto: reaction = nil
        case .notify: reaction = .notify
        case .boost: reaction = .boost
        case .fork: reaction = .fork
        case .recall: reaction = .recall
        }
        regimes = config.regimes
        coolDown = config.coolDown
    }
}
