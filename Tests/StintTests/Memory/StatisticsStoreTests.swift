import Testing

@testable import Stint

/// `[memory] store = "statistics"`: nothing that resembles a sample is kept.
@Suite struct StatisticsStoreTests {
    /// A stream whose numbers are of sizes that nothing else in a learner has, and what became known of each row.
    final class Life {
        let session: Session
        private var stream: TestStream
        private(set) var raw: [[Float]] = []
        private var names: [String] = []
        private let delay: Int
        private let every: Int

        static let channels = 6

        init(_ specification: Specification, delay: Int, every: Int, seed: UInt64 = 9) {
            stream = TestStream(seed: seed)
            session = Session(specification)
            (self.delay, self.every) = (delay, every)
        }

        private var first: UInt64 = 0

        func live(_ rows: Int) {
            for _ in 0..<rows {
                let row = stream.next()
                let x = (row.x + [row.x[0] * row.x[1], row.x[1] * row.x[2], row.z * row.y]).map { 3e11 * ($0 + 17) }
                session.frame(x)
                raw.append(x + [row.y * 4e9, row.z * 5e8])
                names.append(row.name)
                let labelled = raw.count - 1 - delay
                guard labelled >= 0, labelled % every == 0 else { continue }
                let sequence = session.learner.sequence - UInt64(delay)
                if session.learner.plan.specification.labels >= 3 {
                    session.label(0, raw[labelled][Self.channels], sequence: sequence)
                    session.label(1, raw[labelled][Self.channels + 1], sequence: sequence)
                    session.label(2, names[labelled], sequence: sequence)
                }
            }
        }

        /// All rows so far, as the encoder of now would make them.
        var search: SampleSearch {
            let scaling = session.learner.state.encoder.scaling
            var latents: [[Float]] = []
            for row in raw {
                var scaled = [Float](repeating: 0, count: Self.channels)
                row.withUnsafeBufferPointer { scaling.apply($0.baseAddress!, into: &scaled) }
                latents.append(scaled + (latents.last ?? scaled).prefix(Self.channels).map { EpisodicLatent.lagScale * $0 })
            }
            return SampleSearch(raw: raw, latents: latents, channels: Self.channels)
        }

