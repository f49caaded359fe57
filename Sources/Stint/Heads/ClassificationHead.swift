import CMath

/// Classes as they appear, by one-hot ridge and by discriminants from the same factors, mixed with what the labels say by themselves.
///
/// A class that is new gets a zero column, which is exactly what joint training from the start would have given it, so
/// nothing old is forgotten by it. Scores become probabilities by a softmax whose temperature is learned online, after
/// division by √(1 + leverage): where the latent is new the scores mean less.
///
/// Shapes: K ≤ `capacity` classes; memories as in `Memories`, a discriminant of each long one; two experts of neighbours, three of context and the filter. Cost: see `Factor`; besides it
/// K·experts logarithms and exponentials a row.
struct ClassificationHead {
    /// λ of the short memories, ridge of the linear and the Fourier latent, bandwidth against the median rule.
    static let short: Real = 0.9
    static let ridge: (linear: Real, fourier: Real) = (0.3, 0.1)
    static let bandwidth: Float = 0.7
    /// Experts after the memories.
    static let beside = NeighbourClasses.count + ClassContext.experts + 1
    static let contextNames: [StaticString] = ["neighbours_recent", "neighbours_all", "transition", "frequency_50", "frequency_10", "smoothed"]

    let label: Int
    let capacity: Int
    var memories: Memories
    /// A section of its own: the reservoir's class labels are its indices.
    var classes: ClassTable
    var context: ClassContext
    /// One of each long memory.
    var discriminants: [Discriminant]
    /// Experts of scores: memories and discriminants.
    private let scored: Int
    var neighbours: NeighbourClasses
    var filter: ClassFilter
    var mixture: ClassMixture
    var conformal: ClassSet
    /// A section of their own: they hang on the config in another way than what a head knows.
    var regimes: Regimes
    let regimeSaid: UnsafeMutablePointer<Real>
    /// Sections of their own.
    var transaction: Transaction
    var segments: Segments

    var pending: PendingClasses
    var temperatures: ScoreTemperature
    /// Numbers of a row's weights: temperatures, the mixture's, and the bound of the set.
    private let weightCount: Int

    let own: UnsafeMutablePointer<Float>
    let memorySaid: UnsafeMutablePointer<Real>
    private let leverages: UnsafeMutablePointer<Real>
    let target: UnsafeMutablePointer<Real>
    private let said: UnsafeMutablePointer<Double>
    let mixed: UnsafeMutablePointer<Double>
    private let room: UnsafeMutablePointer<Double>
    private let probability: UnsafeMutablePointer<Float>
    private let isInSet: UnsafeMutablePointer<Bool>

    var newest = -1
    /// Row of the newest label that was delivered.
    var newestLabelled = 0
    /// Serial number of the newest row.
    private var newestPredicted = -1
    private var best = -1
    private var setSize = 0
    private var novelty: Float = 1
    var isFitted = false
    var queue = LearningQueue(keepsOrder: false)
    var rehearsal = Rehearsal()
    /// Classes that the newest prediction speaks of; labels that came since may have brought more.
    private var spoken = 0
    /// Of the newest label, log-loss in [0, 1]; NaN when it has none.
    private(set) var newestLoss = Double.nan
    /// Nats at which the log-loss is cut, so that one confident mistake is no change of the world.
    static let worstLoss = 4.0
    /// A probability counts as this when regimes are compared.
    static let leastProbability = 0.02

    init(label: Int, classes: Int, _ specification: Specification, index: Int, capacity ring: Int, _ carver: inout Carver) {
        self.label = label
        capacity = classes
        carver.begin("memories", head: index)
        memories = Memories(
            specification, ownInputs: (classes, classes), outputs: classes,
            style: MemoryStyle(
                short: Self.short, ridge: Self.ridge, bandwidth: Self.bandwidth,
                channelScale: Float(1 / Double(specification.channels).squareRoot()), lags: .values),
            &carver)
        carver.begin("aggregation", head: index)
        self.classes = ClassTable(capacity: classes, &carver)
        context = ClassContext(classes: classes, &carver)
        discriminants = memories.longs.map { Discriminant($0.factor, classes: classes, &carver) }
        scored = memories.count + discriminants.count
        neighbours = NeighbourClasses(rows: ring, &carver)
        filter = ClassFilter(classes: classes, rows: ring, &carver)
        mixture = ClassMixture(memories: scored, &carver)
        conformal = ClassSet(&carver)
        temperatures = ScoreTemperature(scored, &carver)
        own = carver.carve(Float.self, classes)
        memorySaid = carver.carve(Real.self, scored * classes)
        leverages = carver.carve(Real.self, memories.count)
        target = carver.carve(Real.self, classes)
        said = carver.carve(Double.self, (scored + Self.beside) * classes)
        mixed = carver.carve(Double.self, 3 * classes)
        room = carver.carve(Double.self, classes)
        probability = carver.carve(Float.self, classes)
        isInSet = carver.carve(Bool.self, classes)
        carver.begin("regimes", head: index)
        var measure = Archive.measure
        mixture.archive(&measure)
        temperatures.archive(&measure)
        regimes = Regimes(specification.drift, like: memories.main, copyBytes: measure.offset, &carver)
        regimeSaid = carver.carve(Real.self, classes)
        carver.begin("transactions", head: index)
        conformal.archive(&measure)
        transaction = Transaction(rows: ring, like: memories.main, isOfClasses: true, bookBytes: measure.offset, &carver)
        carver.begin("segments", head: index)
        segments = Segments(rows: ring, marks: specification.memory.marks, memories, &carver)
        carver.begin("pending predictions", head: index)
        weightCount = scored + mixture.weightCount + 1
        pending = PendingClasses(
            rows: ring, classes: classes, memories: scored, experts: ClassContext.experts + 1, weights: weightCount, &carver)
    }

