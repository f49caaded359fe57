/// Linear stacking: what a ridge regression on the experts' differences from a first opinion would add to it.
///
/// p = P + Σ βᵢ(Eᵢ − P), β = (Σ ffᵀ + rI)⁻¹ Σ f(y − P), with r = 30 mean squared errors of P: the more it is needed, the
/// more evidence it wants. What it has seen counts less by `keep` a label. Shapes: m experts, K targets. Cost: an m × m Cholesky per prediction.
struct Stacking {
    /// Ridge, in mean squared errors.
    static let ridge = 30.0

    let experts: Int
    let targets: Int
    /// γ; 1 forgets nothing.
    private let keep: Double
    private let gram: UnsafeMutablePointer<Double>
    private let moment: UnsafeMutablePointer<Double>
    private let squares: UnsafeMutablePointer<Double>
    private let counts: UnsafeMutablePointer<Double>
    private let differences: UnsafeMutablePointer<Double>
    private let beta: UnsafeMutablePointer<Double>
    private let scratch: UnsafeMutablePointer<Double>

    init(experts: Int, targets: Int, keep: Double, _ carver: inout Carver) {
        self.experts = experts
        self.targets = targets
        self.keep = keep
        gram = carver.carve(Double.self, experts * experts * targets)
        moment = carver.carve(Double.self, experts * targets)
        squares = carver.carve(Double.self, targets)
        counts = carver.carve(Double.self, targets)
        differences = carver.carve(Double.self, experts)
        beta = carver.carve(Double.self, experts)
        scratch = carver.carve(Double.self, experts * experts + experts)
    }

    func reset() {
        gram.update(repeating: 0, count: experts * experts * targets)
        moment.update(repeating: 0, count: experts * targets)
        squares.update(repeating: 0, count: targets)
        counts.update(repeating: 0, count: targets)
    }

    private func spread(_ said: UnsafePointer<Double>, around opinion: Double) {
        for i in 0..<experts { differences[i] = said[i].isFinite ? said[i] - opinion : 0 }
    }

    func combine(_ target: Int, _ said: UnsafePointer<Double>, around opinion: Double) -> Double {
        guard counts[target] > 0, squares[target] > 0 else { return opinion }
        let ridge = Self.ridge * squares[target] / counts[target]
        let solved = SmallCholesky.solve(
            gram + target * experts * experts, experts, diagonal: { _ in ridge }, moment + target * experts, into: beta, scratch: scratch)
        guard solved else { return opinion }
        spread(said, around: opinion)
        var sum = opinion
        for i in 0..<experts { sum += beta[i] * differences[i] }
        return sum.isFinite ? sum : opinion
    }

    func learn(_ target: Int, _ truth: Double, _ said: UnsafePointer<Double>, around opinion: Double, weight: Double = 1) {
        spread(said, around: opinion)
        let error = truth - opinion
        let gram = gram + target * experts * experts
        let moment = moment + target * experts
        for i in 0..<experts {
            let share = weight * differences[i]
            moment[i] = keep * moment[i] + share * error
            for j in 0..<experts { gram[i * experts + j] = keep * gram[i * experts + j] + share * differences[j] }
        }
        squares[target] = keep * squares[target] + weight * error * error
        counts[target] = keep * counts[target] + weight
    }

    mutating func archive(_ archive: inout Archive) {
        archive.array(gram, experts * experts * targets)
        archive.array(moment, experts * targets)
        archive.array(squares, targets)
        archive.array(counts, targets)
    }
}
