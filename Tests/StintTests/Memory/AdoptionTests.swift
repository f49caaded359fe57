import Testing

@testable import Stint

/// A config with a head more than the state has.
@Suite struct AdoptionTests {
    static func specification(_ heads: [HeadSpecification.Kind], labels: Int = 3, reservoir: Int = 64 << 10) -> Specification {
        var specification = Specification(channels: 3, rateHz: 10, labels: labels, heads: heads.map { HeadSpecification(kind: $0) })
        specification.memory.reservoirBytes = reservoir
        return specification
    }
    static var both: [HeadSpecification.Kind] { [.regression(targets: [0, 1]), .classification(label: 2, classes: 5)] }

    /// A session that has learned 2500 rows with two heads, and where its stream stands.
    func taught() -> (session: Session, stream: TestStream) {
        let session = Session(Self.specification(Self.both))
        var stream = TestStream()
        for _ in 0..<2500 { session.row(stream.next()) }
        return (session, stream)
    }

    func restored(_ bytes: [UInt8], _ specification: Specification, formerHeads: Int = 2) throws -> Session {
        let session = Session(specification)
        try bytes.withUnsafeBytes { try session.learner.restore($0, formerHeads: formerHeads) }
        return session
    }

    @Test("a new head learns from the reservoir: without one label of its own it errs far less than a cold head with forty")
    func rehearses() throws {
        var (before, stream) = taught()
        let more = Self.both + [.regression(targets: [1]), .classification(label: 2, classes: 5)]
        let session = try restored(before.snapshot, Self.specification(more))
        let cold = Session(Self.specification(more, reservoir: 0))
        for _ in 0..<200 { session.frame(stream.next().x) }
        var (warmError, coldError, spread) = (0.0, 0.0, Moments())
        var (warmRight, coldRight) = (0, 0)
        // The cold head gets its encoder's first fits without labels, then forty of them.
        for _ in 0..<560 { cold.frame(stream.next().x) }
        for _ in 0..<40 { cold.row(stream.next()) }
        for _ in 0..<50 { cold.frame(stream.next().x) }
        for _ in 0..<500 {
            let row = stream.next()
            session.frame(row.x)
            cold.frame(row.x)
            spread.add(Double(row.z))
            let (w, c) = (session.regression(2), cold.regression(2))
            #expect(w.isReady && session.classification(3).isReady)
            warmError += Double((w.value[0] - row.z) * (w.value[0] - row.z))
            coldError += Double((c.value[0] - row.z) * (c.value[0] - row.z))
            func isRight(_ session: Session) -> Bool {
                let id = session.classification(3).classID
                return id >= 0 && String(decoding: session.learner.classes(of: 3).name(id), as: UTF8.self) == row.name
            }
            warmRight += isRight(session) ? 1 : 0
            coldRight += isRight(cold) ? 1 : 0
        }
        // After 700 rows without labels the head of before, which has seen 2500, errs by .010 of the spread and hits 460.
        #expect(warmError / 500 < 0.05 * spread.variance, "\(warmError / 500), cold \(coldError / 500), of \(spread.variance)")
        #expect(warmError < coldError / 10)
        #expect(warmRight > 430 && warmRight > coldRight + 50, "\(warmRight), cold \(coldRight)")
    }

