/// Any number of targets from one latent: the memories and the context's experts under one mixture, with intervals.
///
/// Shapes: K targets, m experts: as before, own-lag forecast, two exponential means, three of neighbours, then the memories, that of changes
/// last. Everything but the factors is per target. Numbers are relative to each target's first label.
/// Cost: see `Factor`; besides it some hundreds of operations a target.
struct RegressionHead {
    /// Experts before the memories; the first of them look at labels only.
    static let context = labelsOnly + NeighbourExperts.count
    static let labelsOnly = 4
    static let contextNames: [StaticString] = ["as_before", "own_lags", "mean_16", "mean_128"] + NeighbourExperts.names
    /// λ of the short memories.
    static let short: Real = 0.8
    /// Labels of every target before the head is ready, unless they are rare.
    static let readyLabels = 16.0
    /// Labels before a first fit of the targets' scale, and before the last.
    static let firstFit = 32
    static let lastFit = 250
    /// Leverage is cut here: a latent can be no newer than new.
    private static let mostReach = 1e12

    let targets: [Int]
    let count: Int
    let experts: Int
    private let readyRows: Int

    var memories: Memories
    var changes: ChangeMemory
    var history: LabelHistory
    var mixture: RegressionMixture
    var intervals: IntervalTracker
    var losses: RelativeLoss
    var neighbours: NeighbourExperts
    private var limit: EncoderLimit
    var budget: ExpertBudget
    /// A section of their own: they hang on the config in another way than what a head knows.
    var regimes: Regimes
    let regimeSaid: UnsafeMutablePointer<Real>
    /// Of a `ContaminationTest`'s rows each label as an own input, and what is believed of it.
    let doubted: UnsafeMutablePointer<Float>
    /// Sections of their own.
    var transaction: Transaction
    var segments: Segments

    var pendings: PendingPredictions
    var scale: TargetScale

    let rehearsed: UnsafeMutablePointer<Moments>
    let own: UnsafeMutablePointer<Float>
    let said: UnsafeMutablePointer<Double>
    private let reach: UnsafeMutablePointer<Double>
    private let memorySaid: UnsafeMutablePointer<Real>
    private let leverages: UnsafeMutablePointer<Real>
    let target: UnsafeMutablePointer<Real>
    private let value: UnsafeMutablePointer<Float>
    private let lower: UnsafeMutablePointer<Float>
    private let upper: UnsafeMutablePointer<Float>
    private let deviation: UnsafeMutablePointer<Float>

    var vectors = 0          // complete label vectors delivered
    var fittedOn = 0         // of them, at the newest fit
    private var hasLabel = false
    var newestLabelled = -1  // serial
    var queue = LearningQueue(keepsOrder: true)
    var rehearsal = Rehearsal()
    /// What answers while the queue is worked off.
    private enum Aside: UInt8 { case nothing, sameScaling, formerScaling }
    private var aside = Aside.nothing
    private var rowsSinceLabel = 0
    var isReady = false
    private var novelty: Float = 1
    /// With the newest complete label it has become plain that the encoder is the limit.
    private(set) var encoderIsLimit = false
    /// Of the newest complete label, in [0, 1]; NaN when it has none.
    private(set) var newestLoss = Double.nan
    /// By the spread of the labels, in place of that of the errors.
    private(set) var newestError = Double.nan

