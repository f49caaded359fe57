/// Which regime a head lives in: the live one, the library of the others, and when to change.
///
/// - **Recall**: a stored regime has been better than the whole head by `RegimeLibrary.threshold` nats. It needs no detector,
///   and no window: a handful of labels is enough where the two disagree. The live memory and the stored one change places.
/// - **Fork**: a detector has seen the loss at least double, and no stored regime explains it. The long memory is frozen into
///   the library, and another begins from it: W as it was, but worth 16 rows at most, so that new rows move it at once; or from
///   nothing, where it has become worse than knowing nothing. What came since the change is not the former's (`Cut`).
/// - **Boost**: the loss has risen, but not so much. The short memories forget faster for a while.
///
/// A false fork mends itself: the regime that was frozen by mistake is then the one that explains, and is recalled. A
/// regime of fewer than 64 labels is none: what it learned is learned again by the one that takes its place.
struct Regimes {
    static let leastMass = 64.0
    /// Times the loss before, for a fork.
    static let leastRatio = 2.0
    /// Rows that a memory is worth after a fork.
    static let kept: Real = 16
    /// Rows that labels may be late for a boost, or a fork at once: later than that, it answers what is over.
    static let mostLateness = 16
    /// Losses of rows predicted after a late alarm by which it is judged.
    private static let witnesses = 8.0
    /// Labels between two copies of the mixture.
    private static let copyEvery = 64

    private let policy: DriftSpecification
    private(set) var library: RegimeLibrary?
    /// Number of the live regime; regimes are numbered as they appear.
    private(set) var live = 0
    private var made = 1
    /// Labels that the live memory has learned.
    private(set) var mass = 0.0
    /// The first row that was predicted by the live memory. What was predicted before says nothing about it.
    private(set) var begin = 0
    /// The change that is being worked off.
    var cut = Cut()

    /// First row of the newest regime that was forked, and the one at which a fit's queue has to fork again; −1 for none.
    private var forkedAt = -1
    private var forksAgainAt = -1

    /// A change that labels were too late to answer at once.
    private struct Suspicion: BitwiseCopyable {
        var first = 0
        /// The first row that was predicted when the alarm had been raised.
        var judgedFrom = 0
        /// The loss before the change; below 0 for none.
        var before = -1.0
        var sum = 0.0
        var count = 0.0
    }
    private var suspicion = Suspicion()

    // Two copies of the mixture's state, the older from before any change that has begun since.
    private let copyBytes: Int
    private let older: UnsafeMutablePointer<UInt8>
    private let newer: UnsafeMutablePointer<UInt8>
    private var copies = 0
    private var sinceCopy = 0

    /// What is to be done, about what began with the row `first`.
    struct Decision {
        var reaction: LearnerEvent.Reaction
        var row: Int
        var onset: Int
        /// What the loss has been since.
        var loss = 0.0
        var slot = -1
        /// What of the rows since was known before, in [0, 1].
        var explained = 1.0

        var first: Int { row - onset + 1 }
    }

    /// - Parameter copyBytes: of the mixture's archive.
    init(_ policy: DriftSpecification, like memory: Factor, copyBytes: Int, _ carver: inout Carver) {
        self.policy = policy
        self.copyBytes = copyBytes
        let keeps = policy.detector != nil && policy.regimes > 1
            && (policy.reaction == nil || policy.reaction == .fork || policy.reaction == .recall)
        library = keeps ? RegimeLibrary(slots: policy.regimes - 1, like: memory, &carver) : nil
        older = carver.carve(UInt8.self, keeps ? copyBytes : 0)
        newer = carver.carve(UInt8.self, keeps ? copyBytes : 0)
    }

    mutating func reset() {
        library?.reset()
        (live, made, mass, begin, copies, sinceCopy) = (0, 1, 0, 0, 0, 0)
        (forkedAt, forksAgainAt) = (-1, -1)
        cut.abandon()
        suspicion = Suspicion()
    }

