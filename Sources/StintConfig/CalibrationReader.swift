import Stint

/// From a document to a calibration, with every problem on the way.
struct CalibrationReader {
    let fileName: String
    private var reader = Reader()

    init(fileName: String) { self.fileName = fileName }

    private static let shapes: [Schema.Shape] = [
        Schema.Shape(name: "calibration", keys: ["format", "sha256", "made_by", "seed", "blocks", "window"]),
        Schema.Shape(name: "recording", isList: true, keys: ["name", "rows"]),
        Schema.Shape(name: "score", isList: true, keys: ["head", "gaps", "excesses"]),
        Schema.Shape(name: "probe", keys: ["labels"]),
        Schema.Shape(name: "row", isList: true, keys: ["scale", "latent", "labels", "before"]),
        Schema.Shape(name: "fourier", keys: ["width", "statistics_width"]),
        Schema.Shape(name: "channel", isList: true, keys: ["name", "center", "scale", "statistics_centers", "statistics_scales"]),
    ]

    mutating func read(_ root: Node) throws(ConfigError) -> Calibration {
        let sections = reader.sections(root, Self.shapes)
        let start = Section(name: "calibration", path: "calibration", place: Place(source: fileName, line: 1, column: 1), members: [])
        let head = sections["calibration"]?.first ?? start
        var blocks = EncoderSpecification()
        (blocks.last, blocks.lags, blocks.fourier) = (false, false, false)
        for block in reader.list("blocks", head, of: "blocks", Form.choice(Config.Block.self)) ?? [] { blocks[block] = true }
        if !head.has("blocks") { reader.missing("blocks", head, "make the calibration again") }
        var specification = Specification(channels: 0, rateHz: 1, labels: 0, heads: [])
        specification.encoder = blocks
        specification.seed = required("seed", head, Form.seed) ?? 0
        specification.window.length = required("window", head, Form.integer(1...Config.Extent.maxSamples, "samples")) ?? 1
        let madeBy = required("made_by", head, Self.text) ?? ""
        let recordings = (sections["recording"] ?? []).map { section in
            Calibration.Source(
                name: required("name", section, Self.text) ?? "", rows: required("rows", section, Form.integer(0...Int.max, "rows")) ?? 0)
        }
        let channels = sections["channel"] ?? []
        if channels.isEmpty { reader.report(.missing, "channel", start.place, "there is no [[channel]]; make the calibration again") }
        let encoder = self.encoder(channels, blocks, sections["fourier"]?.first ?? start)
        let scores = (sections["score"] ?? []).compactMap { self.scores($0) }
        let names = channels.map { required("name", $0, Self.text) ?? "" }
        let probe = self.probe(sections["probe"]?.first, sections["row"] ?? [], width: ProbeSet.width(channels: channels.count, blocks))
        if !reader.problems.isEmpty { throw ConfigError(reader.problems) }
        return Calibration(madeBy: madeBy, specification: specification, channels: names, encoder: encoder, scores: scores, probe: probe, recordings: recordings)
    }

    private mutating func encoder(_ channels: [Section], _ blocks: EncoderSpecification, _ fourier: Section) -> EncoderCalibration {
        var result = EncoderCalibration(
            centers: channels.map { required("center", $0, Self.number) ?? 0 }, scales: channels.map { required("scale", $0, Self.scale) ?? 0 },
            bandwidth: blocks.fourier ? required("width", fourier, Self.width) ?? 1 : 1, statistics: nil)
        guard blocks.stats else { return result }
        let rows = channels.map { channel in
            (
                required("statistics_centers", channel, Self.row(Self.number)) ?? [],
                required("statistics_scales", channel, Self.row(Self.scale)) ?? []
            )
        }
        // A channel that could not be read is a problem of its own.
        func column(_ values: [Float], _ k: Int) -> Float { k < values.count ? values[k] : 0 }
        let kinds = 0..<EncoderCalibration.statisticsPerChannel
        result.statistics = EncoderCalibration.Statistics(
            centers: kinds.flatMap { k in rows.map { column($0.0, k) } }, scales: kinds.flatMap { k in rows.map { column($0.1, k) } },
            bandwidth: blocks.fourier ? required("statistics_width", fourier, Self.width) ?? 1 : 1)
        return result
    }

    private mutating func scores(_ section: Section) -> Calibration.Scores? {
        let head = required("head", section, Self.text)
        let gaps = required("gaps", section, Self.row(Self.width, count: 4))
        let excesses = required("excesses", section, Self.row(Self.width, count: 4))
        guard let head, let gaps, let excesses else { return nil }
        let tails = zip(gaps, excesses).map { ScoreDistribution.Tail(gap: $0, excess: $1) }
        return Calibration.Scores(
            head: head, distribution: ScoreDistribution(error: tails[0], sum: tails[1], leverage: tails[2], combined: tails[3]))
    }