    init(targets: [Int], _ specification: Specification, index: Int, capacity: Int, _ carver: inout Carver) {
        self.targets = targets
        count = targets.count
        readyRows = max(specification.window.length, 64)
        carver.begin("memories", head: index)
        memories = Memories(
            specification, ownInputs: (3 * count, 2 * count), outputs: count,
            style: MemoryStyle(short: Self.short, ridge: (1, 1), bandwidth: 1, channelScale: 1, lags: .differences), &carver)
        changes = ChangeMemory(specification, outputs: count, rows: capacity, &carver)
        experts = Self.context + memories.count + 1
        carver.begin("aggregation", head: index)
        history = LabelHistory(targets: count, isCoarse: !specification.memory.keepsSamples, &carver)
        mixture = RegressionMixture(experts: experts, labelsOnly: Self.labelsOnly, targets: count, &carver)
        intervals = IntervalTracker(targets: count, &carver)
        losses = RelativeLoss(targets: count, &carver)
        neighbours = NeighbourExperts(specification, targets: count, rows: capacity, &carver)
        limit = EncoderLimit(targets: count, &carver)
        budget = ExpertBudget(costs: Self.costs(memories, changes, specification, outputs: count), &carver)
        scale = TargetScale(targets: count, &carver)
        rehearsed = carver.carve(Moments.self, count)
        own = carver.carve(Float.self, 3 * count)
        said = carver.carve(Double.self, experts)
        reach = carver.carve(Double.self, experts)
        memorySaid = carver.carve(Real.self, (memories.count + 1) * count)
        leverages = carver.carve(Real.self, memories.count)
        target = carver.carve(Real.self, count)
        value = carver.carve(Float.self, count)
        lower = carver.carve(Float.self, count)
        upper = carver.carve(Float.self, count)
        deviation = carver.carve(Float.self, count)
        carver.begin("regimes", head: index)
        var measure = Archive.measure
        mixture.archive(&measure)
        regimes = Regimes(specification.drift, like: memories.main, copyBytes: measure.offset, &carver)
        regimeSaid = carver.carve(Real.self, count)
        doubted = carver.carve(Float.self, 2 * ContaminationTest.most * count)
        carver.begin("transactions", head: index)
        measure = Archive.measure
        mixture.archive(&measure)
        losses.archive(&measure)
        intervals.archive(&measure)
        history.archive(&measure)
        transaction = Transaction(rows: capacity, like: memories.main, isOfClasses: false, bookBytes: measure.offset, &carver)
        carver.begin("segments", head: index)
        segments = Segments(rows: capacity, marks: specification.memory.marks, memories, &carver)
        carver.begin("pending predictions", head: index)
        pendings = PendingPredictions(targets: count, experts: experts, rows: capacity, &carver)
    }

    var widest: Int { max(memories.widest, changes.widest) }

    mutating func reset() {
        memories.reset()
        changes.reset()
        history.reset()
        mixture.reset()
        intervals.reset()
        losses.reset()
        neighbours.reset()
        limit.reset()
        budget.reset()
        regimes.reset()
        transaction.reset()
        segments.reset()
        scale.reset()
        aside = .nothing
        for table in [value, lower, upper, deviation] { table.update(repeating: 0, count: count) }
        (vectors, fittedOn, newestLabelled, rowsSinceLabel) = (0, 0, -1, 0)
        (hasLabel, isReady) = (false, false)
        queue.reset()
        rehearsal.reset()
        rehearsed.update(repeating: Moments(), count: count)
        novelty = 1
    }

    func open(_ serial: Int) {
        pendings.open(serial, history)
        changes.open(serial)
        neighbours.open(serial)
        transaction.open(serial)
        segments.open(serial)
    }

    /// A row that cannot be read: no prediction, and no label can be learned for it.
    mutating func skip(_ serial: Int) {
        open(serial)
        rowsSinceLabel += hasLabel ? 1 : 0
    }

    // MARK: Predicting

    /// Own inputs of a row from its kept lags: `lags` of each target, standardised; 0 where there was none.
    func composeOwn(_ serial: Int, _ center: UnsafePointer<Double>, _ inverse: UnsafePointer<Double>) {
        for lag in 0..<3 {
            for j in 0..<count {
                let kept = pendings.of(serial, j)[PendingPredictions.lags + lag]
                own[lag * count + j] = kept.isNaN ? 0 : Float((Double(kept) - center[j]) * inverse[j])
            }
        }
    }