    var widest: Int { memories.widest }
    mutating func reset() {
        memories.reset()
        classes.reset()
        context.reset()
        for i in discriminants.indices { discriminants[i].reset() }
        neighbours.reset()
        filter.reset()
        mixture.reset()
        conformal.reset()
        regimes.reset()
        transaction.reset()
        segments.reset()
        temperatures.reset()
        probability.update(repeating: 0, count: capacity)
        isInSet.update(repeating: false, count: capacity)
        (newest, best, setSize, novelty) = (-1, -1, 0, 1)
        (newestPredicted, newestLabelled) = (-1, 0)
        (isFitted, spoken) = (false, 0)
        queue.reset()
        rehearsal.reset()
    }

    // MARK: Predicting

    mutating func open(_ serial: Int) {
        newestPredicted = serial
        pending.open(serial, newest: newest)
        neighbours.open(serial)
        filter.open(serial)
        transaction.open(serial)
        segments.open(serial)
    }

    mutating func skip(_ serial: Int) { open(serial) }

    /// The newest label of then; what it was no longer worth goes to all classes as they are frequent.
    func composeOwn(_ serial: Int, _ known: Int) {
        for k in 0..<known { own[k] = 0 }
        let before = pending.newest(serial)
        guard before >= 0 else { return }
        let worth = pending.worth(serial)
        if worth < 1 {
            context.frequencies(known, into: room)
            for k in 0..<known { own[k] = (1 - worth) * Float(room[k]) }
        }
        own[before] += worth
    }

    mutating func predict(_ serial: Int, _ encoder: Encoder, _ reservoir: Reservoir, _ scratch: Scratch, asksNeighbours: Bool = true) {
        open(serial)
        let known = classes.count
        spoken = known
        pending.setKnown(serial, known)
        guard known > 0 else { return }
        let labelsOnly = said + firstOfContext * capacity
        let age = serial - newestLabelled
        let worth = context.worth(newest, age: age, known: known)
        pending.setWorth(serial, Float(worth), age: age)
        context.predict(newest: newest, worth: worth, known: known, into: labelsOnly, stride: capacity)
        neighbours.ask(serial, encoder, reservoir, label: label, isReady: isFitted && asksNeighbours)
        context.frequencies(known, into: room)
        for k in 0..<known { labelsOnly[ClassContext.experts * capacity + k] = room[k] }
        pending.keep(serial, labelsOnly, stride: capacity, known: known)
        let w = pending.weights(serial)
        if isFitted {
            composeOwn(serial, known)
            memories.predict(encoder, own: own, ownCount: known, active: known, into: memorySaid, leverages: leverages, scratch)
            for e in 0..<memories.count {
                pending.keep(serial, e, memorySaid + e * capacity, scale: 1 / (1 + Double(leverages[e])).squareRoot(), known: known)
            }
            for i in discriminants.indices {
                let (long, e) = (2 * i, memories.count + i)
                discriminants[i].predict(memorySaid + long * capacity, leverage: leverages[long], known: known, into: memorySaid + e * capacity)
                pending.keep(serial, e, memorySaid + e * capacity, scale: 1, known: known)
            }
            for e in 0..<scored { w[e] = Float(temperatures[e]) }
            let deepest = leverages[memories.count > 2 ? 2 : 0]
            novelty = Float(deepest / (1 + deepest))
            mixture.weights(into: w + scored, hearsNeighbours: neighbours.wereHeard(serial))
            pending.setSpoken(serial)
            recallExperts(serial, known)
            mixture.vote(said, stride: capacity, known: known, weights: w + scored, into: mixed)
            filter.predict(serial, vote: mixed, frequency: room, known: known, into: labelsOnly + ClassContext.experts * capacity)
            pending.keep(serial, labelsOnly, stride: capacity, known: known)
        } else {
            novelty = 1
        }
        recall(serial, known)
        choose(known)
        let bound = conformal.bound
        w[weightCount - 1] = bound
        setSize = 0
        for k in 0..<known {
            isInSet[k] = k == best || probability[k] >= bound
            setSize += isInSet[k] ? 1 : 0
        }
    }

