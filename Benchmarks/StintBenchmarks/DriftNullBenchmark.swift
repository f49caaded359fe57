@testable import Stint
import CMath

/// The promise of the detectors at full length: on streams that do not change at most one alarm in 100,000 rows, for each kind of
/// head, with labels at once and late. Prints a row for each stream and lateness; returns whether all hold.
func benchmarkDriftNull(rows: Int, seeds: Int, delays: [Int]) -> Bool {
    print("\ndrift alarms in \(seeds) × \(rows) rows that do not change; at most one in 100,000 is allowed")
    print("detector      stream      rows late  regression  classification  anomaly")
    var holds = true
    for detector in [LearnerEvent.Detector.adwin, .pageHinkley] {
        for kind in NullStream.Kind.allCases {
            for delay in delays {
                var alarms = [0, 0, 0]
                for seed in 1...seeds {
                    let found = driftAlarms(kind, delay: delay, rows: rows, detector: detector, seed: UInt64(seed))
                    for head in 0..<3 { alarms[head] += found[head] }
                }
                let good = alarms.allSatisfy { $0 * 100_000 <= rows * seeds }
                holds = holds && good
                print(
                    "\(detector.name)\(padded("", 14 - "\(detector.name)".count))\(kind.rawValue)\(padded("\(delay)", 21 - kind.rawValue.count))"
                        + "\(padded("\(alarms[0])", 12))\(padded("\(alarms[1])", 16))\(padded("\(alarms[2])", 9))\(good ? "" : "  FAILS")")
            }
        }
    }
    return holds
}

/// Drift events of a head of each kind.
private func driftAlarms(_ kind: NullStream.Kind, delay: Int, rows: Int, detector: LearnerEvent.Detector, seed: UInt64) -> [Int] {
    let channels = 4
    var specification = Specification(
        channels: channels, rateHz: 1, labels: 2,
        heads: [
            HeadSpecification(kind: .regression(targets: [0])), HeadSpecification(kind: .classification(label: 1, classes: 4)),
            HeadSpecification(kind: .anomaly(falseAlarms: .perRows(count: 1, rows: 10_000))),
        ])
    specification.drift.detector = detector
    let learner = Learner(Plan(specification))
    // The fifth is what no channel tells, of the same kind as they are.
    var stream = NullStream(kind, channels: channels + 1, seed: seed)
    let values = UnsafeMutableBufferPointer<Float>.allocate(capacity: channels + 1)
    defer { values.deallocate() }
    var alarms = [0, 0, 0]
    func count() {
        for event in learner.events where event.kind == .drift {
            if let head = event.head {
                alarms[head] += 1
            } else {
                for head in 0..<3 { alarms[head] += 1 }
            }
        }
    }
    var waiting: [(y: Float, name: StaticString)] = []
    let names: [StaticString] = ["north", "east", "west"]
    for row in 0..<rows {
        stream.next(into: values)
        let x = values.map { Double($0 / stream.deviation) }
        let noise = 0.3 * x[4]
        let y = x[0] - 0.5 * x[1] + 0.5 * x[2] * x[3] / (1 + x[3] * x[3]) + noise
        let name = x[0] + noise > 0.5 ? 0 : x[1] > x[2] ? 1 : 2
        waiting.append((Float(y), names[name]))
        learner.push(.frame(Frame(time: Double(row), sequence: UInt64(row), values: UnsafeBufferPointer(rebasing: values[..<channels]))))
        count()
        guard row >= delay else { continue }
        let label = waiting[row - delay]
        learner.push(.label(Label(target: .label(0), moment: .sequence(UInt64(row - delay)), value: .number(label.y))))
        count()
        let bytes = UnsafeBufferPointer(start: label.name.utf8Start, count: label.name.utf8CodeUnitCount)
        learner.push(.label(Label(target: .label(1), moment: .sequence(UInt64(row - delay)), value: .category(bytes))))
        count()
    }
    return alarms
}
