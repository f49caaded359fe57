@testable import Stint

/// A seeded stream of three channels that one can learn from: y and z are functions of them, the class is a sign.
struct TestStream {
    var random: Random
    var step = 0
    var offset: Float = 0

    init(seed: UInt64 = 5, offset: Float = 0) {
        random = Random(seed: seed)
        self.offset = offset
    }

    struct Row {
        var x: [Float]
        var y: Float
        var z: Float
        var name: String
    }

    mutating func next() -> Row {
        step += 1
        let t = Double(step)
        let x = [
            Float(sin(t * 0.11) + 0.1 * random.normal()), Float(cos(t * 0.037) + 0.1 * random.normal()), Float(random.normal()),
        ]
        let y = 2 * x[0] - x[1] + 0.5 * x[0] * x[1] + 0.05 * Float(random.normal())
        return Row(
            x: x.map { $0 + offset }, y: y + offset, z: x[2] - x[0] + offset, name: x[0] + x[1] > 0.3 ? "high" : x[0] > -0.5 ? "mid" : "low")
    }
}

func sin(_ x: Double) -> Double { cosOf(x - .pi / 2) }
func cos(_ x: Double) -> Double { cosOf(x) }

extension Specification {
    /// One head of each kind over the test stream.
    static var ofEachKind: Specification {
        Specification(
            channels: 3, rateHz: 10, labels: 3,
            heads: [
                HeadSpecification(kind: .regression(targets: [0, 1])),
                HeadSpecification(kind: .classification(label: 2, classes: 5)),
                HeadSpecification(kind: .anomaly(falseAlarms: .perRows(count: 1, rows: 1000))),
            ])
    }
}

/// A learner and the numbers it has said, as bits.
final class Session {
    let learner: Learner
    private(set) var said: [UInt64] = []
    private(set) var outcomes: [Outcome] = []
    private let buffer = UnsafeMutableBufferPointer<Float>.allocate(capacity: 16)

    init(_ specification: Specification) { learner = Learner(Plan(specification)) }

    @discardableResult
    func frame(_ x: [Float], sequence: UInt64? = nil, time: Double? = nil, unreadable: Bool = false) -> Outcome {
        for i in x.indices { buffer[i] = x[i] }
        let values = UnsafeBufferPointer(rebasing: buffer[0..<x.count])
        let outcome = learner.push(
            .frame(Frame(time: time ?? Double(learner.steps) / 10, sequence: sequence, values: values, isUnreadable: unreadable)))
        if outcome == .predicted { note() }
        return outcome
    }

    @discardableResult
    func label(_ index: Int, _ number: Float, sequence: UInt64) -> Outcome {
        learner.push(.label(Label(target: .label(index), moment: .sequence(sequence), value: .number(number))))
    }

    @discardableResult
    func label(_ index: Int, _ name: String, sequence: UInt64) -> Outcome {
        let bytes = Array(name.utf8)
        return bytes.withUnsafeBufferPointer {
            learner.push(.label(Label(target: .label(index), moment: .sequence(sequence), value: .category($0))))
        }
    }

    /// A row and its three labels, at once.
    func row(_ row: TestStream.Row) {
        frame(row.x)
        labels(of: row)
    }

    /// The labels of the newest frame.
    func labels(of row: TestStream.Row) {
        let sequence = learner.sequence
        label(0, row.y, sequence: sequence)
        label(1, row.z, sequence: sequence)
        label(2, row.name, sequence: sequence)
    }

    private func note() {
        for head in learner.plan.specification.heads.indices {
            switch learner.prediction(of: head) {
            case .regression(let p):
                for values in [p.value, p.lower, p.upper, p.deviation] { said += values.map { UInt64($0.bitPattern) } }
                said.append(UInt64(p.novelty.bitPattern))
            case .classification(let p):
                said += p.probability.map { UInt64($0.bitPattern) }
                said.append(UInt64(bitPattern: Int64(p.classID)))
            case .anomaly(let p):
                said += [UInt64(p.score.bitPattern), UInt64(p.pValue.bitPattern), p.isAlarm ? 1 : 0, UInt64(p.incident ?? 0)]
            }
        }
    }

    func regression(_ head: Int = 0) -> RegressionPrediction {
        guard case .regression(let p) = learner.prediction(of: head) else { preconditionFailure() }
        return p
    }

    func classification(_ head: Int = 1) -> ClassificationPrediction {
        guard case .classification(let p) = learner.prediction(of: head) else { preconditionFailure() }
        return p
    }

    func anomaly(_ head: Int = 2) -> AnomalyPrediction {
        guard case .anomaly(let p) = learner.prediction(of: head) else { preconditionFailure() }
        return p
    }

    var snapshot: [UInt8] { Array(learner.snapshot()) }

    deinit { buffer.deallocate() }
}
