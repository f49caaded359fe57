/// What a head adds to a row's latent, and what it learns of it; holds until the next row is composed.
struct TaughtRow {
    var own: UnsafePointer<Float>
    var ownCount: Int
    var target: UnsafePointer<Real>
    var active: Int
}

/// A head whose long memories are cleared segment by segment.
protocol Transacting {
    var transaction: Transaction { get set }
    /// The long memory over the richest latent: that which is judged.
    var main: Factor { get }
    var memories: Memories { get set }
    var regimes: Regimes { get set }
    var segments: Segments { get set }
    /// Own inputs and target of a row that has its label.
    func composeRow(_ serial: Int) -> TaughtRow
    /// Whether a row of the ring has its label.
    func hasLabel(_ serial: Int) -> Bool
    /// Whether what is learned now is learned for good, and not again by a fit or a rehearsal.
    var isSettled: Bool { get }
    /// What is given back with the memories: the mixture's books, and those of errors and intervals.
    func archiveBooks(_ archive: inout Archive)
    /// Whether all labels of a slot that the head needs are known.
    func knows(_ slot: Int, _ reservoir: Reservoir) -> Bool
    /// Main latent and target of a slot's row, which the encoder holds, into `scratch.copy` and `scratch.target`; nil where it is nothing to this head.
    func composeLesson(_ slot: Int, _ reservoir: Reservoir, _ encoder: Encoder, _ scratch: Scratch) -> (width: Int, active: Int)?
    /// The same of a row of a factory's.
    func knows(_ row: Int, _ probe: ProbeRows) -> Bool
    func composeLesson(_ row: Int, _ probe: ProbeRows, _ encoder: Encoder, _ scratch: Scratch) -> (width: Int, active: Int)
    /// Variance of the labels of a factory's rows, as targets, summed over them.
    func spread(_ probe: ProbeRows) -> Double
    /// Takes a row that the encoder holds out of all memories that forget nothing.
    mutating func withdrawWholly(_ serial: Int, _ encoder: Encoder, _ pending: PendingLatents, _ scratch: Scratch)
    /// The short memories go on from the long ones, and the books are those that were kept.
    mutating func giveBackAll(_ scratch: Scratch)
    /// The long memories have become others: what is derived of them is looked at anew.
    mutating func forgetDiscriminants()
    /// What the long memories know counts for a share of what it did, since another regime has begun.
    mutating func loosen(_ decision: Regimes.Decision, to share: Real)
    /// What spoke before a change, and speaks again after it.
    mutating func archiveMixture(_ archive: inout Archive)
    /// A row since a change, for all memories that the reaction has brought.
    mutating func review(_ serial: Int, _ encoder: Encoder, _ pending: PendingLatents, _ scratch: Scratch)
    /// The labels of the reservoir that the head learns.
    func forEachLabel(_ body: (Int) -> Void)
}

// What both kinds of heads do with regimes alike.
extension Transacting {
    mutating func advanceRegimes(_ scratch: Scratch) { regimes.advance(scratch) }
    var regime: Int { regimes.live }
    var regimeScratch: Int { regimes.scratchCount }

    /// Does what was decided; what the long memory has learned since the change has been withdrawn from it.
    ///
    /// - Parameter time: of the newest row.
    mutating func react(_ decision: Regimes.Decision, next serial: Int, at time: Double, _ scratch: Scratch) {
        switch decision.reaction {
        case .notify: return
        case .boost:
            memories.boosted = Memories.boostLength
            return
        case .fork:
            let share = Regimes.kept / Real(max(regimes.mass, Double(Regimes.kept)))
            regimes.fork(main, decision, next: serial)
            loosen(decision, to: share)
        case .recall:
            regimes.recall(decision, main, next: serial, scratch)
            memories.follow()
        }
        segments.mix(until: time)
        transaction.void()
        forgetDiscriminants()
        if var archive = regimes.copy { archiveMixture(&archive) }
    }

    /// Keeps the mixture, now and then, while nothing speaks for another regime.
    mutating func keepMixture() {
        if var archive = regimes.nextCopy() { archiveMixture(&archive) }
    }
}

extension Transacting {
    /// A slice of what is to be done about the newest segments; a segment that has just been dropped.
    mutating func advanceTransaction(
        _ encoder: Encoder, _ pending: PendingLatents, _ reservoir: Reservoir, _ probe: ProbeRows, _ scratch: Scratch
    ) -> LearnerEvent.Quarantine? {
        guard isSettled else {
            if transaction.isOpen { transaction.void() }
            return nil
        }
        // Half of what was learned is out.
        guard !regimes.cut.isOpen else { return nil }
        let next = pending.next
        switch transaction.phase {
        case .filling:
            if !transaction.isOpen {
                begin()
            } else if transaction.isFull(next: next, depth: Encoder.lagDepth) {
                closeSegment(reservoir, probe, next: next)
            }
        case .auditing: judge(encoder, reservoir, probe, scratch, next: next)
        case .withdrawing: return withdrawSlice(encoder, pending, reservoir, scratch)
        }
        return nil
    }

