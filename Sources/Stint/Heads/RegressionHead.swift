/// Any number of targets from one latent: the memories and the context's experts under one mixture, with intervals.
///
/// Shapes: K targets, m experts: as before, own-lag forecast, two exponential means, two of neighbours, then the memories. Everything but the
/// factors is per target. Numbers are relative to each target's first label.
/// Cost: see `Factor`; besides it some hundreds of operations a target.
struct RegressionHead {
    /// Experts before the memories; the first of them look at labels only.
    static let context = labelsOnly + NeighbourExperts.count
    static let labelsOnly = 4
    static let contextNames: [StaticString] = ["as_before", "own_lags", "mean_16", "mean_128", "neighbours_recent", "neighbours_all"]
    /// λ of the short memories.
    static let short: Real = 0.8
    /// κ: how much worse than "as before" an untested memory is taken to be.
    static let caution = 4.0
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
    private let capacity: Int
    private let readyRows: Int

    private(set) var memories: Memories
    private var history: LabelHistory
    private var slow: InversePower
    private var quick: InversePower
    private var stacking: Stacking
    private var final: InversePower
    private var intervals: IntervalTracker
    private var losses: RelativeLoss
    private var neighbours: NeighbourExperts
    private var regimes: Regimes
    private let regimeSaid: UnsafeMutablePointer<Real>

    // Of each pending row and target: label, three lags, mean, m experts, three candidates, value, half, kept scales.
    private let slotWidth: Int
    private let slots: UnsafeMutablePointer<Float>
    // Of each pending row: g of the two latents, and how many components of the label are there.
    private let reaches: UnsafeMutablePointer<Float>
    private let delivered: UnsafeMutablePointer<Int32>

    // The scale of the targets, as of the newest fit.
    private let center: UnsafeMutablePointer<Double>
    private let inverse: UnsafeMutablePointer<Double>
    private let formerCenter: UnsafeMutablePointer<Double>
    private let formerInverse: UnsafeMutablePointer<Double>

    private let rehearsed: UnsafeMutablePointer<Moments>
    private let own: UnsafeMutablePointer<Float>
    private let said: UnsafeMutablePointer<Double>
    private let reach: UnsafeMutablePointer<Double>
    private let cautions: UnsafeMutablePointer<Double>
    private let candidates: UnsafeMutablePointer<Double>
    private let ones: UnsafeMutablePointer<Double>
    private let memorySaid: UnsafeMutablePointer<Real>
    private let leverages: UnsafeMutablePointer<Real>
    private let target: UnsafeMutablePointer<Real>
    private let value: UnsafeMutablePointer<Float>
    private let lower: UnsafeMutablePointer<Float>
    private let upper: UnsafeMutablePointer<Float>
    private let deviation: UnsafeMutablePointer<Float>

    private var vectors = 0          // complete label vectors delivered
    private var fittedOn = 0         // of them, at the newest fit
    private var hasLabel = false
    private var newestLabelled = -1  // serial
    private var queue = LearningQueue(keepsOrder: true)
    private var rehearsal = Rehearsal()
    /// What answers while the queue is worked off.
    private enum Aside: UInt8 { case nothing, sameScaling, formerScaling }
    private var aside = Aside.nothing
    private var rowsSinceLabel = 0
    private var isReady = false
    private var novelty: Float = 1
    /// Of the newest complete label, in [0, 1]; NaN when it has none.
    private(set) var newestLoss = Double.nan

