import Testing

@testable import Stint

private func weights(_ factor: Factor) -> [Double] {
    [Double](unsafeUninitializedCapacity: factor.width * factor.outputs) { buffer, count in
        factor.weights(into: buffer.baseAddress!, width: factor.width)
        count = factor.width * factor.outputs
    }
}

/// The largest difference of a weight, against the largest weight.
private func difference(_ a: [Double], _ b: [Double]) -> Double {
    let largest = b.reduce(1e-300) { max($0, $1.magnitude) }
    return zip(a, b).map { ($0 - $1).magnitude / largest }.max() ?? .infinity
}

/// Two learners of one stream; one of them never learns what comes after some row, though it knows the labels, since they are inputs of later rows.
private struct Twins {
    let whole: Session
    let before: Session
    private var stream = TestStream(seed: 23)

    init(_ reaction: LearnerEvent.Reaction?) {
        var specification = Specification.ofEachKind
        specification.drift.reaction = reaction
        specification.memory.reservoirBytes = 0
        (whole, before) = (Session(specification), Session(specification))
    }

    mutating func rows(_ count: Int, withheld: Bool = false) {
        for _ in 0..<count {
            let row = stream.next()
            for (session, isBefore) in [(whole, false), (before, true)] {
                session.frame(row.x)
                if withheld, isBefore { session.learner.state.pending.withhold(session.learner.state.pending.next - 1) }
                session.labels(of: row)
            }
        }
    }

    func cut(_ head: Int, onset: Int) {
        let decision = Regimes.Decision(reaction: .fork, row: whole.learner.state.pending.next - 1, onset: onset)
        whole.learner.cut(head, whole.learner.places[head], decision, isRaised: true)
    }
}

extension Session {
    fileprivate func longs(_ head: Int) -> [Factor] {
        (head == 0 ? learner.state.regression[0].memories : learner.state.classification[0].memories).longs.map(\.factor)
    }
    fileprivate func regimes(_ head: Int) -> Regimes { head == 0 ? learner.state.regression[0].regimes : learner.state.classification[0].regimes }
}

@Suite struct CutTests {
    /// Withdrawals of some hundred rows from factors whose condition is some ten thousands: 1e-9 leaves two digits.
    private static let rounding = 1e-9