    @Test("the heads of before go on bit by bit beside the new one")
    func formerHeads() throws {
        var (before, stream) = taught()
        let session = try restored(before.snapshot, Self.specification(Self.both + [.regression(targets: [0])]))
        for _ in 0..<300 {
            let row = stream.next()
            before.row(row)
            session.row(row)
            let (a, b) = (before.regression(), session.regression())
            for j in 0..<2 { #expect(a.value[j] == b.value[j] && a.upper[j] == b.upper[j]) }
            #expect(Array(before.classification().probability) == Array(session.classification().probability))
        }
    }

    @Test("a snapshot in the middle of a rehearsal goes on bit by bit")
    func snapshot() throws {
        var (before, stream) = taught()
        let specification = Self.specification(Self.both + [.regression(targets: [0])])
        let session = try restored(before.snapshot, specification)
        for _ in 0..<10 { session.row(stream.next()) }
        let copy = try restored(session.snapshot, specification, formerHeads: 3)
        let from = session.said.count
        for _ in 0..<200 {
            let row = stream.next()
            session.row(row)
            copy.row(row)
        }
        #expect(Array(session.said[from...]) == copy.said)
    }

    @Test("a label that is new has nothing to learn from; the rows that are kept move over with the labels that they have")
    func newLabel() throws {
        var (before, stream) = taught()
        let session = try restored(before.snapshot, Self.specification(Self.both + [.regression(targets: [3])], labels: 4))
        let (old, new) = (before.learner.reservoir, session.learner.reservoir)
        #expect(new.count == min(old.count, new.count) && new.count > 3 * old.count / 4)
        let rows = Dictionary(uniqueKeysWithValues: (0..<old.slots).filter(old.isTaken).map { (old.serial($0), $0) })
        var (a, b) = ([Float](repeating: 0, count: old.width), [Float](repeating: 0, count: old.width))
        for slot in 0..<new.slots where new.isTaken(slot) {
            let from = try #require(rows[new.serial(slot)])
            for j in 0..<3 { #expect(new.label(slot, j).bitPattern == old.label(from, j).bitPattern) }
            #expect(new.label(slot, 3).isNaN && new.time(slot) == old.time(from))
            a.withUnsafeMutableBufferPointer { old.latent(from, into: $0.baseAddress!) }
            b.withUnsafeMutableBufferPointer { new.latent(slot, into: $0.baseAddress!) }
            for (x, y) in zip(a, b) { #expect(abs(x - y) <= 1e-5) }
        }
        for _ in 0..<50 { session.row(stream.next()) }
        #expect(session.regression(2).value[0] == 0 && session.regression(0).isReady)
    }

    @Test("labels of forecasts, which come after all others, move over to where they are now")
    func forecastLabels() throws {
        func specification(_ kinds: [HeadSpecification.Kind], labels: Int) -> Specification {
            var specification = Self.specification([], labels: labels + 1)
            specification.heads = [
                HeadSpecification(kind: .regression(targets: [0])),
                .forecast(HeadSpecification.Forecast(channels: [0], steps: 3), label: labels),
            ]
            specification.heads += kinds.map { HeadSpecification(kind: $0) }
            return specification
        }
        let before = Session(specification([], labels: 1))
        var stream = TestStream()
        for _ in 0..<1500 {
            let row = stream.next()
            before.frame(row.x)
            before.label(0, row.y, sequence: before.learner.sequence)
        }
        let session = Session(specification([.regression(targets: [1])], labels: 2))
        let bytes = before.snapshot
        try bytes.withUnsafeBytes { try session.learner.restore($0, formerHeads: 2) }
        let (old, new) = (before.learner.reservoir, session.learner.reservoir)
        let rows = Dictionary(uniqueKeysWithValues: (0..<old.slots).filter(old.isTaken).map { (old.serial($0), $0) })
        var foretold = 0
        for slot in 0..<new.slots where new.isTaken(slot) {
            let from = try #require(rows[new.serial(slot)])
            #expect(new.label(slot, 0).bitPattern == old.label(from, 0).bitPattern && new.label(slot, 1).isNaN)
            #expect(new.label(slot, 2).bitPattern == old.label(from, 1).bitPattern)
            foretold += new.label(slot, 2).isNaN ? 0 : 1
        }
        #expect(foretold > 500)
    }

    @Test("damaged bytes are refused, and the learner is as new")
    func refused() throws {
        let (before, _) = taught()
        var bytes = before.snapshot
        bytes[bytes.count / 2] ^= 4
        let specification = Self.specification(Self.both + [.regression(targets: [0])])
        let session = Session(specification)
        let clean = session.snapshot
        #expect(throws: Archive.Failure.self) { try bytes.withUnsafeBytes { try session.learner.restore($0, formerHeads: 2) } }
        #expect(session.snapshot == clean)
    }
}
