/// Whether the world has changed: what is watched, and what is done about it.
extension Learner {
    /// What can be told without a label: the residuals of anomaly heads, and the latents themselves.
    func watchFrame(_ serial: Int) {
        guard state.isLearning, state.encoder.isFrozen, state.pending.isLearnable(serial) else { return }
        for (head, place) in places.enumerated() where place.kind == .anomaly && state.anomaly[place.index].prediction.isReady {
            watch(head, loss: AnomalyHead.loss(pValue: state.anomaly[place.index].prediction.pValue))
        }
        // A copy of pointers: through an optional, the compiler cannot tell the two parts of the state from each other.
        let encoder = state.encoder
        if let onset = state.twoSample?.observe(encoder) {
            note(.drift, head: nil, drift: LearnerEvent.Drift(detector: .twoSample, reaction: .notify, onset: onset))
        }
    }

    func watch(_ head: Int, loss: Double) {
        guard state.encoder.isFrozen, let rise = state.drift[head].observe(loss), let detector = state.drift[head].detector else { return }
        note(.drift, head: head, drift: LearnerEvent.Drift(detector: detector, reaction: .notify, onset: rise.onset))
    }

    /// A head has learned the label of a row: does it say that the world has changed?
    func watch(_ head: Int, _ place: (kind: HeadKind, index: Int), _ serial: Int) {
        meter(head, place)
        guard let detector = state.drift[head].detector else { return }
        let (i, next) = (place.index, state.pending.next)
        let rise: Rise?
        let wanted: Regimes.Decision?
        switch place.kind {
        case .anomaly: return
        case .regression:
            rise = state.drift[head].observe(state.regression[i].newestLoss)
            wanted = state.regression[i].decide(rise, inflation: state.drift[head].inflation, at: serial, next: next)
        case .classification:
            rise = state.drift[head].observe(state.classification[i].newestLoss)
            wanted = state.classification[i].decide(rise, at: serial, next: next)
        }
        guard let wanted, let decision = borneOut(wanted, rise, place) else { return }
        let hasChanged = decision.reaction.isOfRegimes
        // What has been learned since the change is not the former memory's, but the new one's.
        if hasChanged { withdraw(place, decision) }
        let regime: Int
        switch place.kind {
        case .anomaly: return
        case .regression:
            state.regression[i].react(decision, next: next, at: state.newestTime, state.scratch)
            regime = state.regression[i].regime
        case .classification:
            state.classification[i].react(decision, next: next, at: state.newestTime, state.scratch)
            regime = state.classification[i].regime
        }
        note(
            .drift, head: head, drift: LearnerEvent.Drift(detector: detector, reaction: decision.reaction, onset: decision.onset),
            regime: hasChanged ? regime : nil)
        guard hasChanged else { return }
        note(.regime, head: head, regime: regime)
        state.reservoir.enter(regime: regime, from: decision.first)
        state.drift[head].restart()
        review(place, decision)
    }

    /// What is to be done when labels that are wrong are told from a world that is another: a fork or a recall that most rows do not bear out is
    /// but told, and where nothing was raised not even that. Classes are right or wrong: their errors have no quartiles.
    private func borneOut(_ decision: Regimes.Decision, _ rise: Rise?, _ place: (kind: HeadKind, index: Int)) -> Regimes.Decision? {
        let i = place.index
        guard decision.reaction.isOfRegimes, place.kind == .regression, state.regression[i].transaction.isOpen,
            state.regression[i].regimes.choosesFromEvidence
        else { return decision }
        switch contamination(i, decision) {
        case .change: return decision
        case .tooFew where decision.reaction == .recall: return nil
        case .tooFew: return decision
        case .contamination:
            state.regression[i].regimes.forgetEvidence()
            state.regression[i].transaction.hurry()
            guard rise != nil else { return nil }
            var told = decision
            told.reaction = .notify
            return told
        }
    }

    private func contamination(_ i: Int, _ decision: Regimes.Decision) -> ContaminationTest.Verdict {
        let most = ContaminationTest.most, place = (kind: HeadKind.regression, index: i)
        let slot = decision.reaction == .recall ? decision.slot : nil
        var test = ContaminationTest(state.scratch.ranks)
        for row in (decision.first - most)..<decision.first where isTaught(row, place) {
            encode(row)
            state.regression[i].hear(before: row, &test, state.encoder, state.scratch)
        }
        for row in max(decision.first, decision.row - most + 1)...max(decision.row, decision.first) where isTaught(row, place) {
            encode(row)
            state.regression[i].hear(since: row, recalling: slot, &test, state.encoder, state.scratch)
        }
        state.regression[i].endHearing()
        return test.verdict
    }

    private func meter(_ head: Int, _ place: (kind: HeadKind, index: Int)) {
        switch place.kind {
        case .anomaly: break
        case .regression: losses[head].add(state.regression[place.index].newestError)
        case .classification: losses[head].add(state.classification[place.index].newestLoss)
        }
    }

    private func withdraw(_ place: (kind: HeadKind, index: Int), _ decision: Regimes.Decision) {
        let rows = place.kind == .regression
            ? state.regression[place.index].learnedSince(decision) : state.classification[place.index].learnedSince(decision)
        for row in rows where isTaught(row, place) {
            encode(row)
            if place.kind == .regression {
                state.regression[place.index].withdraw(row, state.encoder, state.scratch)
            } else {
                state.classification[place.index].withdraw(row, state.encoder, state.scratch)
            }
        }
    }

    private func review(_ place: (kind: HeadKind, index: Int), _ decision: Regimes.Decision) {
        for row in Regimes.relearnsFrom(decision)..<(decision.row + 1) where isTaught(row, place) {
            encode(row)
            if place.kind == .regression {
                state.regression[place.index].review(row, state.encoder, state.pending, state.scratch)
            } else {
                state.classification[place.index].review(row, state.encoder, state.pending, state.scratch)
            }
        }
    }

    /// Whether a row is still kept, and has been learned by a head.
    private func isTaught(_ row: Int, _ place: (kind: HeadKind, index: Int)) -> Bool {
        guard row >= max(state.pending.oldest, 0), state.pending.isTrainable(row) else { return false }
        return place.kind == .regression ? state.regression[place.index].hasLabel(row) : state.classification[place.index].hasLabel(row)
    }
}
