import Testing

@testable import Stint

/// What a factory's rows are good for: a device that is poisoned before it has rows of its own to judge by.
@Suite struct ProbeAuditTests {
    private static let rows = 1000
    private static let poison = 450..<800

    /// Three channels and a target that is ten deviations from zero, so that a turned sign is far out. Nothing forks: what becomes of a segment is what is asked.
    private static func specification(probe: Bool, seed: UInt64 = 100) -> Specification {
        var specification = Specification(channels: 3, rateHz: 10, labels: 1, heads: [HeadSpecification(kind: .regression(targets: [0]))])
        specification.drift.reaction = .notify
        let fit = EncoderFit(specification)
        var stream = TestStream(seed: seed, offset: 12)
        fit.begin()
        for _ in 0..<2000 { stream.next().x.withUnsafeBufferPointer { fit.take($0) } }
        _ = fit.turn()
        specification.calibration = fit.calibration
        guard probe else { return specification }
        let factory = Session(specification)
        var again = TestStream(seed: seed, offset: 12)
        for _ in 0..<2000 { factory.row(y: again.next()) }
        specification.probe = factory.learner.probeSet(labels: 1)
        return specification
    }

    private struct Life {
        var session: Session
        var quarantines: [LearnerEvent.Quarantine] = []
        /// Rows that were withdrawn.
        var gone: [Int] = []
        /// Mean square after the poison, in variances of the target.
        var error = 0.0

        var weights: [[Double]] {
            session.learner.state.regression[0].memories.longs.map(\.factor).map { factor in
                [Double](unsafeUninitializedCapacity: factor.width * factor.outputs) { buffer, count in
                    factor.weights(into: buffer.baseAddress!, width: factor.width)
                    count = factor.width * factor.outputs
                }
            }
        }
    }

    /// - Parameters:
    ///   - law: what becomes of a target where the world is not the factory's.
    ///   - withheld: rows that are kept from all learning; their labels are known all the same.
    private func live(
        _ specification: Specification, isPoisoned: Bool = false, withheld: [Int] = [], rows: Int = rows, law: (Float) -> Float = { $0 }
    ) -> Life {
        var life = Life(session: Session(specification))
        let session = life.session, learner = session.learner
        var (stream, random, left) = (TestStream(seed: 8, offset: 12), Random(seed: 4), 0.0)
        for step in 0..<rows {
            var row = stream.next()
            row.y = law(row.y)
            session.frame(row.x)
            if withheld.contains(step) { learner.state.pending.withhold(step) }
            if step >= Self.poison.upperBound {
                let error = Double(session.regression().value[0] - row.y)
                left += error * error / Double(rows - Self.poison.upperBound) / 2.7
            }
            for event in learner.events { if let quarantine = event.quarantine { life.quarantines.append(quarantine) } }
            if isPoisoned, Self.poison.contains(step), random.uniform() < 0.1 { row.y = -row.y }
            session.row(y: row, isFramed: true)
        }
        life.error = left
        life.gone = (learner.state.pending.oldest..<rows).filter { learner.state.regression[0].transaction.isGone($0) }
        return life
    }

    /// Withdrawals of some hundred rows from a factor whose condition is some thousands: 1e-9 leaves three digits.
    @Test func `a fresh device that is poisoned gives back what a factory's rows condemn, and knows what it would had it never seen that; without them it keeps all`() {
        let specification = Self.specification(probe: true)
        let judged = live(specification, isPoisoned: true), blind = live(Self.specification(probe: false), isPoisoned: true)
        #expect(!judged.quarantines.isEmpty && blind.quarantines.isEmpty)
        #expect(judged.quarantines.allSatisfy { $0.audited >= Transaction.leastAudit && $0.harm >= Transaction.mostHarm })
        #expect(judged.gone.count == judged.quarantines.reduce(0) { $0 + $1.rows } && blind.gone.isEmpty)
        let clean = live(specification, isPoisoned: true, withheld: judged.gone)
        #expect(clean.quarantines.isEmpty)
        for (own, other) in zip(judged.weights, clean.weights) {
            let largest = other.reduce(0) { max($0, $1.magnitude) }
            #expect(zip(own, other).allSatisfy { ($0 - $1).magnitude < 1e-9 * largest })
        }
        #expect(blind.error > 0.05)
        #expect(judged.error < 0.25 * blind.error)
    }

    @Test func `a device of the factory's world loses nothing by being judged, from its first segment on`() {
        let judged = live(Self.specification(probe: true), rows: 3000), blind = live(Self.specification(probe: false), rows: 3000)
        #expect(judged.quarantines.isEmpty && judged.session.said == blind.session.said)
        let (own, other) = (judged.session.learner.state.regression[0].transaction, blind.session.learner.state.regression[0].transaction)
        #expect(own.unaudited == 0 && own.accepted > 15 && other.unaudited > 3)
    }

