/// How a label finds its row, and what the heads make of it.
extension Learner {
    func take(_ label: Label) -> Outcome {
        labelsSeen += 1
        if case .head(let head) = label.target, places[head].kind == .anomaly { return verdict(label, head) }
        return keep(label) ?? settle(label)
    }

    /// A label whose frame, if there was one, has been a step.
    func settle(_ label: Label) -> Outcome {
        let found: Int?
        switch label.moment {
        case .sequence(let sequence): found = state.pending.find(sequence: sequence)
        case .time(let time):
            found = state.pending.find(time: time, tolerance: plan.specification.tolerance ?? 1 / plan.specification.rateHz)
        }
        // The ring may hold more rows than wait for labels: the warm-up needs them.
        guard let serial = found, serial >= state.pending.next - plan.specification.pending else {
            if case .sequence(let sequence) = label.moment, isBetweenWindows(sequence) { return deliverOnly(label) }
            note(.labelLate, head: nil)
            return .refused(.labelLate)
        }
        guard state.isLearning else { return deliverOnly(label) }
        let isLearnable = state.pending.isLearnable(serial)
        if isLearnable { remember(serial) }
        let isTrainable = state.pending.isTrainable(serial)
        let newest = state.pending.next - 1
        defer { letGo(around: serial) }
        var outcome = Offer.unwanted
        for (head, place) in places.enumerated() {
            switch place.kind {
            case .anomaly: break
            case .regression:
                let answer = state.regression[place.index].offer(
                    label, head: head, serial: serial, newest: newest, isLearnable: isLearnable)
                if answer == .complete {
                    if isTrainable { encode(serial) }
                    state.regression[place.index].learn(
                        serial, isTrainable: isTrainable, state.encoder, state.pending, state.scratch)
                    if state.regression[place.index].encoderIsLimit { note(.encoderLimit, head: head) }
                    watch(head, place, serial)
                }
                if answer == .complete || answer == .waiting { state.regression[place.index].tell(serial, &state.reservoir) }
                outcome = outcome.joined(answer)
            case .classification:
                let answer = state.classification[place.index].offer(label, head: head, serial: serial)
                if answer == .complete {
                    if isTrainable { encode(serial) }
                    state.classification[place.index].learn(
                        serial, isLearnable: isLearnable, isTrainable: isTrainable, state.encoder, state.pending, state.scratch)
                    state.classification[place.index].tell(serial, &state.reservoir)
                    watch(head, place, serial)
                }
                if answer == .refused(.classRefused) { note(.classRefused, head: head) }
                outcome = outcome.joined(answer)
            }
        }
        switch outcome {
        case .complete:
            labelsLearned += 1
            return .matched(learned: 1)
        case .waiting: return .matched(learned: 0)
        case .unwanted: return .refused(.labelInvalid)
        case .refused(let reason): return .refused(reason)
        }
    }

    /// Between two window ends a label is not learned, but it is the newest that was delivered.
    private func isBetweenWindows(_ sequence: UInt64) -> Bool {
        plan.specification.window.every > 1 && sequence <= state.newestSequence
            && (state.pending.spans(sequence: sequence) || state.pending.next <= state.pending.capacity)
    }

    private func deliverOnly(_ label: Label) -> Outcome {
        for (head, place) in places.enumerated() {
            switch place.kind {
            case .anomaly: break
            case .regression: state.regression[place.index].deliver(label, head: head)
            case .classification: state.classification[place.index].deliver(label, head: head)
            }
        }
        return .matched(learned: 0)
    }

    /// What an operator calls the newest incident that began at or before the label's moment.
    private func verdict(_ label: Label, _ head: Int) -> Outcome {
        guard case .category(let name) = label.value else { return .refused(.labelInvalid) }
        let isNormal = name.elementsEqual("normal".utf8)
        guard isNormal || name.elementsEqual("fault".utf8) else { return .refused(.labelInvalid) }
        let index = places[head].index
        note(state.anomaly[index].take(isNormal: isNormal, label.moment, state.pending), anomaly: index)
        return .matched(learned: 0)
    }

    /// How often something was no alarm of a head because an operator has called its like normal; nil for heads of other kinds.
    public func passedOver(of head: Int) -> Int? {
        let place = places[head]
        return place.kind == .anomaly ? state.anomaly[place.index].passed : nil
    }
}

/// What a head answers to a label.
enum Offer: Equatable {
    case unwanted
    case waiting
    case complete
    case refused(DropReason)

    /// One answer for all heads: learned by one is learned; a refusal by all is a refusal.
    func joined(_ other: Offer) -> Offer {
        if self == .complete || other == .complete { return .complete }
        if self == .waiting || other == .waiting { return .waiting }
        return self == .unwanted ? other : self
    }
}
