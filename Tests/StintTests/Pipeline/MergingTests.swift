import Testing

@testable import Stint

/// States of several devices as one.
@Suite struct MergingTests {
    private static var calibration: EncoderCalibration {
        EncoderCalibration(centers: [0, 0, 0], scales: [0.7, 0.7, 1], bandwidth: 2, statistics: nil)
    }

    private static func specification(classes: Int = 5, reservoir: Int = 32 << 10) -> Specification {
        var specification = Specification(
            channels: 3, rateHz: 10, labels: 3,
            heads: [HeadSpecification(kind: .regression(targets: [0, 1])), HeadSpecification(kind: .classification(label: 2, classes: classes))])
        specification.memory.reservoirBytes = reservoir
        specification.calibration = calibration
        specification.drift.detector = nil
        return specification
    }

    /// What a device has seen: rows of its own, about an offset of its own.
    private static func taught(_ seed: UInt64, rows: Int, skew: Float = 0, reservoir: Int = 32 << 10) -> Session {
        let session = Session(specification(reservoir: reservoir))
        var stream = TestStream(seed: seed)
        live(session, &stream, rows, skew)
        return session
    }

    /// Of the first row no label comes, and the next three have a gap: their labels are heard, and nothing is learned from them. So every row
    /// that is learned from has the newest labels before it, in a life that begins as in one that goes on.
    private static func live(_ session: Session, _ stream: inout TestStream, _ rows: Int, _ skew: Float) {
        for i in 0..<rows {
            var row = stream.next()
            row.x[2] += skew
            row.z += skew
            if i == 0 {
                session.frame(row.x)
                continue
            }
            if i < 4 { row.x[1] = .nan }
            session.row(row)
        }
    }

