@testable import Stint

/// How long the learner stops to forget, by what is forgotten: rows that the ring holds, a segment, all before it.
func benchmarkForgetting() {
    print("\nforgetting, 9 channels, one target, 20 000 rows at 100 Hz: ms in one step, and what went")
    for (name, rows) in [("the newest row", 19_999...19_999), ("the newest 745 rows", 19_255...19_999), ("rows 16 000 to 16 100", 16_000...16_100), ("rows 1000 to 1100", 1000...1100)] {
        let learner = Learner(Plan(Specification(channels: 9, rateHz: 100, labels: 1, heads: [HeadSpecification(kind: .regression(targets: [0]))])))
        var random = Random(seed: 2)
        let values = UnsafeMutableBufferPointer<Float>.allocate(capacity: 9)
        for row in 0..<20_000 {
            for c in values.indices { values[c] = Float(random.normal()) }
            learner.push(.frame(Frame(time: Double(row) / 100, sequence: nil, values: UnsafeBufferPointer(values))))
            learner.push(.label(Label(target: .label(0), moment: .sequence(learner.sequence), value: .number(values[0] * values[1] + values[2]))))
        }
        let range = (Double(rows.lowerBound) - 0.5) / 100...(Double(rows.upperBound) + 0.5) / 100
        let taken = ContinuousClock().measure { learner.push(.command(.forget(.times(range)))) }
        let gone = learner.forgotten
        print("  \(name): \(padded(Double(taken.components.attoseconds) * 1e-15, 0)); \(gone.rows) rows, \(gone.learned) learned, \(gone.segments) segments")
        values.deallocate()
    }
}

/// What a frame and its labels cost the learner, head by head, on a seeded stream; labels at once.
func benchmarkStages() {
    print("\nlearner alone, µs a row (frame and labels), after 2000 rows; least of 5 runs of 4000")
    func specification(_ channels: Int, _ heads: [HeadSpecification.Kind]) -> Specification {
        Specification(channels: channels, rateHz: 100, labels: 2, heads: heads.map { HeadSpecification(kind: $0) })
    }
    let regression = HeadSpecification.Kind.regression(targets: [0])
    let classification = HeadSpecification.Kind.classification(label: 1, classes: 32)
    let anomaly = HeadSpecification.Kind.anomaly(falseAlarms: .perSeconds(count: 1, seconds: 86400))
    let cases: [(String, Specification)] = [
        ("6 channels, regression, one target", specification(6, [regression])),
        ("9 channels, regression, one target", specification(9, [regression])),
        ("6 channels, classification, 3 classes", specification(6, [classification])),
        ("6 channels, anomaly", specification(6, [anomaly])),
        ("6 channels, all three", specification(6, [regression, classification, anomaly])),
    ]
    for (name, specification) in cases {
        let learner = Learner(Plan(specification))
        var random = Random(seed: 2)
        let values = UnsafeMutableBufferPointer<Float>.allocate(capacity: specification.channels)
        let names = ["low", "mid", "high"].map { Array($0.utf8) }
        var step = 0.0
        func row(labelled: Bool) {
            step += 1
            for c in values.indices { values[c] = Float(random.normal() * 0.3) + (c % 2 == 0 ? Float(step.truncatingRemainder(dividingBy: 50)) / 50 : 0) }
            learner.push(.frame(Frame(time: step / 100, sequence: nil, values: UnsafeBufferPointer(values))))
            guard labelled else { return }
            let y = values[0] * values[1] + values[2]
            learner.push(.label(Label(target: .label(0), moment: .sequence(learner.sequence), value: .number(y))))
            names[values[5] < -0.2 ? 0 : values[5] < 0.2 ? 1 : 2].withUnsafeBufferPointer {
                _ = learner.push(.label(Label(target: .label(1), moment: .sequence(learner.sequence), value: .category($0))))
            }
        }
        for _ in 0..<2000 { row(labelled: true) }
        let making = nanoseconds(4000) { for c in values.indices { values[c] = Float(random.normal()) } }
        let learning = (nanoseconds(4000) { row(labelled: true) } - making) / 1000
        let predicting = (nanoseconds(4000) { row(labelled: false) } - making) / 1000
        print("  \(name): \(padded(learning, 0)), without labels \(padded(predicting, 0)), plan \(learner.plan.bytes / 1024) KiB")
        values.deallocate()
    }
}
