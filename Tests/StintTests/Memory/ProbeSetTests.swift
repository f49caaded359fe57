import Testing

@testable import Stint

/// Rows of a factory's: chosen, planned, and found again.
@Suite struct ProbeSetTests {
    /// A learner that has lived a test stream under a calibration.
    private static func factory(stats: Bool = false, rows: Int = 1500) -> Session {
        var specification = Specification.ofEachKind
        specification.encoder.stats = stats
        specification.window = .init(length: 16, every: stats ? 4 : 1)
        specification.memory.sampler = .balanced
        let fit = EncoderFit(specification)
        for pass in 0..<2 where pass == 0 || fit.turn() {
            fit.begin()
            var stream = TestStream(seed: 21)
            for _ in 0..<1000 { stream.next().x.withUnsafeBufferPointer { fit.take($0) } }
        }
        specification.calibration = fit.calibration
        let session = Session(specification)
        var stream = TestStream(seed: 22)
        for _ in 0..<rows { session.row(stream.next()) }
        return session
    }

    @Test("as many rows of each class as an audit asks, spread over time, each with all that is known of it; the same rows give the same set")
    func chosen() throws {
        let set = try #require(Self.factory().learner.probeSet(labels: 3))
        #expect(set.rows.count == ProbeSet.most && set == Self.factory().learner.probeSet(labels: 3))
        #expect(set.classes[0].isEmpty && set.classes[1].isEmpty && set.classes[2].count == 3)
        var counts = [0, 0, 0]
        for row in set.rows {
            #expect(row.labels.allSatisfy { $0 != nil } && row.latent.count == 6)
            counts[Int(try #require(row.labels[2]))] += 1
        }
        #expect(counts.max()! - counts.min()! <= 1)
        // The first channel goes up and down in 57 rows, the second in 170: spread over time is spread over both.
        let second = set.rows.map { Double($0.scale) * Double($0.latent[1]) }
        #expect(second.min()! < -1 && second.max()! > 1)
        #expect(try #require(Self.factory().learner.probeSet(labels: 3, most: 7)).rows.count == 7)
        #expect(try #require(Self.factory().learner.probeSet(labels: 1)).classes.count == 1)
        #expect(Self.factory().learner.probeSet(labels: 0) == nil && Self.factory(rows: 0).learner.probeSet(labels: 3) == nil)
    }

    @Test("the encoder holds a factory's row as it holds the reservoir's, with and without statistics", arguments: [false, true])
    func recalled(stats: Bool) throws {
        let factory = Self.factory(stats: stats).learner
        let set = try #require(factory.probeSet(labels: 3))
        var specification = factory.plan.specification
        specification.probe = set
        let device = Learner(Plan(specification))
        let width = factory.state.reservoir.width
        #expect(set.rows[0].latent.count == width)
        var latent = [Float](repeating: 0, count: width)
        for (at, row) in set.rows.enumerated() {
            device.probe.recall(at, into: device.state.encoder)
            latent.withUnsafeMutableBufferPointer { EpisodicLatent.compose(device.state.encoder, width: width, into: $0.baseAddress!) }
            for i in 0..<width { #expect(abs(latent[i] - row.scale * Float(row.latent[i])) < 1e-5) }
            #expect(device.probe.label(at, 0) == row.labels[0] && device.probe.labelBefore(at, 1) == row.befores[1])
        }
    }

    @Test("classes are found by name, in whatever order a device meets them; one that it has not met is none")
    func named() throws {
        let factory = Self.factory().learner
        var specification = factory.plan.specification
        specification.probe = factory.probeSet(labels: 3)
        let set = try #require(specification.probe)
        let device = Session(specification), learner = device.learner
        let row = try #require(set.rows.indices.first { set.rows[$0].labels[2] == 1 })
        let name = String(decoding: set.classes[2][1], as: UTF8.self)
        func category() -> Int? { learner.probe.category(row, 2, in: learner.state.classification[0].classes) }
        #expect(category() == nil && !learner.state.classification[0].knows(row, learner.probe))
        device.frame([0, 0, 0])
        device.label(2, "none of the factory's", sequence: 0)
        #expect(category() == nil)
        device.frame([0, 0, 0])
        device.label(2, name, sequence: 1)
        #expect(category() == 1 && learner.state.classification[0].knows(row, learner.probe))
    }

    @Test("without a set no plan is larger by a byte; with one, by what is carved for it, and no state is")
    func planned() throws {
        let factory = Self.factory().learner
        let bare = factory.plan
        #expect(!bare.parts.contains { "\($0.name)" == "probe" })
        var specification = bare.specification
        specification.probe = factory.probeSet(labels: 3)
        let plan = Plan(specification)
        let part = try #require(plan.parts.first { "\($0.name)" == "probe" })
        #expect(plan.bytes == bare.bytes + part.bytes && plan.snapshotBytes == bare.snapshotBytes)
        #expect(part.bytes >= 64 * (6 + 4 + 2 * 3 * 4) && part.bytes < 4 << 10)
        // Where no row is kept none is judged.
        specification.memory.store = .statistics
        specification.memory.reservoirBytes = 0
        #expect(!Plan(specification).parts.contains { "\($0.name)" == "probe" })
        let device = Session(specification)
        var stream = TestStream()
        for _ in 0..<300 { device.row(stream.next()) }
    }
}
