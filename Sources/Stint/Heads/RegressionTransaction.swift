/// How a regression head's learning is cleared, and taken back.
extension RegressionHead: Transacting {
    var main: Factor { memories.main }
    var isSettled: Bool { fittedOn > 0 && !queue.isActive && !rehearsal.isActive }

    func hasLabel(_ serial: Int) -> Bool { pendings.isComplete(serial) }

    /// Own inputs and target of a row.
    func composeTarget(_ serial: Int) {
        composeOwn(serial, scale.center, scale.inverse)
        for j in 0..<count {
            let label = history.relative(j, pendings.of(serial, j)[PendingPredictions.label])
            target[j] = Real((label - scale.center[j]) * scale.inverse[j])
        }
    }

    func composeRow(_ serial: Int) -> TaughtRow {
        composeTarget(serial)
        return TaughtRow(own: own, ownCount: .max, target: target, active: count)
    }

    func archiveBooks(_ archive: inout Archive) {
        var (mixture, losses, intervals, history) = (mixture, losses, intervals, history)
        mixture.archive(&archive)
        losses.archive(&archive)
        intervals.archive(&archive)
        history.archive(&archive)
    }

    func knows(_ slot: Int, _ reservoir: Reservoir) -> Bool {
        for index in targets where reservoir.label(slot, index).isNaN { return false }
        return true
    }

    func knows(_ row: Int, _ probe: ProbeRows) -> Bool {
        for index in targets where probe.label(row, index).isNaN { return false }
        return true
    }

    func spread(_ probe: ProbeRows) -> Double {
        var spread = 0.0
        for j in 0..<count {
            var moments = Moments()
            for row in 0..<probe.count where knows(row, probe) { moments.add(history.relative(j, probe.label(row, targets[j]))) }
            spread += moments.variance * scale.inverse[j] * scale.inverse[j]
        }
        return spread
    }

    /// Nothing is derived.
    func forgetDiscriminants() {}

    func forEachLabel(_ body: (Int) -> Void) { for index in targets { body(index) } }

    func composeLesson(_ slot: Int, _ reservoir: Reservoir, _ encoder: Encoder, _ scratch: Scratch) -> (width: Int, active: Int)? {
        for j in 0..<count { teach(j, reservoir.label(slot, targets[j]), before: reservoir.labelBefore(slot, targets[j]), scratch) }
        return (memories.composeMain(encoder, own, .max, into: scratch.copy), count)
    }

    func composeLesson(_ row: Int, _ probe: ProbeRows, _ encoder: Encoder, _ scratch: Scratch) -> (width: Int, active: Int) {
        for j in 0..<count { teach(j, probe.label(row, targets[j]), before: probe.labelBefore(row, targets[j]), scratch) }
        return (memories.composeMain(encoder, own, .max, into: scratch.copy), count)
    }

    /// Of the own labels the newest is known only; the lags before it are taken to be the same.
    private func teach(_ j: Int, _ label: Float, before: Float, _ scratch: Scratch) {
        let input = before.isNaN ? 0 : Float((history.relative(j, before) - scale.center[j]) * scale.inverse[j])
        for lag in 0..<3 { own[lag * count + j] = input }
        scratch.target[j] = Real((history.relative(j, label) - scale.center[j]) * scale.inverse[j])
    }

    /// A row that the encoder holds, and that is about to be learned, testifies for the segment before it.
    mutating func testify(_ serial: Int, _ encoder: Encoder, _ scratch: Scratch) {
        guard transaction.wantsWitness else { return }
        composeTarget(serial)
        let n = memories.composeMain(encoder, own, .max, into: scratch.copy)
        transaction.testify(scratch.copy, target, width: n, active: count)
    }

    mutating func withdrawWholly(_ serial: Int, _ encoder: Encoder, _ pending: PendingLatents, _ scratch: Scratch) {
        _ = takeOut(serial, encoder, scratch)
        changes.withdraw(serial, encoder, pending, pendings, history, scale, scratch)
    }

    /// The newest labels stay: they are inputs, and will be others soon.
    mutating func giveBackAll(_ scratch: Scratch) {
        memories.restartShort()
        let newest = count * LabelHistory.depth
        for i in 0..<newest { scratch.sweep[i] = Real(history.newest[i]) }
        var archive = transaction.keptBooks
        mixture.archive(&archive)
        losses.archive(&archive)
        intervals.archive(&archive)
        history.archive(&archive)
        for i in 0..<newest { history.newest[i] = Double(scratch.sweep[i]) }
    }
}
