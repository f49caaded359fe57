/// Weighs experts by an inverse power of their discounted mean loss, for each target on its own.
///
/// wᵢ ∝ āᵢ^−p with āᵢ = (Sᵢ + qᵢκᵢS₀/N₀)/(Nᵢ + qᵢ) · gᵢ. S and N are the discounted sum and count of the losses at which the
/// expert voted; expert 0 is the yardstick ("as before"), and an expert that has not shown anything yet counts as κ times as
/// bad for q pseudo-rows, which fade by 1 % a label. g ≥ 1 is how far the row is from what the expert knows: its loss is
/// kept per unit of g and is expected to grow with g. Scale-free, and at home with late labels, since a loss is that of the
/// prediction that was made (`docs/learner.md`).
///
/// An expert that cannot vote says NaN. Shapes: m experts, K targets; all state K × m in float64.
/// Cost: some 10 operations an expert, at prediction and at the label.
struct InversePower {
    /// Fading of the prior against the untested, per label.
    static let fading = 0.99

    let experts: Int
    let targets: Int
    /// 1/τ.
    let rate: Double
    /// p, 2 or 4.
    let power: Int
    private let loss: UnsafeMutablePointer<Double>
    private let count: UnsafeMutablePointer<Double>
    private let prior: UnsafeMutablePointer<Double>
    /// Of the newest prediction; for reports.
    let weight: UnsafeMutablePointer<Double>

    init(experts: Int, targets: Int, memory tau: Double, power: Int, _ carver: inout Carver) {
        precondition(power == 2 || power == 4)
        self.experts = experts
        self.targets = targets
        rate = 1 / tau
        self.power = power
        loss = carver.carve(Double.self, experts * targets)
        count = carver.carve(Double.self, experts * targets)
        prior = carver.carve(Double.self, experts * targets)
        weight = carver.carve(Double.self, experts * targets)
    }

    func reset() {
        for table in [loss, count, prior, weight] { table.update(repeating: 0, count: experts * targets) }
    }

    /// Pseudo-rows against every expert of a target, once its first label has shown how late labels are.
    func begin(_ target: Int, prior rows: Double) {
        for i in 0..<experts { prior[target * experts + i] = rows }
    }

    /// The weighted mean of what is said; NaN when nobody says anything.
    ///
    /// - Parameters:
    ///   - reach: g of each expert.
    ///   - caution: κ of each expert.
    func combine(
        _ target: Int, _ said: UnsafePointer<Double>, reach: UnsafePointer<Double>, caution: UnsafePointer<Double>
    ) -> Double {
        let (loss, count, prior, weight) = rows(target)
        let yardstick = count[0] > 0 ? loss[0] / count[0] : 0
        let floor = 1e-12 * yardstick
        var best = Double.infinity
        for i in 0..<experts {
            guard said[i].isFinite else {
                weight[i] = -1
                continue
            }
            let mass = count[i] + prior[i]
            let expected = mass > 0 ? (loss[i] + prior[i] * caution[i] * yardstick) / mass * reach[i] : 0
            weight[i] = expected
            best = min(best, expected)
        }
        var total = 0.0
        var sum = 0.0
        for i in 0..<experts {
            let expected = weight[i]
            if expected < 0 {
                weight[i] = 0
                continue
            }
            if expected > 0 {
                let ratio = (best + floor) / (expected + floor)
                let square = ratio * ratio
                weight[i] = power == 4 ? square * square : square
            } else {
                // Perfect so far; but a memory that nothing has been held against is not perfect, it is untried.
                weight[i] = caution[i] > 1 && count[0] == 0 ? 0 : 1
            }
            total += weight[i]
            sum += weight[i] * said[i]
        }
        guard total > 0 else { return .nan }
        for i in 0..<experts { weight[i] /= total }
        return sum / total
    }

    /// Takes in the truth about what was said then.
    func learn(_ target: Int, _ truth: Double, _ said: UnsafePointer<Double>, reach: UnsafePointer<Double>, weight: Double = 1) {
        let (loss, count, prior, _) = rows(target)
        for i in 0..<experts {
            if said[i].isFinite {
                let error = truth - said[i]
                loss[i] += weight * error * error / reach[i] - rate * loss[i]
                count[i] += weight - rate * count[i]
            }
            prior[i] *= Self.fading
        }
    }

    /// Gives an expert that has been judged elsewhere a record as long as the yardstick's.
    func admit(_ target: Int, _ expert: Int, meanLoss: Double) {
        let (loss, count, _, _) = rows(target)
        count[expert] = count[0]
        loss[expert] = meanLoss * count[0]
    }

    /// Discounted mean loss of an expert; nil before its first.
    func meanLoss(_ target: Int, _ expert: Int) -> Double? {
        let i = target * experts + expert
        return count[i] > 0 ? loss[i] / count[i] : nil
    }

    private func rows(_ target: Int) -> (
        UnsafeMutablePointer<Double>, UnsafeMutablePointer<Double>, UnsafeMutablePointer<Double>, UnsafeMutablePointer<Double>
    ) {
        let offset = target * experts
        return (loss + offset, count + offset, prior + offset, weight + offset)
    }

    mutating func archive(_ archive: inout Archive) {
        archive.array(loss, experts * targets)
        archive.array(count, experts * targets)
        archive.array(prior, experts * targets)
        archive.array(weight, experts * targets)
    }
}
