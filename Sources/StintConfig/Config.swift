import Stint

/// What a device is told to do: the whole TOML file, typed, with defaults in place of what it does not say.
///
/// Invariant: every value is in its range and every name is well formed; what this version cannot do does not get here. What only
/// the daemon needs may still be missing: see `problems(for:)`. Two configs are equal if they say the same, wherever they say it.
///
///     let config = try Config.parse(bytes, fileName: "stint.toml")
///     config.window.length.samples(rateHz: 100)  // 64
public struct Config: Equatable {
    public var device = Device()
    public var memory = Memory()
    public var input = Input()
    /// At least one; names differ.
    public var streams = [Stream()]
    public var window = Window()
    public var encoder = Encoder()
    /// At least one; names differ.
    public var heads: [Head]
    public var label = LabelMatching()
    public var drift = Drift()
    public var compute = Compute()
    public var output = Output()
    public var control = Control()
    public var state = State()
    public var security = Security()
    var places: Places

    /// The stream each of whose frames is a step: the one that `[window] clock` names, else that of the highest rate, the first of equals.
    public var clockIndex: Int {
        if let clock = window.clock { return streams.firstIndex { $0.name == clock } ?? 0 }
        return streams.indices.reduce(0) { (streams[$1].rateHz ?? 0) > (streams[$0].rateHz ?? 0) ? $1 : $0 }
    }

    /// The stream each of whose frames is a step; the only one, as a rule.
    public var stream: Stream { streams[clockIndex] }

    /// The names of all channels, in order of a row: plain ones of one stream, STREAM.CHANNEL of several; nil where only a recording
    /// can tell.
    public var channelNames: [String]? {
        var names: [String] = []
        for index in streams.indices {
            guard case .named(let channels) = streams[index].channels else { return nil }
            names += channels.map { fullName($0, ofStream: index) }
        }
        return names
    }

    /// A channel's name beside those of all streams.
    public func fullName(_ channel: String, ofStream index: Int) -> String {
        streams.count > 1 ? streams[index].name + "." + channel : channel
    }

    /// Whether a stream asks for this channel by its name, so that it is wanted whatever it holds.
    public func names(_ channel: String) -> Bool {
        streams.indices.contains { index in
            guard case .named(let own) = streams[index].channels else { return false }
            return own.contains { fullName($0, ofStream: index) == channel }
        }
    }

    /// Where the calibration is that it names, if it names one: a path that is not absolute goes on from the config's own folder.
    public func calibrationPath(besides configPath: String) -> String? {
        encoder.calibrationPath.map { Config.path($0, besides: configPath) }
    }

    /// A path that a config names: one that is not absolute goes on from the config's own folder.
    public static func path(_ path: String, besides configPath: String) -> String {
        guard !path.hasPrefix("/"), let slash = configPath.lastIndex(of: "/") else { return path }
        return String(configPath[...slash]) + path
    }

    /// Freezes the encoder to the content of a `.calibration` file.
    ///
    /// - Throws: every problem of the file. Whether it is for these channels and blocks shows where names become indices.
    public mutating func take(calibration bytes: [UInt8], fileName: String) throws(ConfigError) {
        encoder.take(try Calibration.parse(bytes, fileName: fileName))
    }

    /// The place where a key was said, by its path (`head[0].target`), or that of the nearest thing around it.
    public func place(of path: String) -> Place { places[path] }
}

extension Config {
    public struct Device: Equatable, Sendable {
        public var id: String?
        /// Names under which it takes pushes beside its own.
        public var groups: [String] = []
    }

    public struct Memory: Equatable, Sendable {
        /// For the learner's state and buffers; 64 KiB … 1 TiB.
        public var budgetBytes = 8 << 20
        public var seed: UInt64 = 1
        /// For rows to remember; 0 is none. Nil: 256 KiB, or as much of it as the budget leaves room for.
        public var reservoirBytes: Int?
        /// Parts of what is older than the newest rows that can be forgotten apart from the rest; nil: 1, or none where there is no room.
        public var segments: Int?
        /// Which of the older rows stay; nil: balanced where there are classes, else recent.
        public var sample: Sample?
        /// What is kept of rows.
        public var store = Store.latents
    }

    public enum Store: String, CaseIterable, Sendable {
        /// A reservoir of latents, and rows that wait for their labels.
        case latents
        /// Nothing that resembles a sample: sums, sketches and counts.
        case statistics
    }

    public enum Sample: String, CaseIterable, Sendable {
        case uniform
        case balanced
        case recent
    }

    /// SUB sockets.
    public struct Input: Equatable, Sendable {
        public var connect: [Endpoint] = []
        public var bind: [Endpoint] = []
    }

    /// A stream of frames: `[[stream]]`.
    public struct Stream: Equatable, Sendable {
        /// The topic.
        public var name = "input"
        public var channels = Channels.all
        public var rateHz: Double?
        /// Rows, or its own periods, for which the last value stands in for a gap.
        public var maxHold = 10
        /// How it is sampled at the times of another stream.
        public var resample = Resample.hold
        /// Stream time that anything waits for a frame of it; nil: two of its periods.
        public var waitSeconds: Double?
        /// Frames that may overtake a missing one before it is given up; 0 … 256.
        public var reorder = 4
    }

    public enum Resample: String, CaseIterable, Sendable {
        case hold
        case linear
    }

    public enum Channels: Equatable, Sendable {
        /// `"*"`: whatever a recording has.
        case all
        /// At least one; names differ.
        case named([String])
    }

