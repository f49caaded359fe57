import Stint
import StintSimulation
import Testing

/// Scenario `payload`, seed 1: three payloads that nothing shows, three visits of 40 s each, at 100 Hz.
@Suite struct PayloadTests {
    /// Mean square error over both joints of each row, with labels at once.
    private func errors() -> (squares: [Double], payloads: [Double]) {
        let learner = Learner(Plan(Specification(channels: 6, rateHz: 100, labels: 2, heads: [HeadSpecification(kind: .regression(targets: [0, 1]))])))
        let values = UnsafeMutableBufferPointer<Float>.allocate(capacity: 6)
        defer { values.deallocate() }
        var squares: [Double] = [], payloads: [Double] = []
        for (truth, told) in ArmScenario.payload.life(seed: 1) {
            for k in 0..<6 { values[k] = Float(told?[k] ?? .nan) }
            let sequence = UInt64(squares.count)
            learner.push(.frame(Frame(time: truth.time, sequence: sequence, values: UnsafeBufferPointer(values))))
            guard case .regression(let said) = learner.prediction(of: 0) else { preconditionFailure() }
            squares.append((0..<2).reduce(0) { $0 + (Double(said.value[$1]) - truth.torque[$1]) * (Double(said.value[$1]) - truth.torque[$1]) / 2 })
            payloads.append(truth.payload)
            for k in 0..<2 {
                learner.push(.label(Label(target: .label(k), moment: .sequence(sequence), value: .number(Float(truth.torque[k])))))
            }
        }
        return (squares, payloads)
    }

    @Test("at a payload's second visit the error is back within 10 % of its old level in 200 rows")
    func secondVisit() {
        let (squares, payloads) = errors()
        func rms(_ rows: Range<Int>) -> Double { (squares[rows].reduce(0, +) / Double(rows.count)).squareRoot() }
        let onsets = payloads.indices.dropFirst().filter { payloads[$0] != payloads[$0 - 1] }
        var old: [Double: Double] = [:], returns = 0
        for onset in onsets {
            // A round of the moves is 2000 rows: it is compared with the last one of the visit before.
            if let level = old[payloads[onset]] {
                returns += 1
                let ratio = rms(onset + 200..<onset + 2200) / level
                #expect(ratio < 1.1, "\(payloads[onset]) kg at row \(onset): \(ratio)")
            }
            old[payloads[onset]] = rms(onset + 2000..<onset + 4000)
        }
        #expect(returns == 6)
    }
}
