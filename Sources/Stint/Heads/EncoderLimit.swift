/// Whether the encoder, not the memories, is what limits a regression: rows that were alike foretell a row better than anything that is
/// linear in the latents.
///
/// Both are held against the same rows: the mean of the nearest of all that is kept, and the better long memory, which is the ridge over everything
/// seen. (Local ridges are no judges: they look at the newest rows alone, and may be better since the world moves.) Where the neighbours lose a fifth less over a long span, more labels will not help; another window, other blocks
/// or another channel may. It is said once, and again only after the memories have caught up.
///
/// Shapes: K targets. Cost: a few operations a target for each row that the neighbours were asked about.
struct EncoderLimit {
    /// Loss of the neighbours over that of the ridge below which it is said, and above which it may be said again.
    static let margin = 0.8
    static let release = 0.95
    /// Labels that are looked back to, and that must have been seen.
    private static let memory = 4000.0
    private static let least = 2000.0

    let targets: Int
    /// K × 3: losses of the neighbours and of the two long memories.
    private let losses: UnsafeMutablePointer<Double>
    private let counts: UnsafeMutablePointer<Double>
    private(set) var isReached = false

    init(targets: Int, _ carver: inout Carver) {
        self.targets = targets
        losses = carver.carve(Double.self, targets * 3)
        counts = carver.carve(Double.self, targets)
    }

    mutating func reset() {
        losses.update(repeating: 0, count: targets * 3)
        counts.update(repeating: 0, count: targets)
        isReached = false
    }

    /// The truth about a row of which all three have spoken; else it says nothing.
    ///
    /// - Parameter weight: rows that this one stands for: neighbours that sleep are asked about one in so many.
    func note(_ target: Int, truth: Double, neighbours: Double, long: (Double, Double), weight: Double) {
        let errors = (truth - neighbours, truth - long.0, truth - long.1)
        guard (errors.0 + errors.1 + errors.2).isFinite else { return }
        let keep = max(1 - weight / Self.memory, 0)
        let row = losses + target * 3
        row[0] = keep * row[0] + weight * errors.0 * errors.0
        row[1] = keep * row[1] + weight * errors.1 * errors.1
        row[2] = keep * row[2] + weight * errors.2 * errors.2
        counts[target] = keep * counts[target] + weight
    }

    /// Once a label vector: true when it is to be said. By the mean over targets of what share of the ridge's loss the neighbours have.
    mutating func decide() -> Bool {
        var sum = 0.0
        for j in 0..<targets {
            let row = losses + j * 3
            let ridge = min(row[1], row[2])
            guard counts[j] >= Self.least, ridge > 0 else { return false }
            sum += row[0] / ridge
        }
        let ratio = sum / Double(targets)
        if isReached {
            isReached = ratio < Self.release
            return false
        }
        isReached = ratio < Self.margin
        return isReached
    }

    mutating func archive(_ archive: inout Archive) {
        archive.array(losses, targets * 3)
        archive.array(counts, targets)
        archive.scalar(&isReached)
    }
}
