/// What has been forgotten.
public struct Forgotten: Equatable, Sendable {
    /// Labelled rows that a head no longer knows: of the head that has lost most.
    public var learned = 0
    /// Segments that were dropped as a whole, since some of their rows could not be taken out by themselves.
    public var segments = 0
    /// Rows that are gone from the ring of rows that wait, and from the reservoir.
    public var waiting = 0
    public var kept = 0
    /// Heads that have begun anew.
    public var begun = 0

    /// Rows of which something is gone: of the part that held most of them.
    public var rows: Int { max(learned, waiting, kept) }

    mutating func join(_ other: Forgotten) {
        learned = max(learned, other.learned)
        segments = max(segments, other.segments)
    }
}

/// Taking out of the long memories what some rows have taught, as if they had never come.
///
/// - Rows that the ring still holds are withdrawn one by one.
/// - A segment that holds other rows of those that are to go is dropped whole: subtracted from the long memories and from every mark after
///   it. Those of its rows that the ring holds, and that may stay, are learned again.
/// - With the base go the stored regimes, which are as old.
/// - The short memories, which are no sums, go on from the long ones.
///
/// What was provisional is so no longer: it could not be composed again as it was learned, where rows before it are gone.
///
/// Cost: 2·D² multiply-adds for each row and memory, D³ for each segment and memory; all at once.
extension Transacting {
    /// Takes a row that the encoder holds out of the long memories and of the marks that have it.
    mutating func takeOut(_ serial: Int, _ encoder: Encoder, _ scratch: Scratch) -> Bool {
        let row = composeRow(serial)
        let isOut = memories.withdrawWholly(
            encoder, own: row.own, ownCount: row.ownCount, target: row.target, active: row.active, scratch, segments,
            from: segments.span(of: serial) ?? segments.count)
        segments.withdraw(serial)
        return isOut
    }

    /// - Parameters:
    ///   - isGone: of a row of the ring.
    ///   - holds: whether a span has rows that are to go, beside those that could be withdrawn.
    mutating func forget(
        _ encoder: Encoder, _ pending: PendingLatents, _ scratch: Scratch, row isGone: (Int) -> Bool, span holds: (Self, Int) -> Bool
    ) -> Forgotten {
        var gone = Forgotten()
        var isBroken = false
        for serial in pending.oldest..<pending.next where segments.isSingle(serial) && isGone(serial) {
            encoder.encode(serial, pending)
            isBroken = !takeOut(serial, encoder, scratch) || isBroken
            gone.learned += 1
        }
        var span = segments.count
        while span >= 0 {
            // A row that could not be withdrawn goes with all that there is.
            if isBroken || holds(self, span) {
                gone.learned += Int(segments.span(span).rows)
                gone.segments += 1
                drop(span, encoder, pending, scratch)
            }
            span -= 1
        }
        guard gone.learned > 0 else { return gone }
        if !segments.isMixed { regimes.weigh(segments.learned) }
        transaction.clear()
        memories.restartShort()
        if isSettled { memories.wipe() }
        return gone
    }

    private mutating func drop(_ span: Int, _ encoder: Encoder, _ pending: PendingLatents, _ scratch: Scratch) {
        if span == 0 { regimes.eraseStored() }
        let isOwn = segments.singles(in: span, pending.oldest..<pending.next)
        segments.drop(span, memories, scratch)
        for serial in isOwn {
            encoder.encode(serial, pending)
            let row = composeRow(serial)
            memories.learnLong(encoder, own: row.own, ownCount: row.ownCount, target: row.target, active: row.active, scratch)
            segments.learn(serial, at: pending.time(serial), isComposable: true)
        }
    }

    /// Rows after those that are gone cannot be composed again as they were learned.
    func leave(after serial: Int, _ pending: PendingLatents) {
        for later in (serial + 1)..<(serial + 1 + Encoder.lagDepth) where later < pending.next && !pending.isWiped(later) {
            segments.leave(later, at: pending.time(later))
        }
    }
}

extension RegressionHead {
    /// Nothing is left of a row that waits or has waited.
    mutating func wipe(_ serial: Int) {
        pendings.wipe(serial)
        neighbours.open(serial)
        segments.open(serial)
        changes.pass(serial)
        // The newest label is an input of the rows to come: it is the mean, as before there was one.
        guard serial == newestLabelled else { return }
        for j in 0..<count where history.counts[j] > 0 {
            for lag in 0..<LabelHistory.depth { history.newest[j * LabelHistory.depth + lag] = history.moments[j].mean }
        }
    }

    /// The memory of changes is a sum over pairs of rows, which no segment holds: it learns again those that are still there.
    mutating func relearnChanges(_ encoder: Encoder, _ pending: PendingLatents, _ scratch: Scratch) {
        changes.forget()
        guard fittedOn > 0 else { return changes.wipe() }
        for serial in max(pending.oldest, pending.next - Self.relearned)..<pending.next
        where pending.isTrainable(serial) && pendings.isComplete(serial) {
            encoder.encode(serial, pending)
            changes.learn(serial, encoder, pending, pendings, history, scale, scratch)
        }
        changes.wipe()
    }

    private static let relearned = 256

    /// Everything is gone, as if it were new; the rows that wait are open again.
    mutating func beginAgain(_ rows: Range<Int>) {
        reset()
        for serial in rows { open(serial) }
    }
}

extension ClassificationHead {
    mutating func wipe(_ serial: Int) {
        if serial == newestLabelled { newest = -1 }
        pending.wipe(serial)
        neighbours.open(serial)
        filter.open(serial)
        segments.open(serial)
    }

    /// Whether a span has rows of a class that are not single. Latents begin with 1, so that UᵀDZ has the sums of the targets in its first
    /// row; a memory that was weighed down holds the smaller part of a row.
    func holds(_ id: Int, in span: Int) -> Bool {
        func rows(_ memory: Factor) -> Double { Double(memory.row(0)[0] * memory.targets(0)[id]) }
        for l in 0..<memories.longCount {
            let end = span < segments.count ? segments.mark(span, l) : memories.long(l)
            let before = span > 0 ? rows(segments.mark(span - 1, l)) : 0
            if rows(end) - before > 1e-6 { return true }
        }
        return span == 0 && (regimes.library?.holds(id) ?? false)
    }

    /// What the labels say by themselves of a class.
    mutating func clear(_ id: Int) {
        context.clear(id)
        filter.clear(id)
        if newest == id { newest = -1 }
    }

    /// Everything is gone, its classes too, as if it were new; the rows that wait are open again.
    mutating func beginAgain(_ rows: Range<Int>, isFitted: Bool) {
        reset()
        for serial in rows { open(serial) }
        self.isFitted = isFitted
    }
}
