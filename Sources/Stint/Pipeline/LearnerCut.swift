/// Changes of the world that are worked off (`Cut`), and how they end.
extension Learner {
    typealias HeadPlace = (kind: HeadKind, index: Int)

    /// A head is to fork or to recall: what has come since is told from what was before.
    func cut(_ head: Int, _ place: HeadPlace, _ decision: Regimes.Decision, isRaised: Bool) {
        let (i, next) = (place.index, state.pending.next)
        let oldest = max(next - Int(Double(state.pending.capacity) * Cut.share), 0)
        switch place.kind {
        case .anomaly: return
        case .regression where state.regression[i].isAtMark(decision, rows: oldest..<next),
            .classification where state.classification[i].isAtMark(decision, rows: oldest..<next):
            guard let borne = borneOut(decision, isRaised: isRaised, place, atMark: true) else { return }
            return react(head, place, borne, atMark: true)
        case .regression: state.regression[i].regimes.cut.begin(decision, isRaised: isRaised, oldest: oldest, next: next)
        case .classification: state.classification[i].regimes.cut.begin(decision, isRaised: isRaised, oldest: oldest, next: next)
        }
        advanceCut(head, place, rows: Cut.atOnce)
    }

    /// A slice of every change that is being worked off.
    func advanceCuts() {
        for (head, place) in places.enumerated() where openCut(place) != nil { advanceCut(head, place, rows: Cut.slice) }
    }

    private func openCut(_ place: HeadPlace) -> Cut? {
        let cut: Cut
        switch place.kind {
        case .anomaly: return nil
        case .regression: cut = state.regression[place.index].regimes.cut
        case .classification: cut = state.classification[place.index].regimes.cut
        }
        return cut.isOpen ? cut : nil
    }

    /// - Parameter rows: that are taken out at most, and learned at most.
    private func advanceCut(_ head: Int, _ place: HeadPlace, rows: Int) {
        takeOut(place, rows: rows)
        if let cut = openCut(place), cut.isTaken { conclude(head, place, cut) }
        takeBack(place, rows: rows)
    }

    private func takeOut(_ place: HeadPlace, rows: Int) {
        let i = place.index
        var left = rows
        while left > 0 {
            let row = place.kind == .regression ? state.regression[i].regimes.cut.nextTaken() : state.classification[i].regimes.cut.nextTaken()
            guard let row else { return }
            guard isTaught(row, place) else { continue }
            let isSingle = place.kind == .regression
                ? state.regression[i].segments.isSingle(row) : state.classification[i].segments.isSingle(row)
            guard isSingle else { continue }
            encode(row)
            if place.kind == .regression {
                state.regression[i].lend(row, state.encoder, state.scratch)
            } else {
                state.classification[i].lend(row, state.encoder, state.scratch)
            }
            left -= 1
        }
    }

    private func takeBack(_ place: HeadPlace, rows: Int) {
        let (i, next, oldest) = (place.index, state.pending.next, state.pending.oldest)
        var left = rows
        while left > 0 {
            let row = place.kind == .regression
                ? state.regression[i].regimes.cut.nextReturned(next: next, oldest: oldest)
                : state.classification[i].regimes.cut.nextReturned(next: next, oldest: oldest)
            guard let row else { return }
            guard isTaught(row, place) else { continue }
            let isLent = place.kind == .regression ? state.regression[i].segments.isLent(row) : state.classification[i].segments.isLent(row)
            guard isLent else { continue }
            encode(row)
            if place.kind == .regression {
                state.regression[i].takeBack(row, state.encoder, state.pending, state.scratch)
            } else {
                state.classification[i].takeBack(row, state.encoder, state.pending, state.scratch)
            }
            left -= 1
        }
    }

    /// What was known before the change is all that is left: was there one?
    private func conclude(_ head: Int, _ place: HeadPlace, _ cut: Cut) {
        let (i, decision) = (place.index, borneOut(cut.decision, isRaised: cut.isRaised, place, atMark: false))
        if let decision { react(head, place, decision) }
        let hasChanged = decision?.reaction.isOfRegimes ?? false
        switch place.kind {
        case .anomaly: return
        case .regression: state.regression[i].regimes.cut.turn(reviewing: hasChanged ? state.regression[i].newestLabelled : nil)
        case .classification: state.classification[i].regimes.cut.turn(reviewing: hasChanged ? state.classification[i].newestLabelled : nil)
        }
    }

