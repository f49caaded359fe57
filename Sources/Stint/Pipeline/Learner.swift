/// Learns from a stream of events, and predicts.
///
/// A pure, deterministic function of (plan, seed, events): no clock, no file, no socket. After `init` nothing is allocated.
///
/// ```swift
/// let learner = Learner(Plan(specification))
/// if learner.push(.frame(frame)) == .predicted {
///     for head in specification.heads.indices { show(learner.prediction(of: head)) }
/// }
/// learner.push(.label(label))
/// ```
///
/// Cost: a frame is encoded once, then predicted by each head; a label is learned by each head that wants it. Work that a
/// new fit of the scaling leaves behind is done in slices of `backlogSlice` rows a frame.
public final class Learner {
    /// Stored rows learned again per frame after a fit.
    static let backlogSlice = 16
    /// Events of one step; more than a step can make.
    private static let eventCapacity = 64

    public let plan: Plan
    public internal(set) var dropped = DropCounts()
    /// Labels that were delivered, that were learned from, and rows that were refused for being old.
    public internal(set) var labelsSeen: UInt64 = 0
    public internal(set) var labelsLearned: UInt64 = 0
    /// What the newest event brought besides predictions.
    public internal(set) var events: [LearnerEvent] = []
    /// What the newest order to forget has taken away; not state.
    public internal(set) var forgotten = Forgotten()
    /// How each head has fared since this learner was made; none of it is state.
    public internal(set) var losses: [LossMeter]

    var state: LearnerState
    /// Not state: it lasts as long as the calibration does.
    private(set) var probe: ProbeRows
    /// Frames or labels are kept, so that an event may make more than one step due.
    var mayHaveMore = false
    private let snapshotBuffer: UnsafeMutablePointer<UInt8>
    let arena: Arena
    /// Which of the three lists a head is in, and where.
    let places: [(kind: HeadKind, index: Int)]

    enum HeadKind { case regression, classification, anomaly }

    public init(_ plan: Plan) {
        BLAS.prepare()
        self.plan = plan
        var counter = Carver()
        _ = LearnerState.carve(plan.specification, &counter)
        _ = ProbeRows(plan.specification, &counter)
        arena = Arena(bytes: counter.carved)
        var carver = Carver(over: arena)
        (state, _, snapshotBuffer) = LearnerState.carve(plan.specification, &carver)
        probe = ProbeRows(plan.specification, &carver)
        state.reset(plan.specification.calibration)
        probe.fill(plan.specification)
        losses = plan.specification.heads.map { _ in LossMeter() }
        var places: [(kind: HeadKind, index: Int)] = []
        var counts = (0, 0, 0)
        for head in plan.specification.heads {
            switch head.kind {
            case .regression:
                places.append((.regression, counts.0))
                counts.0 += 1
            case .classification:
                places.append((.classification, counts.1))
                counts.1 += 1
            case .anomaly:
                places.append((.anomaly, counts.2))
                counts.2 += 1
            }
        }
        self.places = places
        events.reserveCapacity(Self.eventCapacity)
    }

    /// Counts events that may have changed what is known: rows and labels while it learns, and orders. Nothing is to be saved where it
    /// has not moved.
    public internal(set) var changes: UInt64 = 0

    /// The only way in.
    @discardableResult
    public func push(_ event: Event) -> Outcome {
        events.removeAll(keepingCapacity: true)
        switch event {
        case .frame, .label: changes += state.isLearning ? 1 : 0
        case .command: changes += 1
        case .tick: break
        }
        switch event {
        case .frame(let frame): return take(frame)
        case .label(let label):
            let outcome = take(label)
            if case .refused(let reason) = outcome { dropped.count(reason) }
            return outcome
        case .command(.learning(let on)): state.isLearning = on
        case .command(.forget(let what)): forgotten = forget(what)
        case .command(.flush):
            state.alignment.flush()
            mayHaveMore = true
        case .command(.seam):
            state.alignment.flush()
            mayHaveMore = true
            drain()
            state.alignment.cut()
            state.rowsInRecording = 0
            state.pending.cut()
            state.encoder.cut()
        case .tick: advance()
        }
        return .done
    }

    // MARK: Frames

