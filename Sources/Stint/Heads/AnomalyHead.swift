import CMath

/// Says how strange the newest row is, and raises an alarm no oftener than it was allowed to.
///
/// Three views of a row: the whitened error of a forecast of it; the sums of the last of these, cut off, so that what is small
/// or heavy-tailed but lasts is seen; and the leverage of what it was forecast from (T²), so that a state is seen in which
/// nothing has been learned yet. Each says how surprising it is (`StrangenessView`), the three are combined by the harmonic mean
/// of their p-values, which holds under any dependence up to a factor, and the result is calibrated once more by the same means,
/// which takes care of that factor. An incident begins where the p-value falls below the budget (`AlarmBudget`).
///
/// The score is another question: how strange the row is against all that the stream has ever shown (`LifetimeView`), whatever
/// the budget. It is the same for every budget, and goes on through incidents and sensors that fail.
///
/// Nothing is learned from the rows of an incident. One that does not calm down is taken for the new normal after
/// `longestIncident` rows: the forecast starts again, from the rows of the incident. A channel whose sensor fails (`SensorCheck`)
/// is masked.
///
/// Shapes: C channels. Cost: see `VectorForecast`, `ResidualScale`, `LifetimeView`; four ranks.
/// Sources: harmonic mean p-values, Wilson (2019); conformal p-values, Vovk, Gammerman & Shafer (2005); T², Hotelling (1947).
struct AnomalyHead {
    /// Rows before the head is ready (at the latest; INTERFACE §4).
    static let readyAfter = 150
    /// Calm rows that end an incident (fewer for budgets below 1 in 400), and the longest that one incident lasts.
    static let calmRows = 10
    static let longestIncident = 100
    /// Rows after a new normal was taken in before there can be another alarm.
    static let settling = 64
    /// Rows after a break in which a record is not judged.
    static let afterBreak = 16
    /// −ln p for a strangeness of 1, by null streams of Gaussian and t₃ noise; and the rows of life that take half of it away.
    static let recordWeight = 25.0
    static let recordRows = 300.0
    /// Rows from which a record is news in itself: of n rows that are all alike, one beyond the fourth highest peak is expected every n/4.
    static let matureRows = 2000.0

    let channels: Int
    let latentWidth: Int
    let capacity: Int
    let readyRow: Int
    private let calmNeeded: Int
    private let seed: UInt64

    private var forecast: VectorForecast
    private var scale: ResidualScale
    private var sums: RecentSums
    private var errorView: StrangenessView
    private var sumView: StrangenessView
    private var leverageView: StrangenessView
    private var combined: StrangenessView
    private var lifetime: LifetimeView
    private var budget: AlarmBudget
    private var sensors: SensorCheck
    private var memory: IncidentMemory
    private let whitened: UnsafeMutablePointer<Float>
    /// The same, not cut off.
    private let unbounded: UnsafeMutablePointer<Float>
    private let shares: UnsafeMutablePointer<Float>
    /// 1 where a channel has no say in the alarm: its sensor fails, or it is a flag.
    private let unjudged: UnsafeMutablePointer<UInt8>
    /// 1 for the stored rows that were part of an incident.
    private let isStrange: UnsafeMutablePointer<UInt8>
    private var random: Random
    private var queue = LearningQueue(keepsOrder: true)

    private(set) var incidents = 0
    /// How often something was no alarm because an operator has called its like normal.
    private(set) var passed = 0
    /// What the newest incident was, or is, about.
    private(set) var cause = AnomalyPrediction.Cause.unknown
    private var inIncident = false
    private var incidentRows = 0
    private var calmSince = 0
    private var settlingRows = 0
    /// The entry of what is passed over at present, and its rows; −1 while nothing is.
    private var excuse = -1
    private var excusedRows = 0
    /// Whether the operator said so of this very incident: then what else it does is its own.
    private var isAcknowledged = false

