import StintConfig
import StintWire

/// What a recording's frames are called and made of: what a config says of it, or else the recording alone.
struct PlayedStream {
    private(set) var topic = "input"
    private(set) var rateHz: Double?
    private var names: [String]?
    private var heads: [Config.Head] = []
    private var configName = ""

    init() {}

    init(_ config: Config, name: String) {
        topic = config.stream.name
        rateHz = config.stream.rateHz
        if case .named(let channels) = config.stream.channels { names = channels }
        heads = config.heads
        configName = name
    }

    /// Keys of a frame that mean something else.
    private static let taken = ["t", "seq", "values"]

    /// The columns that go out, in order.
    func channels(of recording: Recording) throws(Failure) -> [String] {
        let known = recording.channels + recording.survey.textColumns
        for name in names ?? [] where !known.contains(name) {
            throw .refused("\(recording.name): there is no column \"\(name)\", which stream.channels of \(configName) asks for")
        }
        let channels = names ?? recording.channels
        if let name = channels.first(where: Self.taken.contains) {
            throw .refused("\(recording.name): column \"\(name)\" cannot be sent, since a frame has that key itself; leave it out with --ignore \(name)")
        }
        guard !channels.isEmpty else { throw .refused("\(recording.name): there is no column of numbers to send") }
        return channels
    }

    /// Numbers, unless the column has text, or a head wants classes of it and none wants numbers.
    func form(of label: CSVSurvey.LabelColumn) -> LabelForm {
        let wanting = heads.filter { head in
            switch head.kind.targets {
            case nil: false
            case .allLabels: true
            case .labels(let names): names.contains(label.name)
            }
        }
        guard !wanting.isEmpty else { return label.kind == .text ? .text : .number }
        return wanting.contains { $0.kind.name == "regression" } ? .number : .text
    }
}
