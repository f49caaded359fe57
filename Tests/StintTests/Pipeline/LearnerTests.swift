import Testing

@testable import Stint

/// What every learner must keep, whatever its heads.
@Suite struct LearnerTests {
    /// Lengths before the first fit, between fits, and after the freeze.
    static let lengths = [10, 70, 300, 700]

    @Test("the same seed and events give the same bits, another seed gives others", arguments: lengths)
    func deterministic(rows: Int) {
        func run(seed: UInt64) -> [UInt64] {
            var specification = Specification.ofEachKind
            specification.seed = seed
            let session = Session(specification)
            var stream = TestStream()
            for _ in 0..<rows { session.row(stream.next()) }
            return session.said
        }
        let first = run(seed: 1)
        #expect(first == run(seed: 1))
        if rows > 100 { #expect(first != run(seed: 2)) }
    }

    @Test("a snapshot goes on bit by bit where it was taken, and is written again the same", arguments: lengths)
    func snapshot(rows: Int) throws {
        let whole = Session(.ofEachKind)
        var stream = TestStream()
        for _ in 0..<rows { whole.row(stream.next()) }
        let bytes = whole.snapshot
        let resumed = Session(.ofEachKind)
        try bytes.withUnsafeBytes { raw in try resumed.learner.restore(raw) }
        #expect(resumed.snapshot == bytes)
        let before = whole.said.count
        for _ in 0..<200 {
            let row = stream.next()
            whole.row(row)
            resumed.row(row)
        }
        #expect(Array(whole.said[before...]) == resumed.said)
        #expect(whole.snapshot == resumed.snapshot)
    }

    @Test("a snapshot that is damaged or of another shape is refused, and the learner is as new")
    func refusedSnapshot() throws {
        let taught = Session(.ofEachKind)
        var stream = TestStream()
        for _ in 0..<100 { taught.row(stream.next()) }
        var bytes = taught.snapshot
        bytes[bytes.count / 2] ^= 1
        let fresh = Session(.ofEachKind)
        let clean = fresh.snapshot
        #expect(throws: Archive.Failure.self) { try bytes.withUnsafeBytes { raw in try fresh.learner.restore(raw) } }
        #expect(fresh.snapshot == clean)
        var other = Specification.ofEachKind
        other.channels = 4
        let wide = Session(other)
        bytes[bytes.count / 2] ^= 1
        #expect(throws: Archive.Failure.self) { try bytes.withUnsafeBytes { raw in try wide.learner.restore(raw) } }
    }

    @Test("predicting learns nothing: frames without labels leave every expert's record and every long memory's answer as they were")
    func predictionIsPure() {
        let session = Session(.ofEachKind)
        var stream = TestStream()
        for _ in 0..<600 { session.row(stream.next()) }
        func records() -> [Double] { (0...1).flatMap { session.learner.experts(of: $0).map(\.loss) } }
        let before = records()
        let labels = session.learner.labelsLearned
        let probe: [Float] = [0.3, -0.2, 0.1]
        // Three equal rows, so that the channels' lags are equal; then the novelty is that of one and the same latent.
        for _ in 0..<3 { session.frame(probe) }
        let novelty = session.regression().novelty
        for _ in 0..<50 { session.frame(stream.next().x) }
        for _ in 0..<3 { session.frame(probe) }
        #expect(session.regression().novelty == novelty)
        #expect(records() == before && session.learner.labelsLearned == labels)
    }

    @Test("what every expert that is reported has said can be asked for, to the last, and of classes it sums to 1")
    func opinions() {
        let session = Session(.ofEachKind)
        var stream = TestStream()
        for _ in 0..<700 { session.row(stream.next()) }
        session.frame(stream.next().x)
        let learner = session.learner
        for head in 0...1 { #expect(learner.expertCount(of: head) == learner.experts(of: head).count) }
        let known = learner.classes(of: 1).count
        for (expert, name) in learner.experts(of: 1).map(\.name).enumerated() {
            let said = (0..<known).compactMap { learner.opinion(of: 1, expert: expert, ofClass: $0) }
            // Neighbours may sleep.
            if said.isEmpty { continue }
            #expect(said.count == known && abs(said.reduce(0, +) - 1) < 1e-9, "\(name): \(said)")
        }
        // The filter comes last, and is one of those that the head is held against.
        #expect(learner.opinion(of: 1, expert: learner.expertCount(of: 1) - 1, ofClass: 0) != nil)
    }

    @Test("it learns: regression to a tenth of the spread, classes to nine in ten, with labels at once and 20 rows late", arguments: [0, 20])
    func learns(delay: Int) {
        let session = Session(.ofEachKind)
        var stream = TestStream()
        var rows: [TestStream.Row] = []
        var (error, spread, right, inside, count) = (0.0, Moments(), 0, 0, 0.0)
        for i in 0..<3000 {
            rows.append(stream.next())
            session.frame(rows[i].x)
            if i >= 1000 {
                let p = session.regression()
                error += Double((p.value[0] - rows[i].y) * (p.value[0] - rows[i].y))
                spread.add(Double(rows[i].y))
                inside += p.lower[0] <= rows[i].y && rows[i].y <= p.upper[0] ? 1 : 0
                let c = session.classification()
                if c.classID >= 0, String(decoding: session.learner.classes(of: 1).name(c.classID), as: UTF8.self) == rows[i].name { right += 1 }
                #expect(abs(c.probability.reduce(0, +) - 1) < 1e-5)
                count += 1
            }
            let due = i - delay
            guard due >= 0 else { continue }
            session.label(0, rows[due].y, sequence: UInt64(due))
            session.label(1, rows[due].z, sequence: UInt64(due))
            session.label(2, rows[due].name, sequence: UInt64(due))
        }
        #expect(error / count < 0.1 * spread.variance)
        #expect(Double(right) / count > 0.9)
        // 2000 rows: three standard errors of .9 are .02.
        #expect(abs(Double(inside) / count - 0.9) < 0.02)
    }

    @Test("at an offset of 1e6 it predicts as without it, to the resolution of float32")
    func offset() {
        let (plain, moved) = (Session(.ofEachKind), Session(.ofEachKind))
        var (a, b) = (TestStream(), TestStream(offset: 1_048_576))
        var worst: Float = 0
        for i in 0..<1200 {
            plain.row(a.next())
            moved.row(b.next())
            guard i > 800 else { continue }
            worst = max(worst, abs(plain.regression().value[0] - (moved.regression().value[0] - 1_048_576)))
        }
        // An ulp at 2²⁰ is 1/16 of a channel's unit, and enters through three channels, a difference and the label.
        #expect(worst < 1)
    }

    @Test("a row with a held value is predicted and not learned from; after ten the channel is masked and learning goes on")
    func gaps() {
        let session = Session(.ofEachKind)
        var stream = TestStream()
        for _ in 0..<600 { session.row(stream.next()) }
        let learned = session.learner.labelsLearned
        var held: [Int] = []
        for _ in 0..<12 {
            var row = stream.next()
            row.x[1] = .nan
            session.row(row)
            held.append(session.learner.gapCount)
            for value in session.regression().value { #expect(value.isFinite) }
        }
        #expect(held == [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0])
        #expect(session.learner.labelsLearned > learned)
    }

    @Test("an unreadable row gives a line that is not ready, is counted, and what follows goes on")
    func unreadable() {
        let session = Session(.ofEachKind)
        var stream = TestStream()
        for _ in 0..<300 { session.row(stream.next()) }
        #expect(session.frame([.nan, .nan, .nan], unreadable: true) == .predicted)
        #expect(!session.regression().isReady && !session.classification().isReady && !session.anomaly().isReady)
        #expect(session.learner.dropped[.ragged] == 1)
        session.row(stream.next())
        #expect(session.regression().isReady && session.anomaly().isReady)
    }

    @Test("NaN, infinity, spikes and a constant stream leave every prediction finite")
    func poorInput() {
        let session = Session(.ofEachKind)
        var stream = TestStream()
        var random = Random(seed: 9)
        for i in 0..<2500 {
            var row = stream.next()
            switch random.below(12) {
            case 0: row.x[random.below(3)] = .nan
            case 1: row.x[random.below(3)] = 1e15
            case 2: row.x[random.below(3)] = -1e15
            case 3: row.y = 1e15
            default: break
            }
            if i > 1500, i < 2200 { row.x = [1, 1, 1] }
            session.row(row)
            let p = session.regression()
            for j in 0..<2 { #expect(p.value[j].isFinite && p.lower[j] <= p.value[j] && p.value[j] <= p.upper[j] && p.upper[j].isFinite) }
            #expect((0...1).contains(p.novelty) && (0...1).contains(session.anomaly().score))
        }
    }

    @Test("labels: late, duplicate, of the wrong kind and of too many classes are refused by their reason, once each")
    func refusedLabels() {
        let session = Session(.ofEachKind)
        var stream = TestStream()
        for _ in 0..<1300 { session.frame(stream.next().x) }
        let newest = session.learner.sequence
        #expect(session.label(0, 1, sequence: newest) == .matched(learned: 0))
        #expect(session.label(0, 1, sequence: newest) == .refused(.labelDuplicate))
        #expect(session.label(1, 1, sequence: newest) == .matched(learned: 1))
        #expect(session.label(0, 1, sequence: 3) == .refused(.labelLate))
        #expect(session.label(0, 1, sequence: newest + 5) == .refused(.labelLate))
        #expect(session.label(0, .infinity, sequence: newest - 1) == .refused(.labelInvalid))
        #expect(session.label(0, "high", sequence: newest - 1) == .refused(.labelInvalid))
        #expect(session.label(2, 3, sequence: newest - 1) == .refused(.labelInvalid))
        for (i, name) in ["a", "b", "c", "d", "e"].enumerated() {
            #expect(session.label(2, name, sequence: newest - UInt64(i)) == .matched(learned: 1))
        }
        #expect(session.label(2, "f", sequence: newest - 9) == .refused(.classRefused))
        #expect(session.label(2, String(repeating: "x", count: 65), sequence: newest - 9) == .refused(.labelInvalid))
        #expect(session.learner.dropped.total == 8)
        #expect(session.learner.classes(of: 1).count == 5)
    }

    @Test("a label is late exactly when `pending` newer latents have been made", arguments: [1, 10, 600])
    func pendingBound(pending: Int) {
        var specification = Specification.ofEachKind
        specification.pending = pending
        let session = Session(specification)
        var stream = TestStream()
        for _ in 0..<700 { session.frame(stream.next().x) }
        let oldest = 700 - UInt64(pending)
        #expect(session.label(2, "a", sequence: oldest) == .matched(learned: 1))
        #expect(session.label(2, "a", sequence: oldest - 1) == .refused(.labelLate))
    }

    @Test("every choice of blocks learns", arguments: [(true, false, false), (false, true, false), (false, false, true), (true, true, false)])
    func blocks(last: Bool, lags: Bool, fourier: Bool) {
        var specification = Specification.ofEachKind
        (specification.encoder.last, specification.encoder.lags, specification.encoder.fourier) = (last, lags, fourier)
        let session = Session(specification)
        var stream = TestStream()
        var (error, before, newest) = (0.0, 0.0, Float(0))
        for i in 0..<2000 {
            let row = stream.next()
            session.row(row)
            guard i > 700 else { continue }
            // The prediction was made before the row's labels came.
            error += Double((session.regression().value[0] - row.y) * (session.regression().value[0] - row.y))
            before += Double((newest - row.y) * (newest - row.y))
            newest = row.y
        }
        #expect(error < 0.9 * before)
    }

    @Test("a sequence number that was seen is dropped once for each time; a jump of it is not")
    func duplicates() {
        let session = Session(.ofEachKind)
        for i in 0..<50 { #expect(session.frame([1, 2, Float(i)], sequence: UInt64(i)) == .predicted) }
        #expect(session.frame([1, 2, 3], sequence: 49) == .refused(.duplicate))
        #expect(session.frame([1, 2, 3], sequence: 10) == .refused(.duplicate))
        #expect(session.frame([1, 2, 3], sequence: .max) == .predicted)
        #expect(session.frame([1, 2, 3], sequence: 50) == .predicted)
        #expect(session.learner.dropped[.duplicate] == 2)
    }

    @Test("equal, backward and jumping times are counted and change no prediction")
    func clocks() {
        let (even, odd) = (Session(.ofEachKind), Session(.ofEachKind))
        var stream = TestStream()
        var times: [Double] = (0..<200).map { Double($0) / 10 }
        (times[50], times[100], times[101]) = (4.9, 1e9, -5)
        for time in times {
            let x = stream.next().x
            even.frame(x)
            odd.frame(x, time: time)
        }
        #expect(even.said == odd.said)
        #expect(odd.learner.clock == (equal: 1, backward: 1, jump: 2))
        #expect(even.learner.clock == (equal: 0, backward: 0, jump: 0))
    }

    @Test("windows: a line at row length − 1 and then every so many rows; labels in between count as the newest")
    func windows() {
        var specification = Specification.ofEachKind
        specification.window = .init(length: 8, every: 5)
        let session = Session(specification)
        var stream = TestStream()
        var ends: [Int] = []
        for i in 0..<30 {
            let row = stream.next()
            if session.frame(row.x) == .predicted { ends.append(i) }
            let outcome = session.label(2, row.name, sequence: session.learner.sequence)
            #expect(outcome == .matched(learned: ends.last == i ? 1 : 0))
        }
        #expect(ends == [7, 12, 17, 22, 27])
        session.learner.push(.command(.seam))
        for i in 0..<8 { #expect(session.frame(stream.next().x) == (i == 7 ? .predicted : .taken)) }
    }

    @Test("while learning is paused nothing is learned, and predictions go on")
    func paused() {
        let session = Session(.ofEachKind)
        var stream = TestStream()
        for _ in 0..<600 { session.row(stream.next()) }
        session.learner.push(.command(.learning(false)))
        let learned = session.learner.labelsLearned
        for _ in 0..<100 { session.row(stream.next()) }
        #expect(session.learner.labelsLearned == learned)
        #expect(session.regression().isReady)
    }

    @Test("the parts of the plan sum to its bytes, and the snapshot is one of them")
    func plan() {
        let plan = Plan(.ofEachKind)
        #expect(plan.parts.reduce(0) { $0 + $1.bytes } == plan.bytes)
        #expect(plan.parts.contains { "\($0.name)" == "snapshot" && $0.bytes >= plan.snapshotBytes })
        var larger = Specification.ofEachKind
        larger.pending = 4096
        #expect(Plan(larger).bytes > plan.bytes)
    }
}
