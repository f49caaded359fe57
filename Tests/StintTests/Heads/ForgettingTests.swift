import Testing

@testable import Stint

/// A life at 10 Hz, and, beside it, one in which some rows were never learned; their labels are known all the same, since they are inputs
/// of later rows.
private struct Twins: @unchecked Sendable {
    let spoilt: Session
    let clean: Session
    /// What one of them takes for a change of the world, or for poison, the other may not.
    private static func specification(_ store: MemorySpecification.Store) -> Specification {
        var specification = Specification.ofEachKind
        specification.drift.reaction = .notify
        specification.memory.reservoirBytes = 0
        specification.memory.store = store
        return specification
    }
    private(set) var rows: [TestStream.Row] = []

    /// - Parameter delay: rows that labels come late.
    init(rows count: Int, delay: Int = 0, store: MemorySpecification.Store = .latents, never isGone: (Int, TestStream.Row) -> Bool) {
        (spoilt, clean) = (Session(Self.specification(store)), Session(Self.specification(store)))
        var stream = TestStream(seed: 21)
        for step in 0..<count {
            rows.append(stream.next())
            for (session, isClean) in [(spoilt, false), (clean, true)] {
                session.frame(rows[step].x)
                let labelled = step - delay
                guard labelled >= 0 else { continue }
                if isClean, isGone(labelled, rows[labelled]) { session.learner.state.pending.withhold(labelled) }
                session.label(0, rows[labelled].y, sequence: UInt64(labelled))
                session.label(1, rows[labelled].z, sequence: UInt64(labelled))
                session.label(2, rows[labelled].name, sequence: UInt64(labelled))
            }
        }
    }

    @discardableResult
    func forget(_ rows: ClosedRange<Int>) -> Forgotten { spoilt.forget(rows) }

    /// The largest difference of a weight of the long memories, against the largest weight.
    func difference() -> (regression: Double, classification: Double) {
        func worst(_ longs: (Session) -> [Factor]) -> Double {
            var worst = 0.0
            for (a, b) in zip(longs(spoilt), longs(clean)) {
                let (wa, wb) = (weights(a), weights(b))
                let largest = wb.reduce(1e-300) { max($0, $1.magnitude) }
                for (x, y) in zip(wa, wb) { worst = max(worst, (x - y).magnitude / largest) }
            }
            return worst
        }
        return (
            worst { $0.learner.state.regression[0].memories.longs.map(\.factor) },
            worst { $0.learner.state.classification[0].memories.longs.map(\.factor) }
        )
    }

    private func weights(_ factor: Factor) -> [Double] {
        [Double](unsafeUninitializedCapacity: factor.width * factor.outputs) { buffer, count in
            factor.weights(into: buffer.baseAddress!, width: factor.width)
            count = factor.width * factor.outputs
        }
    }
}

extension Session {
    fileprivate func forget(_ rows: ClosedRange<Int>) -> Forgotten {
        learner.push(.command(.forget(.times(Double(rows.lowerBound) / 10 - 0.05...Double(rows.upperBound) / 10 + 0.05))))
        return learner.forgotten
    }
}

@Suite struct ForgettingTests {
    /// Withdrawals of some hundred rows from factors whose condition is some ten thousands: 1e-9 leaves two digits.
    private static let rounding = 1e-9

    @Test(arguments: [0, 40])
    func `rows that the ring holds are forgotten one by one, and the weights are those of a life without them`(delay: Int) {
        // Those of the newest segment are provisional, those of the older one have been cleared.
        for rows in [2200...2300, 2900...2940] {
            let twins = Twins(rows: 3000, delay: delay) { step, _ in rows.contains(step) }
            #expect(twins.difference().regression > 1e-6)
            let gone = twins.forget(rows)
            #expect(gone.segments == 0 && gone.learned > rows.count - 8 && gone.learned <= rows.count && gone.waiting == rows.count)
            let (regression, classification) = twins.difference()
            #expect(regression < Self.rounding && classification < Self.rounding)
        }
    }

    /// What each head has told apart; the rows that one has learned the other need not have.
    private static let measured = Twins(rows: 5300) { _, _ in false }

    private static let measuredWithoutSamples = Twins(rows: 5300, store: .statistics) { _, _ in false }