    mutating func predict(
        _ serial: Int, rows: Int, _ encoder: Encoder, _ pending: PendingLatents, _ reservoir: Reservoir, _ scratch: Scratch,
        asksNeighbours: Bool = true
    ) {
        open(serial)
        guard hasLabel else {
            for j in 0..<count { (value[j], lower[j], upper[j], deviation[j]) = (0, 0, 0, 0) }
            return
        }
        rowsSinceLabel += rows
        let knows = fittedOn > 0 && (!queue.isActive || aside != .nothing)
        let hasFactors = fittedOn > 0
        if hasFactors {
            composeOwn(serial, scale.center, scale.inverse)
            memories.predict(
                encoder, own: own, ownCount: .max, active: count, into: memorySaid, leverages: leverages, scratch, works: workers(on: serial))
        }
        let asks = hasFactors && asksNeighbours && budget.works(.neighbours, on: serial)
        neighbours.ask(serial, encoder, reservoir, targets, history, scale.inverse, isReady: asks)
        let isAside = knows && queue.isActive
        if isAside {
            // Until the new fit has caught up, the weights from before it answer, in their own scale.
            encoder.encode(serial, former: aside == .formerScaling, pending)
            composeOwn(serial, scale.formerCenter, scale.formerInverse)
            memories.predictFrozen(encoder, own: own, into: memorySaid, scratch)
            encoder.encode(serial, pending)
        }
        let moved = memorySaid + memories.count * count
        let leverage = hasFactors && !queue.isActive && budget.works(.changes, on: serial)
            ? changes.predict(serial, encoder, pending, pendings, history, scale, into: moved, scratch) : nil
        if leverage == nil { moved.update(repeating: .nan, count: count) }
        let origin = isAside ? scale.formerCenter : scale.center
        let inverse = isAside ? scale.formerInverse : scale.inverse
        let g1 = hasFactors ? min(1 + Double(leverages[0]), Self.mostReach) : 1
        let g2 = hasFactors && memories.count > 2 ? min(1 + Double(leverages[2]), Self.mostReach) : g1
        let kept = pendings.reach(serial)
        (kept[0], kept[1], kept[2]) = (Float(g1), Float(g2), Float(min(1 + Double(leverage ?? 0), Self.mostReach)))
        novelty = hasFactors ? Float((g2 - 1) / g2) : 1
        let together = (g1 * g2).squareRoot()
        fillReach((g1, g2, Double(kept[2])))
        let age = max(serial - newestLabelled - 1, 0)
        var isSure = true
        for j in 0..<count {
            if history.counts[j] == 0 {
                (value[j], lower[j], upper[j], deviation[j]) = (0, 0, 0, 0)
                isSure = false
                continue
            }
            isSure = isSure && history.counts[j] >= Self.readyLabels
            predictTarget(j, serial, age: age, together: together, knows: knows, origin, inverse)
        }
        isReady = isReady || isSure || rowsSinceLabel >= readyRows
    }

    private func fillReach(_ g: (linear: Double, fourier: Double, change: Double)) {
        for i in 0..<experts { reach[i] = i < Self.context ? 1 : i < Self.context + 2 ? g.linear : g.fourier }
        reach[experts - 1] = g.change
    }

