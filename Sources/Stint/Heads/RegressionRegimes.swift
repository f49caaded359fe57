/// What a regression head does with regimes, but for what all heads do (`Transacting`): it holds them against itself, and says how it forks.
extension RegressionHead {
    /// Holds against the head what each stored regime would have said of a row that the encoder holds: log-losses of a Student
    /// distribution with three degrees of freedom, so that an error far out is worse than one less far, and not by its square.
    mutating func weighRegimes(_ serial: Int, _ encoder: Encoder, _ scratch: Scratch) {
        guard let library = regimes.library, library.count > 0 else { return keepMixture() }
        composeOwn(serial, scale.center, scale.inverse)
        let n = memories.composeMain(encoder, own, .max, into: scratch.copy)
        for slot in 0..<library.slots where library.isAwake(slot) {
            library.predict(slot, scratch.copy, width: n, into: regimeSaid, active: count, scratch)
            var lost = (head: 0.0, regime: 0.0)
            for j in 0..<count {
                let kept = pendings.of(serial, j)
                let value = kept[pendings.value]
                let spread = losses.scale(j, spread: history.moments[j].variance)
                guard value.isFinite, spread > 0 else { continue }
                let truth = history.relative(j, kept[PendingPredictions.label])
                let said = history.bounded(j, scale.center[j] + Double(regimeSaid[j]) / scale.inverse[j])
                lost.head += RelativeLoss.student(truth - Double(value), scale: spread) / Double(count)
                lost.regime += RelativeLoss.student(truth - said, scale: spread) / Double(count)
            }
            library.note(slot, head: lost.head, regime: lost.regime)
        }
        keepMixture()
    }

    /// What the newest label and the detector ask for; nil for nothing.
    ///
    /// - Parameters:
    ///   - inflation: of the mean of the head's losses, as they are correlated.
    ///   - row: that the label is of.
    ///   - serial: the next row's.
    mutating func decide(_ rise: Rise?, inflation: Double, at row: Int, next serial: Int) -> Regimes.Decision? {
        guard fittedOn > 0, !queue.isActive, !regimes.cut.isOpen else { return nil }
        return regimes.decide(rise, loss: newestLoss, inflation: inflation, forksLate: false, at: row, next: serial)
    }

    mutating func loosen(_ decision: Regimes.Decision, to share: Real) {
        if decision.explained > 0 {
            memories.loosen(to: share * Real(decision.explained))
        } else {
            memories.reset()
        }
        changes.loosen(to: share)
    }

    mutating func archiveMixture(_ archive: inout Archive) { mixture.archive(&archive) }

    /// A row since a change, for the memory that the reaction has brought.
    mutating func review(_ serial: Int, _ encoder: Encoder, _ pending: PendingLatents, _ scratch: Scratch) {
        absorb(serial, encoder, pending, scratch)
    }
}
