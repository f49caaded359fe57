import Stint

extension Config {
    /// The config that these bytes say, after the overrides.
    ///
    /// - Parameters:
    ///   - fileName: stands before line and column in every problem.
    ///   - overrides: `--set KEY=VALUE`, applied in order before anything is checked, so that they can also mend the file.
    /// - Throws: every problem; of a text that is no TOML only the first, and those of the overrides are not looked for.
    ///
    /// Edge cases: an empty text is a problem, since there must be a head. Any bytes are fine: nothing traps.
    public static func parse(_ bytes: [UInt8], fileName: String, overrides: [ConfigOverride] = []) throws(ConfigError) -> Config {
        try Config(Node.parse(bytes, source: fileName), fileName: fileName, overrides: overrides)
    }

    init(_ document: Node, fileName: String, overrides: [ConfigOverride]) throws(ConfigError) {
        var root = document
        var reader = Reader()
        for item in overrides { item.apply(to: &root, &reader) }
        let start = Place(source: fileName, line: root.place.line, column: root.place.column)
        heads = []
        places = Places(fallback: start)
        let sections = reader.sections(root, Schema.shapes)

        read(device: sections["device"]?.first, &reader)
        read(memory: sections["memory"]?.first, &reader)
        read(input: sections["input"]?.first, &reader)
        read(streams: sections["stream"] ?? [], &reader)
        read(window: sections["window"]?.first, &reader)
        read(encoder: sections["encoder"]?.first, &reader)
        read(heads: sections["head"] ?? [], &reader)
        read(label: sections["label"]?.first, &reader)
        read(drift: sections["drift"]?.first, &reader)
        read(compute: sections["compute"]?.first, &reader)
        read(output: sections["output"]?.first, &reader)
        read(control: sections["control"]?.first, &reader)
        read(state: sections["state"]?.first, &reader)
        read(security: sections["security"]?.first, &reader)
        checkKeys(&reader, start)

        if let rateHz = stream.rateHz {
            for (path, extent) in [("window.length", window.length), ("window.every", window.every)]
            where extent.samples(rateHz: rateHz) == nil {
                reader.report(.outOfRange, path, reader.places[path] ?? start, extent.misfit(path, rateHz: rateHz))
            }
        }
        // A head that could not be read is a problem of its own; here there is none at all.
        if case .table(let members) = root.value, !members.contains(where: { $0.key == "head" && $0.node.value != .array([]) }) {
            reader.report(
                .missing, "head", start,
                "there is no [[head]]; say at least one thing to learn, such as name = \"health\", kind = \"anomaly\"")
        }
        if !reader.problems.isEmpty { throw ConfigError(reader.problems) }
        places.ofPath = reader.places
    }

    private mutating func read(device section: Section?, _ reader: inout Reader) {
        guard let section else { return }
        device.id = reader.value("id", section, Form.name)
        if let groups = reader.list("groups", section, of: "names", Form.name) { device.groups = groups }
    }

    private mutating func read(memory section: Section?, _ reader: inout Reader) {
        guard let section else { return }
        if let bytes = reader.value("budget", section, Form.budget) { memory.budgetBytes = bytes }
        if let seed = reader.value("seed", section, Form.seed) { memory.seed = seed }
        memory.reservoirBytes = reader.value("reservoir", section, Form.reservoir)
        memory.segments = reader.value("segments", section, Form.integer(0...16, "segments"))
        memory.sample = reader.value("sample", section, Form.choice(Config.Sample.self))
        if let store = reader.value("store", section, Form.choice(Config.Store.self)) { memory.store = store }
        guard memory.store == .statistics else { return }
        for key in ["reservoir", "sample"] where section.has(key) && (key == "sample" ? memory.sample != nil : memory.reservoirBytes ?? 0 > 0) {
            reader.report(
                .conflict, section.path(of: key), section[key]?.place ?? section.place,
                "memory.\(key) is about rows to remember, and memory.store = \"statistics\" keeps none; leave it out, or write store = \"latents\"")
        }
    }

