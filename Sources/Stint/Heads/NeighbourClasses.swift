import CMath

/// The episodic experts of a classification head: how the five nearest kept rows vote, nearer ones counting for more.
///
/// One looks at the ring of the newest rows, the other at ring and sample. They sleep while they do not pay (see `Trial`).
/// Half a vote of five and a half is shared by all classes.
///
/// Shapes: K classes, N pending rows. Cost: one search of the reservoir a row, asleep one in 16 rows.
struct NeighbourClasses {
    static let count = 2
    private static let least = 20
    /// Votes that are shared by all classes, of five.
    private static let doubt = 0.5
    private static let asked: UInt8 = 1
    private static let heard: UInt8 = 2
    /// No log-loss is larger: one confident mistake is not a hundred.
    private static let floor = 1e-4

    private let rows: Int
    private var trial: Trial
    private let states: UnsafeMutablePointer<UInt8>
    /// Of each pending row and expert: the classes of its neighbours, and the share of each in the votes, in steps of 1/65535.
    private let classes: UnsafeMutablePointer<UInt16>
    private let shares: UnsafeMutablePointer<UInt16>
    private let lost: UnsafeMutablePointer<Double>

    init(rows: Int, _ carver: inout Carver) {
        self.rows = rows
        trial = Trial(targets: 1, experts: Self.count, &carver)
        states = carver.carve(UInt8.self, rows)
        classes = carver.carve(UInt16.self, rows * Self.count * Reservoir.neighbours)
        shares = carver.carve(UInt16.self, rows * Self.count * Reservoir.neighbours)
        lost = carver.carve(Double.self, Self.count)
    }

    mutating func reset() {
        trial.reset()
        states.update(repeating: 0, count: rows)
    }

    func open(_ serial: Int) { states[serial % rows] = 0 }

    func wereHeard(_ serial: Int) -> Bool { states[serial % rows] & Self.heard != 0 }

    private func place(_ serial: Int, _ expert: Int) -> Int { (serial % rows * Self.count + expert) * Reservoir.neighbours }

    /// Searches for the row that the encoder holds, if it is one of those to be searched for.
    func ask(_ serial: Int, _ encoder: Encoder, _ reservoir: Reservoir, label: Int, isReady: Bool) {
        guard isReady, trial.isDue(serial), reservoir.learnableCount >= Self.least else { return }
        reservoir.search(encoder, knowing: label, turn: serial)
        guard reservoir.foundRecently.count == Reservoir.neighbours else { return }
        keep(reservoir.foundRecently, reservoir, label, at: place(serial, 0))
        keep(reservoir.found, reservoir, label, at: place(serial, 1))
        states[serial % rows] = Self.asked | (trial.isAwake ? Self.heard : 0)
    }

    private func keep(_ nearest: Neighbours, _ reservoir: Reservoir, _ label: Int, at place: Int) {
        var total = 0.0
        for rank in 0..<nearest.count { total += nearest.weight(rank) }
        for rank in 0..<nearest.count {
            classes[place + rank] = UInt16(reservoir.label(nearest.slot(rank), label))
            shares[place + rank] = UInt16(nearest.weight(rank) / total * 65535)
        }
    }

    /// Writes an expert's probabilities for a pending row. One that was not heard gives every class the same, which moves no pool
    /// and no exponent.
    func say(_ expert: Int, _ serial: Int, known: Int, into p: UnsafeMutablePointer<Double>) {
        guard wereHeard(serial) else {
            for k in 0..<known { p[k] = 1 / Double(known) }
            return
        }
        for k in 0..<known { p[k] = votes(expert, k, serial, known) }
    }

    private func votes(_ expert: Int, _ k: Int, _ serial: Int, _ known: Int) -> Double {
        let at = place(serial, expert)
        var sum = Self.doubt / Double(known)
        for rank in 0..<Reservoir.neighbours where Int(classes[at + rank]) == k {
            sum += Double(Reservoir.neighbours) * Double(shares[at + rank]) / 65535
        }
        return sum / (Double(Reservoir.neighbours) + Self.doubt)
    }

    /// The truth about a pending row, and what the mixture gave it.
    func judge(_ truth: Int, _ serial: Int, known: Int, mixture: Double) {
        guard states[serial % rows] & Self.asked != 0 else { return }
        for e in 0..<Self.count { lost[e] = -log(max(votes(e, truth, serial, known), Self.floor)) }
        trial.note(0, mixture: -log(max(mixture, Self.floor)), lost, wasAwake: wereHeard(serial))
    }

    /// Once a label: true when they have just woken.
    mutating func decide() -> Bool { trial.decide() }

    /// An expert's loss over the mixture's; nil while the trial is too young.
    func ratio(_ expert: Int) -> Double? { trial.ratio(0, expert) }

    var isAwake: Bool { trial.isAwake }

    mutating func archive(_ archive: inout Archive) {
        trial.archive(&archive)
        archive.ring(states, rows)
        archive.ring(classes, rows, each: Self.count * Reservoir.neighbours)
        archive.ring(shares, rows, each: Self.count * Reservoir.neighbours)
    }
}