    /// −ln p of the newest row for the alarm, and what the budget makes of it; what is news in it over the life of the stream.
    private var surprise = 0.0
    private var corrected = 0.0
    private var shown = 0.0
    private var record = 0.0
    private var sinceBreak = 0
    private var isAlarm = false
    private var isReady = false
    private var hasShares = false

    init(_ falseAlarms: FalseAlarms, _ specification: Specification, index: Int, capacity: Int, _ carver: inout Carver) {
        channels = specification.channels
        self.capacity = capacity
        readyRow = max(specification.window.length, Self.readyAfter)
        seed = specification.seed &+ UInt64(index)
        random = Random(seed: seed, stream: 3)
        budget = AlarmBudget(falseAlarms, specification)
        calmNeeded = min(max(Int(budget.rowsPerAlarm / 40), 1), Self.calmRows)
        forecast = VectorForecast(channels: channels, &carver)
        latentWidth = forecast.width
        scale = ResidualScale(channels: channels, &carver)
        sums = RecentSums(channels: channels, &carver)
        // Logarithms of squares go half a unit beyond their threshold in a heavy tail, a length and −ln p one unit.
        let known = specification.heads[index].scores
        errorView = StrangenessView(meanExcess: 0.5, known?.error, &carver)
        sumView = StrangenessView(meanExcess: 1, known?.sum, &carver)
        leverageView = StrangenessView(meanExcess: 0.5, known?.leverage, &carver)
        combined = StrangenessView(meanExcess: 2.3, known?.combined, &carver)
        lifetime = LifetimeView(channels: channels, seed: seed, isExact: specification.memory.keepsSamples, &carver)
        sensors = SensorCheck(
            channels: channels, rowsPerAlarm: budget.rowsPerAlarm * Double(specification.window.every), &carver)
        memory = IncidentMemory(channels: channels, isExact: specification.memory.keepsSamples, &carver)
        whitened = carver.carve(Float.self, channels)
        unbounded = carver.carve(Float.self, channels)
        shares = carver.carve(Float.self, channels)
        unjudged = carver.carve(UInt8.self, channels)
        isStrange = carver.carve(UInt8.self, capacity)
    }

    mutating func reset() {
        forecast.reset()
        scale.reset()
        sums.reset()
        errorView.reset()
        sumView.reset()
        leverageView.reset()
        combined.reset()
        lifetime.reset()
        budget.reset()
        sensors.reset()
        memory.reset()
        queue.reset()
        unbounded.update(repeating: 0, count: channels)
        shares.update(repeating: 0, count: channels)
        unjudged.update(repeating: 0, count: channels)
        isStrange.update(repeating: 0, count: capacity)
        random = Random(seed: seed, stream: 3)
        (incidents, passed, incidentRows, calmSince, settlingRows) = (0, 0, 0, 0, 0)
        (excuse, excusedRows, isAcknowledged) = (-1, 0, false)
        (inIncident, isAlarm, isReady, hasShares) = (false, false, false, false)
        (surprise, shown, corrected, record) = (0, 0, 0, 0)
        sinceBreak = 0
        cause = .unknown
    }

    // MARK: Learning again

    /// The scaling has changed: the forecast is learned again from the stored rows; ranks of whitened residuals stay valid.
    mutating func fit(from oldest: Int) { restart(from: oldest) }

    private mutating func restart(from oldest: Int) {
        forecast.restart()
        scale.restart()
        queue.start(from: oldest)
    }

    /// Whether stored rows are still to be learned again.
    var isRelearning: Bool { queue.isActive }

    mutating func nextQueued(_ pending: PendingLatents) -> Int? {
        let (flags, capacity) = (isStrange, capacity)
        return queue.next(pending) { flags[$0 % capacity] == 0 }
    }

    /// A row from the time before the newest fit, learned again under it.
    mutating func relearn(_ serial: Int, _ encoder: Encoder, _ pending: PendingLatents, _ scratch: Scratch) {
        guard pending.isLearnable(serial), forecast.relearn(serial, flags: lifetime.isFlag, encoder, pending, scratch) else { return }
        for c in 0..<channels { whitened[c] = Float(scratch.target[c]) }
        scale.learn(whitened, masked: nil, length: nil)
    }