    @Test("pooled sums are those of one regression over all rows, in whatever coordinates each part was learned")
    func sums() {
        let (width, outputs, own) = (7, 2, 5)
        var random = Random(seed: 3)
        func made(_ carver: inout Carver) -> [Factor] { (0..<5).map { _ in Factor(width: width, outputs: outputs, ridge: 0.5, &carver) } }
        var counter = Carver()
        _ = made(&counter)
        let arena = Arena(bytes: counter.carved)
        var carver = Carver(over: arena)
        let factors = made(&carver)
        for factor in factors { factor.reset() }
        let scales = [(1.0, 0.0), (3.0, -2.0), (0.2, 5.0)]
        var pool = PooledRidge(width: width, outputs: outputs)
        for (part, (scale, shift)) in scales.enumerated() {
            for _ in 0..<(part == 1 ? 3 : 200) {
                var z = (0..<width).map { _ in random.normal() }
                z[0] = 1
                let y = [z[1] - 2 * z[5] + 0.1 * random.normal(), random.normal()]
                // The other device measures own inputs and targets in units of its own.
                var theirs = z, target = y
                for i in own..<width { theirs[i] = (z[i] - shift) / scale }
                for k in 0..<outputs { target[k] = (y[k] - shift) / scale }
                func append(_ z: [Double], _ y: [Double], _ factor: Factor) {
                    var (z, y) = (z.map { Real($0) }, y.map { Real($0) })
                    z.withUnsafeMutableBufferPointer { z in
                        y.withUnsafeMutableBufferPointer { y in
                            factor.append(z.baseAddress!, y.baseAddress!, width: width, outputs: outputs)
                        }
                    }
                }
                append(theirs, target, factors[part])
                append(z, y, factors[3])
            }
            var latents = PooledRidge.Map(width), targets = PooledRidge.Map(outputs)
            for i in own..<width { (latents.scale[i], latents.shift[i]) = (scale, shift) }
            for k in 0..<outputs { (targets.scale[k], targets.shift[k]) = (scale, shift) }
            pool.add(factors[part], latents: latents, targets: targets)
        }
        pool.write(into: factors[4])
        for i in 0..<Factor.packed(width) {
            let difference = abs(factors[3].r[i] - factors[4].r[i])
            #expect(difference <= 1e-9 * max(1, abs(factors[3].r[i])), "\(factors[3].r[i]), \(factors[4].r[i])")
        }
        for i in 0..<width * outputs { #expect(abs(factors[3].z[i] - factors[4].z[i]) < 1e-9) }
        withExtendedLifetime(arena) {}
    }

    /// What the long memories of a head say of a row.
    private func longs(_ session: Session, _ row: TestStream.Row) -> (regression: [Double], classes: [String]) {
        session.frame(row.x)
        let state = session.learner.state, scratch = session.learner.state.scratch
        var values: [Double] = [], classes: [String] = []
        let head = state.regression[0], classification = state.classification[0]
        var said = [Real](repeating: 0, count: 64), leverages = [Real](repeating: 0, count: 8)
        head.memories.predict(state.encoder, own: newest(head), ownCount: .max, active: 2, into: &said, leverages: &leverages, scratch)
        for expert in [0, 2] {
            for j in 0..<2 { values.append(Double(head.history.absolute(j, head.scale.center[j] + Double(said[expert * 2 + j]) / head.scale.inverse[j]))) }
        }
        // The newest class is one that all know. With none at all, the prior alone would decide: the constant and the classes are collinear.
        let known = classification.classes.count, names = (0..<known).map { String(decoding: classification.classes.name($0), as: UTF8.self) }
        let newest = names.map { Float($0 == names.min() ? 1 : 0) } + [Float](repeating: 0, count: 8)
        classification.memories.predict(state.encoder, own: newest, ownCount: known, active: known, into: &said, leverages: &leverages, scratch)
        for expert in [0, 2] {
            let scores = (0..<known).map { said[expert * classification.capacity + $0] }
            let best = scores.indices.max { scores[$0] < scores[$1] } ?? 0
            classes.append(names[best])
        }
        return (values, classes)
    }

    /// The newest labels of every target and lag, in the head's scale.
    private func newest(_ head: RegressionHead) -> [Float] {
        (0..<6).map { i in
            let (lag, target) = (i / 2, i % 2)
            let label = head.history.newest[target * LabelHistory.depth + lag]
            return Float((label - head.scale.center[target]) * head.scale.inverse[target])
        }
    }

    @Test("eight shards merged say what one life over all of them says, to rounding")
    func pooled() throws {
        // Without a reservoir, no row is kept from learning by chance.
        let shards = (0..<8).map { Self.taught(UInt64(100 + $0), rows: 600 + 37 * $0, skew: Float($0) / 4, reservoir: 0) }
        let together = Session(Self.specification(reservoir: 0))
        // The heir's rows first: then the one life has measured its targets by the same first labels.
        for i in [7] + Array(0..<7) {
            var stream = TestStream(seed: UInt64(100 + i))
            together.learner.push(.command(.seam))
            Self.live(together, &stream, 600 + 37 * i, Float(i) / 4)
        }
        let merged = shards[7]
        try merged.learner.merge(shards[..<7].map(\.learner))
        var spread = [Moments(), Moments()], worst = 0.0, alike = 0, squares = 0.0
        var stream = TestStream(seed: 999)
        // From here on nothing is learned: both hear the same labels, and say what they know.
        for session in [merged, together] { session.learner.push(.command(.learning(false))) }
        for i in 0..<520 {
            let row = stream.next()
            guard i >= 20 else {
                for session in [merged, together] { session.row(row) }
                continue
            }
            spread[0].add(Double(row.y))
            spread[1].add(Double(row.z))
            let (a, b) = (longs(merged, row), longs(together, row))
            for (i, (x, y)) in zip(a.regression, b.regression).enumerated() {
                let error = abs(x - y) / spread[i % 2].deviation
                if spread[0].count > 20 { (worst, squares) = (max(worst, error), squares + error * error / 2000) }
            }
            alike += zip(a.classes, b.classes).count { $0 == $1 }
            for session in [merged, together] { session.labels(of: row) }
        }
        #expect(squares.squareRoot() < 1e-6 && worst < 1e-5, "\(squares.squareRoot()), at worst \(worst)")
        #expect(alike == 1000, "\(alike)")
    }

    @Test("the order of the others changes what is said by rounding only")
    func order() throws {
        func merged(_ order: [Int]) throws -> Session {
            let shards = (0..<4).map { Self.taught(UInt64(20 + $0), rows: 500, skew: Float($0)) }
            try shards[3].learner.merge(order.map { shards[$0].learner })
            return shards[3]
        }
        let (a, b) = (try merged([0, 1, 2]), try merged([2, 0, 1]))
        var stream = TestStream(seed: 77)
        for _ in 0..<200 {
            let row = stream.next()
            let (x, y) = (longs(a, row), longs(b, row))
            for (p, q) in zip(x.regression, y.regression) { #expect(abs(p - q) < 1e-6) }
            #expect(x.classes == y.classes)
        }
    }

    /// Where a class lies.
    private static func center(_ name: String) -> Float { Float((name.utf8.first ?? 0) % 5) - 2 }

    @Test("classes are told by their names, and the reservoir's rows with them; what knows more classes than there is room for is refused")
    func classes() throws {
        func taught(_ names: [String], classes: Int = 5) -> Session {
            let session = Session(Self.specification(classes: classes))
            var random = Random(seed: UInt64(names.count))
            for i in 0..<1500 {
                let k = i / 7 % names.count
                let center = Self.center(names[k])
                session.frame([center + 0.1 * Float(random.normal()), -center, Float(random.normal())])
                session.label(2, names[k], sequence: session.learner.sequence)
            }
            return session
        }
        let (a, b) = (taught(["ash", "birch"]), taught(["cedar", "birch", "ash"]))
        try a.learner.merge([b.learner])
        let table = a.learner.classes(of: 1)
        #expect((0..<table.count).map { String(decoding: table.name($0), as: UTF8.self) } == ["ash", "birch", "cedar"])
        // Every kept row still lies where its class lies.
        let reservoir = a.learner.reservoir
        var latent = [Float](repeating: 0, count: reservoir.width), rows = [0, 0, 0]
        for slot in 0..<reservoir.slotCount where reservoir.isTaken(slot) && reservoir.label(slot, 2).isFinite {
            let id = Int(reservoir.label(slot, 2)), name = String(decoding: table.name(id), as: UTF8.self)
            let center = Self.center(name)
            latent.withUnsafeMutableBufferPointer { reservoir.latent(slot, into: $0.baseAddress!) }
            #expect(abs(latent[0] * 0.7 - center) < 0.6, "\(name)")
            rows[id] += 1
        }
        #expect(rows.allSatisfy { $0 > 30 }, "\(rows)")
        for name in ["ash", "birch", "cedar"] {
            let center = Self.center(name)
            a.frame([center, -center, 0])
            let said = longs(a, TestStream.Row(x: [center, -center, 0], y: 0, z: 0, name: name)).classes
            #expect(said.contains(name), "\(name): \(said)")
        }
        // Life goes on, and so does its copy.
        let copy = Session(Self.specification()), bytes = a.snapshot
        try bytes.withUnsafeBytes { try copy.learner.restore($0) }
        let full = taught(["a", "b", "c"], classes: 3), other = taught(["d", "b"], classes: 3)
        #expect(throws: MergeObstacle.tooManyClasses(head: 1)) { try full.learner.merge([other.learner]) }
    }

    @Test("another encoder, or one that is still being fitted, is refused")
    func encoders() throws {
        let a = Self.taught(1, rows: 100)
        var specification = Self.specification()
        specification.calibration = nil
        let young = Session(specification)
        #expect(throws: MergeObstacle.unfittedEncoder) { try a.learner.merge([young.learner]) }
        specification.calibration = EncoderCalibration(centers: [0, 0, 0], scales: [0.7, 0.7, 2], bandwidth: 2, statistics: nil)
        let other = Session(specification)
        #expect(throws: MergeObstacle.otherEncoder) { try a.learner.merge([other.learner]) }
    }
}
