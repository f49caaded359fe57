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

    func forEachLabel(_ body: (Int) -> Void) { body(label) }

    func composeLesson(_ slot: Int, _ reservoir: Reservoir, _ encoder: Encoder, _ scratch: Scratch) -> (width: Int, active: Int)? {
        let known = classes.count
        let before = reservoir.labelBefore(slot, label)
        for k in 0..<known { (own[k], scratch.target[k]) = (0, 0) }
        if before.isFinite, Int(before) < known { own[Int(before)] = 1 }
        scratch.target[Int(reservoir.label(slot, label))] = 1
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