        var arena: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: session.learner.arena.base, count: session.learner.arena.bytes) }

        /// For messages: the part of the plan that a byte of the arena is in.
        func part(_ offset: Int) -> String {
            var end = 0
            for part in session.learner.plan.parts where "\(part.name)" != "objects" {
                end += part.bytes
                if offset < end { return "\(part.name)" }
            }
            return "?"
        }

        func describe(_ found: [Int: [Int]]) -> String {
            found.sorted { $0.key < $1.key }.prefix(8).map { "row \($0.key) of \(raw.count) in \(Set($0.value.map(part)).sorted())" }.joined(separator: "; ")
        }
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var delay = 0
        var every = 1
        var rows = 800
        /// Of the newest rows, how many may be there.
        var newest: Int
        var change: @Sendable (inout Specification) -> Void = { _ in }
    }

    static let cases = [
        Case(testDescription: "labels at once", newest: 4),
        // Each waiting row may need that of the label that was the newest when it came.
        Case(testDescription: "labels 7 rows late", delay: 7, newest: 7 + 8 + 4),
        Case(testDescription: "one row in five has labels", every: 5, rows: 1400, newest: 64 + 4),
        Case(testDescription: "window statistics", newest: 2 * 16 + 4) {
            ($0.encoder.stats, $0.window.length) = (true, 16)
        },
        Case(testDescription: "a forecast", newest: 12 + 13 + 4) {
            $0.labels = 3
            $0.heads = [.forecast(HeadSpecification.Forecast(channels: [0, 1, 2], steps: 12), label: 0), HeadSpecification(kind: .anomaly(falseAlarms: .perRows(count: 1, rows: 1000)))]
        },
        Case(testDescription: "two-sample test", newest: 4) { $0.drift.detector = .twoSample },
    ]

    private static func specification(_ store: MemorySpecification.Store, _ change: (inout Specification) -> Void = { _ in }) -> Specification {
        var specification = Specification.ofEachKind
        (specification.channels, specification.pending, specification.encoder.warmUp) = (Life.channels, 64, 128)
        specification.memory.store = store
        specification.memory.reservoirBytes = store == .latents ? 64 << 10 : 0
        change(&specification)
        return specification
    }

    @Test("no row is found in memory that nobody waits for any more, and none at all in a state", arguments: cases)
    func search(_ which: Case) {
        let life = Life(Self.specification(.statistics, which.change), delay: which.delay, every: which.every)
        // The forecast's labels come by themselves.
        life.live(60)
        let early = life.session.snapshot.withUnsafeBytes { life.search.found(in: $0) }
        #expect(early.isEmpty, "in a state of the warm-up: \(early)")
        life.live(which.rows - 60)
        let state = life.session.snapshot.withUnsafeBytes { life.search.found(in: $0) }
        #expect(state.isEmpty, "in a state: \(state.keys.sorted())")
        let found = life.search.found(in: life.arena).filter { $0.key < life.raw.count - which.newest }
        #expect(found.isEmpty, "\(life.describe(found))")
        // The search itself: what has just come is there.
        #expect(life.search.found(in: life.arena)[life.raw.count - 1] != nil)
    }

    @Test("the same search finds rows by the hundred where latents are kept", arguments: cases)
    func searchFinds(_ which: Case) {
        let life = Life(Self.specification(.latents, which.change), delay: which.delay, every: which.every)
        life.live(800)
        let found = life.search.found(in: life.arena).filter { $0.key < life.raw.count - which.newest }
        let state = life.session.snapshot.withUnsafeBytes { life.search.found(in: $0) }
        #expect(found.count > 100 && state.count > 100, "\(found.count), \(state.count)")
    }

    @Test("a state goes on: what was learned is there, twice the same to the bit, and labels of rows before it are late")
    func restores() throws {
        let life = Life(Self.specification(.statistics), delay: 0, every: 1)
        life.live(600)
        let bytes = life.session.snapshot
        let copies = try (0..<2).map { _ in
            let copy = Life(Self.specification(.statistics), delay: 0, every: 1)
            let adoption = try bytes.withUnsafeBytes { try copy.session.learner.restore($0) }
            #expect(adoption == nil)
            return copy
        }
        #expect(copies[0].session.label(0, 1e9, sequence: life.session.learner.sequence) == .refused(.labelLate))
        for copy in copies { copy.live(300) }
        #expect(copies[0].session.said == copies[1].session.said)
        #expect(copies[0].session.regression().isReady)
        #expect(copies[0].session.said.allSatisfy { $0 != UInt64(Float.nan.bitPattern) })
        // From the first row on it errs like one that has learned, not like a new one.
        let fresh = Life(Self.specification(.statistics), delay: 0, every: 1)
        fresh.live(1)
        #expect(!fresh.session.regression().isReady)
    }

    @Test("a state of the warm-up has no rows to go on with: all but the stream begins anew, and that is said")
    func warmUp() throws {
        let life = Life(Self.specification(.statistics), delay: 0, every: 1)
        life.live(100)
        let copy = Life(Self.specification(.statistics), delay: 0, every: 1)
        let bytes = life.session.snapshot
        let adoption = try bytes.withUnsafeBytes { try copy.session.learner.restore($0) }
        #expect(adoption?.heads == [.cold, .cold, .cold])
        #expect(copy.session.learner.steps == 100)
        copy.live(700)
        #expect(copy.session.learner.isEncoderFrozen && copy.session.regression().isReady)
    }

    @Test("from latents to statistics heads go on, and no kept row is in memory; the way back begins with an empty reservoir")
    func changesStore() throws {
        let (latents, statistics) = (Self.specification(.latents), Self.specification(.statistics))
        let life = Life(latents, delay: 0, every: 1)
        life.live(900)
        let other = Life(statistics, delay: 0, every: 1, seed: 21)
        let heads = [0, 1, 2], labels = [0, 1, 2]
        let adoption = try life.session.snapshot.withUnsafeBytes {
            try other.session.learner.adopt($0, from: FormerLearner(latents, steps: 900, heads: heads, labels: labels))
        }
        #expect(adoption.heads == [.kept, .kept, .kept])
        // The first labels are what labels are counted from, for good; a life that begins without samples has them rounded.
        let found = life.search.found(in: other.arena).filter { $0.key > 0 }
        #expect(found.isEmpty, "\(life.describe(found))")
        other.live(400)
        #expect(life.search.found(in: other.arena).filter { $0.key > 0 }.isEmpty)
        let back = Life(latents, delay: 0, every: 1)
        let again = try other.session.snapshot.withUnsafeBytes {
            try back.session.learner.adopt($0, from: FormerLearner(statistics, steps: 1300, heads: heads, labels: labels))
        }
        #expect(again.heads == [.kept, .kept, .kept] && back.session.learner.reservoir.count == 0)
        back.live(100)
        #expect(back.session.learner.reservoir.count > 90)
    }

    @Test("a plan without samples has no reservoir, and a snapshot without rows")
    func plan() {
        let (latents, statistics) = (Plan(Self.specification(.latents)), Plan(Self.specification(.statistics)))
        func reservoir(_ plan: Plan) -> Int { plan.parts.first { "\($0.name)" == "reservoir" }?.bytes ?? 0 }
        #expect(reservoir(latents) > 64 << 10 && reservoir(statistics) < 2 << 10)
        #expect(statistics.snapshotBytes < latents.snapshotBytes - 128 << 10, "\(statistics.snapshotBytes), \(latents.snapshotBytes)")
    }

    @Test("merging states without samples is what it is with them, but for the reservoir")
    func merges() throws {
        var specification = Self.specification(.statistics)
        specification.calibration = EncoderCalibration(centers: [Float](repeating: 5.1e12, count: 6), scales: [Float](repeating: 3e11, count: 6), bandwidth: 1, statistics: nil)
        let lives = (0..<2).map { _ in Life(specification, delay: 0, every: 1) }
        lives[0].live(600)
        lives[1].live(500)
        let known = lives.map(\.session.learner.labelsKnown)
        try lives[0].session.learner.merge([lives[1].session.learner])
        #expect(lives[0].session.learner.labelsKnown == known[0] + known[1])
    }
}
