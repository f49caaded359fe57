import Testing

@testable import Stint

@Suite struct AnomalyHeadTests {
    func session(rowsPerAlarm: Double) -> Session {
        Session(
            Specification(
                channels: 3, rateHz: 10, labels: 0,
                heads: [HeadSpecification(kind: .anomaly(falseAlarms: .perRows(count: 1, rows: rowsPerAlarm)))]))
    }

    @Test("p-values of healthy rows are uniform: their quantiles are within three standard errors")
    func uniform() {
        let session = session(rowsPerAlarm: 1e9)
        var random = Random(seed: 3)
        var below = [0.05, 0.1, 0.5, 0.9].map { ($0, 0.0) }
        let count = 8000.0
        for i in 0..<10_000 {
            session.frame((0..<3).map { _ in Float(random.normal()) })
            guard i >= 2000 else { continue }
            for k in below.indices where Double(session.anomaly(0).pValue) <= below[k].0 { below[k].1 += 1 }
        }
        for (level, hits) in below {
            // The ring of 1000 rows is shared by neighbouring ranks: the standard error is that of 1000 draws, not of 8000.
            #expect(abs(hits / count - level) < 3 * (level * (1 - level) / 1000).squareRoot())
        }
    }

    @Test("a step of 20 sigma raises one alarm on its first row, names its channel, and ends")
    func step() {
        let session = session(rowsPerAlarm: 1000)
        var random = Random(seed: 4)
        var alarms: [Int] = []
        var inside = 0
        for i in 0..<4000 {
            var x = (0..<3).map { _ in Float(random.normal()) }
            if i >= 3000 { x[1] += 20 }
            session.frame(x)
            let p = session.anomaly(0)
            if p.isAlarm { alarms.append(i) }
            if p.incident != nil { inside += 1 }
            if i == 3000 {
                #expect(p.isAlarm && p.incident != nil && p.score > 0.7)
                #expect(p.shares[1] > 0.9)
            }
        }
        #expect(alarms.contains(3000))
        #expect(!alarms.contains(3001))
        // An incident lasts 200 rows at the most; at 1 in 1000 rows there are at most five in 4000, one of them real.
        #expect(alarms.count <= 5 && inside <= 5 * AnomalyHead.longestIncident)
        #expect(session.anomaly(0).incident == nil)
    }

    @Test("alarms stay within the budget on a healthy stream, even one with heavy tails")
    func budget() {
        let session = session(rowsPerAlarm: 1000)
        var random = Random(seed: 5)
        var alarms = 0
        for _ in 0..<20_000 {
            // Student's t with three degrees: a normal over the root of a mean of squares.
            let x = (0..<3).map { _ -> Float in
                let s = (0..<3).reduce(0.0) { sum, _ in sum + { $0 * $0 }(random.normal()) }
                return Float(random.normal() / (s / 3).squareRoot())
            }
            session.frame(x)
            alarms += session.anomaly(0).isAlarm ? 1 : 0
        }
        #expect(alarms <= 22)   // twenty were earned, two may be in hand
    }

    @Test("shares sum to one and are there from the first score on; ready at row 150, not before")
    func readiness() {
        let session = session(rowsPerAlarm: 1000)
        var random = Random(seed: 6)
        for i in 0..<200 {
            session.frame((0..<3).map { _ in Float(random.normal()) })
            let p = session.anomaly(0)
            #expect(p.isReady == (i >= 149))
            if i > 80 { #expect(abs(p.shares.reduce(0, +) - 1) < 1e-5) }
        }
    }
}