    private mutating func read(input section: Section?, _ reader: inout Reader) {
        guard let section else { return }
        if let endpoints = reader.list("connect", section, of: "endpoints", Form.endpoint(.connect)) { input.connect = endpoints }
        if let endpoints = reader.list("bind", section, of: "endpoints", Form.endpoint(.bind)) { input.bind = endpoints }
    }

    private mutating func read(streams sections: [Section], _ reader: inout Reader) {
        guard !sections.isEmpty else { return }
        var names: Set<String> = []
        streams = []
        for section in sections {
            let read = Config.stream(section, &reader)
            streams.append(read)
            if !names.insert(read.name).inserted {
                let place = section["name"]?.place ?? section.place
                reader.report(
                    .duplicate, section.path(of: "name"), place, "two streams are called \(quoted(read.name)); give each its own name")
            }
        }
        guard sections.count > 1 else { return }
        if sections.count > 64 {
            reader.report(.outOfRange, "stream", sections[64].place, "there must be at most 64 streams, got \(sections.count)")
        }
        for section in sections where !section.has("rate") {
            reader.missing("rate", section, "several streams are joined by their rates, such as rate = \"100 Hz\"")
        }
        var channels: Set<String> = []
        for (index, stream) in streams.enumerated() {
            guard case .named(let own) = stream.channels else { continue }
            for name in own.map({ fullName($0, ofStream: index) }) where !channels.insert(name).inserted {
                let place = sections[index]["channels"]?.place ?? sections[index].place
                reader.report(
                    .duplicate, sections[index].path(of: "channels"), place,
                    "two channels are called \(quoted(name)), stream and channel together; rename one")
            }
        }
    }

    private static func stream(_ section: Section, _ reader: inout Reader) -> Stream {
        var result = Stream()
        if let name = reader.value("name", section, Form.streamName) { result.name = name }
        if case .string("*")? = section["channels"]?.value {
            reader.note("channels", section)
        } else if let names = reader.list("channels", section, of: "names, or \"*\"", Form.channel) {
            // The packed form counts channels in 16 bits.
            if names.count > 65_535 {
                let path = section.path(of: "channels")
                reader.report(
                    .outOfRange, path, section["channels"]?.place ?? section.place,
                    "stream.channels must be at most 65535 names, got \(names.count)")
            }
            result.channels = .named(names)
        }
        result.rateHz = reader.value("rate", section, Form.rate)
        if let rows = reader.value("max_hold", section, Form.integer(0...65_536, "rows")) { result.maxHold = rows }
        if let way = reader.value("resample", section, Form.choice(Resample.self)) { result.resample = way }
        result.waitSeconds = reader.value("wait", section, Form.duration("0 s", "1 h"))
        // As far back as numbers are remembered.
        if let frames = reader.value("reorder", section, Form.integer(0...256, "frames")) { result.reorder = frames }
        return result
    }

    private mutating func read(window section: Section?, _ reader: inout Reader) {
        guard let section else { return }
        if let extent = reader.value("length", section, Form.extent) { window.length = extent }
        if let extent = reader.value("every", section, Form.extent) { window.every = extent }
        guard let name = reader.value("clock", section, Form.name) else { return }
        window.clock = name
        guard !streams.contains(where: { $0.name == name }), let place = section["clock"]?.place else { return }
        let near = suggestion(for: name, among: streams.map(\.name)).map { "did you mean `\($0)`?" }
        reader.report(
            .notFound, section.path(of: "clock"), place,
            "window.clock must be the name of a stream, got \(quoted(name)); "
                + (near ?? "there is " + streams.prefix(8).map { quoted($0.name) }.joined(separator: ", ")))
    }

    private mutating func read(encoder section: Section?, _ reader: inout Reader) {
        guard let section else { return }
        let later = ["spectrum", "minirocket", "network"]
        if let blocks = reader.list("blocks", section, of: "blocks", Form.choice(Block.self, later: later)) { encoder.blocks = blocks }
        if let rows = reader.value("warm_up", section, Form.integer(2...65_536, "rows")) { encoder.warmUp = rows }
        encoder.calibrationPath = reader.value("calibration", section, Form.path)
    }

