/// How a classification head's learning is cleared, and taken back.
extension ClassificationHead: Transacting {
    var main: Factor { memories.main }
    var isSettled: Bool { isFitted && !queue.isActive && !rehearsal.isActive }

    func composeRow(_ serial: Int) -> TaughtRow {
        let known = composeTarget(serial)
        return TaughtRow(own: own, ownCount: known, target: target, active: known)
    }

    func archiveBooks(_ archive: inout Archive) {
        var (mixture, temperatures, conformal) = (mixture, temperatures, conformal)
        mixture.archive(&archive)
        temperatures.archive(&archive)
        conformal.archive(&archive)
    }

    func knows(_ slot: Int, _ reservoir: Reservoir) -> Bool {
        let name = reservoir.label(slot, label)
        return name.isFinite && Int(name) < classes.count
    }

    /// A class that the device has not met is not judged.
    func knows(_ row: Int, _ probe: ProbeRows) -> Bool { probe.category(row, label, in: classes) != nil }

    /// Of one-hot targets, 1 − Σp²: the chance that two rows are of other classes.
    func spread(_ probe: ProbeRows) -> Double {
        var rows = 0.0
        target.update(repeating: 0, count: capacity)
        for row in 0..<probe.count {
            guard let id = probe.category(row, label, in: classes) else { continue }
            target[id] += 1
            rows += 1
        }
        guard rows > 0 else { return 0 }
        var same = 0.0
        for k in 0..<capacity { same += Double(target[k]) * Double(target[k]) }
        return 1 - same / (rows * rows)
    }

    func forEachLabel(_ body: (Int) -> Void) { body(label) }

    func composeLesson(_ slot: Int, _ reservoir: Reservoir, _ encoder: Encoder, _ scratch: Scratch) -> (width: Int, active: Int)? {
        let before = reservoir.labelBefore(slot, label)
        return teach(Int(reservoir.label(slot, label)), before: before.isFinite ? Int(before) : nil, encoder, scratch)
    }

    func composeLesson(_ row: Int, _ probe: ProbeRows, _ encoder: Encoder, _ scratch: Scratch) -> (width: Int, active: Int) {
        let before = probe.categoryBefore(row, label, in: classes)
        return teach(probe.category(row, label, in: classes) ?? 0, before: before, encoder, scratch)
    }

    private func teach(_ truth: Int, before: Int?, _ encoder: Encoder, _ scratch: Scratch) -> (width: Int, active: Int) {
        let known = classes.count
        for k in 0..<known { (own[k], scratch.target[k]) = (0, 0) }
        if let before, before < known { own[before] = 1 }
        scratch.target[truth] = 1
        return (memories.composeMain(encoder, own, known, into: scratch.copy), known)
    }

    /// A row that the encoder holds, and that is about to be learned, testifies for the segment before it.
    mutating func testify(_ serial: Int, _ encoder: Encoder, _ scratch: Scratch) {
        guard transaction.wantsWitness else { return }
        let known = composeTarget(serial)
        let n = memories.composeMain(encoder, own, known, into: scratch.copy)
        transaction.testify(scratch.copy, target, width: n, active: known)
    }

    mutating func withdrawWholly(_ serial: Int, _ encoder: Encoder, _ pending: PendingLatents, _ scratch: Scratch) {
        _ = takeOut(serial, encoder, scratch)
    }

    mutating func giveBackAll(_ scratch: Scratch) {
        memories.restartShort()
        forgetDiscriminants()
        var archive = transaction.keptBooks
        mixture.archive(&archive)
        temperatures.archive(&archive)
        conformal.archive(&archive)
    }
}
