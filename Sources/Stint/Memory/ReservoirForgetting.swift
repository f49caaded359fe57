/// Rows that are taken out of the reservoir for good, with their bytes.
extension Reservoir {
    /// Takes out the rows that `isGone`, by slot; how many. In a ring that was full the newer half then leaves before the older one, once.
    /// Cost: a look at each slot.
    mutating func remove(_ isGone: (Int) -> Bool) -> Int {
        var removed = 0
        var slot = audit.lowerBound
        while slot < audit.lowerBound + auditCount {
            guard isGone(slot) else {
                slot += 1
                continue
            }
            auditCount -= 1
            fill(slot, from: audit.lowerBound + auditCount)
            removed += 1
        }
        slot = sample.lowerBound
        while slot < sample.lowerBound + sampler.taken {
            guard isGone(slot) else {
                slot += 1
                continue
            }
            sampler.remove(slot - sample.lowerBound)
            fill(slot, from: sample.lowerBound + sampler.taken)
            removed += 1
        }
        var kept = recent.lowerBound
        for slot in recent.lowerBound..<(recent.lowerBound + recentCount) {
            if isGone(slot) {
                erase(slot)
                removed += 1
            } else {
                if kept < slot { fill(kept, from: slot) }
                kept += 1
            }
        }
        if kept - recent.lowerBound < recentCount {
            recentCount = kept - recent.lowerBound
            recentNext = recentCount
        }
        return removed
    }

    /// What a label said is gone; and rows of which nothing else is known.
    mutating func remove(label: Int) -> Int {
        for slot in 0..<slots where isTaken(slot) { (targets[cell(slot, label)], befores[cell(slot, label)]) = (.nan, .nan) }
        let own = self
        return remove { slot in
            for j in 0..<own.labels where !own.label(slot, j).isNaN { return false }
            return true
        }
    }

    /// What a label said of the rows of one class is gone; and rows of which nothing else is known.
    mutating func remove(label: Int, category: Int) -> Int {
        let name = Float(category), own = self
        for slot in 0..<slots where isTaken(slot) && labelBefore(slot, label) == name { befores[cell(slot, label)] = .nan }
        return remove { slot in
            guard own.label(slot, label) == name else { return false }
            own.targets[own.cell(slot, label)] = .nan
            for j in 0..<own.labels where !own.label(slot, j).isNaN { return false }
            return true
        }
    }

    /// A label of rows of these times is not known any more.
    func clear(label: Int, _ times: ClosedRange<Double>) {
        for slot in 0..<slots where isTaken(slot) && times.contains(self.times[slot]) {
            (targets[cell(slot, label)], befores[cell(slot, label)]) = (.nan, .nan)
        }
    }

    /// The row of another slot moves here; what was here, and there, is gone.
    private func fill(_ slot: Int, from other: Int) {
        guard slot != other else { return erase(slot) }
        release(slot)
        copy(other, to: slot)
        erase(other)
    }

    private func erase(_ slot: Int) {
        release(slot)
        latents.erase(slot)
        for j in 0..<labels { (targets[cell(slot, j)], befores[cell(slot, j)]) = (.nan, .nan) }
        (times[slot], serials[slot], regimes[slot], weights[slot]) = (0, 0, 0, 0)
    }

    /// Nothing of a row stays in working room.
    func wipe() {
        composed.update(repeating: 0, count: width)
        latents.wipe()
    }
}
