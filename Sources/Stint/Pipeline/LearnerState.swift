/// Everything that the learner knows, as one value over one arena. Built twice by the same code: to be counted, and to live.
struct LearnerState {
    var clock: StreamClock
    var alignment: Alignment
    var waiting: WaitingLabels
    var gaps: GapFilter
    var encoder: Encoder
    var pending: PendingLatents
    var reservoir: Reservoir
    var regression: [RegressionHead] = []
    var classification: [ClassificationHead] = []
    var anomaly: [AnomalyHead] = []
    /// One a head, in the order of the specification.
    var drift: [DriftMonitor] = []
    var twoSample: TwoSample?
    var forecasts: [ForecastTargets] = []
    let scratch: Scratch
    /// Where in the arena each head lies, the two-sample check, and the scratch: what is to be gone without a trace is overwritten there.
    private(set) var headRegions: [Range<Int>] = []
    private(set) var twoSampleRegion = 0..<0
    private(set) var scratchRegion = 0..<0
    /// The newest row after gaps are filled.
    let row: UnsafeMutablePointer<Float>
    /// With several streams: 1 for each channel of the newest row that has been measured since the row before.
    let isNew: UnsafeMutablePointer<UInt8>
    /// With several streams: the newest row before the clock's gaps are filled.
    let measured: UnsafeMutablePointer<Float>

    /// Whether single rows are kept beyond what waits for a label.
    let keepsSamples: Bool
    /// Where they are not: the row up to which what nobody waits for has been wiped, and whether the warm-up has.
    var swept = 0
    var hasForgottenWarmUp = false

    /// Rows since the start of life, and since the last seam.
    var steps: UInt64 = 0
    var rowsInRecording = 0
    var isLearning = true
    /// Which stored row the encoder's output belongs to; −1 for none.
    var encoded = -1
    var gapCount = 0
    var newestSequence: UInt64 = 0
    var newestTime = 0.0
    /// Of the first row of life; infinite before it, and −∞ where nobody knows.
    var firstTime = Double.infinity
    var eventCount: UInt64 = 0

    private init(_ specification: Specification, _ carver: inout Carver) {
        keepsSamples = specification.memory.keepsSamples
        carver.begin("stream")
        clock = StreamClock(rateHz: specification.rateHz)
        alignment = Alignment(specification, &carver)
        gaps = GapFilter(channels: alignment.clockChannels, maxHold: specification.maxHold, &carver)
        row = carver.carve(Float.self, specification.channels)
        isNew = carver.carve(UInt8.self, specification.streams.isEmpty ? 0 : specification.channels)
        measured = carver.carve(Float.self, specification.streams.isEmpty ? 0 : specification.channels)
        let targets = specification.heads.reduce(1) { if case .regression(let targets) = $1.kind { max($0, targets.count) } else { $0 } }
        waiting = WaitingLabels(frames: alignment.mostHeld, labels: specification.labels, targets: targets, &carver)
        carver.begin("encoder")
        encoder = Encoder(specification, &carver)
        carver.begin("pending latents")
        let capacity = specification.ringCapacity
        pending = PendingLatents(capacity: capacity, channels: specification.channels, statistics: encoder.statisticsWidth, &carver)
        carver.begin("reservoir")
        reservoir = Reservoir(specification, capacity: capacity, &carver)
        var width = 1
        var outputs = 1
        var factor = 0
        for (index, head) in specification.heads.enumerated() {
            let start = carver.carved
            switch head.kind {
            case .regression(let targets):
                let made = RegressionHead(targets: targets, specification, index: index, capacity: capacity, &carver)
                (width, outputs) = (max(width, made.widest), max(outputs, targets.count))
                factor = max(factor, made.regimeScratch, made.segments.scratchCount)
                regression.append(made)
                if let forecast = head.forecast {
                    forecasts.append(ForecastTargets(forecast, labels: targets, head: index, regression: regression.count - 1, specification, &carver))
                }
            case .classification(let label, let classes):
                let made = ClassificationHead(
                    label: label, classes: classes, specification, index: index, capacity: capacity, &carver)
                (width, outputs) = (max(width, made.widest), max(outputs, classes))
                factor = max(factor, made.regimeScratch, made.segments.scratchCount)
                classification.append(made)
            case .anomaly(let falseAlarms):
                carver.begin("memories", head: index)
                let made = AnomalyHead(falseAlarms, specification, index: index, capacity: capacity, &carver)
                (width, outputs) = (max(width, made.latentWidth), max(outputs, specification.channels))
                anomaly.append(made)
            }
            headRegions.append(start..<carver.carved)
        }
        carver.begin("drift")
        for _ in specification.heads { drift.append(DriftMonitor(specification.drift, &carver)) }
        var start = carver.carved
        if specification.drift.detector == .twoSample { twoSample = TwoSample(specification, &carver) }
        twoSampleRegion = start..<carver.carved
        carver.begin("scratch")
        start = carver.carved
        scratch = Scratch(width: width, outputs: outputs, factor: factor, &carver)
        scratchRegion = start..<carver.carved
        share(specification)
    }

