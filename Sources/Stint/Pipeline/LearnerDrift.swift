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
        guard state.drift[head].detector != nil else { return }
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
        guard let wanted else { return }
        guard wanted.reaction.isOfRegimes else { return react(head, place, wanted) }
        // A recall that is judged waits until there is something to judge by.
        guard wanted.reaction == .fork || !isJudged(place) || wanted.onset >= ContaminationTest.least else { return }
        cut(head, place, wanted, isRaised: rise != nil)
    }

    private func meter(_ head: Int, _ place: (kind: HeadKind, index: Int)) {
        switch place.kind {
        case .anomaly: break
        case .regression: losses[head].add(state.regression[place.index].newestError)
        case .classification: losses[head].add(state.classification[place.index].newestLoss)
        }
    }
}
