import Testing

@testable import Stint

/// What an operator has called normal is passed over when it returns, and nothing else is; what was called a fault is heard.
@Suite struct IncidentMemoryTests {
    /// Three channels of noise with bumps in them.
    final class Bench {
        let session: Session
        var random: Random
        var row = 0
        var alarms: [Int] = []

        init(seed: UInt64, rowsPerAlarm: Double = 10_000) {
            session = Session.watching(channels: 3, rowsPerAlarm: rowsPerAlarm)
            random = Random(seed: seed)
        }

        func run(_ rows: Int, adding amount: Float = 0, to channel: Int = 0) {
            for _ in 0..<rows {
                var x = (0..<3).map { _ in Float(random.normal()) }
                x[channel] += amount
                session.frame(x)
                if session.anomaly(0).isAlarm { alarms.append(row) }
                row += 1
            }
        }

        /// A bump of twenty rows with 300 healthy rows behind it; whether it was an alarm.
        func bump(_ amount: Float, on channel: Int, rows: Int = 20) -> Bool {
            let start = row
            run(rows, adding: amount, to: channel)
            run(300)
            return alarms.contains { $0 >= start && $0 < start + rows + 10 }
        }

        /// - Parameter at: a row; now if nil.
        func say(_ verdict: String, at: Int? = nil) {
            let name = Array(verdict.utf8)
            name.withUnsafeBufferPointer {
                _ = session.learner.push(.label(Label(target: .head(0), moment: .sequence(UInt64(at ?? row - 1)), value: .category($0))))
            }
        }

        var passed: Int { session.learner.report(of: 0).passed ?? 0 }
    }

    @Test("a bump that was called normal is passed over when it returns, a smaller one too; one on another channel, one downwards and one four times as large are heard",
        arguments: [1, 2, 3, 4] as [UInt64])
    func passedOver(seed: UInt64) {
        let bench = Bench(seed: seed)
        bench.run(2500)
        #expect(bench.bump(15, on: 0))
        bench.say("normal")
        #expect(!bench.bump(15, on: 0))
        #expect(!bench.bump(13, on: 0))
        #expect(!bench.bump(16, on: 0))
        #expect(bench.passed >= 2)
        #expect(bench.bump(60, on: 0))
        #expect(bench.bump(15, on: 1))
        #expect(bench.bump(-15, on: 0))
    }

    @Test("without a verdict the same bump goes on being an alarm: that it is silent is the verdict's doing", arguments: [1, 2, 3, 4] as [UInt64])
    func unlabelled(seed: UInt64) {
        let bench = Bench(seed: seed)
        bench.run(2500)
        let heard = (0..<3).filter { _ in bench.bump(15, on: 0) }
        #expect(heard.count == 3 && bench.passed == 0)
    }

    @Test("what was called normal and does not go as it went is an incident: it lasts on, it grows, another channel joins in")
    func leavesItsReach() {
        let bench = Bench(seed: 5)
        bench.run(2500)
        #expect(bench.bump(12, on: 0, rows: 2))
        bench.say("normal")
        #expect(!bench.bump(12, on: 0, rows: 2))
        // Two rows were normal; twenty are not.
        #expect(bench.bump(12, on: 0, rows: 20))
        #expect(!bench.bump(12, on: 0, rows: 2))
        let start = bench.row
        bench.run(1, adding: 12, to: 0)
        bench.run(1, adding: 40, to: 0)
        bench.run(200)
        #expect(bench.alarms.contains { $0 >= start })
        let next = bench.row
        bench.run(1, adding: 12, to: 0)
        bench.run(5, adding: 12, to: 2)
        bench.run(200)
        #expect(bench.alarms.contains { $0 > next })
    }

    @Test("`normal` in the middle of an incident ends it, its rest is passed over, and so is the next one, whole")
    func midway() {
        let bench = Bench(seed: 6)
        bench.run(2500)
        bench.run(5, adding: 15, to: 1)
        #expect(bench.session.anomaly(0).incident != nil)
        bench.say("normal")
        #expect(bench.session.anomaly(0).incident == nil)
        let alarms = bench.alarms.count
        bench.run(15, adding: 15, to: 1)
        bench.run(300)
        #expect(bench.alarms.count == alarms)
        #expect(!bench.bump(15, on: 1))
    }

    @Test("a wrong `normal` is revoked by `fault`: said of what was passed over, or of the incident that it was said of", arguments: [false, true])
    func revoked(ofTheFirst: Bool) {
        let bench = Bench(seed: ofTheFirst ? 8 : 7)
        bench.run(2500)
        let first = bench.row
        #expect(bench.bump(15, on: 2))
        bench.say("normal")
        #expect(!bench.bump(15, on: 2))
        bench.say("fault", at: ofTheFirst ? first + 5 : nil)
        #expect(bench.bump(15, on: 2))
        #expect(bench.bump(15, on: 2))
        bench.say("normal")
        #expect(!bench.bump(15, on: 2))
    }

