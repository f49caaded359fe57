extension LearnerState {
    /// Takes in the snapshot of a learner that had only the first of these heads; the others begin with what the reservoir holds.
    ///
    /// Heads of before, encoder, clock and pending rows go on bit by bit. What stands for all heads together and has another size
    /// now begins as new, but for the reservoir: its rows move over.
    mutating func adopt(_ bytes: UnsafeRawBufferPointer, formerHeads: Int, _ specification: Specification) -> Archive.Failure? {
        var archive = Archive.adopting(from: bytes)
        self.archive(&archive)
        if let failure = archive.failure { return failure }
        let (former, labels) = specification.first(formerHeads)
        if Reservoir.differ(former, specification) {
            let failure = moveReservoir(bytes, former, labels)
            if let failure { return failure }
        }
        guard encoder.isFrozen else { return nil }
        rehearse(specification, formerHeads)
        return nil
    }

    /// Reads the reservoir as it was laid out before, over memory of its own, and takes its rows.
    private mutating func moveReservoir(_ bytes: UnsafeRawBufferPointer, _ former: Specification, _ labels: [Int]) -> Archive.Failure? {
        var counter = Carver()
        _ = Reservoir(former, capacity: pending.capacity, &counter)
        let arena = Arena(bytes: counter.carved)
        var carver = Carver(over: arena)
        var kept = Reservoir(former, capacity: pending.capacity, &carver)
        kept.reset()
        var archive = Archive.adopting(from: bytes)
        archive.section("RSVR", version: Reservoir.version) { kept.archive(&$0) }
        reservoir.reset()
        if archive.failure == nil { reservoir.take(from: kept, labels: labels, oldest: pending.oldest) }
        return archive.failure
    }

    /// Lets each new head begin, where a head of its kind has had all of its labels before.
    private mutating func rehearse(_ specification: Specification, _ formerHeads: Int) {
        var (regressions, classifications) = (0, 0)
        for (index, head) in specification.heads.enumerated() {
            switch head.kind {
            case .regression(let targets):
                let isKnown = targets.allSatisfy { target in
                    specification.heads.prefix(formerHeads).contains { $0.regresses(target) }
                }
                if index >= formerHeads, isKnown { regression[regressions].beginRehearsal(reservoir, pending) }
                regressions += 1
            case .classification(let label, _):
                let teacher = classification.prefix(classifications).firstIndex { $0.label == label }
                if index >= formerHeads, let teacher {
                    classification[classifications].beginRehearsal(reservoir, pending, names: classification[teacher].classes)
                }
                classifications += 1
            case .anomaly: break
            }
        }
    }
}

extension Specification {
    /// The specification of the first heads alone, and what each of its labels is here: those of forecasts come after all others.
    fileprivate func first(_ count: Int) -> (Specification, labels: [Int]) {
        var former = self
        former.heads = Array(heads.prefix(count))
        former.labels = former.heads.reduce(0) { $1.forecast == nil ? max($0, $1.highestLabel + 1) : $0 }
        var places = Array(0..<former.labels)
        for index in former.heads.indices {
            guard let forecast = heads[index].forecast, case .regression(let targets) = heads[index].kind else { continue }
            former.heads[index] = .forecast(forecast, label: former.labels)
            former.labels += targets.count
            places += targets
        }
        return (former, places)
    }
}

extension HeadSpecification {
    fileprivate var highestLabel: Int {
        switch kind {
        case .regression(let targets): targets.max() ?? -1
        case .classification(let label, _): label
        case .anomaly: -1
        }
    }

    fileprivate func regresses(_ target: Int) -> Bool {
        if case .regression(let targets) = kind { return targets.contains(target) }
        return false
    }
}
