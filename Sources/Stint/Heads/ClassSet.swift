/// Conformal prediction sets: the classes whose probability is high enough that the truth is among them nine times in ten.
///
/// The bound is the quantile of 1 − p(truth) over a fading histogram (about 200 labels), at a level that is moved by the
/// misses themselves (Gibbs & Candès 2021). The most probable class is always in.
struct ClassSet {
    static let nominal = 0.9
    private static let bins = 100
    private static let fading = 0.995
    private static let step = 0.005

    private let histogram: UnsafeMutablePointer<Double>
    private var weight = 0.0
    private var level = 0.1

    init(_ carver: inout Carver) { histogram = carver.carve(Double.self, Self.bins) }

    mutating func reset() {
        histogram.update(repeating: 0, count: Self.bins)
        (weight, level) = (0, 0.1)
    }

    /// Classes of at least this probability are in.
    var bound: Float {
        let need = (1 - level) * (weight + 1)
        var sum = 0.0
        for i in 0..<Self.bins {
            sum += histogram[i]
            if sum >= need { return 1 - Float(i + 1) / Float(Self.bins) }
        }
        return 0
    }

    /// - Parameter probability: what the truth was given; 0 when its class was not known.
    mutating func learn(probability: Double, wasInSet: Bool) {
        // .09 instead of .1: the histogram's bins round up, and a set that is a little too wide is the honest side.
        level = min(max(level + Self.step * (0.09 - (wasInSet ? 0 : 1)), 0.02), 0.3)
        for i in 0..<Self.bins { histogram[i] *= Self.fading }
        weight = weight * Self.fading + 1
        histogram[min(Self.bins - 1, max(0, Int(Double(Self.bins) * (1 - probability))))] += 1
    }

    mutating func archive(_ archive: inout Archive) {
        archive.array(histogram, Self.bins)
        archive.scalar(&weight)
        archive.scalar(&level)
    }
}