    private mutating func begin() {
        let head = self
        transaction.begin(main) { head.archiveBooks(&$0) }
    }

    private mutating func closeSegment(_ reservoir: Reservoir, _ probe: ProbeRows, next: Int) {
        let known = judges(reservoir)
        let head = self
        if known + judges(probe, beside: known).known < Transaction.leastAudit || !reservoir.isWhole {
            transaction.acceptUnaudited(main) { head.archiveBooks(&$0) }
        } else {
            transaction.close(main, next: next) { head.archiveBooks(&$0) }
        }
    }

    /// Rows of another regime are no judges of this one: what is right here is wrong there.
    private func isJudge(_ slot: Int, _ reservoir: Reservoir) -> Bool {
        reservoir.regime(slot) == reservoir.regime && knows(slot, reservoir)
    }

    private func judges(_ reservoir: Reservoir) -> Int {
        var known = 0
        for slot in reservoir.audit where reservoir.isTaken(slot) && isJudge(slot, reservoir) { known += 1 }
        return known
    }

    /// Rows of a factory's that stand in for own ones that are not there yet; and so many of its rows are looked at for that, known or not. Its world is that of
    /// the first regime.
    private func judges(_ probe: ProbeRows, beside own: Int) -> (known: Int, asked: Int) {
        let wanted = Transaction.mostAudit - own
        guard probe.count > 0, wanted > 0, regimes.live == 0 else { return (0, 0) }
        var known = 0
        for row in 0..<probe.count where knows(row, probe) { known += 1 }
        guard known > wanted else { return (known, probe.count) }
        return (wanted, wanted * probe.count / known)
    }

    /// Of so many of the factory's rows that are looked at those that are known.
    private func judges(_ probe: ProbeRows, asked: Int) -> Int {
        var known = 0
        for place in 0..<asked where knows(place * probe.count / asked, probe) { known += 1 }
        return known
    }

    /// Main latent and target of one of them, evenly chosen.
    private func lesson(_ place: Int, of asked: Int, _ probe: ProbeRows, _ encoder: Encoder, _ scratch: Scratch) -> (width: Int, active: Int)? {
        let row = place * probe.count / asked
        guard knows(row, probe) else { return nil }
        probe.recall(row, into: encoder)
        return composeLesson(row, probe, encoder, scratch)
    }

    /// A slice of the audit: first it is heard whether what was known before the segment is right about the factory's rows, as far as they are needed; then the own
    /// rows are asked about the segment, and the factory's where it is.
    private mutating func judge(_ encoder: Encoder, _ reservoir: Reservoir, _ probe: ProbeRows, _ scratch: Scratch, next: Int) {
        let most = min(reservoir.auditedRows, Transaction.mostAudit)
        let lent = probe.count == 0 ? 0 : judges(probe, beside: judges(reservoir)).asked
        let isHeard = transaction.hasAsked(lent)
        let counts = lent > 0 && isHeard && transaction.understands(rows: judges(probe, asked: lent), spread: spread(probe))
        let total = isHeard ? lent + most + (counts ? lent : 0) : lent
        for _ in 0..<Transaction.auditSlice {
            guard let place = transaction.nextAudit(of: total) else { break }
            if place < lent {
                guard let lesson = lesson(place, of: lent, probe, encoder, scratch) else { continue }
                transaction.hear(scratch.copy, scratch.target, width: lesson.width, active: lesson.active)
            } else if place >= lent + most {
                guard let lesson = lesson(place - lent - most, of: lent, probe, encoder, scratch) else { continue }
                transaction.audit(scratch.copy, scratch.target, width: lesson.width, active: lesson.active)
            } else {
                let slot = reservoir.audit.lowerBound + (place - lent) * reservoir.auditedRows / most
                guard isJudge(slot, reservoir) else { continue }
                reservoir.recall(slot, into: encoder)
                guard let lesson = composeLesson(slot, reservoir, encoder, scratch) else { continue }
                transaction.audit(scratch.copy, scratch.target, width: lesson.width, active: lesson.active)
            }
        }
        guard isHeard else { return }
        if lent > 0, transaction.hasAsked(total), !transaction.hasEnough { return transaction.accept() }
        switch transaction.verdict(next: next, depth: Encoder.lagDepth, audited: total, isLent: counts) {
        case nil: break
        case .taken?: transaction.accept()
        case .dropped?: transaction.reject()
        case .undecided?: transaction.extend()
        }
    }

    private mutating func withdrawSlice(
        _ encoder: Encoder, _ pending: PendingLatents, _ reservoir: Reservoir, _ scratch: Scratch
    ) -> LearnerEvent.Quarantine? {
        for _ in 0..<Transaction.withdrawSlice {
            guard let serial = transaction.nextWithdrawal(oldest: pending.oldest) else { break }
            encoder.encode(serial, pending)
            withdrawWholly(serial, encoder, pending, scratch)
        }
        guard transaction.isDone else { return nil }
        let rows = transaction.judgedRows
        forEachLabel { reservoir.distrust(rows, label: $0) }
        giveBackAll(scratch)
        return transaction.finish()
    }
}
