import Stint
import StintConfig
import StintWire

/// Recordings through an `EncoderFit`, and what came of it.
struct CalibrationRun {
    let calibration: Calibration
    private let ranges: [ClosedRange<Float>?]
    private let windows: Int

    init(_ setup: ReplaySetup) throws(Failure) {
        let life = setup.lives[0]
        let specification = life.assembly.specification
        let fit = EncoderFit(specification)
        var sources: [Calibration.Source] = []
        for (_, recording) in life.recordings {
            let rows = try Self.feed(recording, life, fit)
            sources.append(Calibration.Source(name: Self.name(recording), rows: rows))
        }
        if fit.turn() {
            for (_, recording) in life.recordings { _ = try Self.feed(recording, life, fit) }
        }
        let few = specification.encoder.stats ? (fit.windows, "windows") : (fit.rows, "rows")
        guard few.0 >= 64 else {
            throw .refused("the recordings must have at least 64 \(few.1) to fit an encoder to, got \(few.0); give more of them")
        }
        let encoder = fit.calibration
        calibration = Calibration(
            madeBy: "stint \(stintVersion)", specification: specification, channels: life.assembly.channelNames, encoder: encoder,
            scores: try Self.scores(life, encoder), probe: try Self.probe(life, encoder, setup.options), recordings: sources)
        ranges = (0..<specification.channels).map { fit.range(of: $0) }
        windows = fit.windows
    }

    private static func feed(_ recording: Recording, _ life: Life, _ fit: EncoderFit) throws(Failure) -> Int {
        fit.begin()
        var rows = 0
        let gaps = UnsafeMutableBufferPointer<Float>.allocate(capacity: life.assembly.channelNames.count)
        defer { gaps.deallocate() }
        gaps.initialize(repeating: .nan)
        try CalibrationRows(recording: recording, assembly: life.assembly).forEach { frame in
            fit.take(frame.isUnreadable ? UnsafeBufferPointer(gaps) : frame.values)
            rows += 1
        }
        return rows
    }

    /// What the anomaly heads say of the recordings under the encoder that was fitted to them.
    private static func scores(_ life: Life, _ encoder: EncoderCalibration) throws(Failure) -> [Calibration.Scores] {
        var specification = life.assembly.specification
        let indices = life.assembly.heads.indices.filter { life.assembly.heads[$0].kind == "anomaly" }
        // Of several streams the scores are a device's own to find.
        guard !indices.isEmpty, life.assembly.streams.count == 1 else { return [] }
        specification.heads = indices.map { specification.heads[$0] }
        specification.labels = 0
        specification.calibration = encoder
        let learner = Learner(Plan(specification))
        for (number, recording) in life.recordings {
            if number > 0 { learner.push(.command(.seam)) }
            let rows = CalibrationRows(recording: recording, assembly: life.assembly, before: Int(learner.steps))
            try rows.forEach { learner.push(.frame($0)) }
        }
        return indices.enumerated().compactMap { place, index in
            learner.scores(of: place).map { Calibration.Scores(head: life.assembly.heads[index].name, distribution: $0) }
        }
    }

    /// Rows to judge by: those that a device with this encoder would have kept, had it lived through the recordings, each row with the same chance.
    private static func probe(_ life: Life, _ encoder: EncoderCalibration, _ options: ReplayOptions) throws(Failure) -> Calibration.Probe? {
        guard !life.assembly.labelNames.isEmpty else { return nil }
        var specification = life.plan.specification
        specification.calibration = encoder
        specification.memory = MemorySpecification()
        let hasClasses = specification.heads.contains { if case .classification = $0.kind { true } else { false } }
        specification.memory.sampler = hasClasses ? .balanced : .uniform
        let plan = Plan(specification), learner = Learner(plan)
        let lived = Life(warm: life.recordings.map(\.recording), recordings: [], assembly: life.assembly, plan: plan)
        let replay = LifeReplay(lived, learner, options, life.assembly.labelNames.map { _ in GrowingNames() }, Tally(life.assembly))
        for recording in lived.warm { try replay.warm(recording) }
        return Calibration.Probe(learner, labels: life.assembly.labelNames)
    }

    /// A file's name without its folder: where somebody kept a recording is nobody else's business.
    private static func name(_ recording: Recording) -> String {
        recording.name.split(separator: "/").last.map(String.init) ?? recording.name
    }

    /// Channels that never moved, by name: they would count for nothing.
    private var still: [String] { calibration.channels.indices.filter { calibration.encoder.scales[$0] == 0 }.map { calibration.channels[$0] } }

    /// How many scales from its centre the furthest value of a channel is.
    private func reach(_ c: Int) -> Float? {
        let (center, scale) = (calibration.encoder.centers[c], calibration.encoder.scales[c])
        guard let range = ranges[c], scale > 0 else { return nil }
        return max(range.upperBound - center, center - range.lowerBound) / scale
    }

    var text: String {
        let rows = calibration.recordings.reduce(0) { $0 + $1.rows }
        var text = "\(rows) rows of \(calibration.recordings.count) recording\(calibration.recordings.count == 1 ? "" : "s")"
        if calibration.encoder.statistics != nil { text += ", \(windows) windows of \(calibration.windowLength) rows" }
        text += "\n"
        let width = calibration.channels.map(\.count).max() ?? 0
        for (c, name) in calibration.channels.enumerated() {
            text += "  " + name + String(repeating: " ", count: width - name.count)
            guard let reach = reach(c) else {
                text += "  never moved, and counts for nothing\n"
                continue
            }
            text += "  \(calibration.encoder.centers[c]) ± \(calibration.encoder.scales[c])"
            if reach > 8 { text += "  a value \(rounded(Double(reach), 0)) scales away: look whether it belongs in here" }
            text += "\n"
        }
        for scores in calibration.scores {
            text += "  \(scores.head): an episode in \(rounded(Double(scores.distribution.combined.gap), 0)) rows\n"
        }
        if let probe = calibration.probe { text += "  probe: \(probe.summary)\n" }
        return text
    }

    func write(_ object: inout JSONObject, _ out: inout ByteWriter) {
        object.add("rows", calibration.recordings.reduce(0) { $0 + $1.rows }, &out)
        object.add("windows", windows, &out)
        object.add("seed", calibration.seed, &out)
        object.add("channels", Array(calibration.channels.indices), &out) { c, out in
            JSONObject.write(into: &out) { object, out in
                object.add("name", calibration.channels[c], &out)
                object.add("center", Double(calibration.encoder.centers[c]), &out)
                object.add("scale", Double(calibration.encoder.scales[c]), &out)
                object.add("furthest", reach(c).map(Double.init), &out)
            }
        }
        object.add("scores", calibration.scores, &out) { scores, out in
            JSONObject.write(into: &out) { object, out in
                object.add("head", scores.head, &out)
                object.add("gap", Double(scores.distribution.combined.gap), &out)
                object.add("excess", Double(scores.distribution.combined.excess), &out)
            }
        }
        calibration.probe?.write(&object, &out)
        object.add("never_moved", still, &out) { name, out in out.append(quoted: name) }
    }
}
