/// Choosing the rows that a factory's calibration keeps to judge by.
extension Learner {
    /// Of the rows that the reservoir holds some that stand for the recordings it has lived through: as many of each class as there are, and of
    /// each, or of all where there are no classes, evenly spread over time. The same rows in, the same rows out. Rows that know all labels go before others.
    ///
    /// - Parameters:
    ///   - labels: only the first so many are told.
    ///   - most: rows at most.
    /// - Returns: nil where no row knows a label.
    ///
    /// Cost: for each row that is chosen a look at each slot; allocates.
    public func probeSet(labels: Int, most: Int = ProbeSet.most) -> ProbeSet? {
        let reservoir = state.reservoir
        let taken = (0..<reservoir.slots).filter { reservoir.isTaken($0) }.sorted { reservoir.serial($0) < reservoir.serial($1) }
        func known(_ slot: Int) -> Int { (0..<labels).reduce(0) { $0 + (reservoir.label(slot, $1).isFinite ? 1 : 0) } }
        let whole = taken.filter { known($0) == labels }
        let candidates = whole.count >= most ? whole : taken.filter { known($0) > 0 }
        guard labels > 0, most > 0, !candidates.isEmpty else { return nil }
        let chosen = choose(most, of: candidates, reservoir)
        var latent = [Float](repeating: 0, count: reservoir.width), q = [Int8](repeating: 0, count: reservoir.width)
        let rows = chosen.map { slot in
            let scale = latent.withUnsafeMutableBufferPointer { latent in
                reservoir.latent(slot, into: latent.baseAddress!)
                return q.withUnsafeMutableBufferPointer { QuantisedLatent.quantise(latent.baseAddress!, reservoir.width, into: $0.baseAddress!) }
            }
            func values(_ value: (Int, Int) -> Float) -> [Float?] {
                (0..<labels).map { value(slot, $0).isFinite ? value(slot, $0) : nil }
            }
            return ProbeSet.Row(scale: scale, latent: q, labels: values(reservoir.label), befores: values(reservoir.labelBefore))
        }
        return ProbeSet(classes: (0..<labels).map { names(ofLabel: $0) }, rows: rows)
    }

    /// By class, then by time; in order.
    private func choose(_ most: Int, of candidates: [Int], _ reservoir: Reservoir) -> [Int] {
        var groups: [[Int]] = [], places: [Float: Int] = [:]
        for slot in candidates {
            let value = reservoir.balancedLabel >= 0 ? reservoir.label(slot, reservoir.balancedLabel) : 0
            let key = value.isFinite ? value : -1
            if places[key] == nil {
                places[key] = groups.count
                groups.append([])
            }
            groups[places[key]!].append(slot)
        }
        // One for each in turn, while there are rows.
        var shares = [Int](repeating: 0, count: groups.count), left = min(most, candidates.count)
        while left > 0 {
            for g in groups.indices where left > 0 && shares[g] < groups[g].count {
                shares[g] += 1
                left -= 1
            }
        }
        var chosen: [Int] = []
        for (group, share) in zip(groups, shares) {
            var free = group
            let first = Double(reservoir.serial(group[0])), span = Double(reservoir.serial(group[group.count - 1])) - first
            for i in 0..<share {
                let wanted = first + span * (Double(i) + 0.5) / Double(share)
                var best = 0
                for at in free.indices where abs(Double(reservoir.serial(free[at])) - wanted) < abs(Double(reservoir.serial(free[best])) - wanted) {
                    best = at
                }
                chosen.append(free.remove(at: best))
            }
        }
        return chosen.sorted { reservoir.serial($0) < reservoir.serial($1) }
    }

    /// Of the classes of a label, as the first head on it numbers them; none of a label of numbers.
    private func names(ofLabel label: Int) -> [[UInt8]] {
        for head in plan.specification.heads.indices {
            guard case .classification(label, _) = plan.specification.heads[head].kind else { continue }
            let table = classes(of: head)
            return (0..<table.count).map { Array(table.name($0)) }
        }
        return []
    }
}
