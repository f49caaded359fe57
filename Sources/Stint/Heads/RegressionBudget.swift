/// What a regression head's parts earn, where a frame has no room for all of them.
extension RegressionHead {
    /// Which of the short memories work on a row.
    func workers(on serial: Int) -> ShortMemories {
        ShortMemories(linear: budget.works(.linearShort, on: serial), fourier: budget.works(.fourierShort, on: serial))
    }

    /// Of a labelled row, whose experts `said` holds: what leaving each part out of the long view of the mixture would have cost.
    func weighParts(_ target: Int, _ truth: Double) {
        let variance = history.moments[target].variance
        guard budget.isTight, variance > 0 else { return }
        var least = Double.infinity
        for i in 0..<experts { if let loss = loss(target, i) { least = min(least, loss) } }
        var (total, sum) = (0.0, 0.0)
        for i in 0..<experts {
            let weight = weight(target, i, least)
            total += weight
            if weight > 0 { sum += weight * said[i] }
        }
        guard total > 0 else { return }
        let all = Sums(weight: total, said: sum, least: least, error: truth - sum / total, variance: variance)
        weigh(.neighbours, Self.labelsOnly, NeighbourExperts.count, target, truth, all)
        weigh(.linearShort, Self.context + 1, 1, target, truth, all)
        if memories.count > 2 { weigh(.fourierShort, Self.context + 3, 1, target, truth, all) }
        weigh(.changes, experts - 1, 1, target, truth, all)
    }

    /// What the mixture came to with all parts.
    private struct Sums {
        let weight, said, least, error, variance: Double
    }

    private func weigh(_ part: ExpertBudget.Part, _ first: Int, _ count: Int, _ target: Int, _ truth: Double, _ all: Sums) {
        var (own, ownSum, hasSpoken) = (0.0, 0.0, false)
        for i in first..<(first + count) where said[i].isFinite {
            let weight = weight(target, i, all.least)
            own += weight
            ownSum += weight * said[i]
            hasSpoken = true
        }
        guard hasSpoken, all.weight - own > 1e-9 * all.weight else { return }
        let without = truth - (all.said - ownSum) / (all.weight - own)
        budget.note(part, risen: (without * without - all.error * all.error) / all.variance / Double(self.count))
    }

    private func loss(_ target: Int, _ i: Int) -> Double? {
        guard said[i].isFinite, let loss = mixture.standing(target, i).loss, loss > 0 else { return nil }
        return loss
    }

    /// The fourth power, as in the mixture's long view.
    private func weight(_ target: Int, _ i: Int, _ least: Double) -> Double {
        guard let loss = loss(target, i) else { return 0 }
        let ratio = least / loss
        return ratio * ratio * ratio * ratio
    }
}

/// Which of a head's short memories work on a row.
struct ShortMemories {
    var linear = true
    var fourier = true
}