    private var firstOfContext: Int { scored + NeighbourClasses.count }

    /// Fills `said` and `mixed` with what was said of a row, from what is kept of it.
    private func recall(_ serial: Int, _ known: Int) {
        recallExperts(serial, known)
        guard pending.hasSpoken(serial) else {
            // Before the first fit the transitions speak alone.
            for k in 0..<known { mixed[2 * capacity + k] = said[firstOfContext * capacity + k] }
            normalise(mixed + 2 * capacity, known)
            return
        }
        mixture.combine(said, stride: capacity, known: known, weights: pending.weights(serial) + scored, into: mixed)
        normalise(mixed + 2 * capacity, known)
    }

    private func recallExperts(_ serial: Int, _ known: Int) {
        pending.recall(serial, into: said + firstOfContext * capacity, stride: capacity, known: known)
        guard pending.hasSpoken(serial) else { return }
        for e in 0..<NeighbourClasses.count { neighbours.say(e, serial, known: known, into: said + (scored + e) * capacity) }
        let w = pending.weights(serial)
        for e in 0..<scored {
            ScoreTemperature.softmax(pending.scores(serial, e), known, temperature: Double(w[e]), into: said + e * capacity)
        }
    }

    private func normalise(_ p: UnsafeMutablePointer<Double>, _ known: Int) {
        var total = 0.0
        for k in 0..<known { total += p[k] }
        for k in 0..<known { p[k] = total > 0 ? p[k] / total : 1 / Double(known) }
    }

    private mutating func choose(_ known: Int) {
        best = 0
        for k in 0..<known {
            probability[k] = Float(mixed[2 * capacity + k])
            if probability[k] > probability[best] { best = k }
        }
    }

    func prediction(isReadable: Bool) -> ClassificationPrediction {
        let known = spoken
        return ClassificationPrediction(
            isReady: isReadable && known > 0, classID: best,
            probability: UnsafeBufferPointer(start: probability, count: known),
            isInSet: UnsafeBufferPointer(start: isInSet, count: known), abstains: known > 1 && 2 * setSize > known, novelty: novelty,
            regime: regimes.live)
    }

    /// What an expert gives a class in the newest prediction; nil where it says nothing.
    func opinion(_ expert: Int, _ id: Int) -> Double? {
        guard newestPredicted >= 0, id < spoken, expert >= firstOfContext || pending.hasSpoken(newestPredicted) else { return nil }
        var total = 0.0
        for k in 0..<spoken { total += said[expert * capacity + k] }
        return total > 0 ? said[expert * capacity + id] / total : nil
    }

    var expertCount: Int { scored + Self.beside }

    // MARK: Labels

    /// Takes the class of a row, if it is this head's and the row has none yet.
    mutating func offer(_ label: Label, head: Int, serial: Int) -> Offer {
        guard concerns(label, head: head) else { return .unwanted }
        guard case .category(let name) = label.value else { return .refused(.labelInvalid) }
        guard pending.label(serial) < 0 else { return .refused(.labelDuplicate) }
        switch classes.intern(name) {
        case .refused(let reason): return .refused(reason)
        case .known(let id):
            pending.setLabel(serial, id)
            newest = id
            newestLabelled = serial
            return .complete
        }
    }

    /// A label of a row that has no latent of its own is still the newest that was delivered.
    mutating func deliver(_ label: Label, head: Int) {
        guard concerns(label, head: head), case .category(let name) = label.value else { return }
        if case .known(let id) = classes.intern(name) { (newest, newestLabelled) = (id, max(newestPredicted, 0)) }
    }

    private func concerns(_ label: Label, head: Int) -> Bool {
        switch label.target {
        case .label(let index): index == self.label
        case .head(let index): index == head
        }
    }

    // MARK: Learning