    func react(_ head: Int, _ place: HeadPlace, _ decision: Regimes.Decision, atMark: Bool = false) {
        guard let detector = state.drift[head].detector else { return }
        let (i, next) = (place.index, state.pending.next)
        let hasChanged = decision.reaction.isOfRegimes
        let regime: Int
        switch place.kind {
        case .anomaly: return
        case .regression:
            if atMark, hasChanged {
                state.regression[i].forkAtMark(decision, next: next, at: state.newestTime, state.scratch)
            } else {
                state.regression[i].react(decision, next: next, at: state.newestTime, state.scratch)
            }
            regime = state.regression[i].regime
        case .classification:
            if atMark, hasChanged {
                state.classification[i].forkAtMark(decision, next: next, at: state.newestTime, state.scratch)
            } else {
                state.classification[i].react(decision, next: next, at: state.newestTime, state.scratch)
            }
            regime = state.classification[i].regime
        }
        note(
            .drift, head: head, drift: LearnerEvent.Drift(detector: detector, reaction: decision.reaction, onset: decision.onset),
            regime: hasChanged ? regime : nil)
        guard hasChanged else { return }
        note(.regime, head: head, regime: regime)
        state.reservoir.enter(regime: regime, from: decision.first)
        state.drift[head].restart()
    }

    // MARK: Labels that are wrong

    /// Whether what was known before a change is asked about it. Classes are right or wrong: their errors have no quartiles.
    func isJudged(_ place: HeadPlace) -> Bool {
        place.kind == .regression && state.regression[place.index].regimes.choosesFromEvidence
    }

    /// What is to be done when labels that are wrong are told from a world that is another: a fork or a recall that most rows do not bear out is
    /// but told, and where nothing was raised not even that.
    ///
    /// - Parameter atMark: what was known before is the newest mark, and else what is left of the long memory.
    private func borneOut(_ wanted: Regimes.Decision, isRaised: Bool, _ place: HeadPlace, atMark: Bool) -> Regimes.Decision? {
        let i = place.index
        guard isJudged(place) else { return wanted }
        let test = contamination(i, wanted, atMark: atMark)
        var decision = wanted
        decision.explained = test.explained
        switch test.verdict {
        case .change: return decision
        case .tooFew: return decision.reaction == .recall ? nil : decision
        case .contamination:
            state.regression[i].regimes.forgetEvidence()
            state.regression[i].transaction.hurry()
            decision.reaction = .notify
            return isRaised ? decision : nil
        }
    }

    private func contamination(_ i: Int, _ decision: Regimes.Decision, atMark: Bool) -> ContaminationTest {
        let most = ContaminationTest.most, place = (kind: HeadKind.regression, index: i)
        let slot = decision.reaction == .recall ? decision.slot : nil
        let known = state.regression[i].freezeKnown(atMark: atMark)
        var test = ContaminationTest(state.scratch.ranks)
        for row in (decision.first - most)..<decision.first where isTaught(row, place) {
            encode(row)
            state.regression[i].hear(before: row, known, &test, state.encoder, state.scratch)
        }
        for row in max(decision.first, decision.row - most + 1)...max(decision.row, decision.first) where isTaught(row, place) {
            encode(row)
            state.regression[i].hear(since: row, known, recalling: slot, &test, state.encoder, state.scratch)
        }
        state.regression[i].endHearing()
        return test
    }

    /// Whether a row is still kept, and a head has its label.
    private func isTaught(_ row: Int, _ place: HeadPlace) -> Bool {
        guard row >= max(state.pending.oldest, 0), state.pending.isTrainable(row) else { return false }
        return place.kind == .regression ? state.regression[place.index].hasLabel(row) : state.classification[place.index].hasLabel(row)
    }
}