    /// The state, the size of its snapshot, and where a snapshot is written.
    static func carve(_ specification: Specification, _ carver: inout Carver) -> (LearnerState, Int, UnsafeMutablePointer<UInt8>) {
        var state = LearnerState(specification, &carver)
        carver.begin("objects")
        carver.account(
            bytes: MemoryLayout<LearnerState>.size + state.regression.count * MemoryLayout<RegressionHead>.stride
                + state.classification.count * MemoryLayout<ClassificationHead>.stride
                + state.anomaly.count * MemoryLayout<AnomalyHead>.stride
                + state.drift.count * MemoryLayout<DriftMonitor>.stride)
        var measure = Archive.measure
        state.archive(&measure)
        carver.begin("snapshot")
        let buffer = carver.carve(UInt8.self, measure.offset)
        return (state, measure.offset, buffer)
    }

    mutating func reset(_ calibration: EncoderCalibration?) {
        (swept, hasForgottenWarmUp) = (0, false)
        alignment.reset()
        waiting.reset()
        gaps.reset()
        encoder.reset(calibration)
        pending.reset()
        reservoir.reset()
        for i in regression.indices { regression[i].reset() }
        for forecast in forecasts { forecast.clear() }
        for i in classification.indices { classification[i].reset() }
        for i in anomaly.indices { anomaly[i].reset() }
        for i in drift.indices { drift[i].reset() }
        twoSample?.reset()
    }

    /// The sections of a snapshot, in order.
    mutating func archive(_ archive: inout Archive) {
        archive.rows = keepsSamples ? .kept : .absent
        archive.section("STRM", version: StateVersion.stream) { archiveStream(&$0) }
        archive.section("ENCO", version: StateVersion.encoder) { encoder.archive(&$0) }
        archive.section("PEND", version: StateVersion.pending) { pending.archive(&$0) }
        archive.section("RSVR", version: Reservoir.version) { reservoir.archive(&$0) }
        archive.section("LIFE", version: StateVersion.life) { $0.scalar(&firstTime) }
        for i in regression.indices {
            archive.section("REGR", version: StateVersion.regression) { regression[i].archive(&$0) }
            archive.section("RLIB", version: StateVersion.regimes) { regression[i].regimes.archive(&$0) }
            archive.section("RTXN", version: StateVersion.transaction) { regression[i].transaction.archive(&$0) }
            archive.section("RSEG", version: StateVersion.segments) { regression[i].segments.archive(&$0) }
        }
        for i in classification.indices {
            archive.section("NAME", version: StateVersion.names) { classification[i].classes.archive(&$0) }
            archive.section("CLSS", version: StateVersion.classification) { classification[i].archive(&$0) }
            archive.section("CLIB", version: StateVersion.regimes) { classification[i].regimes.archive(&$0) }
            archive.section("CTXN", version: StateVersion.transaction) { classification[i].transaction.archive(&$0) }
            archive.section("CSEG", version: StateVersion.segments) { classification[i].segments.archive(&$0) }
        }
        for i in anomaly.indices { archive.section("ANOM", version: StateVersion.anomaly) { anomaly[i].archive(&$0) } }
        for i in drift.indices { archive.section("DRFT", version: StateVersion.drift) { drift[i].archive(&$0) } }
        if twoSample != nil { archive.section("TWOS", version: StateVersion.twoSample) { twoSample?.archive(&$0) } }
    }

    /// What a stream is, but for its rows.
    mutating func archiveStream(_ archive: inout Archive) {
        clock.archive(&archive)
        alignment.archive(&archive)
        waiting.archive(&archive)
        gaps.archive(&archive)
        archive.scalar(&steps)
        archive.scalar(&rowsInRecording)
        archive.scalar(&isLearning)
        archive.scalar(&newestSequence)
        archive.scalar(&newestTime)
        archive.scalar(&eventCount)
    }
}

/// Versions of the sections. A change of any part's fields, of their order or of what they mean, is a new version: then a state of
/// before is adopted, and only what that section held begins anew.
enum StateVersion {
    static let stream: UInt32 = 2
    static let encoder: UInt32 = 1
    static let pending: UInt32 = 1
    static let regression: UInt32 = 8
    static let names: UInt32 = 1
    static let classification: UInt32 = 8
    static let regimes: UInt32 = 3
    static let anomaly: UInt32 = 5
    static let drift: UInt32 = 4
    static let twoSample: UInt32 = 1
    static let transaction: UInt32 = 1
    static let segments: UInt32 = 1
    static let life: UInt32 = 1
}
