/// What a regression head said of every row that still waits for its label, and what it knew then.
///
/// Shapes: N pending rows, K targets, m experts. Of each row and target: the label once it is there, three lags, the mean of the labels,
/// what the m experts and the candidates of the mixture said, the value, the interval below and above it, and what `IntervalTracker` keeps; of each
/// row g of the latents and how many components of its label are there. Float32; NaN is "nothing".
struct PendingPredictions {
    let targets: Int
    let experts: Int
    let rows: Int
    private let width: Int
    private let numbers: UnsafeMutablePointer<Float>
    private let reaches: UnsafeMutablePointer<Float>
    private let delivered: UnsafeMutablePointer<Int32>

    /// Latents that have a leverage of their own.
    static let reaches = 3

    // Places in what is kept of a row and target.
    static let label = 0
    static let lags = 1
    static let mean = 4
    static let experts = 5
    let candidates: Int
    let value: Int
    let below: Int
    let above: Int
    let scales: Int

    init(targets: Int, experts: Int, rows: Int, _ carver: inout Carver) {
        self.targets = targets
        self.experts = experts
        self.rows = rows
        candidates = Self.experts + experts
        value = candidates + RegressionMixture.candidates
        below = value + 1
        above = below + 1
        scales = above + 1
        width = scales + IntervalTracker.keptWidth
        numbers = carver.carve(Float.self, rows * targets * width)
        reaches = carver.carve(Float.self, rows * Self.reaches)
        delivered = carver.carve(Int32.self, rows)
    }

    /// What is kept of a row and target.
    @inline(__always)
    func of(_ serial: Int, _ target: Int) -> UnsafeMutablePointer<Float> { numbers + ((serial % rows) * targets + target) * width }

    /// A row of which nothing has been said yet.
    func open(_ serial: Int, _ history: LabelHistory) {
        for j in 0..<targets {
            let kept = of(serial, j)
            kept[Self.label] = .nan
            kept[value] = .nan
            let newest = history.newest + j * LabelHistory.depth
            for lag in 0..<3 { kept[Self.lags + lag] = history.counts[j] > Double(lag) ? Float(newest[lag]) : .nan }
            kept[Self.mean] = Float(history.moments[j].mean)
            for i in 0..<experts { kept[Self.experts + i] = .nan }
        }
        delivered[serial % rows] = 0
        for i in 0..<Self.reaches { reach(serial)[i] = 1 }
    }

    /// g of the linear, the Fourier and the change latent.
    func reach(_ serial: Int) -> UnsafeMutablePointer<Float> { reaches + serial % rows * Self.reaches }

    /// What was said of a row is not asked for any more; that it has its label stays known.
    func release(_ serial: Int) {
        for j in 0..<targets {
            let kept = of(serial, j), hadLabel = !kept[Self.label].isNaN
            kept.update(repeating: .nan, count: width)
            if hadLabel { kept[Self.label] = 0 }
        }
    }

    /// There are no rows.
    func forget() { numbers.update(repeating: .nan, count: rows * targets * width) }

    func countLabel(_ serial: Int) { delivered[serial % rows] += 1 }

    /// Whether no component of its label is missing any more.
    func isComplete(_ serial: Int) -> Bool { Int(delivered[serial % rows]) == targets }

    /// Nothing is left of a row, not even that it had a label.
    func wipe(_ serial: Int) {
        of(serial, 0).update(repeating: .nan, count: targets * width)
        delivered[serial % rows] = 0
    }

    mutating func archive(_ archive: inout Archive) {
        archive.ring(numbers, rows, each: targets * width)
        archive.ring(reaches, rows, each: Self.reaches)
        archive.ring(delivered, rows)
    }
}
