/// A regression head that is new while the reservoir is not learns from what that has kept.
extension RegressionHead {
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
        for j in 0..<count { scale.fit(j, rehearsed[j]) }
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
        absorb(serial, encoder, pending, scratch)
        // The ring does not hold it.
        segments.leave(serial, at: reservoir.time(slot))
        segments.open(serial)
        // What the sample brings is no change of the stream.
        _ = losses.take()
        newestLabelled = serial - 1
    }
}