    /// All that was learned is gone: it begins again with the stored rows that are left. Numbers of incidents and the budget go on; an
    /// incident that was open is over.
    mutating func beginAgain(from oldest: Int, isFitted: Bool) -> IncidentChange {
        let (number, spent, wasOpen) = (incidents, budget, inIncident)
        reset()
        (incidents, budget, settlingRows) = (number, spent, Self.settling)
        if isFitted { restart(from: oldest) }
        return wasOpen ? .ended : .none
    }

    // MARK: Rows

    /// Watches the sensors; every frame, whether a window ends with it or not.
    mutating func observe(_ values: UnsafeBufferPointer<Float>, isLearning: Bool) { sensors.observe(values, isLearning: isLearning) }

    /// A channel whose sensor has failed or is well again, until all are told.
    mutating func nextSensorChange() -> LearnerEvent.Sensor? { sensors.nextChange() }

    /// Scores row `serial`, then learns from it unless an incident is open.
    ///
    /// - Parameters:
    ///   - time: of the row, seconds.
    ///   - rowsSeen: rows since the start, this one included.
    mutating func step(
        _ serial: Int, time: Double, rowsSeen: Int, isLearning: Bool, _ encoder: Encoder, _ pending: PendingLatents, _ scratch: Scratch
    ) -> IncidentChange {
        isAlarm = false
        isReady = isReady || rowsSeen >= readyRow
        budget.elapse(time)
        settlingRows = max(settlingRows - 1, 0)
        // While a fit's queue is worked off, the newest row waits at its end like any other.
        let isDue = queue.admits(serial)
        isStrange[serial % capacity] = 0
        (surprise, corrected) = (0, 0)
        let learns = isLearning && pending.isLearnable(serial)
        watch(serial, time, learns, pending)
        guard encoder.isFitted, let leverage = forecast.forecast(serial, failing: unjudged, encoder, pending, scratch) else {
            return judge(serial, encoder, pending, isScored: false)
        }
        let length = scale.whiten(forecast.error, masked: forecast.isMasked, into: whitened, whole: unbounded)
        share()
        // A forecast that is being learned again says nothing about the row.
        guard !queue.isActive else { return judge(serial, encoder, pending, isScored: false) }
        let error = Float(log(Double(length.bounded) + 1e-3))
        let sum = sums.push(whitened)
        let distance = Float(log(leverage * Double(forecast.learned + latentWidth) + 1e-12))
        let strangeness = combine(errorView.rarity(error), sumView.rarity(sum), leverageView.rarity(distance))
        rank(strangeness)
        let change = judge(serial, encoder, pending, isScored: true)
        guard learns else { return change }
        guard excuse < 0 else {
            // What is passed over is learned, but is no measure for what else there may be.
            if isDue { forecast.learn(scratch) }
            return change
        }
        errorView.observe(error)
        sumView.observe(sum)
        leverageView.observe(distance)
        combined.observe(strangeness)
        guard !inIncident else {
            isStrange[serial % capacity] = 1
            return change
        }
        // At the end of an incident that was taken for the new normal the forecast has just been emptied.
        guard !queue.isActive else { return change }
        errorView.learn(error)
        sumView.learn(sum)
        leverageView.learn(distance)
        combined.learn(strangeness)
        scale.learn(forecast.error, masked: forecast.isMasked, length: length)
        if isDue { forecast.learn(scratch) }
        return change
    }

