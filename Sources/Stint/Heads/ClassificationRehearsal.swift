/// A classification head that is new while the reservoir is not learns from what that has kept.
extension ClassificationHead {
    /// A head that is new while the reservoir is not: it is to learn from that, its classes by the names of the head that had them.
    mutating func beginRehearsal(_ reservoir: Reservoir, _ rows: PendingLatents, names: ClassTable) {
        for id in 0..<names.count { _ = classes.intern(names.name(id)) }
        for serial in rows.oldest..<rows.next { open(serial) }
        isFitted = true
        rehearsal.start(reservoir, before: rows.next)
    }

    /// The next slot to be rehearsed; nil when there is none.
    mutating func nextLesson(_ reservoir: Reservoir) -> Int? {
        while let slot = rehearsal.next(reservoir, knowing: [label]) {
            if Int(reservoir.label(slot, label)) < classes.count { return slot }
        }
        return nil
    }

    /// Predicts a kept row that the encoder holds, and then learns it, as if it came now; `serial` is the row to come.
    mutating func rehearse(
        _ slot: Int, at serial: Int, _ encoder: Encoder, _ rows: PendingLatents, _ reservoir: Reservoir, _ scratch: Scratch
    ) {
        let before = reservoir.labelBefore(slot, label)
        newest = before.isFinite && Int(before) < classes.count ? Int(before) : -1
        // How old a label was then is not kept.
        newestLabelled = serial
        predict(serial, encoder, reservoir, scratch, asksNeighbours: false)
        newest = Int(reservoir.label(slot, label))
        pending.setLabel(serial, newest)
        learn(serial, isLearnable: true, isTrainable: true, encoder, rows, scratch)
        // The ring does not hold it.
        segments.leave(serial, at: reservoir.time(slot))
        segments.open(serial)
    }
}