    /// The latents mean something else now: what was stored of the former ones is void, and learned again from the kept rows,
    /// the oldest of which is given.
    mutating func void(oldest: Int) {
        library?.reset()
        cut.abandon()
        (mass, copies, sinceCopy) = (0, 0, 0)
        forksAgainAt = forkedAt - oldest >= Int(Self.leastMass) ? forkedAt : -1
    }

    /// Whether a row that is learned again is the first of the newest regime: then what came before it is stored once more.
    mutating func forksAgain(at serial: Int, _ memory: Factor) -> Bool {
        guard forksAgainAt >= 0, serial >= forksAgainAt, let slot = library?.freeSlot else { return false }
        forksAgainAt = -1
        library?.store(memory, number: max(live - 1, 0), mass: mass, in: slot)
        library?.makeRoom()
        mass = 0
        return true
    }

    mutating func countLabel() { mass += 1 }
    mutating func lendLabel() { mass -= 1 }
    mutating func countLabels(_ count: Double) { mass += count }

    /// Takes in a regime that another learner has stored, under a number of its own.
    mutating func take(_ memory: Factor, mass: Double, in slot: Int) {
        library?.store(memory, number: made, mass: mass, in: slot)
        made += 1
    }

    /// Nothing is left of the regimes that are stored; the live one keeps its number.
    mutating func eraseStored() {
        library?.erase()
        (copies, sinceCopy, forksAgainAt) = (0, 0, -1)
    }

    /// The live memory holds so many labels from now on.
    mutating func weigh(_ labels: Double) { mass = labels }

    /// A library that is full merges its nearest two in the background.
    mutating func makeRoom() { library?.makeRoom() }

    /// Puts what a stored regime has become in its place.
    func replace(_ slot: Int, by memory: Factor, mass: Double) {
        guard let library else { return }
        library.store(memory, number: library.number(slot), mass: mass, in: slot)
    }

    /// Numbers that the scratch must have room for: one factor.
    var scratchCount: Int { library.map { Factor.packed($0.width) + $0.width * $0.outputs } ?? 0 }

    // MARK: Deciding

    /// - Parameters:
    ///   - loss: of the newest label; NaN for none.
    ///   - inflation: how many labels say one thing, as their losses are correlated; 1 where each counts.
    ///   - forksLate: whether labels that come late can ask for a fork.
    ///   - row: that the newest label is of.
    ///   - serial: the next row's. What a head does not know yet it gets wrong again and again until its labels come: the later they
    ///     are, the longer a run of losses says one thing only.
    mutating func decide(
        _ rise: Rise?, loss: Double, inflation: Double, forksLate: Bool, at row: Int, next serial: Int
    ) -> Decision? {
        let lateness = serial - 1 - row
        if policy.reaction == nil || policy.reaction == .recall, let best = library?.best {
            // An alarm is half of the evidence.
            let threshold = RegimeLibrary.threshold * (1 + Double(lateness) / 4) * inflation
            if best.evidence >= (rise == nil && suspicion.before < 0 ? 1 : 0.5) * threshold {
                return Decision(reaction: .recall, row: row, onset: best.onset, slot: best.slot)
            }
        }
        guard let rise else { return confirm(loss, at: row, next: serial) }
        var decision = Decision(reaction: .notify, row: row, onset: rise.onset, loss: rise.since)
        let isLate = lateness > Self.mostLateness
        switch policy.reaction {
        case .notify: break
        case .boost: decision.reaction = .boost
        case .fork, .recall: decision.reaction = canFork ? .fork : .boost
        case nil where rise.since < Self.leastRatio * rise.before || !canFork: decision.reaction = isLate ? .notify : .boost
        case nil where isLate && !forksLate: break
        case nil where isLate: suspicion = Suspicion(first: decision.first, judgedFrom: serial, before: rise.before)
        case nil: decision.reaction = .fork
        }
        return decision
    }

    private var canFork: Bool { library?.freeSlot != nil && mass >= Self.leastMass }

