import Testing

@testable import Stint

@Suite struct AnomalyHeadTests {
    func session(rowsPerAlarm: Double) -> Session { .watching(channels: 3, rowsPerAlarm: rowsPerAlarm) }

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

    @Test("a step of 20 sigma raises one alarm on its first row, names its channel, ends, and becomes the new normal")
    func step() {
        let session = session(rowsPerAlarm: 10_000)
        var random = Random(seed: 4)
        var record = AnomalyRecord()
        for i in 0..<6000 {
            var x = (0..<3).map { _ in Float(random.normal()) }
            if i >= 3000 { x[1] += 20 }
            session.frame(x)
            record.note(session, row: i)
            let p = session.anomaly(0)
            if i == 3000 {
                #expect(p.isAlarm && p.incident != nil && p.score > 0.7 && p.pValue <= 1e-4)
                #expect(p.shares[1] > 0.9)
            }
            // What stays is taken in after the longest incident; from then on it is healthy.
            if i == 3000 + AnomalyHead.longestIncident { #expect(p.incident == nil) }
        }
        #expect(record.alarms.contains(3000))
        #expect(record.alarms.filter { $0 >= 3000 && $0 < 5000 }.count <= 2)
        #expect(session.anomaly(0).incident == nil)
    }

    @Test("a second fault right after a first one is heard, too: no alarm is withheld because there was one")
    func soonAfter() {
        let session = session(rowsPerAlarm: 10_000)
        var random = Random(seed: 7)
        var record = AnomalyRecord()
        let starts = (0..<4).map { 4000 + 100 * $0 }
        for i in 0..<5000 {
            var x = (0..<3).map { _ in Float(random.normal()) }
            if starts.contains(where: { i >= $0 && i < $0 + 20 }) { x[2] += 12 }
            session.frame(x)
            record.note(session, row: i)
        }
        #expect(record.caught(starts, within: 50) == 1, "alarms at \(record.alarms)")
    }

    @Test("`normal` ends an incident and lets its rows be learned; a verdict without an incident changes nothing")
    func verdicts() {
        func after(_ verdict: String?) -> (isOpen: Bool, alarms: Int) {
            let session = session(rowsPerAlarm: 1000)
            var random = Random(seed: 8)
            var alarms = 0
            var isOpen = true
            for i in 0..<3400 {
                var x = (0..<3).map { _ in Float(random.normal()) }
                if i >= 3000 { x[0] += 9 }
                session.frame(x)
                if i > 3050 { alarms += session.anomaly(0).isAlarm ? 1 : 0 }
                guard i == 3050, let verdict else { continue }
                let name = Array(verdict.utf8)
                _ = name.withUnsafeBufferPointer {
                    session.learner.push(.label(Label(target: .head(0), moment: .sequence(3050), value: .category($0))))
                }
                isOpen = session.anomaly(0).incident != nil
            }
            return (isOpen, alarms)
        }
        #expect(after("fault").isOpen)
        #expect(!after("normal").isOpen)
    }

    @Test("spikes of 1e30, constant channels, gaps and clocks that jump are survived: every line finite, every incident ended")
    func roughInput() {
        let session = session(rowsPerAlarm: 1000)
        var random = Random(seed: 9)
        var open = 0
        for i in 0..<8000 {
            var x = [Float(random.normal()), 7, Float(random.normal())]
            if i % 501 == 0 { x[0] = 1e14 }
            if i > 4000 { x[1] = Float(random.normal()) }
            if i % 83 < 3 { x[2] = .nan }
            session.frame(x, time: i % 700 == 0 ? 1e9 : Double(i) / 10, unreadable: i % 977 == 0)
            let p = session.anomaly(0)
            #expect(p.score >= 0 && p.score <= 1 && p.pValue >= 0 && p.pValue <= 1 && p.shares.allSatisfy(\.isFinite))
            open = p.incident == nil ? 0 : open + 1
            #expect(open <= AnomalyHead.longestIncident)
        }
    }

    @Test("with windows that end every five rows a step is a window: budget and alarms count windows, sensors count rows")
    func windows() {
        var window = Specification.Window()
        (window.length, window.every) = (10, 5)
        let session = Session.watching(channels: 2, rowsPerAlarm: 500, window: window)
        var random = Random(seed: 11)
        var record = AnomalyRecord()
        for i in 0..<60_000 {
            var x = (0..<2).map { _ in Float(random.normal()) }
            if i >= 50_000 && i < 50_100 { x[0] += 10 }
            if i >= 55_000 && i < 55_100 { x[1] = 0.3 }
            if session.frame(x) == .predicted { record.note(session, row: i) }
        }
        // 50 000 rows are 10 000 windows, in which 20 are allowed; the feedback's reach over its step is another 15.
        #expect(record.alarms.filter { $0 < 50_000 }.count <= 35)
        #expect(record.alarms.contains { $0 >= 50_000 && $0 < 50_050 })
        #expect(record.alarms.contains { $0 >= 55_000 && $0 < 55_050 })
    }

    @Test("a hundred channels are forecast by one lag and whitened one by one, and a step in one of them is seen")
    func manyChannels() {
        let channels = 100
        #expect(VectorForecast.width(channels: channels) == 101)
        let learner = Learner(
            Plan(
                Specification(
                    channels: channels, rateHz: 10, labels: 0,
                    heads: [HeadSpecification(kind: .anomaly(falseAlarms: .perRows(count: 1, rows: 1000)))])))
        let values = UnsafeMutableBufferPointer<Float>.allocate(capacity: channels)
        defer { values.deallocate() }
        var random = Random(seed: 10)
        var alarms: [Int] = []
        for i in 0..<2000 {
            for c in 0..<channels { values[c] = Float(random.normal()) + (c == 57 && i >= 1900 ? 8 : 0) }
            learner.push(.frame(Frame(time: Double(i), sequence: nil, values: UnsafeBufferPointer(values))))
            guard case .anomaly(let p) = learner.prediction(of: 0), p.isAlarm else { continue }
            alarms.append(i)
            if i >= 1900 { #expect(p.shares.indices.max { p.shares[$0] < p.shares[$1] } == 57) }
        }
        #expect(alarms.contains { $0 >= 1900 && $0 < 1920 })
        #expect(alarms.filter { $0 < 1900 }.count <= 6)
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

    @Test("what is a record because the stream is young is shown as little: noise of a thousand rows scores above .55 in three rows, not four")
    func young() {
        var shown = 0
        for seed in 1...20 as ClosedRange<UInt64> {
            let session = Session.watching(channels: 1, rowsPerAlarm: 10_000)
            var random = Random(seed: seed)
            for i in 0..<1000 {
                session.frame([Float(random.normal())])
                if i >= 150, session.anomaly(0).score >= 0.55 { shown += 1 }
            }
        }
        // Without it 80.
        #expect(shown > 20 && shown <= 65, "\(shown) rows of 20 streams")
    }
}
