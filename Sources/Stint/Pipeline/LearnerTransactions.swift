/// What has been learned is cleared, or dropped: a slice at each row.
extension Learner {
    func advanceTransactions() {
        // Where no row is kept there is none to judge by, and none to take back.
        guard state.encoder.isFrozen, state.keepsSamples else { return }
        for (head, place) in places.enumerated() {
            let quarantine: LearnerEvent.Quarantine?
            let isIdle: Bool
            switch place.kind {
            case .anomaly: continue
            case .regression:
                isIdle = state.regression[place.index].transaction.phase == .filling
                quarantine = state.regression[place.index].advanceTransaction(
                    state.encoder, state.pending, state.reservoir, probe, state.scratch)
            case .classification:
                isIdle = state.classification[place.index].transaction.phase == .filling
                quarantine = state.classification[place.index].advanceTransaction(
                    state.encoder, state.pending, state.reservoir, probe, state.scratch)
            }
            // The encoder may hold another row by now.
            if !isIdle { state.encoded = -1 }
            if let quarantine { note(.quarantine, head: head, count: quarantine.rows, quarantine: quarantine) }
        }
    }
}