    init(targets: [Int], _ specification: Specification, index: Int, capacity: Int, _ carver: inout Carver) {
        self.targets = targets
        count = targets.count
        self.capacity = capacity
        readyRows = max(specification.window.length, 64)
        carver.begin("memories", head: index)
        memories = Memories(
            specification, ownInputs: (3 * count, 2 * count), outputs: count,
            style: MemoryStyle(short: Self.short, ridge: (1, 1), bandwidth: 1, channelScale: 1, lags: .differences), &carver)
        experts = Self.context + memories.count
        carver.begin("aggregation", head: index)
        history = LabelHistory(targets: count, &carver)
        slow = InversePower(experts: experts, targets: count, memory: 1000, power: 4, &carver)
        quick = InversePower(experts: experts, targets: count, memory: 100, power: 2, &carver)
        stacking = Stacking(experts: experts, targets: count, &carver)
        final = InversePower(experts: 3, targets: count, memory: 300, power: 4, &carver)
        intervals = IntervalTracker(targets: count, &carver)
        losses = RelativeLoss(targets: count, &carver)
        neighbours = NeighbourExperts(targets: count, rows: capacity, &carver)
        center = carver.carve(Double.self, count)
        inverse = carver.carve(Double.self, count)
        formerCenter = carver.carve(Double.self, count)
        formerInverse = carver.carve(Double.self, count)
        rehearsed = carver.carve(Moments.self, count)
        own = carver.carve(Float.self, 3 * count)
        said = carver.carve(Double.self, experts)
        reach = carver.carve(Double.self, max(experts, 3))
        cautions = carver.carve(Double.self, max(experts, 3))
        candidates = carver.carve(Double.self, 3)
        ones = carver.carve(Double.self, 3)
        memorySaid = carver.carve(Real.self, memories.count * count)
        leverages = carver.carve(Real.self, memories.count)
        target = carver.carve(Real.self, count)
        value = carver.carve(Float.self, count)
        lower = carver.carve(Float.self, count)
        upper = carver.carve(Float.self, count)
        deviation = carver.carve(Float.self, count)
        carver.begin("regimes", head: index)
        var measure = Archive.measure
        slow.archive(&measure)
        quick.archive(&measure)
        stacking.archive(&measure)
        final.archive(&measure)
        regimes = Regimes(specification.drift, like: memories.main, copyBytes: measure.offset, &carver)
        regimeSaid = carver.carve(Real.self, count)
        carver.begin("pending predictions", head: index)
        slotWidth = 1 + 3 + 1 + experts + 3 + 2 + IntervalTracker.keptWidth
        slots = carver.carve(Float.self, capacity * count * slotWidth)
        reaches = carver.carve(Float.self, capacity * 2)
        delivered = carver.carve(Int32.self, capacity)
    }

    var widest: Int { memories.widest }

    mutating func reset() {
        memories.reset()
        history.reset()
        slow.reset()
        quick.reset()
        stacking.reset()
        final.reset()
        intervals.reset()
        losses.reset()
        neighbours.reset()
        regimes.reset()
        ones.update(repeating: 1, count: 3)
        center.update(repeating: 0, count: count)
        inverse.update(repeating: 1, count: count)
        formerCenter.update(repeating: 0, count: count)
        formerInverse.update(repeating: 1, count: count)
        aside = .nothing
        for table in [value, lower, upper, deviation] { table.update(repeating: 0, count: count) }
        (vectors, fittedOn, newestLabelled, rowsSinceLabel) = (0, 0, -1, 0)
        (hasLabel, isReady) = (false, false)
        queue.reset()
        rehearsal.reset()
        rehearsed.update(repeating: Moments(), count: count)
        novelty = 1
    }

    // MARK: What is kept of a pending row

    private func slot(_ serial: Int, _ j: Int) -> UnsafeMutablePointer<Float> { slots + ((serial % capacity) * count + j) * slotWidth }
    private var expertsAt: Int { 5 }
    private var candidatesAt: Int { 5 + experts }
    private var valueAt: Int { 8 + experts }
    private var keptAt: Int { 10 + experts }

    private func open(_ serial: Int) {
        for j in 0..<count {
            let s = slot(serial, j)
            s[0] = .nan
            s[valueAt] = .nan
            let lags = history.newest + j * LabelHistory.depth
            for lag in 0..<3 { s[1 + lag] = history.counts[j] > Double(lag) ? Float(lags[lag]) : .nan }
            s[4] = Float(history.moments[j].mean)
            for i in 0..<experts { s[expertsAt + i] = .nan }
        }
        delivered[serial % capacity] = 0
        neighbours.open(serial)
        reaches[(serial % capacity) * 2] = 1
        reaches[(serial % capacity) * 2 + 1] = 1
    }

    /// A row that cannot be read: no prediction, and no label can be learned for it.
    mutating func skip(_ serial: Int) {
        open(serial)
        rowsSinceLabel += hasLabel ? 1 : 0
    }

    // MARK: Predicting