    /// A row of the pipeline: gaps filled, encoded, predicted by every head.
    func step(_ frame: Frame) -> Outcome {
        let specification = plan.specification
        advance()
        let before = state.clock.last
        let time = state.clock.observe(frame.time)
        state.newestTime = time
        state.firstTime = min(state.firstTime, time)
        state.newestSequence = frame.sequence ?? state.steps
        state.steps += 1
        state.rowsInRecording += 1
        let every = specification.window.every
        let isWindowEnd = every == 1
            || (state.rowsInRecording >= specification.window.length
                && (state.rowsInRecording - specification.window.length) % every == 0)

        if frame.isUnreadable {
            dropped.count(.ragged)
            learnForecasts(frame, at: time)
            state.gapCount = 0
            state.row.update(repeating: .nan, count: specification.channels)
            state.encoder.advance(state.row)
            if isWindowEnd { openUnreadable(time) }
            return isWindowEnd ? .predicted : .taken
        }
        if state.alignment.isJoining {
            state.gapCount = join(frame, at: time, after: before)
        } else {
            watchSensors(frame.values)
            state.gapCount = state.gaps.fill(frame.values, into: state.row)
        }
        learnForecasts(frame, at: time)
        if state.isLearning { state.encoder.observe(state.row) }
        state.encoder.advance(state.row)
        guard isWindowEnd else { return .taken }
        letGo()
        let serial = state.pending.open(sequence: state.newestSequence, time: time, isLearnable: state.gapCount == 0)
        state.pending.row(serial).update(from: state.row, count: specification.channels)
        state.encoder.keepStatistics(of: serial, in: state.pending)
        predict(serial)
        if state.isLearning {
            state.encoder.countLatent()
            if specification.labels == 0, state.gapCount == 0 { remember(serial) }
        }
        letGoOfRows()
        return .predicted
    }

    /// A row that could not be read is a step like any other; nothing is known about it.
    private func openUnreadable(_ time: Double) {
        letGo()
        let serial = state.pending.open(sequence: state.newestSequence, time: time, isLearnable: false)
        state.pending.row(serial).update(from: state.row, count: plan.specification.channels)
        state.encoder.keepStatistics(of: serial, in: state.pending)
        for i in state.regression.indices { state.regression[i].skip(serial) }
        for i in state.classification.indices { state.classification[i].skip(serial) }
        for i in state.anomaly.indices { state.anomaly[i].skip() }
        letGoOfRows()
        isNewestReadable = false
    }

    private func predict(_ serial: Int) {
        isNewestReadable = true
        encode(serial)
        let rowsSeen = Int(state.steps)
        for i in state.regression.indices {
            state.regression[i].predict(
                serial, rows: plan.specification.window.every, state.encoder, state.pending, state.reservoir, state.scratch)
        }
        for i in state.classification.indices {
            state.classification[i].predict(serial, state.encoder, state.reservoir, state.scratch)
        }
        for i in state.anomaly.indices {
            let change = state.anomaly[i].step(
                serial, time: state.newestTime, rowsSeen: rowsSeen, isLearning: state.isLearning, state.encoder, state.pending, state.scratch)
            note(change, anomaly: i)
        }
        watchFrame(serial)
    }

    func note(_ change: IncidentChange, anomaly i: Int) {
        let head = places.firstIndex { $0.kind == .anomaly && $0.index == i }
        switch change {
        case .none: break
        case .began: note(.alarm, head: head, incident: state.anomaly[i].incidents, cause: state.anomaly[i].cause)
        case .ended: note(.alarmEnd, head: head, incident: state.anomaly[i].incidents, cause: state.anomaly[i].cause)
        }
    }

    /// The sensors of the frame as it came, before gaps are filled.
    func watchSensors(_ values: UnsafeBufferPointer<Float>) {
        for i in state.anomaly.indices {
            state.anomaly[i].observe(values, isLearning: state.isLearning)
            while events.count < Self.eventCapacity / 2, let change = state.anomaly[i].nextSensorChange() {
                note(.sensor, head: places.firstIndex { $0.kind == .anomaly && $0.index == i }, sensor: change)
            }
        }
    }

    func note(
        _ kind: LearnerEvent.Kind, head: Int?, incident: Int? = nil, cause: AnomalyPrediction.Cause? = nil, sensor: LearnerEvent.Sensor? = nil,
        drift: LearnerEvent.Drift? = nil, regime: Int? = nil, stream: Int? = nil, count: Int? = nil,
        quarantine: LearnerEvent.Quarantine? = nil
    ) {
        guard events.count < Self.eventCapacity else { return }
        state.eventCount += 1
        events.append(
            LearnerEvent(
                kind: kind, id: state.eventCount, time: state.newestTime, head: head, incident: incident, cause: cause,
                drift: drift, regime: regime, sensor: sensor, stream: stream, count: count, quarantine: quarantine))
    }

    // MARK: Encoding

