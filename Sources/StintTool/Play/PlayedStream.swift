import StintConfig
import StintWire

/// What a recording's frames are called and made of: what a config says of its streams, or else the recording alone.
struct PlayedStream {
    /// The frames of one topic: the columns that go out, and their keys, in order.
    struct Part {
        var topic: String
        var columns: [String]
        var keys: [String]
    }

    private var config: Config?
    private var configName = ""

    init() {}

    init(_ config: Config, name: String) {
        self.config = config
        configName = name
    }

    /// That of the stream whose frames are steps.
    var topic: String { config?.stream.name ?? "input" }
    var rateHz: Double? { config?.stream.rateHz }

    /// Keys of a frame that mean something else.
    private static let taken = ["t", "seq", "values"]

    /// Of each stream its frames; the clock's last, so that a step finds what the others say at its time.
    func parts(of recording: Recording) throws(Failure) -> [Part] {
        guard let config, config.streams.count > 1 else {
            let names: [String]? = if case .named(let names)? = config?.stream.channels { names } else { nil }
            return [try part(topic, names ?? recording.channels, prefix: "", recording)]
        }
        var parts: [Part] = []
        for index in config.streams.indices.filter({ $0 != config.clockIndex }) + [config.clockIndex] {
            let stream = config.streams[index], prefix = config.fullName("", ofStream: index)
            let names: [String] =
                if case .named(let names) = stream.channels { names } else {
                    recording.channels.filter { $0.hasPrefix(prefix) && $0.count > prefix.count }.map { String($0.dropFirst(prefix.count)) }
                }
            parts.append(try part(stream.name, names, prefix: prefix, recording))
        }
        return parts
    }

    private func part(_ topic: String, _ keys: [String], prefix: String, _ recording: Recording) throws(Failure) -> Part {
        let known = recording.channels + recording.survey.textColumns
        let columns = keys.map { prefix + $0 }
        if let name = columns.first(where: { !known.contains($0) }) {
            throw .refused("\(recording.name): there is no column \"\(name)\", which stream.channels of \(configName) asks for")
        }
        if let name = keys.first(where: Self.taken.contains) {
            throw .refused(
                "\(recording.name): column \"\(prefix + name)\" cannot be sent, since a frame has that key itself; leave it out with --ignore \(prefix + name)")
        }
        guard !keys.isEmpty else {
            let whose = prefix.isEmpty ? "" : " of stream \"\(topic)\""
            throw .refused("\(recording.name): there is no column of numbers\(whose) to send")
        }
        return Part(topic: topic, columns: columns, keys: keys)
    }

    /// Numbers, unless the column has text, or a head wants classes of it and none wants numbers.
    func form(of label: CSVSurvey.LabelColumn) -> LabelForm {
        let wanting = (config?.heads ?? []).filter { head in
            switch head.kind.targets {
            case nil: false
            case .channels: false
            case .allLabels: true
            case .labels(let names): names.contains(label.name)
            }
        }
        guard !wanting.isEmpty else { return label.kind == .text || label.kind == .mixed ? .text : .number }
        return wanting.contains { $0.kind.name == "regression" } ? .number : .text
    }
}
