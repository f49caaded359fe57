import Stint

/// A line of a shape, taken apart: words, and names in quotes.
struct ShapeLine {
    private(set) var words: [String] = []
    private(set) var quoted: [String] = []

    init(_ line: Substring) {
        var word = "", name: String?, isEscaped = false
        for scalar in line.unicodeScalars {
            guard var known = name else {
                switch scalar {
                case "\"": name = ""
                case " ":
                    if !word.isEmpty { words.append(word) }
                    word = ""
                default: word.unicodeScalars.append(scalar)
                }
                continue
            }
            if isEscaped {
                known.unicodeScalars.append(scalar == "n" ? "\n" : scalar)
                isEscaped = false
            } else if scalar == "\\" {
                isEscaped = true
            } else if scalar == "\"" {
                quoted.append(known)
                name = nil
                continue
            } else {
                known.unicodeScalars.append(scalar)
            }
            name = known
        }
        if !word.isEmpty { words.append(word) }
    }

    /// The word after one; nil where it is not there.
    func word(after key: String) -> String? {
        guard let place = words.firstIndex(of: key), place + 1 < words.count else { return nil }
        return words[place + 1]
    }
}

/// What a shape's text says, as names and as a specification: enough to make a learner that takes the snapshot.
///
/// What no layout depends on (false alarms, tolerances, the numbers of a calibration) is not in the text, and is as by default here.
public struct ShapeReading {
    public private(set) var channels: [String] = []
    /// In the order in which heads first refer to them.
    public private(set) var labels: [String] = []
    public private(set) var heads: [Head] = []
    public private(set) var specification: Specification

    public struct Head: Equatable {
        public var name: String
        /// `regression`, `forecast`, `classification` or `anomaly`.
        public var kind: String
        /// Names of labels, of a forecast names of channels.
        public var targets: [String]
        /// As it stands in the text.
        let line: String
    }

    /// nil where a line is not understood, or says what cannot be: a later version wrote it.
    public init?(_ shape: Shape) {
        let lines = shape.text.split(separator: "\n").map { (String($0), ShapeLine($0)) }
        guard lines.first?.0 == "stint 1" else { return nil }
        specification = Specification(channels: 1, rateHz: 1, labels: 0, heads: [])
        var streams: [StreamSpecification] = [], clock = 0
        var kinds: [HeadSpecification.Kind] = [], forecasts: [Int: HeadSpecification.Forecast] = [:]
        var blocks = EncoderSpecification()
        (blocks.last, blocks.lags, blocks.fourier, blocks.stats) = (false, false, false, false)
        for (text, line) in lines.dropFirst() {
            let words = line.words
            guard let key = words.first else { return nil }
            func number(_ place: Int) -> Int? { words.count > place ? Int(words[place]).flatMap { $0 >= 0 ? $0 : nil } : nil }
            switch key {
            case "channel":
                guard let name = line.quoted.first else { return nil }
                channels.append(name)
            case "rate":
                guard words.count > 1, let rate = Double(words[1]), rate > 0, rate.isFinite else { return nil }
                specification.rateHz = rate
            case "stream":
                guard let own = number(1), own > 0, words.count > 3, let rate = Double(words[2]), rate > 0, rate.isFinite else { return nil }
                var stream = StreamSpecification(channels: own, rateHz: rate)
                stream.resampling = words[3] == "linear" ? .linear : .hold
                stream.waitSeconds = line.word(after: "wait").flatMap { Double($0) }
                guard let reorder = line.word(after: "reorder").flatMap({ Int($0) }), (0...65_536).contains(reorder) else { return nil }
                stream.reorder = reorder
                streams.append(stream)
            case "clock":
                guard let place = number(1) else { return nil }
                clock = place
            case "reorder":
                guard let reorder = number(1), reorder <= 65_536 else { return nil }
                specification.reorder = reorder
            case "window":
                guard let length = number(1), let every = number(2), (1...65_536).contains(length), every > 0 else { return nil }
                specification.window = Specification.Window(length: length, every: every)
            case "encoder":
                for word in words.dropFirst() {
                    switch word {
                    case "last": blocks.last = true
                    case "lags": blocks.lags = true
                    case "fourier": blocks.fourier = true
                    case "stats": blocks.stats = true
                    case "warm_up": break
                    default: if Int(word) == nil { return nil }
                    }
                }
                guard let rows = line.word(after: "warm_up").flatMap({ Int($0) }), (1...1 << 24).contains(rows) else { return nil }
                blocks.warmUp = rows
            case "calibration": break
            case "pending":
                guard let rows = number(1), (1...1 << 24).contains(rows) else { return nil }
                specification.pending = rows
            case "seed":
                guard words.count > 1, let seed = UInt64(words[1]) else { return nil }
                specification.seed = seed
            case "reservoir":
                guard let bytes = number(1), bytes <= 1 << 32 else { return nil }
                specification.memory.reservoirBytes = bytes
                if words.count > 2 {
                    guard let sampler = SamplerKind.named(words[2]) else { return nil }
                    specification.memory.sampler = sampler
                }
            case "store":
                guard words.count == 2, words[1] == "statistics" else { return nil }
                specification.memory.store = .statistics
            case "segments":
                guard let marks = number(1), marks <= 1 << 8 else { return nil }
                specification.memory.marks = marks
            case "drift":
                guard let drift = DriftSpecification(words) else { return nil }
                specification.drift = drift
            case "head":
                guard words.count > 1, let name = line.quoted.first else { return nil }
                let head = Head(name: name, kind: words[1], targets: Array(line.quoted.dropFirst()), line: text)
                guard let kind = kind(head, line, &forecasts) else { return nil }
                kinds.append(kind)
                heads.append(head)
            default: return nil
            }
        }
        guard !channels.isEmpty, channels.count <= 1 << 20 else { return nil }
        specification.channels = channels.count
        specification.encoder = blocks
        if streams.count > 1 {
            guard clock < streams.count, streams.reduce(0, { $0 + $1.channels }) == channels.count else { return nil }
            specification.join(streams, clock: clock)
        }
        // Labels that have names come first.
        var next = labels.count
        specification.heads = kinds.enumerated().map { index, kind in
            guard let forecast = forecasts[index] else { return HeadSpecification(kind: kind) }
            defer { next += forecast.channels.count }
            return .forecast(forecast, label: next)
        }
        specification.labels = next
    }