    @Test("a verdict means the newest incident that began at or before its moment, not the newest of all")
    func moment() {
        let bench = Bench(seed: 8)
        bench.run(2500)
        let first = bench.row
        #expect(bench.bump(15, on: 0))
        #expect(bench.bump(15, on: 1))
        bench.say("normal", at: first + 3)
        #expect(!bench.bump(15, on: 0))
        #expect(bench.bump(15, on: 1))
        bench.say("normal", at: 100)
        #expect(bench.bump(15, on: 1))
    }

    @Test("what was called a fault is heard where as much of another kind is not, because the budget is spent")
    func fault() {
        func heard(_ verdict: String?, _ amount: Float) -> Int {
            let bench = Bench(seed: 9, rowsPerAlarm: 3000)
            bench.run(3000)
            _ = bench.bump(6, on: 0, rows: 1)
            if let verdict { bench.say(verdict) }
            // Others use up what is allowed.
            for k in 0..<3 { _ = bench.bump(k % 2 == 0 ? 9 : -9, on: 1, rows: 1) }
            return (0..<20).filter { _ in bench.bump(amount, on: 0, rows: 1) }.count
        }
        let (without, with) = (heard(nil, 5), heard("fault", 5))
        #expect(with > without, "\(with), without a verdict \(without)")
    }

    @Test("no more than sixteen kinds are kept; the one that was not used for longest goes")
    func bounded() {
        var counter = Carver()
        _ = IncidentMemory(channels: 20, isExact: true, &counter)
        let arena = Arena(bytes: counter.carved)
        var carver = Carver(over: arena)
        var memory = IncidentMemory(channels: 20, isExact: true, &carver)
        memory.reset()
        func sketch(_ channel: Int) {
            for c in 0..<20 { memory.describe(c, error: c == channel ? 10 : 0.5, sum: 0, value: c == channel ? 10 : 1, record: 0) }
            memory.sketch()
        }
        for channel in 0..<20 {
            sketch(channel)
            memory.begin(sequence: UInt64(channel), time: Double(channel))
            memory.end()
            memory.judge(memory.find(.sequence(UInt64(channel)))!, .normal)
            // The first is used again and again.
            sketch(0)
            #expect(memory.recognise().verdict == .normal)
        }
        #expect(memory.normals == IncidentMemory.kept)
        for (channel, verdict) in [(0, IncidentMemory.Verdict.normal), (1, .none), (4, .none), (5, .normal), (19, .normal)] {
            sketch(channel)
            #expect(memory.recognise().verdict == verdict, "channel \(channel)")
        }
        withExtendedLifetime(arena) {}
    }

    @Test("a fault of a sensor has no kind: `normal` ends its incident and silences nothing")
    func sensors() {
        let bench = Bench(seed: 10)
        bench.run(3000)
        for _ in 0..<2 {
            let start = bench.row
            for _ in 0..<60 {
                var x = (0..<3).map { _ in Float(bench.random.normal()) }
                x[1] = 0.4
                bench.session.frame(x)
                if bench.session.anomaly(0).isAlarm { bench.alarms.append(bench.row) }
                bench.row += 1
            }
            #expect(bench.alarms.contains { $0 >= start })
            bench.say("normal")
            #expect(bench.session.anomaly(0).incident == nil)
            bench.run(300)
        }
        #expect(bench.passed == 0)
    }

    @Test("a learner that goes on from a state knows what was said, and goes on bit by bit, also in the middle of what is passed over")
    func restored() throws {
        let bench = Bench(seed: 11)
        bench.run(2500)
        #expect(bench.bump(15, on: 0))
        bench.say("normal")
        bench.run(6, adding: 15, to: 0)
        #expect(bench.passed == 1)
        let other = Bench(seed: 1)
        let bytes = bench.session.snapshot
        try bytes.withUnsafeBytes { raw in try other.session.learner.restore(raw) }
        (other.random, other.row, other.alarms) = (bench.random, bench.row, bench.alarms)
        for k in 0..<2 {
            let some = k == 0 ? bench : other
            some.run(14, adding: 15, to: 0)
            some.run(300)
            #expect(!some.bump(15, on: 0))
            #expect(some.bump(15, on: 1))
            #expect(some.passed == 2)
        }
        #expect(bench.session.said.suffix(2000) == other.session.said.suffix(2000))
    }
}