    private static func segments(_ twins: Twins = measured, ofClasses: Bool) -> Segments {
        ofClasses ? twins.spoilt.learner.state.classification[0].segments : twins.spoilt.learner.state.regression[0].segments
    }

    @Test(arguments: [false, true])
    func `one row of a segment that has left the ring takes the segment with it, and nothing else`(ofClasses: Bool) {
        let segments = Self.segments(ofClasses: ofClasses)
        let span = segments.span(segments.count)
        #expect(segments.count == 1 && span.rows > 20)
        let first = Int((span.from * 10).rounded()), last = Int((span.to * 10).rounded())
        let twins = Twins(rows: 5300) { step, _ in (first...last).contains(step) }
        let gone = twins.forget(first...first)
        #expect(gone.segments == 1 && gone.learned >= Int(span.rows) && gone.waiting == 0)
        let (regression, classification) = twins.difference()
        #expect((ofClasses ? classification : regression) < Self.rounding)
    }

    @Test(arguments: [false, true])
    func `where no sample is kept, also one of the newest rows takes its segment with it`(ofClasses: Bool) {
        let segments = Self.segments(Self.measuredWithoutSamples, ofClasses: ofClasses)
        let span = segments.span(segments.count)
        let first = Int((span.from * 10).rounded()), last = Int((span.to * 10).rounded())
        #expect(segments.count == 1 && span.rows > 500 && last > 5290)
        let twins = Twins(rows: 5300, store: .statistics) { step, _ in (first...last).contains(step) }
        let gone = twins.forget(last...last)
        #expect(gone.segments == 1 && gone.learned >= Int(span.rows))
        let (regression, classification) = twins.difference()
        #expect((ofClasses ? classification : regression) < Self.rounding)
    }

    @Test(arguments: [false, true])
    func `one row of the base takes all that is older than the mark, and what is newer is rebuilt`(ofClasses: Bool) {
        let last = Int((Self.segments(ofClasses: ofClasses).span(0).to * 10).rounded())
        let twins = Twins(rows: 5300) { step, _ in step <= last }
        let gone = twins.forget(900...901)
        #expect(gone.segments == 1 && gone.learned > 3000 && gone.learned < 4300)
        let (regression, classification) = twins.difference()
        #expect((ofClasses ? classification : regression) < Self.rounding)
        // Nothing that old is left.
        #expect(twins.forget(900...901).learned == 0)
    }

