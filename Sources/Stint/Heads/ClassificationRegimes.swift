import CMath

/// What a classification head does with regimes, but for what all heads do (`Transacting`): it holds them against itself, and says how it forks.
extension ClassificationHead {
    /// Holds against the head what each stored regime would have said of a row that the encoder holds.
    mutating func weighRegimes(_ serial: Int, _ truth: Int, _ encoder: Encoder, _ scratch: Scratch) {
        guard let library = regimes.library, library.count > 0 else { return keepMixture() }
        let known = pending.known(serial)
        composeOwn(serial, known)
        let n = memories.composeMain(encoder, own, known, into: scratch.copy)
        let temperature = Double(pending.weights(serial)[memories.mainExpert])
        let loss = -log(max(mixed[2 * capacity + truth], Self.leastProbability))
        for slot in 0..<library.slots where library.isAwake(slot) {
            library.predict(slot, scratch.copy, width: n, into: regimeSaid, active: known, scratch)
            var largest = regimeSaid[0]
            for k in 1..<known { largest = max(largest, regimeSaid[k]) }
            var total = 0.0
            for k in 0..<known { total += exp(temperature * Double(regimeSaid[k] - largest)) }
            let p = exp(temperature * Double(regimeSaid[truth] - largest)) / total
            library.note(slot, head: loss, regime: -log(max(p, Self.leastProbability)))
        }
        keepMixture()
    }

    /// What the newest label and the detector ask for; nil for nothing.
    ///
    /// - Parameters:
    ///   - row: that the label is of.
    ///   - serial: the next row's.
    mutating func decide(_ rise: Rise?, at row: Int, next serial: Int) -> Regimes.Decision? {
        guard isFitted, !queue.isActive, !regimes.cut.isOpen else { return nil }
        return regimes.decide(rise, loss: newestLoss, inflation: 1, forksLate: true, at: row, next: serial)
    }

    /// Worse than knowing nothing: then nothing is what to begin from.
    mutating func loosen(_ decision: Regimes.Decision, to share: Real) {
        if decision.loss * Self.worstLoss > log(Double(max(classes.count, 2))) {
            memories.reset()
        } else {
            memories.loosen(to: share)
        }
    }

    func archiveMixture(_ archive: inout Archive) {
        var (mixture, temperatures) = (mixture, temperatures)
        mixture.archive(&archive)
        temperatures.archive(&archive)
    }

    mutating func forgetDiscriminants() {
        for i in discriminants.indices { discriminants[i].forget() }
    }
}
