@testable import Stint

/// Streams without an anomaly in them, of kinds that fool detectors: heavy tails, memory, seasons.
struct HealthyStream {
    enum Kind: String, CaseIterable { case gaussian, heavy, correlated, seasonal }

    let kind: Kind
    let channels: Int
    var random: Random
    var step = 0
    var state: [Double]

    init(_ kind: Kind, channels: Int, seed: UInt64) {
        self.kind = kind
        self.channels = channels
        random = Random(seed: seed)
        state = [Double](repeating: 0, count: channels)
    }

    /// Of one channel, over all time.
    var deviation: Float {
        switch kind {
        case .gaussian: 1
        case .heavy, .seasonal: 1.7320508  // √3: Student's t with three degrees; √(2²/2 + 1)
        case .correlated: 2.2941573        // 1/√(1 − 0.9²)
        }
    }

    /// Four decimals, as a recording has them: values repeat now and then.
    mutating func next() -> [Float] {
        step += 1
        for c in 0..<channels {
            switch kind {
            case .gaussian: state[c] = random.normal()
            case .heavy:
                let z = random.normal()
                var sum = 0.0
                for _ in 0..<3 {
                    let x = random.normal()
                    sum += x * x
                }
                state[c] = z / (sum / 3).squareRoot()
            case .correlated: state[c] = 0.9 * state[c] + random.normal()
            case .seasonal: state[c] = 2 * sin(2 * .pi * (Double(step) / 1000 + Double(c) * 0.17)) + random.normal()
            }
        }
        return state.map { Float(($0 * 10_000).rounded() / 10_000) }
    }
}

/// What an anomaly head said over a stream.
struct AnomalyRecord {
    var alarms: [Int] = []
    var causes: [AnomalyPrediction.Cause] = []
    var inside = 0
    var began: [(row: Int, sensor: LearnerEvent.Sensor)] = []
    var ended: [(row: Int, sensor: LearnerEvent.Sensor)] = []

    mutating func note(_ session: Session, row: Int) {
        let said = session.anomaly(0)
        if said.isAlarm {
            alarms.append(row)
            causes.append(said.cause)
        }
        if said.incident != nil { inside += 1 }
        for case let event in session.learner.events {
            guard let sensor = event.sensor else { continue }
            if sensor.isFailing { began.append((row, sensor)) } else { ended.append((row, sensor)) }
        }
    }

    /// Of faults that begin at these rows, the share with an alarm in the next `within` rows.
    func caught(_ starts: [Int], within: Int) -> Double {
        Double(starts.filter { start in alarms.contains { $0 >= start && $0 < start + within } }.count) / Double(starts.count)
    }
}

extension Session {
    /// One anomaly head, and nothing else.
    static func watching(channels: Int, rowsPerAlarm: Double, window: Specification.Window = .init()) -> Session {
        var specification = Specification(
            channels: channels, rateHz: 10, labels: 0,
            heads: [HeadSpecification(kind: .anomaly(falseAlarms: .perRows(count: 1, rows: rowsPerAlarm)))])
        specification.window = window
        return Session(specification)
    }
}
