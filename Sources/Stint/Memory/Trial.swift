/// Whether an expert that costs something for every row earns it: its losses beside those of the mixture it would speak in.
///
/// Asleep, it is asked for one row in `period`, and what it says is judged and not heard. It wakes where for any target its
/// discounted mean loss is below `wakes` times that of the mixture, and sleeps again where it is above `sleeps` times for all.
/// It need not be better than the mixture to be worth hearing: what errs in another way helps a stack or a pool. Between the two
/// bounds nothing changes, and nothing does within `rest` labels of the last change.
///
/// Everything begins awake: a mixture with few labels has nothing better, and what the others know costs labels to find out.
/// Shapes: K targets (1 for classes), `experts` that sleep together.
struct Trial {
    /// Rows for one that is judged while asleep.
    static let period = 16
    /// Rows that the means look back.
    private static let memory = 1024.0
    /// Losses that count before anything is decided, in rows.
    private static let least = 200.0
    /// Chosen on the recordings of `docs/memory.md`: with 1 and 1.25 the gain on late classes is gone.
    static let wakes = 1.25
    static let sleeps = 1.6
    private static let rest = 256

    let targets: Int
    let experts: Int
    /// Of each target the mixture's loss, then each expert's.
    private let losses: UnsafeMutablePointer<Double>
    private let counts: UnsafeMutablePointer<Double>
    private(set) var isAwake = true
    private var since = 0

    init(targets: Int, experts: Int, _ carver: inout Carver) {
        self.targets = targets
        self.experts = experts
        losses = carver.carve(Double.self, targets * (1 + experts))
        counts = carver.carve(Double.self, targets)
    }

    mutating func reset() {
        losses.update(repeating: 0, count: targets * (1 + experts))
        counts.update(repeating: 0, count: targets)
        (isAwake, since) = (true, 0)
    }

    /// Whether the expert is to be asked about a row.
    func isDue(_ serial: Int) -> Bool { isAwake || serial % Self.period == 0 }

    /// Notes what was lost on a row that all of them spoke of.
    ///
    /// - Parameter wasAwake: when the row was predicted; then every row is judged, and each counts for one.
    func note(_ target: Int, mixture: Double, _ lost: UnsafePointer<Double>, wasAwake: Bool) {
        let weight = wasAwake ? 1 : Double(Self.period)
        let keep = max(1 - weight / Self.memory, 0)
        let row = losses + target * (1 + experts)
        row[0] = keep * row[0] + weight * mixture
        for e in 0..<experts { row[1 + e] = keep * row[1 + e] + weight * lost[e] }
        counts[target] = keep * counts[target] + weight
    }

    /// The expert's loss over the mixture's; nil before there is one.
    func ratio(_ target: Int, _ expert: Int) -> Double? {
        let row = losses + target * (1 + experts)
        guard counts[target] >= Self.least else { return nil }
        return row[0] > 0 ? row[1 + expert] / row[0] : row[1 + expert] > 0 ? .infinity : 1
    }

    /// Discounted mean loss of an expert; call it where `ratio` is not nil.
    func meanLoss(_ target: Int, _ expert: Int) -> Double { losses[target * (1 + experts) + 1 + expert] / counts[target] }

    /// Once a label: true when it has just woken.
    mutating func decide() -> Bool {
        since += 1
        guard since >= Self.rest else { return false }
        var best: Double?
        for j in 0..<targets {
            for e in 0..<experts { if let ratio = ratio(j, e) { best = min(best ?? .infinity, ratio) } }
        }
        guard let best, isAwake ? best > Self.sleeps : best < Self.wakes else { return false }
        isAwake.toggle()
        since = 0
        return isAwake
    }

    mutating func archive(_ archive: inout Archive) {
        archive.array(losses, targets * (1 + experts))
        archive.array(counts, targets)
        archive.scalar(&isAwake)
        archive.scalar(&since)
    }
}