    /// What the row is against the life of the stream: the score, and how surprising that is for the alarm.
    private mutating func watch(_ serial: Int, _ time: Double, _ learns: Bool, _ pending: PendingLatents) {
        if serial > 0, !pending.areConnected(serial - 1, serial) {
            lifetime.skip()
            sinceBreak = 0
            settlingRows = Self.settling
        }
        sinceBreak = min(sinceBreak + 1, Self.afterBreak)
        let strangeness = lifetime.surprise(pending.row(serial), time: time, learns: learns)
        let news = lifetime.news(strangeness)
        // In a young stream much is a record: −ln p of a strangeness is less by what a record is worth there.
        let youth = log(1 + Self.matureRows / max(lifetime.age, 1)) / Self.recordWeight
        // What is no news is shown by where the stream stands, so that the rows of a long fault stay above the ordinary ones.
        shown = max((news ?? 0) - youth, lifetime.state)
        var voices = 0
        for c in 0..<channels {
            unjudged[c] = sensors.failing[c] != 0 || lifetime.isFlag[c] != 0 ? 1 : 0
            voices += lifetime.isFlag[c] != 0 ? 0 : 1
        }
        // Nobody saw what happened before a recording began. The strangest of many channels is stranger by chance (a union bound).
        let surprise = Self.recordWeight * (news ?? 0) * lifetime.age / (lifetime.age + Self.recordRows) - log(Double(max(voices, 1)))
        record = sinceBreak < Self.afterBreak ? 0 : max(surprise, 0)
    }

    /// A row that could not be read: not ready, and no verdict.
    mutating func skip() {
        isAlarm = false
        (surprise, shown, corrected, record) = (0, 0, 0, 0)
        forecast.skip()
        lifetime.skip()
    }

    /// ln of the mean of 1/p: −ln of the harmonic mean.
    private func combine(_ a: Double, _ b: Double, _ c: Double) -> Float { Float(log((a + b + c) / 3)) }

    /// −ln p of the combination: a smoothed conformal rank below the tail, so that p is uniform on healthy rows.
    private mutating func rank(_ strangeness: Float) {
        let draw = random.uniform()
        if combined.isInTail(strangeness) {
            surprise = log(combined.rarity(strangeness))
        } else {
            let above = Double(combined.ranks.above(strangeness))
            let equal = Double(combined.ranks.atLeast(strangeness)) - above
            surprise = -log(max((above + draw * (equal + 1)) / Double(combined.ranks.count + 1), 1e-30))
        }
        corrected = budget.corrected(surprise)
    }

    /// Shares of the error by channel; while a sensor fails, its own.
    private mutating func share() {
        var sum: Float = 0
        for c in 0..<channels {
            let part = sensors.failingCount > 0 ? (sensors.failing[c] != 0 ? 1 : 0) : whitened[c] * whitened[c]
            shares[c] = part
            sum += part
        }
        hasShares = sum > 0
        for c in 0..<channels where hasShares { shares[c] /= sum }
    }

    /// Shares of a record: each channel's own strangeness.
    private mutating func blame() {
        var sum: Float = 0
        for c in 0..<channels { sum += lifetime.strangeness[c] }
        guard sum > 0, sensors.failingCount == 0 else { return }
        hasShares = true
        for c in 0..<channels { shares[c] = lifetime.strangeness[c] / sum }
    }

    // MARK: Incidents