    func encode(_ serial: Int) {
        guard state.encoded != serial else { return }
        state.encoder.encode(serial, state.pending)
        state.encoded = serial
    }

    /// What is due before the next row: fits, then a slice of what they left to be learned again.
    private func advance() {
        guard state.isLearning else { return }
        let isNew = state.encoder.fitIfDue(state.pending)
        if isNew {
            state.encoded = -1
            state.reservoir.fit()
        }
        for _ in 0..<Self.backlogSlice {
            guard let (slot, serial) = state.reservoir.nextStale(state.pending) else { break }
            encode(serial)
            state.reservoir.rewrite(slot, state.encoder)
        }
        rehearse()
        let oldest = state.pending.oldest
        for i in state.regression.indices { state.regression[i].advanceRegimes(state.scratch) }
        for i in state.classification.indices { state.classification[i].advanceRegimes(state.scratch) }
        for i in state.regression.indices {
            let whole = state.keepsSamples ? oldest : max(oldest, state.pending.firstWhole)
            if state.regression[i].wantsFit(state.encoder, justFitted: isNew, oldest: whole) {
                state.regression[i].fit(from: oldest, scalingIsNew: isNew)
            } else if isNew {
                state.regression[i].void()
            }
            for _ in 0..<Self.backlogSlice {
                guard let serial = state.regression[i].nextQueued(state.pending) else { break }
                encode(serial)
                state.regression[i].relearn(serial, state.encoder, state.pending, state.scratch)
            }
        }
        for i in state.classification.indices {
            if isNew { state.classification[i].fit(from: oldest) }
            for _ in 0..<Self.backlogSlice {
                guard let serial = state.classification[i].nextQueued(state.pending) else { break }
                encode(serial)
                state.classification[i].relearn(serial, state.encoder, state.pending, state.scratch)
            }
        }
        advanceCuts()
        advanceTransactions()
        layMarks()
        for i in state.anomaly.indices {
            if isNew { state.anomaly[i].fit(from: oldest) }
            for _ in 0..<Self.backlogSlice {
                guard let serial = state.anomaly[i].nextQueued(state.pending) else { break }
                state.anomaly[i].relearn(serial, state.encoder, state.pending, state.scratch)
            }
        }
    }

    /// Takes a row into the reservoir, which may keep it from all learning.
    func remember(_ serial: Int) {
        guard state.reservoir.wants(serial) else { return }
        encode(serial)
        if state.reservoir.admit(serial, time: state.pending.time(serial), state.encoder) { state.pending.withhold(serial) }
    }

    /// New heads learn a slice of what the reservoir holds.
    private func rehearse() {
        for i in state.regression.indices {
            for _ in 0..<Self.backlogSlice {
                guard let slot = state.regression[i].nextLesson(state.reservoir) else { break }
                state.reservoir.recall(slot, into: state.encoder)
                state.encoded = -1
                state.regression[i].rehearse(
                    slot, at: state.pending.next, state.encoder, state.pending, state.reservoir, state.scratch)
            }
        }
        for i in state.classification.indices {
            for _ in 0..<Self.backlogSlice {
                guard let slot = state.classification[i].nextLesson(state.reservoir) else { break }
                state.reservoir.recall(slot, into: state.encoder)
                state.encoded = -1
                state.classification[i].rehearse(
                    slot, at: state.pending.next, state.encoder, state.pending, state.reservoir, state.scratch)
            }
        }
    }

    // MARK: What it says

    private var isNewestReadable = true

    /// What a head says about the newest window; valid until the next event.
    public func prediction(of head: Int) -> Prediction {
        let place = places[head]
        switch place.kind {
        case .regression: return .regression(state.regression[place.index].prediction(isReadable: isNewestReadable))
        case .classification:
            return .classification(state.classification[place.index].prediction(isReadable: isNewestReadable))
        case .anomaly:
            var said = state.anomaly[place.index].prediction
            if !isNewestReadable { said.isReady = false }
            return .anomaly(said)
        }
    }

    /// The classes of a classification head, in order of first appearance.
    public func classes(of head: Int) -> ClassTable { state.classification[places[head].index].classes }

    /// The episodic memory, to look at.
    public var reservoir: Reservoir { state.reservoir }

    /// How the scores of an anomaly head are distributed by now, for a calibration; nil for other heads, and while that is not known.
    public func scores(of head: Int) -> ScoreDistribution? {
        let place = places[head]
        return place.kind == .anomaly ? state.anomaly[place.index].scores : nil
    }