    /// Onsets that are answered at once, and in slices: what comes while rows are out is learned in its turn.
    @Test(arguments: [(0, 40), (0, 300), (0, 700), (1, 40), (1, 300)])
    func `a fork's memory is the ridge over all rows since the cut, from what was known before; what is frozen is that, without them`(head: Int, onset: Int) throws {
        var twins = Twins(.fork)
        twins.rows(1400)
        twins.rows(onset, withheld: true)
        let first = twins.whole.learner.state.pending.next - onset
        #expect(difference(weights(twins.whole.longs(head)[1]), weights(twins.before.longs(head)[1])) > 1e-4)
        twins.cut(head, onset: onset)
        #expect(twins.whole.regimes(head).cut.isOpen == (onset > Cut.atOnce))
        twins.rows(120, withheld: true)
        #expect(!twins.whole.regimes(head).cut.isOpen)

        let library = try #require(twins.whole.regimes(head).library)
        #expect(library.count == 1 && library.mass(0) == twins.before.regimes(head).mass)
        let known = twins.before.longs(head)[1]
        let frozen = twins.whole.learner.state.scratch.factor(width: known.width, outputs: known.outputs, ridge: known.ridge)
        library.load(0, into: frozen)
        // It is kept in float32: 139 roundings of 6e-8, times a condition of some hundreds.
        #expect(difference(weights(frozen), weights(known)) < 1e-3)

        // The same ridge: the prior of the one that never learned them, and then all rows since, in one go.
        let other = twins.before.learner
        let share = Regimes.kept / Real(max(twins.before.regimes(head).mass, Double(Regimes.kept)))
        func learn(_ head: some Transacting) {
            head.memories.loosen(to: share)
            for row in first..<other.state.pending.next {
                other.encode(row)
                let taught = head.composeRow(row)
                head.memories.learnLong(
                    other.state.encoder, own: taught.own, ownCount: taught.ownCount, target: taught.target, active: taught.active, other.state.scratch)
            }
        }
        if head == 0 { learn(other.state.regression[0]) } else { learn(other.state.classification[0]) }
        for (a, b) in zip(twins.whole.longs(head), twins.before.longs(head)) { #expect(difference(weights(a), weights(b)) < Self.rounding) }
        #expect(twins.whole.regimes(head).mass == Double(onset + 120))
    }

    @Test func `where nothing has changed the rows go back: a word is said, and the memories are what they were`() {
        var twins = Twins(nil)
        twins.rows(1700)
        let was = (weights: twins.whole.longs(0).map(weights), mass: twins.whole.regimes(0).mass, held: twins.whole.learner.state.regression[0].segments.learned)
        twins.cut(0, onset: 250)
        #expect(twins.whole.regimes(0).cut.isOpen && twins.whole.regimes(0).mass < was.mass)
        while twins.whole.regimes(0).cut.isOpen { twins.whole.learner.advanceCuts() }
        #expect(twins.whole.learner.events.map(\.drift?.reaction) == [.notify])
        for (now, then) in zip(twins.whole.longs(0).map(weights), was.weights) { #expect(difference(now, then) < Self.rounding) }
        #expect(twins.whole.regimes(0).mass == was.mass && twins.whole.regimes(0).live == 0)
        #expect(twins.whole.learner.state.regression[0].segments.learned == was.held)
    }

    @Test(arguments: [0, 1])
    func `a cut that is older than the ring is where the mark is: what came since is added to what the mark has become`(head: Int) throws {
        var twins = Twins(.fork)
        twins.rows(5300)
        let learner = twins.whole.learner
        let segments = head == 0 ? learner.state.regression[0].segments : learner.state.classification[0].segments
        #expect(segments.count == 1)
        let since = segments.span(1).learned
        // By another way: what the memory was made of, row by row of its factor, without what the mark was made of.
        var expected: [[Double]] = []
        let share = Regimes.kept / Real(twins.whole.regimes(head).mass - since)
        for (l, now) in twins.whole.longs(head).enumerated() {
            let mark = segments.mark(0, l)
            let room = UnsafeMutablePointer<Real>.allocate(capacity: Factor.sums(width: now.width, outputs: now.outputs))
            defer { room.deallocate() }
            let made = Factor(width: now.width, outputs: now.outputs, ridge: now.ridge, over: room)
            made.copy(from: mark)
            made.loosen(to: share)
            let row = UnsafeMutablePointer<Real>.allocate(capacity: now.width + now.outputs)
            defer { row.deallocate() }
            for (factor, sign) in [(now, 1.0), (mark, -1.0)] {
                for i in 0..<now.width {
                    row.update(repeating: 0, count: i)
                    row[i] = 1
                    (row + i + 1).update(from: factor.row(i) + 1, count: now.width - i - 1)
                    (row + now.width).update(from: factor.targets(i), count: now.outputs)
                    made.append(row, row + now.width, weight: sign * factor.row(i)[0], width: now.width, outputs: now.outputs)
                }
            }
            expected.append(weights(made))
        }
        let mark = weights(segments.mark(0, 1))
        twins.cut(head, onset: Int(since) + 100)
        #expect(!twins.whole.regimes(head).cut.isOpen && twins.whole.regimes(head).live == 1)
        for (now, then) in zip(twins.whole.longs(head).map(weights), expected) { #expect(difference(now, then) < Self.rounding) }
        let known = twins.whole.longs(head)[1]
        let frozen = learner.state.scratch.factor(width: known.width, outputs: known.outputs, ridge: known.ridge)
        try #require(twins.whole.regimes(head).library).load(0, into: frozen)
        #expect(difference(weights(frozen), mark) < 1e-3)
        #expect(twins.whole.regimes(head).mass == since)
    }

    @Test(arguments: [0, 1])
    func `a snapshot while rows are out goes on bit by bit, and what is forgotten meanwhile does not come back`(head: Int) throws {
        var twins = Twins(.fork)
        twins.rows(1700)
        twins.cut(head, onset: 400)
        #expect(twins.whole.regimes(head).cut.isOpen)
        try twins.whole.snapshot.withUnsafeBytes { raw in try twins.before.learner.restore(raw) }
        let (was, other) = (twins.whole.said.count, twins.before.said.count)
        twins.rows(150)
        #expect(!twins.whole.regimes(head).cut.isOpen)
        #expect(Array(twins.whole.said[was...]) == Array(twins.before.said[other...]))
        #expect(twins.whole.snapshot == twins.before.snapshot)

        twins.cut(head, onset: 400)
        let mass = twins.whole.regimes(head).mass
        twins.whole.learner.push(.command(.forget(.times(150.0...160.0))))
        while twins.whole.regimes(head).cut.isOpen { twins.whole.learner.advanceCuts() }
        #expect(twins.whole.regimes(head).mass < mass + 400)
    }
}
