/// What a classification head has said of each row whose label may still come: enough to hold it against the experts then, and
/// against the weights that they had.
///
/// Scores are kept in steps of 1/8192 up to ±4, probabilities in steps of 1/65535. A row is its serial number; the ring forgets
/// the oldest.
///
/// Shapes: N rows; of each M scores and C probabilities of every class, and `weights` numbers.
struct PendingClasses {
    static let scoreScale = 8192.0
    private static let steps = 65535.0

    let rows: Int
    private let classes: Int
    private let memories: Int
    private let experts: Int
    private let weightWidth: Int
    private let scores: UnsafeMutablePointer<Int16>
    private let shares: UnsafeMutablePointer<UInt16>
    private let weights: UnsafeMutablePointer<Float>
    private let newests: UnsafeMutablePointer<Int32>
    private let worths: UnsafeMutablePointer<Float>
    private let ages: UnsafeMutablePointer<Int32>
    private let knowns: UnsafeMutablePointer<Int32>
    private let spoke: UnsafeMutablePointer<UInt8>
    private let labels: UnsafeMutablePointer<Int32>

    /// - Parameters:
    ///   - memories: experts whose scores are kept.
    ///   - experts: those whose probabilities are.
    ///   - weights: numbers that say how all of them were mixed.
    init(rows: Int, classes: Int, memories: Int, experts: Int, weights: Int, _ carver: inout Carver) {
        self.rows = rows
        self.classes = classes
        self.memories = memories
        self.experts = experts
        weightWidth = weights
        scores = carver.carve(Int16.self, rows * memories * classes)
        shares = carver.carve(UInt16.self, rows * experts * classes)
        self.weights = carver.carve(Float.self, rows * weights)
        newests = carver.carve(Int32.self, rows)
        worths = carver.carve(Float.self, rows)
        ages = carver.carve(Int32.self, rows)
        knowns = carver.carve(Int32.self, rows)
        spoke = carver.carve(UInt8.self, rows)
        labels = carver.carve(Int32.self, rows)
    }

    /// A row of which nothing is known yet but the newest class that was delivered, −1 for none.
    func open(_ serial: Int, newest: Int) {
        let at = serial % rows
        labels[at] = -1
        knowns[at] = 0
        spoke[at] = 0
        newests[at] = Int32(newest)
        (worths[at], ages[at]) = (1, 0)
    }

    /// There are no rows.
    func forget() { labels.update(repeating: -1, count: rows) }

    /// The class that the row turned out to have; −1 while that is not known.
    func label(_ serial: Int) -> Int { Int(labels[serial % rows]) }
    func setLabel(_ serial: Int, _ id: Int) { labels[serial % rows] = Int32(id) }
    /// Newest class that had been delivered when the row was predicted; −1 for none.
    func newest(_ serial: Int) -> Int { Int(newests[serial % rows]) }
    /// What that was worth then, and how many rows old it was.
    func worth(_ serial: Int) -> Float { worths[serial % rows] }
    func age(_ serial: Int) -> Int { Int(ages[serial % rows]) }
    func setWorth(_ serial: Int, _ worth: Float, age: Int) {
        worths[serial % rows] = worth
        ages[serial % rows] = Int32(clamping: age)
    }
    /// Classes that were known then.
    func known(_ serial: Int) -> Int { Int(knowns[serial % rows]) }
    func setKnown(_ serial: Int, _ count: Int) { knowns[serial % rows] = Int32(count) }
    /// Whether memories spoke, or the labels alone.
    func hasSpoken(_ serial: Int) -> Bool { spoke[serial % rows] == 1 }
    func setSpoken(_ serial: Int) { spoke[serial % rows] = 1 }
    /// How the experts were mixed.
    func weights(_ serial: Int) -> UnsafeMutablePointer<Float> { weights + (serial % rows) * weightWidth }

    /// A memory's scores, one a class.
    func scores(_ serial: Int, _ memory: Int) -> UnsafeMutablePointer<Int16> { scores + ((serial % rows) * memories + memory) * classes }

    /// Keeps scores that are multiplied by `scale`; what is not finite counts as 0.
    func keep(_ serial: Int, _ memory: Int, _ said: UnsafePointer<Real>, scale: Double, known: Int) {
        let kept = scores(serial, memory)
        for k in 0..<known {
            let score = min(max(Double(said[k]) * scale, -3.99), 3.99)
            kept[k] = score.isFinite ? Int16(score * Self.scoreScale) : 0
        }
    }

    /// Keeps what the experts of probabilities say; expert e begins at e · `stride`.
    func keep(_ serial: Int, _ said: UnsafePointer<Double>, stride: Int, known: Int) {
        let kept = shares + (serial % rows) * experts * classes
        for e in 0..<experts {
            for k in 0..<known { kept[e * classes + k] = UInt16(min(max(said[e * stride + k], 0), 1) * Self.steps) }
        }
    }

    /// The way back.
    func recall(_ serial: Int, into said: UnsafeMutablePointer<Double>, stride: Int, known: Int) {
        let kept = shares + (serial % rows) * experts * classes
        for e in 0..<experts {
            for k in 0..<known { said[e * stride + k] = Double(kept[e * classes + k]) / Self.steps }
        }
    }

    /// Nothing is left of a row.
    func wipe(_ serial: Int) {
        open(serial, newest: -1)
        let at = serial % rows
        (scores + at * memories * classes).update(repeating: 0, count: memories * classes)
        (shares + at * experts * classes).update(repeating: 0, count: experts * classes)
        weights(serial).update(repeating: 0, count: weightWidth)
    }

    mutating func archive(_ archive: inout Archive) {
        archive.ring(scores, rows, each: memories * classes)
        archive.ring(shares, rows, each: experts * classes)
        archive.ring(weights, rows, each: weightWidth)
        archive.ring(newests, rows)
        archive.ring(worths, rows)
        archive.ring(ages, rows)
        archive.ring(knowns, rows)
        archive.ring(spoke, rows)
        archive.ring(labels, rows)
    }
}