    private mutating func read(label section: Section?, _ reader: inout Reader) {
        guard let section else { return }
        if let count = reader.value("pending", section, Form.integer(1...1_048_576, "latents")) { label.pending = count }
        label.toleranceSeconds = reader.value("tolerance", section, Form.duration("0 s"))
    }

    private mutating func read(drift section: Section?, _ reader: inout Reader) {
        guard let section else { return }
        let later = ["cusum", "kswin", "ddm", "eddm", "hddm", "martingale"]
        if let detector = reader.value("detector", section, Form.choice(Detector.self, later: later)) { drift.detector = detector }
        if let reaction = reader.value("reaction", section, Form.choice(Reaction.self)) { drift.reaction = reaction }
        if let regimes = reader.value("regimes", section, Form.integer(1...16, "regimes")) { drift.regimes = regimes }
        if let rows = reader.value("cool_down", section, Form.integer(0...1_000_000, "rows")) { drift.coolDown = rows }
    }

    private mutating func read(compute section: Section?, _ reader: inout Reader) {
        guard let section else { return }
        compute.maxAgeSeconds = reader.value("max_age", section, Form.duration("1 us"))
        compute.perFrameSeconds = reader.value("per_frame", section, Form.duration("1 us"))
    }

    private mutating func read(output section: Section?, _ reader: inout Reader) {
        guard let section else { return }
        output.bind = reader.value("bind", section, Form.endpoint(.bind))
        if let format = reader.value("format", section, Form.choice(OutputFormat.self)) { output.format = format }
    }

    private mutating func read(control section: Section?, _ reader: inout Reader) {
        guard let section else { return }
        if let endpoint = reader.value("bind", section, Form.endpoint(.bind)) { control.bind = endpoint }
        if let endpoints = reader.list("connect", section, of: "endpoints", Form.endpoint(.connect)) { control.connect = endpoints }
        if let seconds = reader.value("probation", section, Form.duration("100 ms", "1 day")) { control.probationSeconds = seconds }
    }

    private mutating func read(state section: Section?, _ reader: inout Reader) {
        guard let section else { return }
        state.directory = reader.value("directory", section, Form.path)
        if let seconds = reader.value("every", section, Form.duration("100 ms")) { state.everySeconds = seconds }
        if let bytes = reader.value("wear", section, Form.wear) { state.wearBytesPerDay = bytes }
        state.keyPath = reader.value("key", section, Form.path)
    }

    private mutating func read(security section: Section?, _ reader: inout Reader) {
        guard let section else { return }
        security.secretKeyPath = reader.value("secret_key", section, Form.path)
        security.allowPath = reader.value("allow", section, Form.path)
        security.trustedPath = reader.value("trusted", section, Form.path)
        security.guardPath = reader.value("guard", section, Form.path)
    }

    /// Beyond this machine a socket answers to known keys only, so there must be some.
    private func checkKeys(_ reader: inout Reader, _ start: Place) {
        guard security.secretKeyPath == nil || security.allowPath == nil else { return }
        let missing = [("secret_key", security.secretKeyPath), ("allow", security.allowPath)].filter { $0.1 == nil }.map(\.0)
        var sockets = [("output.bind", output.bind.map { [$0] } ?? []), ("control.bind", [control.bind]), ("control.connect", control.connect)]
        sockets.append(("input.bind", input.bind))
        sockets.append(("input.connect", input.connect))
        for (path, endpoints) in sockets {
            for (index, endpoint) in endpoints.enumerated() where !endpoint.isLocal {
                let place = reader.places["\(path)[\(index)]"] ?? reader.places[path] ?? start
                reader.report(
                    .conflict, path, place,
                    "\(path) leaves this machine with \(quoted(endpoint.text)), and there every socket needs CURVE: [security] is missing "
                        + "\(missing.joined(separator: " and ")); make keys with `stint keys`, or use tcp://127.0.0.1:PORT or ipc://PATH")
            }
        }
    }
}
