import Testing

@testable import Stint

/// A million rows of each are `make test-null`; these are the same, shorter.
@Suite struct DriftNullTests {
    @Test("on streams that do not change heads of every kind raise at most one alarm in 100,000 rows, labels at once or late")
    func quiet() {
        var alarms = [0, 0, 0]
        for (kind, delay) in zip(HealthyStream.Kind.allCases, [20, 100, 0, 0]) {
            let session = Session(
                Specification(
                    channels: 4, rateHz: 1, labels: 2,
                    heads: [
                        HeadSpecification(kind: .regression(targets: [0])), HeadSpecification(kind: .classification(label: 1, classes: 4)),
                        HeadSpecification(kind: .anomaly(falseAlarms: .perRows(count: 1, rows: 10_000))),
                    ]))
            // The fifth is what no channel tells, of the same kind as they are.
            var stream = HealthyStream(kind, channels: 5, seed: 41)
            var labels: [(y: Float, name: String)] = []
            func count() { for event in session.learner.events where event.kind == .drift { alarms[event.head ?? 0] += 1 } }
            for row in 0..<25_000 {
                let raw = stream.next()
                let x = raw.map { $0 / stream.deviation }
                let y = x[0] - 0.5 * x[1] + 0.5 * x[2] * x[3] / (1 + x[3] * x[3]) + 0.3 * x[4]
                labels.append((y, x[0] + 0.3 * x[4] > 0.5 ? "north" : x[1] > x[2] ? "east" : "west"))
                session.frame(Array(raw[..<4]))
                count()
                guard row >= delay else { continue }
                let sequence = UInt64(row - delay)
                session.label(0, labels[row - delay].y, sequence: sequence)
                count()
                session.label(1, labels[row - delay].name, sequence: sequence)
                count()
            }
        }
        #expect(alarms.allSatisfy { $0 <= 1 }, "\(alarms)")
    }
}