    private func predictTarget(
        _ j: Int, _ serial: Int, age: Int, together: Double, knows: Bool, _ center: UnsafePointer<Double>, _ inverse: UnsafePointer<Double>
    ) {
        let s = pendings.of(serial, j)
        let lags = history.newest + j * LabelHistory.depth
        let means = history.means(j)
        said[0] = lags[0]
        said[1] = history.bounded(j, history.forecast(j, age: age))
        said[2] = means.0
        said[3] = means.1
        neighbours.say(j, history, into: said + Self.labelsOnly)
        for i in 0..<memories.count {
            let raw = knows ? Double(memorySaid[i * count + j]) : .nan
            said[Self.context + i] = raw.isFinite ? history.bounded(j, center[j] + raw / inverse[j]) : .nan
        }
        let moved = Double(memorySaid[memories.count * count + j])
        said[experts - 1] = moved.isFinite ? history.bounded(j, moved) : .nan
        for i in 0..<experts {
            s[PendingPredictions.experts + i] = Float(said[i])
            // What is judged later is what was kept, to the bit.
            said[i] = Double(s[PendingPredictions.experts + i])
        }
        neighbours.hush(serial, said + Self.labelsOnly)
        let mixed = mixture.combine(j, said, reach: reach, history, age: age, candidates: s + pendings.candidates)
        let said = mixed.isFinite ? mixed : lags[0]
        let width = intervals.width(j, reach: together, spread: history.moments[j].variance, into: s + pendings.scales)
        let range = history.highest[j] - history.lowest[j]
        let below = width.below.isFinite ? width.below : range
        let above = width.above.isFinite ? width.above : range
        s[pendings.value] = Float(said)
        // With fewer labels the spread means little: what is given then is a guess that the tracker is not judged by.
        s[pendings.below] = history.counts[j] >= Self.readyLabels ? Float(below) : .nan
        s[pendings.above] = history.counts[j] >= Self.readyLabels ? Float(above) : .nan
        value[j] = history.absolute(j, said)
        // Never further out than one range beyond what has been seen; what is tracked is the interval before this cut.
        lower[j] = min(history.absolute(j, history.bounded(j, said - below)), value[j])
        upper[j] = max(history.absolute(j, history.bounded(j, said + above)), value[j])
        deviation[j] = Float(width.deviation.isFinite ? width.deviation : range)
    }

    func prediction(isReadable: Bool) -> RegressionPrediction {
        RegressionPrediction(
            isReady: isReady && isReadable,
            value: UnsafeBufferPointer(start: value, count: count), lower: UnsafeBufferPointer(start: lower, count: count),
            upper: UnsafeBufferPointer(start: upper, count: count), deviation: UnsafeBufferPointer(start: deviation, count: count),
            novelty: novelty, regime: regimes.live, nominal: Float(IntervalTracker.nominal))
    }

    // MARK: Labels

    /// Takes what a label says for this head into the row's slot; `complete` when nothing of the vector is missing any more.
    mutating func offer(_ label: Label, head: Int, serial: Int, newest: Int, isLearnable: Bool) -> Offer {
        switch (label.target, label.value) {
        case (.label(let index), .number(let number)):
            guard number.isFinite else { return .refused(.labelInvalid) }
            var answer = Offer.unwanted
            for j in 0..<count where targets[j] == index {
                guard pendings.of(serial, j)[PendingPredictions.label].isNaN else { return .refused(.labelDuplicate) }
                answer = settle(j, number, serial, newest, isLearnable)
            }
            return answer
        case (.label(let index), _): return targets.contains(index) ? .refused(.labelInvalid) : .unwanted
        case (.head(head), .vector(let vector)):
            guard vector.count == count else { return .refused(.labelInvalid) }
            for j in 0..<count {
                guard vector[j].isFinite else { return .refused(.labelInvalid) }
                guard pendings.of(serial, j)[PendingPredictions.label].isNaN else { return .refused(.labelDuplicate) }
            }
            for j in 0..<count { _ = settle(j, vector[j], serial, newest, isLearnable) }
            return .complete
        case (.head(head), .number(let number)) where count == 1:
            guard number.isFinite else { return .refused(.labelInvalid) }
            guard pendings.of(serial, 0)[PendingPredictions.label].isNaN else { return .refused(.labelDuplicate) }
            return settle(0, number, serial, newest, isLearnable)
        case (.head(head), _): return .refused(.labelInvalid)
        default: return .unwanted
        }
    }

