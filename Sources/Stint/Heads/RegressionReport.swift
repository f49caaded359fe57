/// What a regression head tells of itself.
extension RegressionHead {
    var labelCount: Int { vectors }
    var isRehearsing: Bool { rehearsal.isActive }

    var reports: [ExpertReport] {
        let names = Self.contextNames + Memories.names.prefix(memories.count) + [ChangeMemory.name]
        return names.enumerated().map { i, name in
            var (loss, weight) = (0.0, 0.0)
            for j in 0..<count {
                let standing = mixture.standing(j, i)
                loss += (standing.loss ?? 0) / max(history.moments[j].variance, 1e-300) / Double(count)
                weight += standing.weight / Double(count)
            }
            return ExpertReport(name: name, loss: loss, weight: weight)
        }
    }

    /// What an expert said of a target in a kept row, in the units of its labels; nil if nothing.
    func opinion(_ serial: Int, _ target: Int, _ expert: Int) -> Double? {
        guard serial >= 0, history.counts[target] > 0 else { return nil }
        let said = pendings.of(serial, target)[PendingPredictions.experts + expert]
        return said.isFinite ? Double(history.absolute(target, Double(said))) : nil
    }

    /// Tells the reservoir what has become known of a row.
    func tell(_ serial: Int, _ reservoir: inout Reservoir) {
        for j in 0..<count {
            let kept = pendings.of(serial, j)
            guard !kept[PendingPredictions.label].isNaN else { continue }
            let before = kept[PendingPredictions.lags]
            reservoir.learn(
                serial, label: targets[j], kept[PendingPredictions.label],
                before: before.isNaN ? .nan : history.absolute(j, Double(before)))
        }
    }
}
