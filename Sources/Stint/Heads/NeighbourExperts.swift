/// The episodic experts of a regression head: the mean of the labels of the five nearest kept rows, nearer ones counting for more.
///
/// One looks at the ring of the newest rows, and at the newest labels beside the latents; the other at everything that is
/// kept, by the latents alone. They pay when labels are late, or when something returns; else they sleep (see `Trial`).
///
/// Shapes: K targets, N pending rows. Cost: one search of the reservoir a row, asleep one in 16 rows.
struct NeighbourExperts {
    static let count = 2
    /// Fewer kept rows than these say nothing.
    private static let least = 20

    let targets: Int
    private let rows: Int
    private var trial: Trial
    /// Of each pending row: whether they were asked, and whether they were heard.
    private let states: UnsafeMutablePointer<UInt8>
    private let newest: UnsafeMutablePointer<Float>
    private let lost: UnsafeMutablePointer<Double>
    /// K × 2, in the units of the labels; NaN where they say nothing.
    private let found: UnsafeMutablePointer<Double>

    private static let asked: UInt8 = 1
    private static let heard: UInt8 = 2

    init(targets: Int, rows: Int, _ carver: inout Carver) {
        self.targets = targets
        self.rows = rows
        trial = Trial(targets: targets, experts: Self.count, &carver)
        states = carver.carve(UInt8.self, rows)
        newest = carver.carve(Float.self, targets)
        lost = carver.carve(Double.self, Self.count)
        found = carver.carve(Double.self, targets * Self.count)
    }

    mutating func reset() {
        trial.reset()
        states.update(repeating: 0, count: rows)
        found.update(repeating: .nan, count: targets * Self.count)
    }

    func open(_ serial: Int) {
        states[serial % rows] = 0
        found.update(repeating: .nan, count: targets * Self.count)
    }

    /// Searches for the row that the encoder holds, if it is one of those to be searched for.
    func ask(
        _ serial: Int, _ encoder: Encoder, _ reservoir: Reservoir, _ wanted: [Int], _ history: LabelHistory,
        _ inverse: UnsafePointer<Double>, isReady: Bool
    ) {
        guard isReady, trial.isDue(serial), reservoir.learnableCount >= Self.least else { return }
        for j in 0..<targets {
            newest[j] = history.counts[j] > 0 ? history.absolute(j, history.newest[j * LabelHistory.depth]) : .nan
        }
        reservoir.search(encoder, knowing: wanted, own: Reservoir.Own(newest: newest, inverse: inverse), turn: serial)
        average(reservoir.foundRecently, reservoir, wanted, 0)
        average(reservoir.found, reservoir, wanted, 1)
        states[serial % rows] = Self.asked | (trial.isAwake ? Self.heard : 0)
    }

    private func average(_ nearest: Neighbours, _ reservoir: Reservoir, _ wanted: [Int], _ expert: Int) {
        guard nearest.count == nearest.capacity else { return }
        var total = 0.0
        for j in 0..<targets { found[j * Self.count + expert] = 0 }
        for rank in 0..<nearest.count {
            let weight = nearest.weight(rank)
            total += weight
            for j in 0..<targets {
                found[j * Self.count + expert] += weight * Double(reservoir.label(nearest.slot(rank), wanted[j]))
            }
        }
        for j in 0..<targets { found[j * Self.count + expert] /= total }
    }

    /// Writes what the two say of a target, relative to its origin.
    func say(_ target: Int, _ history: LabelHistory, into said: UnsafeMutablePointer<Double>) {
        for e in 0..<Self.count { said[e] = history.relative(target, found[target * Self.count + e]) }
    }

    /// Silences the two where they were only asked.
    func hush(_ serial: Int, _ said: UnsafeMutablePointer<Double>) {
        guard states[serial % rows] & Self.heard == 0 else { return }
        for e in 0..<Self.count { said[e] = .nan }
    }

    /// How many rows one for which they were asked stands for.
    func stride(_ serial: Int) -> Double { states[serial % rows] & Self.heard == 0 ? Double(Trial.period) : 1 }

    /// The truth about a row for which they may have been asked.
    func judge(_ serial: Int, _ target: Int, _ truth: Double, mixture: Double, _ said: UnsafePointer<Double>) {
        guard states[serial % rows] & Self.asked != 0, said[0].isFinite, said[1].isFinite else { return }
        for e in 0..<Self.count { lost[e] = (truth - said[e]) * (truth - said[e]) }
        let error = truth - mixture
        trial.note(target, mixture: error * error, lost, wasAwake: states[serial % rows] & Self.heard != 0)
    }

    /// Once a label vector: true when they have just woken.
    mutating func decide() -> Bool { trial.decide() }

    /// Discounted mean loss in the trial; nil while it is too young.
    func meanLoss(_ target: Int, _ expert: Int) -> Double? {
        trial.ratio(target, expert) == nil ? nil : trial.meanLoss(target, expert)
    }

    var isAwake: Bool { trial.isAwake }

    mutating func archive(_ archive: inout Archive) {
        trial.archive(&archive)
        archive.ring(states, rows)
    }
}