    /// Everything about one target that does not need the latent: the mixture's and the interval's books, then the history.
    mutating func settle(_ j: Int, _ label: Float, _ serial: Int, _ newest: Int, _ isLearnable: Bool) -> Offer {
        let s = pendings.of(serial, j)
        s[PendingPredictions.label] = label
        if history.counts[j] == 0 { beginTarget(j, lateBy: newest - serial) }
        let truth = history.shift(j, label)
        let value = Double(s[pendings.value])
        if isLearnable, value.isFinite {
            let kept = pendings.reach(serial)
            let (g1, g2) = (Double(kept[0]), Double(kept[1]))
            fillReach((g1, g2, Double(kept[2])))
            for i in 0..<experts { said[i] = Double(s[PendingPredictions.experts + i]) }
            // After a change a late head is wrong until labels come: then what is far out is what there is to learn.
            let isLate = newest - serial > Regimes.mostLateness
            let weight = isLate ? 1 : losses.weight(j, error: truth - value, spread: history.moments[j].variance)
            neighbours.judge(serial, j, truth, mixture: value, said + Self.labelsOnly, weight: weight)
            noteLimit(j, truth, serial)
            neighbours.hush(serial, said + Self.labelsOnly)
            weighParts(j, truth)
            // What a memory said that is no longer live is not held against this one.
            if serial >= regimes.begin {
                mixture.learn(j, truth, said, reach: reach, candidates: s + pendings.candidates, weight: weight)
                losses.learn(j, error: truth - value, spread: history.moments[j].variance)
            }
            intervals.learn(
                j, error: truth - value, below: Double(s[pendings.below]), above: Double(s[pendings.above]),
                reach: (g1 * g2).squareRoot(), s + pendings.scales)
        }
        let lags = s + PendingPredictions.lags
        history.learn(
            j, truth, lags: (Double(lags[0]), Double(lags[1]), Double(lags[2])), mean: Double(s[PendingPredictions.mean]),
            isComplete: !lags[0].isNaN && !lags[1].isNaN && !lags[2].isNaN)
        newestLabelled = max(newestLabelled, serial)
        pendings.countLabel(serial)
        return pendings.isComplete(serial) ? .complete : .waiting
    }

    private func noteLimit(_ j: Int, _ truth: Double, _ serial: Int) {
        let (near, long) = (said + Self.labelsOnly, said + Self.context)
        limit.note(
            j, truth: truth, neighbours: near[0], long: (long[0], long[memories.mainExpert]), weight: neighbours.stride(serial))
    }

    private mutating func beginTarget(_ j: Int, lateBy rows: Int) {
        hasLabel = true
        mixture.begin(j, lateBy: rows)
    }

    /// A label of a row that has no latent of its own is still the newest that was delivered.
    mutating func deliver(_ label: Label, head: Int) {
        guard case .label(let index) = label.target, case .number(let number) = label.value, number.isFinite else { return }
        for j in 0..<count where targets[j] == index {
            if history.counts[j] == 0 { beginTarget(j, lateBy: 0) }
            _ = history.shift(j, number)
        }
    }

    // MARK: Learning

    /// A complete vector; the encoder holds the row. While the queue of a fit is worked off, new rows wait at its end.
    mutating func learn(_ serial: Int, isTrainable: Bool, _ encoder: Encoder, _ pending: PendingLatents, _ scratch: Scratch) {
        vectors += 1
        if pending.isLearnable(serial) { changes.advance(to: serial) }
        admit(neighbours.decide())
        encoderIsLimit = limit.decide()
        budget.decide()
        newestLoss = fittedOn > 0 ? losses.take() : .nan
        newestError = fittedOn > 0 ? losses.takePlain() : .nan
        let isDue = queue.admits(serial)
        if fittedOn > 0, isTrainable, serial >= regimes.begin, !queue.isActive, !regimes.cut.isOpen { weighRegimes(serial, encoder, scratch) }
        if fittedOn > 0, isDue, isTrainable {
            testify(serial, encoder, scratch)
            absorb(serial, encoder, pending, scratch)
            if !segments.isLent(serial) { regimes.countLabel() }
        }
        memories.boosted = max(memories.boosted - 1, 0)
    }