    /// Own inputs of a row from its kept lags: `lags` of each target, standardised; 0 where there was none.
    private func composeOwn(_ serial: Int, _ center: UnsafePointer<Double>, _ inverse: UnsafePointer<Double>) {
        for lag in 0..<3 {
            for j in 0..<count {
                let kept = slot(serial, j)[1 + lag]
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
            composeOwn(serial, center, inverse)
            memories.predict(encoder, own: own, ownCount: .max, active: count, into: memorySaid, leverages: leverages, scratch)
        }
        neighbours.ask(serial, encoder, reservoir, targets, history, inverse, isReady: hasFactors && asksNeighbours)
        let isAside = knows && queue.isActive
        if isAside {
            // Until the new fit has caught up, the weights from before it answer, in their own scale.
            encoder.encode(serial, former: aside == .formerScaling, pending)
            composeOwn(serial, formerCenter, formerInverse)
            memories.predictFrozen(encoder, own: own, into: memorySaid, scratch)
            encoder.encode(serial, pending)
        }
        let origin = isAside ? formerCenter : center
        let scale = isAside ? formerInverse : inverse
        let g1 = hasFactors ? min(1 + Double(leverages[0]), Self.mostReach) : 1
        let g2 = hasFactors && memories.count > 2 ? min(1 + Double(leverages[2]), Self.mostReach) : g1
        reaches[(serial % capacity) * 2] = Float(g1)
        reaches[(serial % capacity) * 2 + 1] = Float(g2)
        novelty = hasFactors ? Float((g2 - 1) / g2) : 1
        let together = (g1 * g2).squareRoot()
        fillReach(g1, g2)
        let age = max(serial - newestLabelled - 1, 0)
        var isSure = true
        for j in 0..<count {
            if history.counts[j] == 0 {
                (value[j], lower[j], upper[j], deviation[j]) = (0, 0, 0, 0)
                isSure = false
                continue
            }
            isSure = isSure && history.counts[j] >= Self.readyLabels
            predictTarget(j, serial, age: age, together: together, knows: knows, origin, scale)
        }
        isReady = isReady || isSure || rowsSinceLabel >= readyRows
    }

    private func fillReach(_ g1: Double, _ g2: Double) {
        for i in 0..<experts {
            let isMemory = i >= Self.context
            reach[i] = isMemory ? (i < Self.context + 2 ? g1 : g2) : 1
            cautions[i] = i >= Self.labelsOnly ? Self.caution : 1
        }
    }

    private func predictTarget(
        _ j: Int, _ serial: Int, age: Int, together: Double, knows: Bool, _ center: UnsafePointer<Double>, _ inverse: UnsafePointer<Double>
    ) {
        let s = slot(serial, j)
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
        for i in 0..<experts {
            s[expertsAt + i] = Float(said[i])
            // What is judged later is what was kept, to the bit.
            said[i] = Double(s[expertsAt + i])
        }
        neighbours.hush(serial, said + Self.labelsOnly)
        let deep = slow.combine(j, said, reach: reach, caution: cautions)
        let fast = quick.combine(j, said, reach: reach, caution: cautions)
        s[candidatesAt + 1] = Float(deep)
        s[candidatesAt + 2] = Float(fast)
        s[candidatesAt] = Float(history.bounded(j, stacking.combine(j, said, around: Double(s[candidatesAt + 1]))))
        for i in 0..<3 { candidates[i] = Double(s[candidatesAt + i]) }
        let mixed = final.combine(j, candidates, reach: ones, caution: ones)
        let said = mixed.isFinite ? mixed : lags[0]
        let width = intervals.width(j, reach: together, spread: history.moments[j].variance, into: s + keptAt)
        let range = history.highest[j] - history.lowest[j]
        let half = width.half.isFinite ? width.half : range
        s[valueAt] = Float(said)
        // With fewer labels the spread means little: what is given then is a guess that the tracker is not judged by.
        s[valueAt + 1] = history.counts[j] >= Self.readyLabels ? Float(half) : .nan
        value[j] = history.absolute(j, said)
        // Never further out than one range beyond what has been seen; what is tracked is the interval before this cut.
        lower[j] = min(history.absolute(j, history.bounded(j, said - half)), value[j])
        upper[j] = max(history.absolute(j, history.bounded(j, said + half)), value[j])
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
                guard slot(serial, j)[0].isNaN else { return .refused(.labelDuplicate) }
                answer = settle(j, number, serial, newest, isLearnable)
            }
            return answer
        case (.label(let index), _): return targets.contains(index) ? .refused(.labelInvalid) : .unwanted
        case (.head(head), .vector(let vector)):
            guard vector.count == count else { return .refused(.labelInvalid) }
            for j in 0..<count {
                guard vector[j].isFinite else { return .refused(.labelInvalid) }
                guard slot(serial, j)[0].isNaN else { return .refused(.labelDuplicate) }
            }
            for j in 0..<count { _ = settle(j, vector[j], serial, newest, isLearnable) }
            return .complete
        case (.head(head), .number(let number)) where count == 1:
            guard number.isFinite else { return .refused(.labelInvalid) }
            guard slot(serial, 0)[0].isNaN else { return .refused(.labelDuplicate) }
            return settle(0, number, serial, newest, isLearnable)
        case (.head(head), _): return .refused(.labelInvalid)
        default: return .unwanted
        }
    }

    /// Everything about one target that does not need the latent: the mixture's and the interval's books, then the history.
    private mutating func settle(_ j: Int, _ label: Float, _ serial: Int, _ newest: Int, _ isLearnable: Bool) -> Offer {
        let s = slot(serial, j)
        s[0] = label
        if history.counts[j] == 0 { beginTarget(j, lateBy: newest - serial) }
        let truth = history.shift(j, label)
        if isLearnable, s[valueAt].isFinite {
            let at = serial % capacity
            let (g1, g2) = (Double(reaches[2 * at]), Double(reaches[2 * at + 1]))
            fillReach(g1, g2)
            for i in 0..<experts { said[i] = Double(s[expertsAt + i]) }
            neighbours.judge(serial, j, truth, mixture: Double(s[valueAt]), said + Self.labelsOnly)
            neighbours.hush(serial, said + Self.labelsOnly)
            for i in 0..<3 { candidates[i] = Double(s[candidatesAt + i]) }
            // What a memory said that is no longer live is not held against this one.
            if serial >= regimes.begin {
                slow.learn(j, truth, said, reach: reach)
                quick.learn(j, truth, said, reach: reach)
                stacking.learn(j, truth, said, around: candidates[1])
                final.learn(j, truth, candidates, reach: ones)
                losses.learn(j, error: truth - Double(s[valueAt]), spread: history.moments[j].variance)
            }
            intervals.learn(
                j, error: truth - Double(s[valueAt]), half: Double(s[valueAt + 1]), reach: (g1 * g2).squareRoot(), s + keptAt)
        }
        let isComplete = !s[1].isNaN && !s[2].isNaN && !s[3].isNaN
        history.learn(
            j, truth, lags: (Double(s[1]), Double(s[2]), Double(s[3])), mean: Double(s[4]), isComplete: isComplete)
        newestLabelled = max(newestLabelled, serial)
        delivered[serial % capacity] += 1
        return Int(delivered[serial % capacity]) == count ? .complete : .waiting
    }

    private mutating func beginTarget(_ j: Int, lateBy rows: Int) {
        hasLabel = true
        let prior = 10 + Double(rows) / 2
        slow.begin(j, prior: prior)
        quick.begin(j, prior: prior)
        final.begin(j, prior: prior)
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
    mutating func learn(_ serial: Int, isTrainable: Bool, _ encoder: Encoder, _ scratch: Scratch) {
        vectors += 1
        if neighbours.decide() { admitNeighbours() }
        newestLoss = fittedOn > 0 ? losses.take() : .nan
        let isDue = queue.admits(serial)
        if fittedOn > 0, isTrainable, serial >= regimes.begin, !queue.isActive { weighRegimes(serial, encoder, scratch) }
        if fittedOn > 0, isDue, isTrainable {
            absorb(serial, encoder, scratch)
            regimes.countLabel()
        }
        memories.boosted = max(memories.boosted - 1, 0)
    }

    /// Tells the reservoir what has become known of a row.
    func tell(_ serial: Int, _ reservoir: inout Reservoir) {
        for j in 0..<count where !slot(serial, j)[0].isNaN {
            let before = slot(serial, j)[1]
            reservoir.learn(
                serial, label: targets[j], slot(serial, j)[0], before: before.isNaN ? .nan : history.absolute(j, Double(before)))
        }
    }

    /// The experts of neighbours have woken: they begin in the mixture with what was found while they were not heard.
    private func admitNeighbours() {
        for j in 0..<count {
            for e in 0..<NeighbourExperts.count {
                guard let loss = neighbours.meanLoss(j, e) else { continue }
                slow.admit(j, Self.labelsOnly + e, meanLoss: loss)
                quick.admit(j, Self.labelsOnly + e, meanLoss: loss)
            }
        }
    }

    /// Holds against the head what each stored regime would have said of a row that the encoder holds: log-losses of a Student
    /// distribution with three degrees of freedom, so that an error far out is worse than one less far, and not by its square.
    private mutating func weighRegimes(_ serial: Int, _ encoder: Encoder, _ scratch: Scratch) {
        guard let library = regimes.library, library.count > 0 else { return keepCopy() }
        composeOwn(serial, center, inverse)
        let n = memories.composeMain(encoder, own, .max, into: scratch.copy)
        for slot in 0..<library.slots where library.isAwake(slot) {
            library.predict(slot, scratch.copy, width: n, into: regimeSaid, active: count, scratch)
            var lost = (head: 0.0, regime: 0.0)
            for j in 0..<count {
                let s = self.slot(serial, j)
                let scale = losses.scale(j, spread: history.moments[j].variance)
                guard s[valueAt].isFinite, scale > 0 else { continue }
                let truth = history.relative(j, s[0])
                let said = history.bounded(j, center[j] + Double(regimeSaid[j]) / inverse[j])
                lost.head += RelativeLoss.student(truth - Double(s[valueAt]), scale: scale) / Double(count)
                lost.regime += RelativeLoss.student(truth - said, scale: scale) / Double(count)
            }
            library.note(slot, head: lost.head, regime: lost.regime)
        }
        keepCopy()
    }

    private mutating func keepCopy() {
        guard var archive = regimes.nextCopy() else { return }
        archiveMixture(&archive)
    }

    private func archiveMixture(_ archive: inout Archive) {
        var (slow, quick, stacking, final) = (slow, quick, stacking, final)
        slow.archive(&archive)
        quick.archive(&archive)
        stacking.archive(&archive)
        final.archive(&archive)
    }

    /// What the newest label and the detector ask for; nil for nothing.
    ///
    /// - Parameters:
    ///   - row: that the label is of.
    ///   - serial: the next row's.
    mutating func react(_ rise: Rise?, at row: Int, next serial: Int, _ scratch: Scratch) -> Regimes.Decision? {
        guard fittedOn > 0, !queue.isActive, let decision = regimes.decide(rise, lateness: serial - 1 - row) else { return nil }
        let first = row - decision.onset + 1
        switch decision.reaction {
        case .notify: break
        case .boost: memories.boosted = Memories.boostLength
        case .fork:
            let share = Regimes.kept / Real(max(regimes.mass, Double(Regimes.kept)))
            regimes.fork(memories.main, first: first, next: serial)
            memories.loosen(to: share)
            giveBack()
        case .recall:
            regimes.recall(decision.slot, memories.main, next: serial, scratch)
            memories.follow()
            giveBack()
        }
        return decision
    }

    private func giveBack() {
        guard var archive = regimes.copy else { return }
        archiveMixture(&archive)
    }

    mutating func advanceRegimes(_ scratch: Scratch) { regimes.advance(scratch) }
    var regime: Int { regimes.live }
    var regimeScratch: Int { regimes.scratchCount }
    func hasLabel(_ serial: Int) -> Bool { Int(delivered[serial % capacity]) == count }

    private func absorb(_ serial: Int, _ encoder: Encoder, _ scratch: Scratch) {
        composeOwn(serial, center, inverse)
        for j in 0..<count { target[j] = Real((history.relative(j, slot(serial, j)[0]) - center[j]) * inverse[j]) }
        memories.learn(encoder, own: own, ownCount: .max, target: target, active: count, scratch)
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
        formerCenter.update(from: center, count: count)
        formerInverse.update(from: inverse, count: count)
        for j in 0..<count { scale(j, history.moments[j]) }
        memories.reset()
        losses.reset()
        fittedOn = max(vectors, 1)
        regimes.void(oldest: oldest)
        queue.start(from: oldest)
    }

    private func scale(_ j: Int, _ moments: Moments) {
        center[j] = moments.mean
        inverse[j] = moments.isConstant ? 1 : 1 / moments.deviation
    }

    /// The encoder's scaling is new but there are too few labels for a fit of the targets: what was learned is void.
    mutating func void() {
        guard fittedOn > 0 else { return }
        memories.reset()
        fittedOn = 0
        regimes.void(oldest: .max)
        queue.stop()
    }

    mutating func nextQueued(_ pending: PendingLatents) -> Int? {
        queue.next(pending) { Int(delivered[$0 % capacity]) == count }
    }

    /// A row of a fit's queue.
    mutating func relearn(_ serial: Int, _ encoder: Encoder, _ scratch: Scratch) {
        if regimes.forksAgain(at: serial, memories.main) { memories.reset() }
        absorb(serial, encoder, scratch)
        regimes.countLabel()
    }

    /// A row since a change, for the memory that the reaction has brought.
    func review(_ serial: Int, _ encoder: Encoder, _ scratch: Scratch) { absorb(serial, encoder, scratch) }

    // MARK: Rehearsal

    /// A head that is new while the reservoir is not: it is to learn from that. The scale of the targets is fitted at once, and for
    /// good: the rows to fit it again are not kept raw.
    mutating func beginRehearsal(_ reservoir: Reservoir, _ pending: PendingLatents) {
        for serial in pending.oldest..<pending.next { open(serial) }
        rehearsal.start(reservoir, before: pending.next)
        var walk = rehearsal
        var rows = 0
        while let slot = walk.next(reservoir, knowing: targets) {
            if rows == 0 { for j in 0..<count { history.begin(j, at: reservoir.label(slot, targets[j])) } }
            for j in 0..<count { rehearsed[j].add(history.relative(j, reservoir.label(slot, targets[j]))) }
            rows += 1
        }
        guard rows >= Self.firstFit else {
            rehearsal.reset()
            return
        }
        for j in 0..<count { scale(j, rehearsed[j]) }
        fittedOn = max(rows, Self.lastFit)
    }

    /// The next slot to be rehearsed; nil when there is none.
    mutating func nextLesson(_ reservoir: Reservoir) -> Int? { rehearsal.next(reservoir, knowing: targets) }

    /// Predicts a kept row that the encoder holds, and then learns it, as if it came now; `serial` is the row to come.
    mutating func rehearse(
        _ slot: Int, at serial: Int, _ encoder: Encoder, _ pending: PendingLatents, _ reservoir: Reservoir, _ scratch: Scratch
    ) {
        for j in 0..<count { history.recall(j, newest: reservoir.labelBefore(slot, targets[j])) }
        predict(serial, rows: 0, encoder, pending, reservoir, scratch, asksNeighbours: false)
        for j in 0..<count { _ = settle(j, reservoir.label(slot, targets[j]), serial, serial, true) }
        vectors += 1
        absorb(serial, encoder, scratch)
        // What the sample brings is no change of the stream.
        _ = losses.take()
        newestLabelled = serial - 1
    }

    // MARK: Reports

    var reports: [ExpertReport] {
        let names = Self.contextNames + Memories.names.prefix(memories.count)
        return names.enumerated().map { i, name in
            var (loss, weight) = (0.0, 0.0)
            for j in 0..<count {
                loss += (slow.meanLoss(j, i) ?? 0) / max(history.moments[j].variance, 1e-300) / Double(count)
                weight += slow.weight[j * experts + i] / Double(count)
            }
            return ExpertReport(name: name, loss: loss, weight: weight)
        }
    }

    mutating func archive(_ archive: inout Archive) {
        memories.archive(&archive)
        history.archive(&archive)
        slow.archive(&archive)
        quick.archive(&archive)
        stacking.archive(&archive)
        final.archive(&archive)
        intervals.archive(&archive)
        losses.archive(&archive)
        neighbours.archive(&archive)
        regimes.archive(&archive)
        archive.array(center, count)
        archive.array(inverse, count)
        archive.array(formerCenter, count)
        archive.array(formerInverse, count)
        archive.scalar(&aside)
        archive.array(slots, capacity * count * slotWidth)
        archive.array(reaches, capacity * 2)
        archive.array(delivered, capacity)
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
