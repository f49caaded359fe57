/// The whole demo in a fixed number of columns, each a stretch of time: what a strip on the screen shows.
struct DemoHistory {
    struct Column {
        var own = 0.0
        var noChange = 0.0
        var rows = 0
        /// The largest anomaly score.
        var strangest: Double?

        /// rms over both joints; nil before the first row.
        var error: (own: Double, noChange: Double)? {
            rows > 0 ? ((own / Double(rows)).squareRoot(), (noChange / Double(rows)).squareRoot()) : nil
        }
    }

    private(set) var columns: [Column]
    private let length: Double

    init(columns: Int, length: Double) {
        self.columns = Array(repeating: Column(), count: columns)
        self.length = length
    }

    /// Where a moment stands; the last column for what is later.
    func column(at seconds: Double) -> Int {
        min(columns.count - 1, max(0, Int(seconds / length * Double(columns.count))))
    }

    /// - Parameters: mean squares over the joints.
    mutating func add(_ seconds: Double, own: Double, noChange: Double) {
        let k = column(at: seconds)
        columns[k].own += own
        columns[k].noChange += noChange
        columns[k].rows += 1
    }

    mutating func add(_ seconds: Double, score: Double) {
        let k = column(at: seconds)
        columns[k].strangest = max(columns[k].strangest ?? 0, score)
    }
}