    private mutating func probe(_ section: Section?, _ rows: [Section], width: Int) -> Calibration.Probe? {
        guard let section else {
            if let row = rows.first { reader.report(.missing, "probe", row.place, "there is no [probe] for [[row]]; make the calibration again") }
            return nil
        }
        guard let labels = reader.list("labels", section, of: "labels", Self.text), !rows.isEmpty, rows.count <= ProbeSet.most else {
            let here = "there must be labels and 1 to \(ProbeSet.most) [[row]] for [probe], got \(rows.count); make the calibration again"
            reader.report(.missing, "probe", section.place, here)
            return nil
        }
        let probe = Calibration.Probe(labels: labels, rows: rows.compactMap { row(of: $0, labels.count, width) })
        for (j, name) in labels.enumerated() where probe.isOfBothKinds(j) {
            reader.report(.invalidValue, "probe", section.place, "the label \(quoted(name)) is a number in one [[row]] and a name in another")
        }
        return probe
    }

    private mutating func row(of section: Section, _ labels: Int, _ width: Int) -> Calibration.Probe.Row? {
        let scale = required("scale", section, Self.scale), latent = required("latent", section, Self.latent(width))
        let values = required("labels", section, Self.labels(labels)), befores = required("before", section, Self.labels(labels))
        guard let scale, let latent, let values, let befores else { return nil }
        return Calibration.Probe.Row(scale: scale, latent: latent, labels: values, befores: befores)
    }

    private mutating func required<Value>(_ key: String, _ section: Section, _ form: (Node) throws(Misfit) -> Value) -> Value? {
        if !section.has(key) { reader.missing(key, section, "make the calibration again") }
        return reader.value(key, section, form)
    }

    // MARK: Forms

    private static func text(_ node: Node) throws(Misfit) -> String {
        guard case .string(let text) = node.value else { throw Misfit(.wrongType, "a text") }
        return text
    }

    private static func number(_ node: Node) throws(Misfit) -> Float {
        let expected = "a number that float32 holds"
        let value: Double
        switch node.value {
        case .number(let number): value = number
        case .integer(let integer): value = Double(integer)
        default: throw Misfit(.wrongType, expected)
        }
        guard Float(value).isFinite else { throw Misfit(.outOfRange, expected) }
        return Float(value)
    }

    private static func latent(_ width: Int) -> (Node) throws(Misfit) -> [Int8] {
        { (node) throws(Misfit) in
            let expected = "a list of \(width) integers between -127 and 127"
            guard case .array(let elements) = node.value, elements.count == width else { throw Misfit(.wrongType, expected) }
            var values: [Int8] = []
            for element in elements {
                guard case .integer(let value) = element.value, (-127...127).contains(value) else { throw Misfit(.outOfRange, expected) }
                values.append(Int8(value))
            }
            return values
        }
    }

    private static func labels(_ count: Int) -> (Node) throws(Misfit) -> [Calibration.Probe.Value] {
        { (node) throws(Misfit) in
            guard case .array(let elements) = node.value, elements.count == count else { throw Misfit(.wrongType, "a list of \(count) labels") }
            var values: [Calibration.Probe.Value] = []
            for element in elements {
                guard case .string(let name) = element.value else {
                    values.append(.number(try number(element)))
                    continue
                }
                guard name.utf8.count <= ClassTable.nameCapacity else {
                    throw Misfit(.outOfRange, "names of at most \(ClassTable.nameCapacity) bytes")
                }
                values.append(name.isEmpty ? .unknown : .category(name))
            }
            return values
        }
    }

    private static func scale(_ node: Node) throws(Misfit) -> Float {
        let value = try number(node)
        // 1/scale is what counts, and must be finite too.
        guard value >= 0, value == 0 || (1 / value).isFinite else { throw Misfit(.outOfRange, "0, or a scale above 0") }
        return value
    }

    private static func width(_ node: Node) throws(Misfit) -> Float {
        let value = try number(node)
        guard value > 0, (1 / value).isFinite else { throw Misfit(.outOfRange, "above 0") }
        return value
    }

    private static func row(
        _ form: @escaping (Node) throws(Misfit) -> Float, count: Int = EncoderCalibration.statisticsPerChannel
    ) -> (Node) throws(Misfit) -> [Float] {
        { (node) throws(Misfit) in
            guard case .array(let elements) = node.value, elements.count == count else {
                throw Misfit(.wrongType, "a list of \(count) numbers")
            }
            var values: [Float] = []
            for element in elements { values.append(try form(element)) }
            return values
        }
    }
}
