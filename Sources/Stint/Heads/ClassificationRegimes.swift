import CMath

/// What a classification head does with regimes: it holds them against itself, forks, recalls, and gives the mixture back that spoke before.
extension ClassificationHead {
    /// Holds against the head what each stored regime would have said of a row that the encoder holds.
    mutating func weighRegimes(_ serial: Int, _ truth: Int, _ encoder: Encoder, _ scratch: Scratch) {
        guard let library = regimes.library, library.count > 0 else { return keepCopy() }
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
        keepCopy()
    }

    private mutating func keepCopy() {
        guard var archive = regimes.nextCopy() else { return }
        archiveMixture(&archive)
    }

    private func archiveMixture(_ archive: inout Archive) {
        var (mixture, temperatures) = (mixture, temperatures)
        mixture.archive(&archive)
        temperatures.archive(&archive)
    }

    /// What the newest label and the detector ask for; nil for nothing.
    ///
    /// - Parameters:
    ///   - row: that the label is of.
    ///   - serial: the next row's.
    mutating func decide(_ rise: Rise?, at row: Int, next serial: Int) -> Regimes.Decision? {
        guard isFitted, !queue.isActive else { return nil }
        return regimes.decide(rise, loss: newestLoss, inflation: 1, forksLate: true, at: row, next: serial)
    }

    /// Does it; what the long memory has learned since the change has been withdrawn from it.
    mutating func react(_ decision: Regimes.Decision, next serial: Int, at time: Double, _ scratch: Scratch) {
        forgetDiscriminants()
        if decision.reaction == .fork || decision.reaction == .recall { segments.mix(until: time) }
        switch decision.reaction {
        case .notify: break
        case .boost: memories.boosted = Memories.boostLength
        case .fork:
            let share = Regimes.kept / Real(max(regimes.mass, Double(Regimes.kept)))
            regimes.fork(memories.main, decision, next: serial)
            transaction.void()
            // Worse than knowing nothing: then nothing is what to begin from.
            if decision.loss * Self.worstLoss > log(Double(max(classes.count, 2))) {
                memories.reset()
            } else {
                memories.loosen(to: share)
            }
            giveBack()
        case .recall:
            regimes.recall(decision, memories.main, next: serial, scratch)
            memories.follow()
            giveBack()
            transaction.void()
        }
    }

    /// Takes a row that the encoder holds out of the long memory.
    func withdraw(_ serial: Int, _ encoder: Encoder, _ scratch: Scratch) {
        let known = composeTarget(serial)
        memories.withdraw(encoder, own: own, ownCount: known, target: target, active: known, scratch)
    }

    /// The long memories have become others.
    mutating func forgetDiscriminants() {
        for i in discriminants.indices { discriminants[i].forget() }
    }

    private func giveBack() {
        guard var archive = regimes.copy else { return }
        archiveMixture(&archive)
    }
}