    /// Losses and weights of a head's experts, for reports; allocates.
    public func experts(of head: Int) -> [ExpertReport] {
        let place = places[head]
        switch place.kind {
        case .regression: return state.regression[place.index].reports
        case .classification: return state.classification[place.index].experts
        case .anomaly: return []
        }
    }

    /// Sequence number and time of the newest frame, and the channels of it that were held.
    public var sequence: UInt64 { state.newestSequence }
    public var time: Double { state.newestTime }
    public var gapCount: Int { state.gapCount }
    public var steps: UInt64 { state.steps }
    public var isLearning: Bool { state.isLearning }
    public var clock: (equal: UInt64, backward: UInt64, jump: UInt64) {
        (state.clock.equal, state.clock.backward, state.clock.jumps)
    }

    /// Counts what was refused before it could become an event.
    public func count(_ reason: DropReason, times: UInt64 = 1) { dropped.count(reason, times: times) }

    /// Goes on with the counts of a learner that this one takes the place of; a snapshot does not hold them.
    public func goOnCounting(from other: Learner) {
        (dropped, labelsSeen, labelsLearned) = (other.dropped, other.labelsSeen, other.labelsLearned)
    }

    /// From now on `losses` are those of what comes.
    public func forgetLosses() { for head in losses.indices { losses[head] = LossMeter() } }

    // MARK: Snapshots

    /// All state as tagged, versioned sections; the bytes hold until the next call.
    public func snapshot() -> UnsafeRawBufferPointer {
        let buffer = UnsafeMutableRawBufferPointer(start: snapshotBuffer, count: plan.snapshotBytes)
        var archive = Archive.writing(to: buffer)
        state.archive(&archive)
        precondition(archive.failure == nil && archive.offset == plan.snapshotBytes, "a snapshot has the size that was planned")
        return UnsafeRawBufferPointer(buffer)
    }

    /// Goes on from a snapshot, bit by bit; one that does not fit leaves the learner as new.
    ///
    /// Where no sample is kept, a snapshot has no rows: those that waited for a label are lost, windows begin anew, and of one that was made
    /// during the warm-up all but the stream begins anew.
    ///
    /// - Returns: what became of the heads, where they did not go on.
    @discardableResult
    public func restore(_ bytes: UnsafeRawBufferPointer) throws(Archive.Failure) -> Adoption? {
        // What is not in the snapshot is not to be what this learner had.
        if !state.keepsSamples { reset() }
        var archive = Archive.reading(from: bytes)
        state.archive(&archive)
        state.encoded = -1
        mayHaveMore = true
        if let failure = archive.failure ?? (archive.offset == bytes.count ? nil : .wrongLength) {
            reset()
            throw failure
        }
        return state.keepsSamples ? nil : beginPresent()
    }

    /// A state has come without its rows. - Returns: what became of the heads, if they begin anew.
    private func beginPresent() -> Adoption? {
        guard state.encoder.isFrozen else {
            let (clock, steps, events) = (state.clock, state.steps, state.eventCount)
            reset()
            (state.clock, state.steps, state.eventCount) = (clock, steps, events)
            return Adoption(heads: plan.specification.heads.map { _ in .cold })
        }
        state.beginPresent()
        return nil
    }

    /// Goes on from the snapshot of a learner with another config, or of another version: section by section, with what can be kept. Heads
    /// that cannot learn from the reservoir, in slices of `backlogSlice` rows a frame, where it knows their labels; else they begin as
    /// ever. Without its encoder nothing can be kept, and the learner is as new.
    public func adopt(_ bytes: UnsafeRawBufferPointer, from former: FormerLearner) throws(Archive.Failure) -> Adoption {
        reset()
        let adoption = state.adopt(bytes, from: former, plan.specification)
        state.encoded = -1
        mayHaveMore = true
        guard let adoption else {
            reset()
            throw .unexpectedSection
        }
        let hasRows = state.keepsSamples && former.specification.memory.keepsSamples
        return hasRows ? adoption : beginPresent() ?? adoption
    }

    func reset() {
        arena.clear()
        var carver = Carver(over: arena)
        (state, _, _) = LearnerState.carve(plan.specification, &carver)
        probe = ProbeRows(plan.specification, &carver)
        state.reset(plan.specification.calibration)
        probe.fill(plan.specification)
        (state.encoded, mayHaveMore) = (-1, true)
    }

    /// The bytes that make this encoder what it is: two encoders with equal bytes make equal latents.
    public func describeEncoder(_ sink: (UnsafeRawBufferPointer) -> Void) { state.encoder.describe(sink) }
}

/// How one expert fares.
public struct ExpertReport {
    public var name: StaticString
    public var loss: Double
    public var weight: Double
}
