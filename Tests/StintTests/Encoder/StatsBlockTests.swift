import Testing

@testable import Stint

/// The block `stats` in a learner: what is only in the window's statistics can be learned from them.
@Suite struct StatsBlockTests {
    /// The class is how much channel 0 trembles, the label its slope; single rows say nothing of either.
    private struct Tremor {
        var random = Random(seed: 11)
        var window = 0

        /// Sixteen rows of one kind, with the class and the slope of them all.
        mutating func next() -> (rows: [[Float]], name: String, slope: Float) {
            window += 1
            let size = random.below(2) == 0 ? 0.2 : 1.0
            let slope = 0.1 * random.normal()
            let start = 3 * random.normal()
            let rows = (0..<16).map { i in
                [Float(start + slope * Double(i) + size * random.normal()), Float(random.normal()), Float(random.normal())]
            }
            return (rows, size > 0.5 ? "rough" : "smooth", Float(slope))
        }
    }

    private static func specification(stats: Bool) -> Specification {
        var specification = Specification.ofEachKind
        specification.window = .init(length: 16, every: 16)
        specification.encoder.stats = stats
        return specification
    }

    /// Accuracy, and squared error of the slope relative to its variance, over the last half of the windows.
    private func run(stats: Bool, late: Int = 0) -> (accuracy: Double, error: Double) {
        let session = Session(Self.specification(stats: stats))
        var stream = Tremor()
        var (right, error, spread, count) = (0.0, 0.0, 0.0, 0.0)
        var due: [(sequence: UInt64, name: String, slope: Float)] = []
        for i in 0..<1200 {
            let window = stream.next()
            for row in window.rows { session.frame(row) }
            if i >= 600 {
                let said = session.classification()
                right += String(decoding: session.learner.classes(of: 1).name(said.classID), as: UTF8.self) == window.name ? 1 : 0
                let miss = Double(session.regression().value[0] - window.slope)
                error += miss * miss
                spread += Double(window.slope * window.slope)
                count += 1
            }
            due.append((session.learner.sequence, window.name, window.slope))
            guard due.count > late else { continue }
            let label = due.removeFirst()
            session.label(0, label.slope, sequence: label.sequence)
            session.label(1, label.slope, sequence: label.sequence)
            session.label(2, label.name, sequence: label.sequence)
        }
        return (right / count, error / spread)
    }

    @Test("they tell what single rows cannot, with labels at once and 30 windows late", arguments: [0, 30])
    func tells(late: Int) {
        let with = run(stats: true, late: late), without = run(stats: false, late: late)
        // A class that the rows hardly show: five in ten by guessing.
        #expect(with.accuracy > 0.9 && without.accuracy < 0.8)
        #expect(with.error < 0.6 && without.error > 0.8)
    }

    @Test("a snapshot in the middle of a window goes on bit by bit, before, between and after the fits", arguments: [100, 1500, 9000])
    func snapshot(rows: Int) throws {
        let specification = Self.specification(stats: true)
        let whole = Session(specification)
        var stream = TestStream()
        for _ in 0..<rows { whole.row(stream.next()) }
        let bytes = whole.snapshot
        let resumed = Session(specification)
        try bytes.withUnsafeBytes { raw in try resumed.learner.restore(raw) }
        #expect(resumed.snapshot == bytes)
        let before = whole.said.count
        for _ in 0..<300 {
            let row = stream.next()
            whole.row(row)
            resumed.row(row)
        }
        #expect(Array(whole.said[before...]) == resumed.said)
        #expect(whole.snapshot == resumed.snapshot)
    }

    @Test("every choice of blocks with them learns at each row", arguments: [true, false], [true, false])
    func everyRow(last: Bool, fourier: Bool) {
        var specification = Specification.ofEachKind
        (specification.encoder.last, specification.encoder.lags, specification.encoder.fourier) = (last, false, fourier)
        specification.encoder.stats = true
        specification.window.length = 8
        let session = Session(specification)
        var stream = TestStream()
        var (error, before, newest) = (0.0, 0.0, Float(0))
        for i in 0..<2000 {
            let row = stream.next()
            session.row(row)
            guard i > 700 else { continue }
            error += Double((session.regression().value[0] - row.y) * (session.regression().value[0] - row.y))
            before += Double((newest - row.y) * (newest - row.y))
            newest = row.y
        }
        #expect(error < 0.9 * before)
    }

    @Test("NaN, spikes, constant channels and unreadable rows leave every prediction finite")
    func poorInput() {
        var specification = Self.specification(stats: true)
        specification.window.every = 2
        let session = Session(specification)
        var stream = TestStream()
        var random = Random(seed: 9)
        for i in 0..<4000 {
            var row = stream.next()
            switch random.below(12) {
            case 0: row.x[random.below(3)] = .nan
            case 1: row.x[random.below(3)] = 1e15
            case 2: row.x[random.below(3)] = -1e15
            default: break
            }
            if i > 2000, i < 2700 { row.x = [1, 1, 1] }
            if i > 3000, i < 3100 { row.x[1] = .nan }
            if i % 500 == 77 { session.frame([.nan, .nan, .nan], unreadable: true) } else { session.row(row) }
            let p = session.regression()
            for j in 0..<2 { #expect(p.value[j].isFinite && p.lower[j] <= p.value[j] && p.value[j] <= p.upper[j] && p.upper[j].isFinite) }
        }
    }

    @Test("a channel that moves for the first time after the freeze gets statistics then")
    func adopted() {
        let (still, moving) = (Session(Self.specification(stats: true)), Session(Self.specification(stats: true)))
        var stream = TestStream()
        var differ = false
        for i in 0..<12_000 {
            var row = stream.next()
            row.x[2] = 5
            still.row(row)
            // Equal up to the freeze at 500 windows of 16 rows; the newest row of a window is as before also after it.
            if i > 9000, i % 16 != 15 { row.x[2] = 5 + Float(i % 3) }
            moving.row(row)
            if i < 9000 { #expect(still.said == moving.said || i % 1000 != 0) }
            differ = differ || (i > 11_000 && still.regression().value[0] != moving.regression().value[0])
        }
        #expect(differ)
    }

    @Test("many channels: the latent stays as narrow as it may be, and the plan says what the block takes")
    func wide() {
        var specification = Specification(
            channels: 40, rateHz: 10, labels: 1, heads: [HeadSpecification(kind: .regression(targets: [0]))])
        let plain = Plan(specification)
        specification.encoder.stats = true
        let plan = Plan(specification)
        #expect(plan.bytes > plain.bytes)
        var carver = Carver()
        let memories = Memories(
            specification, ownInputs: (3, 2), outputs: 1,
            style: MemoryStyle(short: 0.8, ridge: (1, 1), bandwidth: 1, channelScale: 1, lags: .differences), &carver)
        // 1 + 40 + 128 + 2 of the Fourier latent; the linear one has 40 last values and two blocks of statistics.
        #expect(memories.widest == 171)
    }
}
