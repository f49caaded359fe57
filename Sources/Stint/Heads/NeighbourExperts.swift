/// The episodic experts of a regression head: what the kept rows say that were like this one.
///
/// One is the mean of the labels of the five nearest rows of all that is kept, by the latents alone, nearer ones counting for more. Two are
/// planes through the 64 nearest of the newest rows, by latents and newest labels (`LocalRidge`). Each of these two parts sleeps
/// while it is not worth its time (`Trial`).
///
/// Shapes: K targets, N pending rows. Cost: a search of the whole reservoir a row for the mean; of the ring, and a local ridge, for the planes.
/// Asleep, one row in 16.
struct NeighbourExperts {
    static let count = 1 + LocalRidge.count
    static let names: [StaticString] = ["neighbours_all", "local_ridge", "local_ridge_lags"]
    /// Fewer kept rows than these say nothing.
    private static let least = LocalRidge.least
    /// Bits of `states`, of the mean; those of the planes are two places higher.
    private static let asked: UInt8 = 1
    private static let heard: UInt8 = 2
    private static let planes: UInt8 = 2

    let targets: Int
    private let rows: Int
    /// Of the mean, and of the planes.
    private var trials: (mean: Trial, planes: Trial)
    private let ridge: LocalRidge
    /// Of each pending row: which were asked, and which were heard.
    private let states: UnsafeMutablePointer<UInt8>
    private let newest: UnsafeMutablePointer<Float>
    private let lost: UnsafeMutablePointer<Double>
    /// K × 3, in the units of the labels; NaN where they say nothing.
    private let found: UnsafeMutablePointer<Double>

    init(_ specification: Specification, targets: Int, rows: Int, _ carver: inout Carver) {
        self.targets = targets
        self.rows = rows
        ridge = LocalRidge(specification, targets: targets, &carver)
        trials = (Trial(targets: targets, experts: 1, &carver), Trial(targets: targets, experts: LocalRidge.count, &carver))
        states = carver.carve(UInt8.self, rows)
        newest = carver.carve(Float.self, targets)
        lost = carver.carve(Double.self, LocalRidge.count)
        found = carver.carve(Double.self, targets * Self.count)
    }

    mutating func reset() {
        trials.mean.reset()
        trials.planes.reset()
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
        let asks = (mean: trials.mean.isDue(serial), planes: trials.planes.isDue(serial))
        guard isReady, asks.mean || asks.planes, reservoir.learnableCount >= Self.least else { return }
        for j in 0..<targets {
            newest[j] = history.counts[j] > 0 ? history.absolute(j, history.newest[j * LabelHistory.depth]) : .nan
        }
        let reach = asks.mean ? asks.planes ? SearchReach.all : .found : .around
        reservoir.search(encoder, knowing: wanted, own: Reservoir.Own(newest: newest, inverse: inverse), turn: serial, reach)
        var state: UInt8 = 0
        if asks.mean {
            average(reservoir.found, reservoir, wanted)
            state |= Self.asked | (trials.mean.isAwake ? Self.heard : 0)
        }
        if asks.planes {
            let place = LocalRidge.Place(latent: reservoir.composed, newest: newest, inverse: inverse)
            ridge.predict(reservoir.around, reservoir, wanted, at: place, into: found + 1, step: Self.count)
            state |= (Self.asked | (trials.planes.isAwake ? Self.heard : 0)) << Self.planes
        }
        states[serial % rows] = state
    }

    private func average(_ nearest: Neighbours, _ reservoir: Reservoir, _ wanted: [Int]) {
        guard nearest.count == nearest.capacity else { return }
        var total = 0.0
        for j in 0..<targets { found[j * Self.count] = 0 }
        for rank in 0..<nearest.count {
            let weight = nearest.weight(rank)
            total += weight
            for j in 0..<targets { found[j * Self.count] += weight * Double(reservoir.label(nearest.slot(rank), wanted[j])) }
        }
        for j in 0..<targets { found[j * Self.count] /= total }
    }

    /// Writes what they say of a target, relative to its origin.
    func say(_ target: Int, _ history: LabelHistory, into said: UnsafeMutablePointer<Double>) {
        for e in 0..<Self.count {
            let value = history.relative(target, found[target * Self.count + e])
            said[e] = value.isFinite ? history.bounded(target, value) : .nan
        }
    }

    private func has(_ bit: UInt8, _ serial: Int) -> Bool { states[serial % rows] & bit != 0 }

    /// Silences those that were only asked.
    func hush(_ serial: Int, _ said: UnsafeMutablePointer<Double>) {
        if !has(Self.heard, serial) { said[0] = .nan }
        guard !has(Self.heard << Self.planes, serial) else { return }
        for e in 1..<Self.count { said[e] = .nan }
    }

    /// How many rows one for which the mean was asked stands for.
    func stride(_ serial: Int) -> Double { has(Self.heard, serial) ? 1 : Double(Trial.period) }

    /// The truth about a row for which they may have been asked.
    func judge(_ serial: Int, _ target: Int, _ truth: Double, mixture: Double, _ said: UnsafePointer<Double>, weight: Double = 1) {
        let error = truth - mixture
        if has(Self.asked, serial), said[0].isFinite {
            lost[0] = weight * (truth - said[0]) * (truth - said[0])
            trials.mean.note(target, mixture: weight * error * error, lost, wasAwake: has(Self.heard, serial))
        }
        if has(Self.asked << Self.planes, serial), said[1].isFinite, said[2].isFinite {
            for e in 0..<LocalRidge.count { lost[e] = weight * (truth - said[1 + e]) * (truth - said[1 + e]) }
            trials.planes.note(target, mixture: weight * error * error, lost, wasAwake: has(Self.heard << Self.planes, serial))
        }
    }

    /// Once a label vector: which of them have just woken.
    mutating func decide() -> Range<Int> {
        let woken = (mean: trials.mean.decide(), planes: trials.planes.decide())
        return (woken.mean ? 0 : 1)..<(woken.planes ? Self.count : 1)
    }

    /// Discounted mean loss in the trial; nil while it is too young.
    func meanLoss(_ target: Int, _ expert: Int) -> Double? {
        let (trial, place) = expert == 0 ? (trials.mean, 0) : (trials.planes, expert - 1)
        return trial.ratio(target, place) == nil ? nil : trial.meanLoss(target, place)
    }

    /// Multiply-adds beside the search.
    var cost: Double { ridge.cost }

    /// Nothing of a row stays in the working room.
    func wipe() {
        ridge.wipe()
        found.update(repeating: .nan, count: targets * Self.count)
    }

    mutating func archive(_ archive: inout Archive) {
        trials.mean.archive(&archive)
        trials.planes.archive(&archive)
        archive.ring(states, rows)
    }
}