    private mutating func judge(_ serial: Int, _ encoder: Encoder, _ pending: PendingLatents, isScored: Bool) -> IncidentChange {
        let hasNewFault = sensors.takeNewFault()
        guard inIncident else {
            guard isReady else { return .none }
            if hasNewFault { return begin(.sensor, serial, pending) }
            if excuse >= 0 { goOnPassing(isScored: isScored) }
            let isByForecast = isScored && settlingRows == 0 && surprise >= budget.threshold
            let isRecord = record >= budget.threshold
            let mayBeKnown = isScored && settlingRows == 0 && memory.faults > 0 && surprise >= budget.leastThreshold
            guard isByForecast || isRecord || mayBeKnown else { return .none }
            describe(serial, encoder, pending, isScored: isScored)
            guard !isPassed(serial, pending, isLoud: isByForecast || isRecord) else { return .none }
            budget.spend(isByForecast || !isRecord ? surprise : record)
            if isRecord { blame() }
            return begin(.process, serial, pending)
        }
        incidentRows += 1
        // What went on in another recording is over.
        if sinceBreak == 1, serial > 0, cause == .process { return end() }
        if hasNewFault {
            cause = .sensor
            memory.blank()
        }
        if cause == .process {
            describe(serial, encoder, pending, isScored: isScored)
            memory.extend()
        }
        let isUnderWay = cause == .sensor ? sensors.failingCount > 0 : sensors.isSuspicious
        calmSince = isScored && !isUnderWay && surprise < StrangenessView.tailSurprise ? calmSince + 1 : 0
        if calmSince >= calmNeeded { return end() }
        guard incidentRows >= Self.longestIncident else { return .none }
        if cause == .process { adopt(serial, pending) }
        return end()
    }

    private mutating func begin(_ cause: AnomalyPrediction.Cause, _ serial: Int, _ pending: PendingLatents) -> IncidentChange {
        self.cause = cause
        incidents += 1
        (inIncident, isAlarm) = (true, true)
        (incidentRows, calmSince) = (1, 0)
        excuse = -1
        memory.begin(sequence: pending.sequence(serial), time: pending.time(serial))
        if cause == .sensor { memory.blank() }
        // A sensor's fault is a verdict, not a distance: it says that there is something, not how far.
        shown = max(shown, LifetimeView.ongoing)
        corrected = max(corrected, budget.needed)
        return .began
    }

    private mutating func end() -> IncidentChange {
        inIncident = false
        memory.end()
        return .ended
    }

    // MARK: What an operator has called normal

    /// The row as the memory of incidents looks at it.
    private mutating func describe(_ serial: Int, _ encoder: Encoder, _ pending: PendingLatents, isScored: Bool) {
        for c in 0..<channels {
            let raw = unjudged[c] == 0 ? Double(pending.row(serial)[c]) : .nan
            let value = raw.isFinite ? Float(raw - encoder.scaling.center(of: c)) * encoder.scaling.inverse(of: c) : 0
            memory.describe(
                c, error: isScored ? unbounded[c] : 0, sum: isScored ? sums.sum(c) / Float(RecentSums.rows).squareRoot() : 0, value: value,
                record: (2 * Float(Self.recordWeight) * lifetime.strangeness[c]).squareRoot())
        }
    }

    /// What is passed over goes on: until it is calm, as an incident would, but as long as what was called normal; or too long.
    private mutating func goOnPassing(isScored: Bool) {
        excusedRows += 1
        calmSince = isScored && surprise < StrangenessView.tailSurprise ? calmSince + 1 : 0
        let isOver = calmSince >= calmNeeded && excusedRows >= memory.rows(excuse)
        guard isOver || excusedRows >= Self.longestIncident || sinceBreak == 1 else { return }
        excuse = -1
        memory.end()
    }

    /// Whether the row described last, which is an alarm or nearly one, is none: its like was called normal.
    private mutating func isPassed(_ serial: Int, _ pending: PendingLatents, isLoud: Bool) -> Bool {
        memory.sketch()
        if excuse >= 0 {
            // An incident that goes on as it began, or not.
            guard memory.isWithin(excuse, byChannel: isAcknowledged) else { return !isLoud }
            memory.extend()
            return true
        }
        let known = memory.recognise()
        guard known.verdict == .normal, isLoud else { return known.verdict != .fault && !isLoud }
        memory.begin(sequence: pending.sequence(serial), time: pending.time(serial))
        (excuse, excusedRows, calmSince, isAcknowledged) = (known.entry, 1, 0, false)
        passed += 1
        return true
    }

    /// What does not pass is how things are now: the forecast is learned again, from the rows of the incident alone.
    private mutating func adopt(_ serial: Int, _ pending: PendingLatents) {
        let first = max(serial - incidentRows + 1, pending.oldest)
        for row in first...serial { isStrange[row % capacity] = 0 }
        restart(from: first)
        sums.reset()
        settlingRows = Self.settling
    }

