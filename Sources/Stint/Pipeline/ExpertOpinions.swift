/// What single experts said of the newest window, for figures; holds until the next event, as `prediction` does.
extension Learner {
    /// Experts of a head, in the order of `experts(of:)`.
    public func expertCount(of head: Int) -> Int {
        let place = places[head]
        switch place.kind {
        case .regression: return state.regression[place.index].experts
        case .classification: return state.classification[place.index].expertCount
        case .anomaly: return 0
        }
    }

    /// What an expert of a regression said of a target, in the units of its labels; nil if nothing.
    public func opinion(of head: Int, expert: Int, target: Int) -> Double? {
        precondition(places[head].kind == .regression, "head \(head) is no regression")
        return state.regression[places[head].index].opinion(state.pending.next - 1, target, expert)
    }

    /// The probability that an expert of a classification gave to a class; nil if it said nothing.
    public func opinion(of head: Int, expert: Int, ofClass id: Int) -> Double? {
        precondition(places[head].kind == .classification, "head \(head) is no classification")
        return state.classification[places[head].index].opinion(expert, id)
    }
}