    /// A row has its class; the encoder holds it if it is learnable.
    mutating func learn(
        _ serial: Int, isLearnable: Bool, isTrainable: Bool, _ encoder: Encoder, _ rows: PendingLatents, _ scratch: Scratch
    ) {
        let truth = pending.label(serial)
        let known = pending.known(serial)
        if isLearnable, known > 0 { recall(serial, known) }
        let hasSpoken = pending.hasSpoken(serial)
        let wasKnown = truth < known
        // What a memory said that is no longer live is not held against this one.
        let isCurrent = serial >= regimes.begin
        if isLearnable, known > 1, wasKnown, hasSpoken, isCurrent {
            neighbours.judge(truth, serial, known: known, mixture: mixed[2 * capacity + truth])
            mixture.learn(
                truth, said, stride: capacity, known: known, mixed: mixed, hearsNeighbours: neighbours.wereHeard(serial),
                lateness: newestPredicted - serial, room: room)
            if neighbours.decide() { mixture.admitNeighbours { neighbours.ratio($0) } }
            for e in 0..<scored { temperatures.learn(e, pending.scores(serial, e), truth: truth, known: known, room: room) }
        }
        context.learn(truth, before: pending.newest(serial), age: pending.age(serial))
        filter.learn(serial, truth, before: serial > 0 ? pending.label(serial - 1) : -1)
        let isDue = queue.admits(serial)
        if isTrainable, known > 1, wasKnown, hasSpoken, isCurrent, !queue.isActive, !regimes.cut.isOpen { weighRegimes(serial, truth, encoder, scratch) }
        if isFitted, isDue, isTrainable {
            testify(serial, encoder, scratch)
            absorb(serial, encoder, rows, scratch)
            if !segments.isLent(serial) { regimes.countLabel() }
        }
        memories.boosted = max(memories.boosted - 1, 0)
        newestLoss = .nan
        guard isLearnable, known > 1 else { return }
        let p = wasKnown ? mixed[2 * capacity + truth] : 0
        if wasKnown, isCurrent, hasSpoken { newestLoss = min(-log(max(p, 1e-9)), Self.worstLoss) / Self.worstLoss }
        let bound = hasSpoken ? Double(pending.weights(serial)[weightCount - 1]) : 0
        var top = 0
        for k in 0..<known where mixed[2 * capacity + k] > mixed[2 * capacity + top] { top = k }
        conformal.learn(probability: p, wasInSet: wasKnown && (p >= bound || truth == top))
    }

    func hasLabel(_ serial: Int) -> Bool { pending.label(serial) >= 0 }

    /// Tells the reservoir what has become known of a row.
    func tell(_ serial: Int, _ reservoir: inout Reservoir) {
        let before = pending.newest(serial)
        reservoir.learn(serial, label: label, Float(pending.label(serial)), before: before >= 0 ? Float(before) : .nan)
    }

    /// Own inputs and target of a row; returns the classes known.
    func composeTarget(_ serial: Int) -> Int {
        let known = classes.count
        composeOwn(serial, known)
        for k in 0..<known { target[k] = 0 }
        target[pending.label(serial)] = 1
        return known
    }

    private mutating func absorb(_ serial: Int, _ encoder: Encoder, _ rows: PendingLatents, _ scratch: Scratch) {
        let known = composeTarget(serial), waits = regimes.cut.holds(serial)
        memories.learn(encoder, own: own, ownCount: known, target: target, active: known, scratch, longWaits: waits)
        for i in discriminants.indices { discriminants[i].count() }
        guard !waits else { return segments.lend(serial) }
        transaction.note(serial)
        // What an overdue label is worth goes to classes as they are frequent by now, which nobody knows later.
        segments.learn(serial, at: rows.time(serial), isComposable: pending.worth(serial) >= 1 && rows.isComposable(serial))
    }

    /// The encoder's fit is new: everything that is kept and labelled is learned again, oldest first.
    mutating func fit(from oldest: Int) {
        memories.reset()
        segments.reset()
        forgetDiscriminants()
        isFitted = true
        regimes.void(oldest: oldest)
        queue.start(from: oldest)
    }

    mutating func nextQueued(_ rows: PendingLatents) -> Int? {
        let pending = pending
        return queue.next(rows) { pending.label($0) >= 0 }
    }

    /// A row of a fit's queue.
    mutating func relearn(_ serial: Int, _ encoder: Encoder, _ rows: PendingLatents, _ scratch: Scratch) {
        if regimes.forksAgain(at: serial, memories.main) {
            memories.reset()
            segments.mix(until: rows.time(serial))
        }
        absorb(serial, encoder, rows, scratch)
        regimes.countLabel()
    }

    /// A row since a change, for the memory that the reaction has brought.
    mutating func review(_ serial: Int, _ encoder: Encoder, _ rows: PendingLatents, _ scratch: Scratch) {
        absorb(serial, encoder, rows, scratch)
    }

    mutating func archive(_ archive: inout Archive) {
        memories.archive(&archive)
        context.archive(&archive)
        for i in discriminants.indices { discriminants[i].archive(&archive) }
        neighbours.archive(&archive)
        filter.archive(&archive)
        mixture.archive(&archive)
        conformal.archive(&archive)
        temperatures.archive(&archive)
        pending.archive(&archive)
        archive.scalar(&newest)
        archive.scalar(&newestPredicted)
        archive.scalar(&newestLabelled)
        archive.scalar(&isFitted)
        queue.archive(&archive)
        rehearsal.archive(&archive)
    }
}
