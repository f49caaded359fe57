/// A change of the world, in what a head has learned: the rows before it are the former regime's, those since are the new one's.
///
/// What has been learned since is taken out of the long memories, row by row (`Factor.withdraw`); what is left is what was known before the change, and is asked whether
/// there was one (`ContaminationTest`). Then a fork or a recall exchanges the memory, and the rows are learned by the one that has come: the ridge over all rows since the
/// cut, with what it began from as its prior. Where there was none, they go back to where they were.
///
/// A row that is out is *lent* (`Segments`). Labels that come meanwhile are lent, too, and are learned in their turn, oldest first. The first rows are moved at once, so that a
/// change that is noticed soon is answered at once, and then a slice a frame: no frame pays for a long memory. A cut that is older than most of the ring is where a mark is
/// (`Segments`), if that is nearer: the mark is what was known before, and the difference to it what came since.
///
/// Cost: 2·D² a row and memory each way; with a mark D³ at once.
struct Cut {
    /// Rows that are moved each way when the cut is decided, and each frame after that.
    static let atOnce = 64
    static let slice = 16
    /// Of the ring that a cut may reach back, so that its rows are still there when their turn comes.
    static let share = 0.75
    /// Newest rows that the short memories learn once more: they see the new world with what they now begin from.
    static let reviewed = 32

    enum Phase: Int { case none, taking, returning }

    /// Whole words, so that the archived bytes have no padding.
    private struct State: BitwiseCopyable {
        var phase = 0
        var reaction = 0
        var isRaised = 0
        var row = 0
        var onset = 0
        var loss = 0.0
        var slot = 0
        /// The oldest row that is out, and the next that is moved.
        var first = 0
        var cursor = 0
        var reviewsFrom = Int.max
        var reviewsTo = 0
    }
    private var state = State()

    var phase: Phase { Phase(rawValue: state.phase) ?? .none }
    var isOpen: Bool { phase != .none }
    /// Whether a detector has asked for it.
    var isRaised: Bool { state.isRaised == 1 }
    var decision: Regimes.Decision {
        Regimes.Decision(
            reaction: LearnerEvent.Reaction(rawValue: state.reaction) ?? .notify, row: state.row, onset: state.onset, loss: state.loss, slot: state.slot)
    }

    mutating func begin(_ decision: Regimes.Decision, isRaised: Bool, oldest: Int, next: Int) {
        state = State(
            phase: Phase.taking.rawValue, reaction: decision.reaction.rawValue, isRaised: isRaised ? 1 : 0, row: decision.row, onset: decision.onset,
            loss: decision.loss, slot: decision.slot, first: max(decision.first, oldest), cursor: next)
    }

    mutating func abandon() { state = State() }

    /// Whether a row whose label has come waits for its turn.
    func holds(_ serial: Int) -> Bool {
        phase == .none ? false : serial >= (phase == .taking ? state.first : max(state.first, state.cursor))
    }

    /// The next row that may have to be taken out, the newest first; nil when all have been.
    mutating func nextTaken() -> Int? {
        guard phase == .taking, state.cursor > state.first else { return nil }
        state.cursor -= 1
        return state.cursor
    }

    var isTaken: Bool { phase == .taking && state.cursor <= state.first }

    /// All that is out is to be learned.
    ///
    /// - Parameter newest: the newest row that has its label, where short memories are to learn once more.
    mutating func turn(reviewing newest: Int?) {
        (state.phase, state.cursor) = (Phase.returning.rawValue, state.first)
        if let newest { (state.reviewsFrom, state.reviewsTo) = (newest - Self.reviewed + 1, newest) }
    }

    /// The next row that may have to be learned, the oldest first; nil when all have been.
    mutating func nextReturned(next: Int, oldest: Int) -> Int? {
        guard phase == .returning else { return nil }
        state.cursor = max(state.cursor, oldest)
        guard state.cursor < next else {
            abandon()
            return nil
        }
        state.cursor += 1
        return state.cursor - 1
    }

    func isReviewed(_ serial: Int) -> Bool { serial >= state.reviewsFrom && serial <= state.reviewsTo }

    /// - Parameter slots: of the library; what cannot be, whatever a file says, is no cut.
    mutating func archive(_ archive: inout Archive, slots: Int) {
        archive.scalar(&state)
        let rows = 0..<(1 << 52)
        let isWhole = (0...2).contains(state.phase) && rows.contains(state.row) && rows.contains(state.onset) && rows.contains(state.first)
            && rows.contains(state.cursor) && state.cursor - state.first <= 1 << 24 && (-1..<max(slots, 0)).contains(state.slot)
            && (state.slot >= 0 || state.reaction != LearnerEvent.Reaction.recall.rawValue)
        if !isWhole { abandon() }
    }
}

extension Transacting {
    /// Takes a row that the encoder holds out of the long memories, if it is one that can be, and of the marks that have it.
    mutating func lend(_ serial: Int, _ encoder: Encoder, _ scratch: Scratch) {
        // Where it could not be taken out of all of them it is no longer a row of its own.
        guard takeOut(serial, encoder, scratch) else { return }
        segments.lend(serial)
        regimes.lendLabel()
    }

    /// Learns a row that was lent; the encoder holds it.
    mutating func takeBack(_ serial: Int, _ encoder: Encoder, _ pending: PendingLatents, _ scratch: Scratch) {
        segments.open(serial)
        if regimes.cut.isReviewed(serial) {
            review(serial, encoder, pending, scratch)
        } else {
            let row = composeRow(serial)
            memories.learnLong(encoder, own: row.own, ownCount: row.ownCount, target: row.target, active: row.active, scratch)
            if !transaction.isProvisional(serial) { transaction.note(serial) }
            segments.learn(serial, at: pending.time(serial), isComposable: pending.isComposable(serial))
        }
        regimes.countLabel()
    }

    // MARK: Where a mark is

    /// Whether the newest mark is nearer to the onset of a change than what can be taken out row by row.
    func isAtMark(_ decision: Regimes.Decision, rows: Range<Int>) -> Bool {
        guard decision.reaction == .fork, segments.count > 0 else { return false }
        var singles = 0
        for row in rows where segments.isSingle(row) { singles += 1 }
        let since = Int(segments.span(segments.count).learned)
        return decision.onset > singles && abs(since - decision.onset) < decision.onset - singles
    }

    /// Forks where the newest mark is: what the memories were then is the former regime's, and what came since is added to what the new one begins from.
    mutating func forkAtMark(_ decision: Regimes.Decision, next serial: Int, at time: Double, _ scratch: Scratch) {
        let newest = segments.count - 1, since = segments.span(segments.count).learned
        // Nothing is written over them until they are used: the marks are void with the fork.
        let sums = (segments.mark(newest, 0).r, segments.mark(newest, memories.longCount - 1).r)
        for l in 0..<memories.longCount { segments.part(l, memories.long(l), scratch) }
        regimes.weigh(regimes.mass - since)
        react(decision, next: serial, at: time, scratch)
        for l in 0..<memories.longCount {
            let own = l == 0 ? sums.0 : sums.1
            memories.long(l).add(1, to: own)
            memories.long(l).factorise(own)
        }
        regimes.countLabels(since)
    }

    /// The weights of the main memory as it is, or as it was when the newest mark was laid, aside.
    func freezeKnown(atMark: Bool) -> UnsafePointer<Real> {
        memories.freeze(atMark ? segments.mark(segments.count - 1, memories.longCount - 1) : main)
    }
}