    public struct Window: Equatable, Sendable {
        public var length = Extent.samples(64)
        public var every = Extent.samples(1)
        /// The name of the stream each of whose frames is a step; nil: that of the highest rate.
        public var clock: String?
    }

    public enum Extent: Equatable, Sendable {
        /// 1 … `maxSamples`.
        case samples(Int)
        /// Above 0.
        case seconds(Double)

        public static let maxSamples = 65_536

        /// The nearest number of samples, or nil if that is outside of 1 … `maxSamples`.
        public func samples(rateHz: Double) -> Int? {
            switch self {
            case .samples(let count): return count
            case .seconds(let seconds):
                let count = (seconds * rateHz).rounded()
                return (1...Double(Extent.maxSamples)).contains(count) ? Int(count) : nil
            }
        }

        /// What to say where `samples` is nil.
        func misfit(_ path: String, rateHz: Double) -> String {
            let expected = "\(path) must be between 1 and \(Extent.maxSamples) samples"
            return switch self {
            case .samples(let count): "\(expected), got \(count)"
            case .seconds(let seconds): "\(expected), got \(seconds) s at \(rateHz) Hz, which is \(seconds * rateHz)"
            }
        }
    }

    public struct Encoder: Equatable, Sendable {
        /// At least one, and they differ. Nil: `EncoderSpecification.usual`.
        public var blocks: [Block]?
        /// Rows.
        public var warmUp = 500
        /// The path of a `.calibration`, from the folder of the config.
        public var calibrationPath: String?
        /// What is in it, once whoever reads files has read it; see `take(calibration:)`.
        public private(set) var calibration: Calibration?

        mutating func take(_ calibration: Calibration) { self.calibration = calibration }
    }

    public enum Block: String, CaseIterable, Sendable {
        case last
        case lags
        case fourier
        case stats
    }

    public struct Head: Equatable {
        public var name: String
        public var kind: Kind

        public enum Kind: Equatable {
            case regression(Targets)
            /// `classes`: the most that there can be, 2 … 1024.
            case classification(Targets, classes: Int)
            case anomaly(FalseAlarms)
        }
    }

    /// Labels that a head learns, by their names without `label:`.
    public enum Targets: Equatable, Sendable {
        /// `label:*`: all labels of a recording, in the order of its header.
        case allLabels
        /// At least one; names differ. Exactly one for a classification.
        case labels([String])
        /// Channels' own values, so much later; of a regression only. At least one; names differ.
        case channels([String], horizon: Extent)
    }

    /// How a label finds its latent.
    public struct LabelMatching: Equatable, Sendable {
        /// Latents that wait.
        public var pending = 1024
        /// Nil: one period of the stream.
        public var toleranceSeconds: Double?
    }

    public struct Drift: Equatable, Sendable {
        public var detector = Detector.adwin
        public var reaction = Reaction.auto
        /// Told apart, the live one among them; 1 … 16.
        public var regimes = 4
        /// Labels between two alarms of a head.
        public var coolDown = 200
    }

    public enum Detector: String, CaseIterable, Sendable {
        case adwin
        case pageHinkley = "page-hinkley"
        case twoSample = "two-sample"
        case none
    }

    public enum Reaction: String, CaseIterable, Sendable {
        case auto, notify, boost, fork, recall
    }

    public struct Compute: Equatable, Sendable {
        /// Frames older than this are not learned from; nil: off.
        public var maxAgeSeconds: Double?
        /// What a frame may cost on the board of `FrameCost`; nil: half the time between two predictions, and at least 500 µs.
        public var perFrameSeconds: Double?
    }

    public struct Output: Equatable, Sendable {
        /// The PUB socket.
        public var bind: Endpoint?
        public var format = OutputFormat.json
    }

    /// The syntax of predictions and events.
    public enum OutputFormat: String, CaseIterable, Sendable {
        case json
        case cbor
    }

    public struct Control: Equatable, Sendable {
        /// The ROUTER socket; the tool's verbs look here.
        public var bind = Endpoint.defaultControl
        /// Where the device dials out to, for orders from whom it cannot be reached by.
        public var connect: [Endpoint] = []
        /// How long a pushed config is watched before it counts as good.
        public var probationSeconds = 30.0
    }

    /// Paths; see `path(_:besides:)`.
    public struct Security: Equatable, Sendable {
        /// The device's own CURVE key, that only it can read.
        public var secretKeyPath: String?
        /// The public CURVE keys of those who may come in, and of those whom it goes to.
        public var allowPath: String?
        /// The public Ed25519 keys of those whose configs are taken.
        public var trustedPath: String?
        /// What no push may change.
        public var guardPath: String?
    }

    public struct State: Equatable, Sendable {
        public var directory: String?
        /// Monotonic time between checkpoints; at least 0.1 s.
        public var everySeconds: Double = 900
        /// Bytes a day that checkpoints may write; 0: no limit.
        public var wearBytesPerDay = 256 << 20
        /// What states are sealed with at rest; a path, see `path(_:besides:)`. nil: they are not.
        public var keyPath: String?
    }
}

extension Config.Head.Kind {
    /// As it is written in the file and in the lines.
    public var name: String {
        switch self {
        case .regression: "regression"
        case .classification: "classification"
        case .anomaly: "anomaly"
        }
    }

    /// Nil for an anomaly head, which has none.
    public var targets: Config.Targets? {
        switch self {
        case .regression(let targets), .classification(let targets, _): targets
        case .anomaly: nil
        }
    }
}

extension Endpoint {
    /// `tcp://127.0.0.1:5557`, where a daemon listens and a tool looks unless told otherwise.
    public static let defaultControl = Endpoint(unchecked: "tcp://127.0.0.1:5557")
}