    @Test func `all that was ever learned can be forgotten, and is then learned as if it were new`() {
        let twins = Twins(rows: 3000) { _, _ in true }
        let gone = twins.forget(0...3000)
        #expect(gone.segments >= 1 && gone.learned > 2500)
        // Nothing was ever learned there: what rounding leaves is against the prior, which is 1.
        for memory in twins.spoilt.learner.state.regression[0].memories.longs.map(\.factor) {
            for i in 0..<memory.width { for k in 0..<memory.outputs { #expect((memory.row(i)[0] * memory.targets(i)[k]).magnitude < 1e-6) } }
        }
        #expect(twins.spoilt.learner.reservoir.count == 0)
        var stream = TestStream(seed: 5)
        for _ in 0..<1500 { twins.spoilt.row(stream.next()) }
        var error = 0.0
        for _ in 0..<200 {
            let row = stream.next()
            twins.spoilt.frame(row.x)
            let miss = Double(twins.spoilt.regression().value[0] - row.y)
            error += miss * miss / 200
            twins.spoilt.labels(of: row)
        }
        #expect(error < 0.05)
    }

    @Test func `a class is forgotten by its rows alone while the ring holds them, and then with the segments that have some`() throws {
        let twins = Twins(rows: 1000) { _, row in row.name == "mid" }
        let classes = twins.spoilt.learner.classes(of: 1)
        let id = try #require((0..<classes.count).first { String(decoding: classes.name($0), as: UTF8.self) == "mid" })
        func forget() -> Forgotten {
            twins.spoilt.learner.push(.command(.forget(.category(label: 2, id: id))))
            return twins.spoilt.learner.forgotten
        }
        let gone = forget()
        #expect(gone.segments == 0 && gone.learned > 100)
        let left = twins.difference().classification
        #expect(left < Self.rounding)
        let reservoir = twins.spoilt.learner.reservoir
        for slot in 0..<reservoir.slotCount where reservoir.isTaken(slot) { #expect(reservoir.label(slot, 2) != Float(id)) }
        #expect(forget().learned == 0)
        var stream = TestStream(seed: 6)
        for _ in 0..<3000 { twins.spoilt.row(stream.next()) }
        #expect(forget().segments > 0)
        for l in 0..<2 {
            let memory = twins.spoilt.learner.state.classification[0].memories.long(l)
            #expect(Double(memory.row(0)[0] * memory.targets(0)[id]).magnitude < 1e-6)
        }
    }

    @Test func `a label is forgotten with all that it has taught, and learned again as if it were new`() {
        let session = Session(.ofEachKind)
        var stream = TestStream(seed: 4)
        for _ in 0..<1500 { session.row(stream.next()) }
        session.learner.push(.command(.forget(.label(2))))
        #expect(session.learner.forgotten.learned > 1000 && session.learner.forgotten.begun == 1)
        #expect(session.learner.classes(of: 1).count == 0)
        for slot in 0..<session.learner.reservoir.slotCount where session.learner.reservoir.isTaken(slot) {
            #expect(session.learner.reservoir.label(slot, 2).isNaN)
        }
        for _ in 0..<300 { session.row(stream.next()) }
        #expect(session.learner.classes(of: 1).count == 3)
        #expect(session.classification().isReady)
    }

    @Test func `what another memory became part of can only be forgotten as a whole, and stored regimes with it`() {
        let session = Session(.ofEachKind)
        var stream = TestStream(seed: 8)
        for _ in 0..<1500 { session.row(stream.next()) }
        let head = session.learner.state.regression[0]
        session.learner.state.regression[0].regimes.fork(head.main, Regimes.Decision(reaction: .fork, row: 1499, onset: 10), next: 1500)
        session.learner.state.regression[0].segments.mix(until: session.learner.time)
        #expect(session.learner.state.regression[0].regimes.library?.count == 1)
        for _ in 0..<100 { session.row(stream.next()) }
        // What came since is single.
        let single = session.forget(1550...1560)
        #expect(single.segments == 0 && single.learned > 8)
        #expect(session.learner.state.regression[0].regimes.library?.count == 1)
        let whole = session.forget(1450...1450)
        #expect(whole.segments == 1 && whole.learned > 1300)
        #expect(session.learner.state.regression[0].regimes.library?.count == 0)
        let learned = session.learner.state.regression[0].segments.learned
        #expect(learned > 80 && learned <= 89)
    }

    @Test func `what no row is of changes nothing, to the bit; forgetting twice finds nothing the second time`() {
        let session = Session(.ofEachKind)
        var stream = TestStream(seed: 4)
        for _ in 0..<1500 { session.row(stream.next()) }
        let before = session.snapshot
        for rows in [-50 ... -10, 1600...2000] {
            #expect(session.forget(rows) == Forgotten())
            #expect(session.snapshot == before)
        }
        #expect(session.forget(1200...1250).learned > 40)
        let again = session.forget(1200...1250)
        #expect(again.learned == 0 && again.waiting == 0 && again.kept == 0)
    }

    @Test func `while the encoder is being fitted all of life is one segment`() {
        let session = Session(.ofEachKind)
        var stream = TestStream(seed: 4)
        for _ in 0..<300 { session.row(stream.next()) }
        let gone = session.forget(200...210)
        #expect(gone.segments == 1 && gone.waiting == 300)
        #expect(session.learner.steps == 300 && session.learner.reservoir.count == 0)
        for _ in 0..<900 { session.row(stream.next()) }
        #expect(session.regression().isReady && session.classification().isReady)
    }

    @Test func `an order to forget is an event like any other: the same events give the same bits, also from a snapshot on`() throws {
        func live(_ session: Session, _ stream: inout TestStream, _ rows: Range<Int>) {
            for step in rows {
                session.row(stream.next())
                if step == 2600 { _ = session.forget(1000...1700) }
                if step == 3000 { _ = session.forget(2990...3100) }
            }
        }
        let (first, second) = (Session(.ofEachKind), Session(.ofEachKind))
        var (one, two) = (TestStream(seed: 9), TestStream(seed: 9))
        live(first, &one, 0..<3400)
        live(second, &two, 0..<3001)
        let third = Session(.ofEachKind)
        try second.snapshot.withUnsafeBytes { try third.learner.restore($0) }
        live(third, &two, 3001..<3400)
        #expect(first.snapshot == third.snapshot)
        #expect(first.said.suffix(2000).elementsEqual(third.said.suffix(2000)))
    }

    // MARK: Bytes

    /// Two numbers that lie beside each other, as bits.
    private struct Pair: Hashable {
        var first: UInt64
        var second: UInt64
    }

    /// Of rows as they came, as they were scaled, as factors took them, and as the reservoir kept them: how many are found.
    private func traces(_ session: Session, _ rows: [[Float]], _ latents: [[Int8]]) -> [Int] {
        let learner = session.learner
        _ = learner.snapshot()
        let arena = UnsafeRawBufferPointer(start: learner.arena.base, count: learner.arena.bytes)
        func word(_ a: Float, _ b: Float) -> UInt64 { UInt64(a.bitPattern) | UInt64(b.bitPattern) << 32 }
        var raw = Set<UInt64>(), brought = Set<UInt64>(), taken = Set<Pair>()
        var scaled = [Float](repeating: 0, count: 3)
        for row in rows {
            raw.insert(word(row[0], row[1]))
            learner.state.encoder.scaling.apply(row, into: &scaled)
            brought.insert(word(scaled[0], scaled[1]))
            taken.insert(Pair(first: Double(scaled[0]).bitPattern, second: Double(scaled[1]).bitPattern))
        }
        var (rawFound, broughtFound, takenFound) = (Set<UInt64>(), Set<UInt64>(), Set<Pair>())
        for at in stride(from: 0, through: arena.count - 8, by: 4) {
            let word = arena.loadUnaligned(fromByteOffset: at, as: UInt64.self)
            guard word != 0 else { continue }
            if raw.contains(word) { rawFound.insert(word) }
            if brought.contains(word) { broughtFound.insert(word) }
            guard at % 8 == 0, at + 16 <= arena.count else { continue }
            let pair = Pair(first: word, second: arena.loadUnaligned(fromByteOffset: at + 8, as: UInt64.self))
            if taken.contains(pair) { takenFound.insert(pair) }
        }
        var keptFound = 0
        for latent in latents {
            let first = UInt8(bitPattern: latent[0])
            for at in 0..<(arena.count - 16 * latent.count) where arena[at] == first {
                if latent.indices.allSatisfy({ arena[at + 16 * $0] == UInt8(bitPattern: latent[$0]) }) {
                    keptFound += 1
                    break
                }
            }
        }
        return [rawFound.count, broughtFound.count, takenFound.count, keptFound]
    }

    /// The reservoir's bytes of some rows.
    private func quantised(_ session: Session, _ rows: ClosedRange<Int>) -> [[Int8]] {
        let reservoir = session.learner.reservoir
        var latent = [Float](repeating: 0, count: reservoir.width), kept: [[Int8]] = []
        for slot in 0..<reservoir.slotCount where reservoir.isTaken(slot) && rows.contains(Int((reservoir.time(slot) * 10).rounded())) {
            latent.withUnsafeMutableBufferPointer { reservoir.latent(slot, into: $0.baseAddress!) }
            let largest = latent.reduce(0) { max($0, $1.magnitude) }
            kept.append(latent.map { Int8(($0 / largest * 127).rounded()) })
        }
        return kept
    }

    @Test func `of a forgotten row nothing is left in the arena, nor in the snapshot that lies in it`() {
        // The last rows of a life, whose bytes lie in every buffer; and older ones, of which the reservoir has some.
        for rows in [2400...2499, 300...1300] {
            let session = Session(.ofEachKind)
            var stream = TestStream(seed: 33), secrets: [[Float]] = []
            for step in 0..<2500 {
                let row = stream.next()
                session.row(row)
                if rows.contains(step) { secrets.append(row.x) }
            }
            let latents = Array(quantised(session, rows).prefix(12))
            let before = traces(session, secrets, latents)
            #expect(before[3] == latents.count && latents.count > 4)
            if rows.upperBound == 2499 { #expect(before[0] == secrets.count && before[1] > 0 && before[2] > 0) }
            _ = session.forget(rows)
            #expect(traces(session, secrets, latents) == [0, 0, 0, 0])
        }
    }
}
