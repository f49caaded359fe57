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
    public private(set) var labelsSeen: UInt64 = 0
    public private(set) var labelsLearned: UInt64 = 0
    /// What the newest event brought besides predictions.
    public internal(set) var events: [LearnerEvent] = []

    var state: LearnerState
    /// Frames or labels are kept, so that an event may make more than one step due.
    var mayHaveMore = false
    private let snapshotBuffer: UnsafeMutablePointer<UInt8>
    private let arena: Arena
    /// Which of the three lists a head is in, and where.
    let places: [(kind: HeadKind, index: Int)]

    enum HeadKind { case regression, classification, anomaly }

    public init(_ plan: Plan) {
        BLAS.prepare()
        self.plan = plan
        var counter = Carver()
        _ = LearnerState.carve(plan.specification, &counter)
        arena = Arena(bytes: counter.carved)
        var carver = Carver(over: arena)
        (state, _, snapshotBuffer) = LearnerState.carve(plan.specification, &carver)
        state.reset(plan.specification.calibration)
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
    public private(set) var changes: UInt64 = 0

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
        let serial = state.pending.open(sequence: state.newestSequence, time: time, isLearnable: state.gapCount == 0)
        state.pending.row(serial).update(from: state.row, count: specification.channels)
        state.encoder.keepStatistics(of: serial, in: state.pending)
        predict(serial)
        if state.isLearning {
            state.encoder.countLatent()
            if specification.labels == 0, state.gapCount == 0 { remember(serial) }
        }
        return .predicted
    }

    /// A row that could not be read is a step like any other; nothing is known about it.
    private func openUnreadable(_ time: Double) {
        let serial = state.pending.open(sequence: state.newestSequence, time: time, isLearnable: false)
        state.pending.row(serial).update(from: state.row, count: plan.specification.channels)
        state.encoder.keepStatistics(of: serial, in: state.pending)
        for i in state.regression.indices { state.regression[i].skip(serial) }
        for i in state.classification.indices { state.classification[i].skip(serial) }
        for i in state.anomaly.indices { state.anomaly[i].skip() }
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

    private func note(_ change: IncidentChange, anomaly i: Int) {
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
        drift: LearnerEvent.Drift? = nil, regime: Int? = nil, stream: Int? = nil, count: Int? = nil
    ) {
        guard events.count < Self.eventCapacity else { return }
        state.eventCount += 1
        events.append(
            LearnerEvent(
                kind: kind, id: state.eventCount, time: state.newestTime, head: head, incident: incident, cause: cause,
                drift: drift, regime: regime, sensor: sensor, stream: stream, count: count))
    }

    // MARK: Drift

    /// What can be told without a label: the residuals of anomaly heads, and the latents themselves.
    private func watchFrame(_ serial: Int) {
        guard state.isLearning, state.encoder.isFrozen, state.pending.isLearnable(serial) else { return }
        for (head, place) in places.enumerated() where place.kind == .anomaly && state.anomaly[place.index].prediction.isReady {
            watch(head, loss: AnomalyHead.loss(pValue: state.anomaly[place.index].prediction.pValue))
        }
        // A copy of pointers: through an optional, the compiler cannot tell the two parts of the state from each other.
        let encoder = state.encoder
        if let onset = state.twoSample?.observe(encoder) {
            note(.drift, head: nil, drift: LearnerEvent.Drift(detector: .twoSample, reaction: .notify, onset: onset))
        }
    }

    func watch(_ head: Int, loss: Double) {
        guard state.encoder.isFrozen, let rise = state.drift[head].observe(loss), let detector = state.drift[head].detector else { return }
        note(.drift, head: head, drift: LearnerEvent.Drift(detector: detector, reaction: .notify, onset: rise.onset))
    }

    /// A head has learned the label of a row: does it say that the world has changed?
    private func watch(_ head: Int, _ place: (kind: HeadKind, index: Int), _ serial: Int) {
        guard let detector = state.drift[head].detector else { return }
        let (i, next) = (place.index, state.pending.next)
        let decision: Regimes.Decision?
        switch place.kind {
        case .anomaly: return
        case .regression:
            let rise = state.drift[head].observe(state.regression[i].newestLoss)
            decision = state.regression[i].react(rise, at: serial, next: next, state.scratch)
        case .classification:
            let rise = state.drift[head].observe(state.classification[i].newestLoss)
            decision = state.classification[i].react(rise, at: serial, next: next, state.scratch)
        }
        guard let decision else { return }
        let hasChanged = decision.reaction == .fork || decision.reaction == .recall
        let regime = place.kind == .regression ? state.regression[i].regime : state.classification[i].regime
        note(
            .drift, head: head, drift: LearnerEvent.Drift(detector: detector, reaction: decision.reaction, onset: decision.onset),
            regime: hasChanged ? regime : nil)
        guard hasChanged else { return }
        note(.regime, head: head, regime: regime)
        state.drift[head].restart()
        // The rows since the change are the new memory's.
        let first = max(serial - min(decision.onset, Regimes.mostRelearned) + 1, state.pending.oldest, 0)
        for row in first..<(serial + 1) where state.pending.isTrainable(row) {
            switch place.kind {
            case .anomaly: break
            case .regression:
                guard state.regression[i].hasLabel(row) else { continue }
                encode(row)
                state.regression[i].review(row, state.encoder, state.pending, state.scratch)
            case .classification:
                guard state.classification[i].hasLabel(row) else { continue }
                encode(row)
                state.classification[i].review(row, state.encoder, state.scratch)
            }
        }
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
            if state.regression[i].wantsFit(state.encoder, justFitted: isNew, oldest: oldest) {
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
                state.classification[i].relearn(serial, state.encoder, state.scratch)
            }
        }
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
                state.classification[i].rehearse(slot, at: state.pending.next, state.encoder, state.reservoir, state.scratch)
            }
        }
    }

    // MARK: Labels

    private func take(_ label: Label) -> Outcome {
        labelsSeen += 1
        if case .head(let head) = label.target, places[head].kind == .anomaly { return verdict(label, head) }
        return keep(label) ?? settle(label)
    }

    /// A label whose frame, if there was one, has been a step.
    func settle(_ label: Label) -> Outcome {
        let found: Int?
        switch label.moment {
        case .sequence(let sequence): found = state.pending.find(sequence: sequence)
        case .time(let time):
            found = state.pending.find(time: time, tolerance: plan.specification.tolerance ?? 1 / plan.specification.rateHz)
        }
        // The ring may hold more rows than wait for labels: the warm-up needs them.
        guard let serial = found, serial >= state.pending.next - plan.specification.pending else {
            if case .sequence(let sequence) = label.moment, isBetweenWindows(sequence) { return deliverOnly(label) }
            note(.labelLate, head: nil)
            return .refused(.labelLate)
        }
        guard state.isLearning else { return deliverOnly(label) }
        let isLearnable = state.pending.isLearnable(serial)
        if isLearnable { remember(serial) }
        let isTrainable = state.pending.isTrainable(serial)
        let newest = state.pending.next - 1
        var outcome = Offer.unwanted
        for (head, place) in places.enumerated() {
            switch place.kind {
            case .anomaly: break
            case .regression:
                let answer = state.regression[place.index].offer(
                    label, head: head, serial: serial, newest: newest, isLearnable: isLearnable)
                if answer == .complete {
                    if isTrainable { encode(serial) }
                    state.regression[place.index].learn(
                        serial, isTrainable: isTrainable, state.encoder, state.pending, state.scratch)
                    watch(head, place, serial)
                }
                if answer == .complete || answer == .waiting { state.regression[place.index].tell(serial, &state.reservoir) }
                outcome = outcome.joined(answer)
            case .classification:
                let answer = state.classification[place.index].offer(label, head: head, serial: serial)
                if answer == .complete {
                    if isTrainable { encode(serial) }
                    state.classification[place.index].learn(
                        serial, isLearnable: isLearnable, isTrainable: isTrainable, state.encoder, state.scratch)
                    state.classification[place.index].tell(serial, &state.reservoir)
                    watch(head, place, serial)
                }
                if answer == .refused(.classRefused) { note(.classRefused, head: head) }
                outcome = outcome.joined(answer)
            }
        }
        switch outcome {
        case .complete:
            labelsLearned += 1
            return .matched(learned: 1)
        case .waiting: return .matched(learned: 0)
        case .unwanted: return .refused(.labelInvalid)
        case .refused(let reason): return .refused(reason)
        }
    }

    /// Between two window ends a label is not learned, but it is the newest that was delivered.
    private func isBetweenWindows(_ sequence: UInt64) -> Bool {
        plan.specification.window.every > 1 && sequence <= state.newestSequence
            && (state.pending.spans(sequence: sequence) || state.pending.next <= state.pending.capacity)
    }

    private func deliverOnly(_ label: Label) -> Outcome {
        for (head, place) in places.enumerated() {
            switch place.kind {
            case .anomaly: break
            case .regression: state.regression[place.index].deliver(label, head: head)
            case .classification: state.classification[place.index].deliver(label, head: head)
            }
        }
        return .matched(learned: 0)
    }

    /// `normal` closes an open incident; `fault` confirms it.
    private func verdict(_ label: Label, _ head: Int) -> Outcome {
        guard case .category(let name) = label.value else { return .refused(.labelInvalid) }
        if name.elementsEqual("normal".utf8) {
            note(state.anomaly[places[head].index].acknowledge(state.pending), anomaly: places[head].index)
            return .matched(learned: 0)
        }
        guard name.elementsEqual("fault".utf8) else { return .refused(.labelInvalid) }
        state.anomaly[places[head].index].confirm()
        return .matched(learned: 0)
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
    public func restore(_ bytes: UnsafeRawBufferPointer) throws(Archive.Failure) {
        var archive = Archive.reading(from: bytes)
        state.archive(&archive)
        state.encoded = -1
        mayHaveMore = true
        if let failure = archive.failure ?? (archive.offset == bytes.count ? nil : .wrongLength) {
            reset()
            throw failure
        }
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
        return adoption
    }

    private func reset() {
        arena.clear()
        var carver = Carver(over: arena)
        (state, _, _) = LearnerState.carve(plan.specification, &carver)
        state.reset(plan.specification.calibration)
        (state.encoded, mayHaveMore) = (-1, true)
    }

    /// The bytes that make this encoder what it is: two encoders with equal bytes make equal latents.
    public func describeEncoder(_ sink: (UnsafeRawBufferPointer) -> Void) { state.encoder.describe(sink) }
}

/// What a head answers to a label.
enum Offer: Equatable {
    case unwanted
    case waiting
    case complete
    case refused(DropReason)

    /// One answer for all heads: learned by one is learned; a refusal by all is a refusal.
    func joined(_ other: Offer) -> Offer {
        if self == .complete || other == .complete { return .complete }
        if self == .waiting || other == .waiting { return .waiting }
        return self == .unwanted ? other : self
    }
}

/// How one expert fares.
public struct ExpertReport {
    public var name: StaticString
    public var loss: Double
    public var weight: Double
}