    /// A few percent: what a segment costs that is taken some rows later.
    @Test("a device whose world is another for good learns it as well as without a factory's rows", arguments: [-1, 0.5, 1.5, 3])
    func otherWorld(gain: Float) {
        let law = { (y: Float) in 12 + gain * (y - 12) + (gain == 3 ? 4 : 0) }
        let judged = live(Self.specification(probe: true), rows: 2000, law: law), blind = live(Self.specification(probe: false), rows: 2000, law: law)
        #expect(judged.error < 1.08 * blind.error)
    }

    /// Most of the labels name the next class, for 500 rows, and it ends before there are 24 own rows to judge by; nothing is forked.
    @Test func `classes that a young device is told wrongly are dropped by a factory's rows, and kept without them`() {
        func specification(probe: Bool) -> Specification {
            var specification = Specification(
                channels: 3, rateHz: 10, labels: 1, heads: [HeadSpecification(kind: .classification(label: 0, classes: 5))])
            specification.drift.reaction = .notify
            specification.memory.sampler = .balanced
            specification.calibration = EncoderCalibration(centers: [0, 0, 0], scales: [0.7, 0.7, 1], bandwidth: 2, statistics: nil)
            guard probe else { return specification }
            let factory = Session(specification)
            var stream = TestStream(seed: 100)
            for _ in 0..<2000 {
                let row = stream.next()
                factory.frame(row.x)
                factory.label(0, row.name, sequence: factory.learner.sequence)
            }
            specification.probe = factory.learner.probeSet(labels: 1)
            return specification
        }
        func live(_ specification: Specification) -> (right: Int, quarantined: Int) {
            let session = Session(specification), next = ["high": "low", "low": "mid", "mid": "high"]
            var (stream, random, right) = (TestStream(seed: 8), Random(seed: 4), 0)
            for step in 0..<1150 {
                let row = stream.next()
                session.frame(row.x)
                let said = session.classification(0)
                if step >= 900 {
                    right += said.classID >= 0 && session.learner.classes(of: 0).name(said.classID).elementsEqual(row.name.utf8) ? 1 : 0
                }
                let isWrong = (400..<900).contains(step) && random.uniform() < 0.6
                session.label(0, isWrong ? next[row.name]! : row.name, sequence: session.learner.sequence)
            }
            return (right, session.learner.state.classification[0].transaction.quarantined)
        }
        let judged = live(specification(probe: true)), blind = live(specification(probe: false))
        #expect(judged.quarantined > 0 && blind.quarantined == 0)
        #expect(judged.right > blind.right)
    }

    @Test func `a fit that learns all rows again passes over what was withdrawn`() {
        let session = Session(Self.specification(probe: false))
        var stream = TestStream(seed: 8, offset: 12)
        for _ in 0..<90 { session.row(y: stream.next()) }
        let learner = session.learner
        let next = learner.state.pending.next
        learner.state.regression[0].transaction.close(learner.state.regression[0].main, next: next) { _ in }
        learner.state.regression[0].transaction.reject()
        for _ in 0..<10 { session.row(y: stream.next()) }
        let gone = (0..<next).filter { learner.state.regression[0].transaction.isGone($0) }
        #expect(gone.count > 10)
        // The next fit is at 128 labels.
        for _ in 0..<60 { session.row(y: stream.next()) }
        #expect(learner.state.regression[0].segments.learned == Double(160 - gone.count))
        // Latents begin with 1, so that the first number of a factor counts its rows; the ridge is 1.
        #expect(abs(Double(learner.state.regression[0].memories.main.row(0)[0]) - Double(160 - gone.count) - 1) < 1e-6)
    }

    @Test func `what is judged in slices goes on from a snapshot bit by bit`() throws {
        let specification = Self.specification(probe: true)
        let whole = Session(specification)
        var stream = TestStream(seed: 8, offset: 12)
        while whole.learner.state.regression.isEmpty || whole.learner.state.regression[0].transaction.phase != .auditing {
            whole.row(y: stream.next())
            #expect(whole.learner.steps < 600)
        }
        whole.row(y: stream.next())
        let resumed = Session(specification), bytes = whole.snapshot
        try bytes.withUnsafeBytes { raw in try resumed.learner.restore(raw) }
        let before = whole.said.count
        for _ in 0..<300 {
            let row = stream.next()
            whole.row(y: row)
            resumed.row(y: row)
        }
        #expect(Array(whole.said[before...]) == resumed.said)
        #expect(whole.snapshot == resumed.snapshot)
    }
}

extension Session {
    /// A row with its first label alone.
    fileprivate func row(y row: TestStream.Row, isFramed: Bool = false) {
        if !isFramed { frame(row.x) }
        label(0, row.y, sequence: learner.sequence)
    }
}
