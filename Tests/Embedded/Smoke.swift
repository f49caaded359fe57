import Stint

/// Learns y = 2x₀ − x₁ on a stream of two channels and says so; exits with 1 when it has not.
@main
struct Smoke {
    static func main() {
        let specification = Specification(
            channels: 2, rateHz: 100, labels: 1,
            heads: [
                HeadSpecification(kind: .regression(targets: [0])),
                HeadSpecification(kind: .anomaly(falseAlarms: .perRows(count: 1, rows: 10_000))),
            ])
        let learner = Learner(Plan(specification))
        let values = UnsafeMutableBufferPointer<Float>.allocate(capacity: 2)
        var random = Random(seed: 7)
        var worst: Float = 0
        for step in 0..<2000 {
            values[0] = Float(random.normal())
            values[1] = Float(random.normal())
            let truth = 2 * values[0] - values[1]
            learner.push(.frame(Frame(time: Double(step) / 100, sequence: nil, values: UnsafeBufferPointer(values))))
            if case .regression(let said) = learner.prediction(of: 0), step >= 1500 {
                let error = said.value[0] - truth
                worst = max(worst, error < 0 ? -error : error)
            }
            learner.push(.label(Label(target: .label(0), moment: .sequence(learner.sequence), value: .number(truth))))
        }
        print(worst < 0.05 ? "embedded: learned and predicted" : "embedded: did not learn")
        values.deallocate()
        if worst >= 0.05 { fatalError() }
    }
}
