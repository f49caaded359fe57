/// Rows that say whether labels are wrong, or the world is another.
extension RegressionHead {
    /// A row from before the change; the encoder holds it.
    func hear(before serial: Int, _ known: UnsafePointer<Real>, _ test: inout ContaminationTest, _ encoder: Encoder, _ scratch: Scratch) {
        composeTarget(serial)
        test.add(before: errors(known, nil, encoder, scratch).known)
    }

    /// A row since the change, in order.
    ///
    /// - Parameter slot: of the regime that is to be recalled.
    func hear(
        since serial: Int, _ known: UnsafePointer<Real>, recalling slot: Int?, _ test: inout ContaminationTest, _ encoder: Encoder, _ scratch: Scratch
    ) {
        let place = Int(test.count) * 2 * count
        composeTarget(serial)
        let asTold = errors(known, slot, encoder, scratch)
        for j in 0..<count {
            let off = Double(target[j] - transaction.said[j])
            test.compare(known: off * off, nothing: Double(target[j] * target[j]))
        }
        for input in 0..<(3 * count) { own[input] = believable(own[input], of: input % count, among: Int(test.count)) }
        let asBelieved = errors(known, slot, encoder, scratch)
        for j in 0..<count {
            let label = Float(history.relative(j, pendings.of(serial, j)[PendingPredictions.label]))
            let said = Double(transaction.said[j]), reach = ContaminationTest.believed * deviation(j) * scale.inverse[j]
            doubted[place + 2 * j] = standardised(j, label)
            doubted[place + 2 * j + 1] = Float(min(max(Double(target[j]), said - reach), said + reach))
        }
        test.add(since: min(asTold.known, asBelieved.known), regime: min(asTold.regime, asBelieved.regime))
    }

    /// No label stays in the working room.
    func endHearing() { doubted.update(repeating: 0, count: 2 * ContaminationTest.most * count) }

    /// How wrong W₀ is on what was composed, and a stored regime.
    private func errors(_ known: UnsafePointer<Real>, _ slot: Int?, _ encoder: Encoder, _ scratch: Scratch) -> (known: Real, regime: Real) {
        let n = memories.composeMain(encoder, own, .max, into: scratch.copy)
        var regime = Real.infinity
        if let slot, let library = regimes.library {
            library.predict(slot, scratch.copy, width: n, into: regimeSaid, active: count, scratch)
            regime = Transaction.error(of: regimeSaid, target, active: count)
        }
        return (transaction.error(of: known, scratch.copy, target, width: n, active: count), regime)
    }

    private func deviation(_ j: Int) -> Double { losses.scale(j, spread: history.moments[j].variance).squareRoot() }

    /// As an own input has it.
    private func standardised(_ j: Int, _ label: Float) -> Float { Float((Double(label) - scale.center[j]) * scale.inverse[j]) }

    /// What is believed of an own input that is the label of one of the rows heard.
    private func believable(_ input: Float, of j: Int, among rows: Int) -> Float {
        var row = rows - 1
        while row >= 0, doubted[(row * count + j) * 2] != input { row -= 1 }
        return row < 0 ? input : doubted[(row * count + j) * 2 + 1]
    }
}
