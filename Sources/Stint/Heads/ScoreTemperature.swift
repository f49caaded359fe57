import CMath

/// Scores to probabilities: a softmax whose temperature is learned online, one for each memory.
///
/// Newton steps on the log-likelihood of scores that were given then. Shapes: M memories.
struct ScoreTemperature {
    private static let first = 6.0
    private static let range = 0.5...30.0
    private static let fading = 0.999

    let count: Int
    private let temperatures: UnsafeMutablePointer<Double>
    private let curvature: UnsafeMutablePointer<Double>

    init(_ count: Int, _ carver: inout Carver) {
        self.count = count
        temperatures = carver.carve(Double.self, count)
        curvature = carver.carve(Double.self, count)
    }

    func reset() {
        temperatures.update(repeating: Self.first, count: count)
        curvature.update(repeating: 1, count: count)
    }

    subscript(_ e: Int) -> Double { temperatures[e] }

    /// Scores are in steps of 1/`PendingClasses.scoreScale`.
    static func softmax(_ scores: UnsafePointer<Int16>, _ known: Int, temperature: Double, into p: UnsafeMutablePointer<Double>) {
        var largest = scores[0]
        for k in 1..<max(known, 1) { largest = max(largest, scores[k]) }
        var total = 0.0
        for k in 0..<known {
            p[k] = exp(temperature * Double(Int(scores[k]) - Int(largest)) / PendingClasses.scoreScale)
            total += p[k]
        }
        for k in 0..<known { p[k] /= total }
    }

    /// The truth about scores that memory `e` gave.
    func learn(_ e: Int, _ scores: UnsafePointer<Int16>, truth: Int, known: Int, room: UnsafeMutablePointer<Double>) {
        Self.softmax(scores, known, temperature: temperatures[e], into: room)
        var (mean, square) = (0.0, 0.0)
        for k in 0..<known {
            let score = Double(scores[k]) / PendingClasses.scoreScale
            mean += room[k] * score
            square += room[k] * score * score
        }
        curvature[e] = Self.fading * curvature[e] + max(square - mean * mean, 0) + (1 - Self.fading)
        let gradient = Double(scores[truth]) / PendingClasses.scoreScale - mean
        temperatures[e] = min(max(temperatures[e] + gradient / curvature[e], Self.range.lowerBound), Self.range.upperBound)
    }

    mutating func archive(_ archive: inout Archive) {
        archive.array(temperatures, count)
        archive.array(curvature, count)
    }
}