    /// Experts of neighbours have woken: they begin in the mixture with what was found while they were not heard.
    private func admit(_ woken: Range<Int>) {
        for j in 0..<count {
            for e in woken {
                guard let loss = neighbours.meanLoss(j, e) else { continue }
                mixture.admit(j, Self.labelsOnly + e, meanLoss: loss)
            }
        }
    }

    mutating func absorb(_ serial: Int, _ encoder: Encoder, _ pending: PendingLatents, _ scratch: Scratch) {
        let waits = regimes.cut.holds(serial)
        composeTarget(serial)
        memories.learn(encoder, own: own, ownCount: .max, target: target, active: count, scratch, works: workers(on: serial), longWaits: waits)
        if budget.works(.changes, on: serial) {
            changes.learn(serial, encoder, pending, pendings, history, scale, scratch)
        } else {
            changes.pass(serial)
        }
        guard !waits else { return segments.lend(serial) }
        transaction.note(serial)
        segments.learn(serial, at: pending.time(serial), isComposable: pending.isComposable(serial))
    }

    /// Whether the targets' scale is to be fitted now: with every fit of the encoder, and as labels that came late double,
    /// unless rows that would have to be learned again are no longer kept.
    func wantsFit(_ encoder: Encoder, justFitted: Bool, oldest: Int) -> Bool {
        guard encoder.isFitted, vectors >= Self.firstFit else { return false }
        if justFitted || fittedOn == 0 { return true }
        let areKept = newestLabelled - oldest + 1 >= vectors
        return encoder.isFrozen && fittedOn < Self.lastFit && vectors >= 2 * fittedOn && areKept
    }

    /// Scale and latents are new: everything that is kept and labelled is learned again, oldest first.
    ///
    /// - Parameter scalingIsNew: the encoder was fitted with it.
    mutating func fit(from oldest: Int, scalingIsNew: Bool) {
        if fittedOn > 0 {
            memories.freeze()
            aside = scalingIsNew ? .formerScaling : .sameScaling
        } else {
            aside = .nothing
        }
        scale.keep()
        for j in 0..<count { scale.fit(j, history.moments[j]) }
        memories.reset()
        changes.forget()
        losses.reset()
        segments.reset()
        fittedOn = max(vectors, 1)
        regimes.void(oldest: oldest)
        queue.start(from: oldest)
    }

    /// The encoder's scaling is new but there are too few labels for a fit of the targets: what was learned is void.
    mutating func void() {
        guard fittedOn > 0 else { return }
        memories.reset()
        changes.forget()
        segments.reset()
        fittedOn = 0
        regimes.void(oldest: .max)
        queue.stop()
    }

    mutating func nextQueued(_ pending: PendingLatents) -> Int? {
        queue.next(pending) { pendings.isComplete($0) && !transaction.isGone($0) }
    }

    /// A row of a fit's queue.
    mutating func relearn(_ serial: Int, _ encoder: Encoder, _ pending: PendingLatents, _ scratch: Scratch) {
        if regimes.forksAgain(at: serial, memories.main) {
            memories.reset()
            segments.mix(until: pending.time(serial))
        }
        absorb(serial, encoder, pending, scratch)
        regimes.countLabel()
    }

    mutating func archive(_ archive: inout Archive) {
        memories.archive(&archive)
        changes.archive(&archive)
        history.archive(&archive)
        mixture.archive(&archive)
        intervals.archive(&archive)
        losses.archive(&archive)
        neighbours.archive(&archive)
        limit.archive(&archive)
        budget.archive(&archive)
        scale.archive(&archive)
        archive.scalar(&aside)
        pendings.archive(&archive)
        archive.scalar(&vectors)
        archive.scalar(&fittedOn)
        archive.scalar(&hasLabel)
        archive.scalar(&newestLabelled)
        archive.scalar(&rowsSinceLabel)
        archive.scalar(&isReady)
        archive.scalar(&novelty)
        queue.archive(&archive)
        rehearsal.archive(&archive)
    }
}