    /// Whether rows that were predicted when the change was known are predicted no better than those before they were: then a late
    /// alarm is followed by a fork. What a label alone has cured is over by then.
    private mutating func confirm(_ loss: Double, at row: Int, next serial: Int) -> Decision? {
        guard suspicion.before >= 0, row >= suspicion.judgedFrom, loss.isFinite else { return nil }
        suspicion.sum += loss
        suspicion.count += 1
        guard suspicion.count >= Self.witnesses else { return nil }
        let (since, first) = (suspicion.sum / suspicion.count, suspicion.first)
        let isSo = since >= Self.leastRatio * suspicion.before && canFork
        suspicion = Suspicion()
        return isSo ? Decision(reaction: .fork, row: row, onset: row - first + 1, loss: since) : nil
    }

    /// What spoke for another regime was none.
    mutating func forgetEvidence() { library?.forgetEvidence() }

    /// Whether the evidence decides, and not the config.
    var choosesFromEvidence: Bool { policy.reaction == nil }

    // MARK: Reacting

    /// Freezes the live memory into the library; the caller then weakens it. What has learned too little is not kept.
    mutating func fork(_ memory: Factor, _ decision: Decision, next serial: Int) {
        forkedAt = decision.first
        if mass >= Self.leastMass, let slot = library?.freeSlot {
            library?.store(memory, number: live, mass: mass, in: slot)
            library?.makeRoom()
        }
        live = made
        made += 1
        settle(mass: 0, decision, next: serial)
    }

    /// The stored regime becomes the live memory, and what was live takes its slot.
    mutating func recall(_ decision: Decision, _ memory: Factor, next serial: Int, _ scratch: Scratch) {
        guard let library else { return }
        let slot = decision.slot
        let (number, mass) = (library.number(slot), library.mass(slot))
        let arriving = scratch.factor(width: memory.width, outputs: memory.outputs, ridge: memory.ridge)
        library.load(slot, into: arriving)
        if self.mass >= Self.leastMass {
            library.store(memory, number: live, mass: self.mass, in: slot)
        } else {
            library.clear(slot)
        }
        memory.copy(from: arriving)
        self.library?.makeRoom()
        live = number
        settle(mass: mass, decision, next: serial)
    }

    private mutating func settle(mass: Double, _ decision: Decision, next serial: Int) {
        self.mass = mass
        begin = serial
        sinceCopy = 0
        suspicion = Suspicion()
        library?.forgetEvidence()
    }

    /// A slice of what a full library takes.
    mutating func advance(_ scratch: Scratch) { library?.advance(scratch) }

    // MARK: The mixture's books

    /// Where to write the mixture, now and then, while nothing speaks for another regime.
    mutating func nextCopy() -> Archive? {
        guard let library else { return nil }
        sinceCopy += 1
        guard sinceCopy >= Self.copyEvery, (library.best?.evidence ?? 0) < RegimeLibrary.threshold / 4 else { return nil }
        sinceCopy = 0
        older.update(from: newer, count: copyBytes)
        copies = min(copies + 1, 2)
        return .writing(to: UnsafeMutableRawBufferPointer(start: newer, count: copyBytes))
    }

    /// The mixture as it was before the change: what it has lost since was lost by memories that are gone.
    var copy: Archive? {
        copies == 2 ? .reading(from: UnsafeRawBufferPointer(start: older, count: copyBytes)) : nil
    }

    mutating func archive(_ archive: inout Archive) {
        library?.archive(&archive)
        archive.scalar(&live)
        archive.scalar(&made)
        archive.scalar(&mass)
        archive.scalar(&begin)
        archive.scalar(&copies)
        archive.scalar(&sinceCopy)
        archive.scalar(&forkedAt)
        archive.scalar(&forksAgainAt)
        cut.archive(&archive, slots: policy.regimes - 1)
        archive.scalar(&suspicion)
        guard library != nil else { return }
        archive.array(older, copyBytes)
        archive.array(newer, copyBytes)
    }
}