    /// An operator says of the newest incident that began at or before a moment, heard or passed over, what it was.
    ///
    /// One that still goes on and is normal ends with that, and its rows are learned; what else it does until it is calm is its own.
    /// A fault was no false alarm. Either way its like is known from now on (`IncidentMemory`).
    mutating func take(isNormal: Bool, _ moment: Label.Moment, _ pending: PendingLatents) -> IncidentChange {
        guard let entry = memory.find(moment) else { return .none }
        let isOpen = memory.isOpen(entry)
        if !isNormal, memory.isNewest(entry), excuse < 0 { budget.refund() }
        memory.judge(entry, isNormal ? .normal : .fault)
        guard isNormal else {
            excuse = -1
            return .none
        }
        guard inIncident, isOpen else { return .none }
        inIncident = false
        (excuse, excusedRows, calmSince, isAcknowledged) = (cause == .process ? entry : -1, 0, 0, true)
        if cause == .sensor { memory.end() }
        let newest = pending.next - 1
        let first = max(newest - incidentRows + 1, pending.oldest)
        for row in first...max(newest, first) { isStrange[row % capacity] = 0 }
        if !queue.isActive { queue.start(from: first) }
        return .ended
    }

    /// The tails as they are now, for a calibration; nil with too few episodes to know.
    var scores: ScoreDistribution? {
        let views = [errorView.tail, sumView.tail, leverageView.tail, combined.tail]
        guard views.allSatisfy({ $0.episodes >= 2 * PeakTail.prior }) else { return nil }
        let tails = views.map { ScoreDistribution.Tail(gap: Float($0.meanGap), excess: Float($0.meanExcess)) }
        return ScoreDistribution(error: tails[0], sum: tails[1], leverage: tails[2], combined: tails[3])
    }

    /// Number of the incident that the newest row lies in.
    private var incident: Int? { inIncident ? incidents : nil }

    var prediction: AnomalyPrediction {
        AnomalyPrediction(
            isReady: isReady, score: isReady ? Float(shown / (LifetimeView.half + shown)) : 0,
            pValue: isReady ? Float(max(exp(-corrected), 1e-30)) : 1, isAlarm: isAlarm, incident: incident,
            cause: inIncident ? cause : .unknown,
            shares: UnsafeBufferPointer(start: shares, count: hasShares ? channels : 0))
    }

    /// Kinds of incidents that an operator has called something.
    var verdicts: (normal: Int, fault: Int) { (memory.normals, memory.faults) }

    /// Whether a channel's sensor is taken to fail.
    func isFailing(_ channel: Int) -> Bool { sensors.failing[channel] != 0 }

    mutating func archive(_ archive: inout Archive) {
        forecast.archive(&archive)
        scale.archive(&archive)
        sums.archive(&archive)
        errorView.archive(&archive)
        sumView.archive(&archive)
        leverageView.archive(&archive)
        combined.archive(&archive)
        lifetime.archive(&archive)
        budget.archive(&archive)
        sensors.archive(&archive)
        memory.archive(&archive)
        archive.ring(isStrange, capacity)
        random.archive(&archive)
        archive.scalar(&incidents)
        archive.scalar(&passed)
        var said = cause.rawValue
        archive.scalar(&said)
        cause = AnomalyPrediction.Cause(rawValue: said) ?? .unknown
        archive.scalar(&inIncident)
        archive.scalar(&incidentRows)
        archive.scalar(&calmSince)
        archive.scalar(&settlingRows)
        archive.scalar(&excuse)
        excuse = min(max(excuse, -1), IncidentMemory.capacity - 1)
        archive.scalar(&excusedRows)
        archive.scalar(&isAcknowledged)
        archive.scalar(&sinceBreak)
        archive.scalar(&isReady)
        queue.archive(&archive)
    }
}