    private mutating func kind(_ head: Head, _ line: ShapeLine, _ forecasts: inout [Int: HeadSpecification.Forecast]) -> HeadSpecification.Kind? {
        func label(_ name: String) -> Int {
            if let known = labels.firstIndex(of: name) { return known }
            labels.append(name)
            return labels.count - 1
        }
        switch head.kind {
        case "regression": return head.targets.isEmpty ? nil : .regression(targets: head.targets.map(label))
        case "forecast":
            let places = head.targets.compactMap { channels.firstIndex(of: $0) }
            guard let steps = line.word(after: "forecast").flatMap({ Int($0) }), steps > 0, places.count == head.targets.count, !places.isEmpty
            else { return nil }
            forecasts[heads.count] = HeadSpecification.Forecast(channels: places, steps: steps)
            return .regression(targets: [])
        case "classification":
            guard let classes = line.word(after: "classes").flatMap({ Int($0) }), (1...1 << 16).contains(classes), let name = head.targets.first
            else { return nil }
            return .classification(label: label(name), classes: classes)
        case "anomaly": return .anomaly(falseAlarms: .perRows(count: 1, rows: 10_000))
        default: return nil
        }
    }
}

extension FormerLearner {
    /// - Parameters:
    ///   - former: of the snapshot.
    ///   - now: of the learner that is to go on from it.
    public init(_ former: ShapeReading, steps: UInt64, now: ShapeReading) {
        let heads = now.heads.map { head in former.heads.firstIndex { $0.line == head.line } }
        var labels: [Int?] = former.labels.map { now.labels.firstIndex(of: $0) }
        // Those of forecasts have no names: they go with their head.
        for (index, head) in former.specification.heads.enumerated() {
            guard head.forecast != nil, case .regression(let targets) = head.kind else { continue }
            let here = heads.firstIndex(of: index).map { now.specification.heads[$0].kind }
            for (j, _) in targets.enumerated() {
                if case .regression(let places)? = here { labels.append(places[j]) } else { labels.append(nil) }
            }
        }
        self.init(former.specification, steps: steps, heads: heads, labels: labels)
    }
}

extension Adoption {
    /// What became of each head, for people: `"torque" kept, "surface" warmed from 2614 rows`.
    public func text(_ heads: [String]) -> String {
        var parts = zip(heads, self.heads).map { name, fate in
            switch fate {
            case .kept: "\(quoted(name)) kept"
            case .warmed(let rows): "\(quoted(name)) warmed from \(rows) rows"
            case .cold: "\(quoted(name)) cold"
            }
        }
        if rows.kept != rows.were { parts.append("\(rows.kept) of \(rows.were) rows of the reservoir") }
        return parts.joined(separator: ", ")
    }
}

extension SamplerKind {
    fileprivate static func named(_ name: String) -> SamplerKind? {
        switch name {
        case "uniform": .uniform
        case "balanced": .balanced
        case "recent": .recent
        default: nil
        }
    }
}

extension DriftSpecification {
    /// `drift DETECTOR REACTION regimes N`
    fileprivate init?(_ words: [String]) {
        guard words.count == 5, let regimes = Int(words[4]), (1...1 << 16).contains(regimes) else { return nil }
        self.init()
        detector = LearnerEvent.Detector.allCases.first { "\($0.name)" == words[1] }
        reaction = LearnerEvent.Reaction.allCases.first { "\($0.name)" == words[2] }
        guard detector != nil || words[1] == "none", reaction != nil || words[2] == "auto" else { return nil }
        self.regimes = regimes
    }

    var line: String {
        "drift \(detector.map { "\($0.name)" } ?? "none") \(reaction.map { "\($0.name)" } ?? "auto") regimes \(regimes)"
    }
}
