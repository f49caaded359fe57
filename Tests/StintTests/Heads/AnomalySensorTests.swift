import Testing

@testable import Stint

/// Which runs are faults, and which are how a channel is.
@Suite struct AnomalySensorTests {
    /// Channel 0 is white noise throughout; channel 1 is what the test makes of it.
    func run(_ rows: Int, seed: UInt64 = 31, _ second: (Int, Float) -> Float) -> AnomalyRecord {
        let session = Session.watching(channels: 2, rowsPerAlarm: 10_000)
        var random = Random(seed: seed)
        var record = AnomalyRecord()
        for row in 0..<rows {
            let x = Float(random.normal())
            session.frame([x, second(row, Float(random.normal()))])
            record.note(session, row: row)
        }
        return record
    }

    @Test("a channel in steps, one of two values, one sampled every ten rows, and one that never moves are not stuck")
    func habits() {
        var held: Float = 0
        var isOn = false
        let channels: [(Int, Float) -> Float] = [
            { _, x in (x * 2).rounded() / 2 },
            { row, x in
                if row % 37 == 0 { isOn = x > 0 }
                return isOn ? 1 : 0
            },
            { row, x in
                if row % 10 == 0 { held = x }
                return held
            },
            { _, _ in 4.5 },
            { row, _ in Float(row / 7) },
            { row, x in row % 20 == 0 ? x : .nan },
        ]
        for channel in channels { #expect(run(8000, channel).began.isEmpty) }
    }

    @Test("a dead channel, one that is not finite, and one at the end of its range are told by name, once, and when they are well")
    func kinds() {
        let isBad = 4000..<4200
        let cases: [(LearnerEvent.SensorFault, (Int, Float) -> Float)] = [
            (.dead, { row, x in isBad.contains(row) ? .nan : x }),
            (.nonFinite, { row, x in isBad.contains(row) ? Frame.unusable : x }),
            (.railed, { row, x in isBad.contains(row) ? (row % 9 == 0 ? 4.9 : 5) : min(x, 5) }),
            (.stuck, { row, x in isBad.contains(row) ? 0.25 : x }),
        ]
        for (fault, channel) in cases {
            let record = run(5000, channel)
            #expect(record.began.count == 1 && record.ended.count == 1, "\(fault)")
            guard let began = record.began.first, let ended = record.ended.first else { continue }
            #expect(began.sensor.channel == 1 && began.sensor.fault == fault && ended.sensor.fault == fault)
            #expect(began.row >= 4000 && began.row < 4050 && ended.row >= 4200 && ended.row < 4300)
            // One fault, one alarm: that of the sensor, or of the process a few rows earlier.
            #expect(record.alarms.filter { isBad.contains($0) }.count == 1, "\(fault): \(record.alarms)")
        }
    }

    @Test("while a sensor fails, the score of the others goes on: a step in another channel is still seen after its incident")
    func masked() {
        let session = Session.watching(channels: 2, rowsPerAlarm: 10_000)
        var random = Random(seed: 33)
        var record = AnomalyRecord()
        for row in 0..<6000 {
            var x = [Float(random.normal()), Float(random.normal())]
            x[1] += x[0]
            if row >= 4000 { x[1] = 0.5 }
            if row >= 5000 && row < 5030 { x[0] += 8 }
            session.frame(x)
            record.note(session, row: row)
            if row == 4900 { #expect(session.anomaly(0).incident == nil) }
        }
        #expect(record.began.count == 1 && record.ended.isEmpty)
        #expect(record.alarms.contains { $0 >= 5000 && $0 < 5010 })
        #expect(record.alarms.filter { $0 >= 4050 && $0 < 5000 }.isEmpty)
        #expect(record.causes.contains(.sensor))
    }

    @Test("alarm events carry their cause, and the sensor's incident ends though the sensor does not get well")
    func causes() {
        let session = Session.watching(channels: 1, rowsPerAlarm: 10_000)
        var random = Random(seed: 34)
        var told: [(LearnerEvent.Kind, AnomalyPrediction.Cause?)] = []
        for row in 0..<4000 {
            session.frame([row < 3000 ? Float(random.normal()) : 0.125])
            if row < 2900 { continue }
            told += session.learner.events.map { ($0.kind, $0.cause) }
        }
        #expect(told.map(\.0) == [.sensor, .alarm, .alarmEnd])
        #expect(told.dropFirst().allSatisfy { $0.1 == .sensor })
    }
}
