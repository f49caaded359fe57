import Testing

@testable import Stint

/// Two learners of one stream; what one of them is to have learned and lost, the other never takes in.
private struct Twins {
    let spoilt = Session(.ofEachKind)
    let clean = Session(.ofEachKind)
    private var stream = TestStream(seed: 17)

    /// - Parameter withheld: the clean one keeps the row from all learning; its labels are known all the same, since they are inputs of later rows.
    mutating func rows(_ count: Int, withheld: Bool = false) {
        for _ in 0..<count {
            let row = stream.next()
            for (session, isClean) in [(spoilt, false), (clean, true)] {
                session.frame(row.x)
                if withheld, isClean { session.learner.state.pending.withhold(session.learner.state.pending.next - 1) }
                session.labels(of: row)
            }
        }
    }

    /// The largest difference of a weight of the long memories, against the largest weight.
    func difference(_ longs: (Session) -> [Factor]) -> Double {
        var worst = 0.0
        for (a, b) in zip(longs(spoilt), longs(clean)) {
            let (wa, wb) = (weights(a), weights(b))
            let largest = wb.reduce(0) { max($0, $1.magnitude) }
            for (x, y) in zip(wa, wb) { worst = max(worst, (x - y).magnitude / largest) }
        }
        return worst
    }

    private func weights(_ factor: Factor) -> [Double] {
        [Double](unsafeUninitializedCapacity: factor.width * factor.outputs) { buffer, count in
            factor.weights(into: buffer.baseAddress!, width: factor.width)
            count = factor.width * factor.outputs
        }
    }
}

private func regressions(_ session: Session) -> [Factor] { session.learner.state.regression[0].memories.longs.map(\.factor) }
private func classifications(_ session: Session) -> [Factor] { session.learner.state.classification[0].memories.longs.map(\.factor) }

@Suite struct TransactionTests {
    /// Withdrawals of some hundred rows from a factor whose condition is some thousands: 1e-9 leaves three digits.
    @Test func `a segment that is dropped leaves weights equal to those of a life without it`() {
        var twins = Twins()
        twins.rows(900)
        for session in [twins.spoilt, twins.clean] {
            session.learner.state.regression[0].transaction.void()
            session.learner.state.classification[0].transaction.void()
        }
        // The segment begins with the next row.
        twins.rows(Transaction.length - 1, withheld: true)
        #expect(twins.difference(regressions) > 1e-4)
        let spoilt = twins.spoilt.learner
        let next = spoilt.state.pending.next
        spoilt.state.regression[0].transaction.close(spoilt.state.regression[0].main, next: next) { _ in }
        spoilt.state.classification[0].transaction.close(spoilt.state.classification[0].main, next: next) { _ in }
        spoilt.state.regression[0].transaction.reject()
        spoilt.state.classification[0].transaction.reject()
        twins.rows(Transaction.length)
        #expect(spoilt.state.regression[0].transaction.phase != .withdrawing)
        #expect(twins.difference(regressions) < 1e-9)
        #expect(twins.difference(classifications) < 1e-9)
    }

    @Test func `a stream that stays as it is loses no segment`() {
        let session = Session(.ofEachKind)
        var stream = TestStream(seed: 3)
        for _ in 0..<6000 {
            session.row(stream.next())
            for event in session.learner.events { #expect(event.kind != .quarantine) }
        }
        let transaction = session.learner.state.regression[0].transaction
        #expect(transaction.accepted > 10 && transaction.quarantined == 0)
    }

    /// A tenth of the labels with their sign turned, which is ten deviations away, for two minutes at 10 Hz; the error is of the 80 seconds after them,
    /// in variances of the target.
    private func lifeWithPoison(_ reaction: LearnerEvent.Reaction?, audited: Bool) -> (rise: Double, quarantined: Int, regime: Int) {
        var specification = Specification(channels: 3, rateHz: 10, labels: 1, heads: [HeadSpecification(kind: .regression(targets: [0]))])
        specification.drift.reaction = reaction
        if !audited { specification.memory.reservoirBytes = 0 }
        let sessions = [Session(specification), Session(specification)]
        var (stream, random) = (TestStream(seed: 8, offset: 12), Random(seed: 4))
        var errors = [0.0, 0.0]
        let (begin, end, last) = (4000, 5200, 6000)
        for step in 0..<last {
            let row = stream.next()
            let isPoisoned = (begin..<end).contains(step) && random.uniform() < 0.1
            for (i, session) in sessions.enumerated() {
                session.frame(row.x)
                if step >= end {
                    let error = Double(session.regression().value[0] - row.y)
                    errors[i] += error * error / Double(last - end) / 2.7
                }
                session.label(0, isPoisoned && i == 1 ? -row.y : row.y, sequence: session.learner.sequence)
            }
        }
        let spoilt = sessions[1].learner.state.regression[0]
        return (errors[1] - errors[0], spoilt.transaction.quarantined, spoilt.regime)
    }

    @Test func `poisoned labels are dropped, and the error after them rises by a fraction of what it would`() {
        let audited = lifeWithPoison(.notify, audited: true), blind = lifeWithPoison(.notify, audited: false)
        #expect(audited.quarantined > 0 && blind.quarantined == 0)
        #expect(blind.rise > 0.05)
        #expect(audited.rise < 0.2 * blind.rise)
    }

    @Test func `poisoned labels are no change of the world: nothing is forked, and what is left of them is a fraction`() {
        let life = lifeWithPoison(nil, audited: true)
        #expect(life.quarantined > 0 && life.regime == 0)
        #expect(life.rise < 0.004)
    }
}
