import CMath

/// One probability out of many: a log-linear pool, a tempered posterior, and a second level over the two.
///
/// The pool is softmax Σ θₑ log pₑ with exponents learned by online Newton steps towards the log-likelihood, held to their
/// start by a prior worth 30 labels. The posterior weighs the experts' probabilities by exp(−.3 Σ γ^age log-loss), γ = 1 −
/// 1/300. The second level weighs those two in the same way. Under late labels every loss is that of the probability said
/// then, and a label that is L rows late counts for 30/(30 + L) in all three: errors that were made before the first of them
/// was known are one error, not many. `docs/learner.md` has the measurements.
///
/// Shapes: E experts: memories with their discriminants, neighbours, context; the last three (recent frequencies, the filter) speak in the pool only. K classes. Cost: E·K logarithms and
/// exponentials, and a 12 × 12 Cholesky a label.
struct ClassMixture {
    static let forgetting = 1.0 / 300
    static let temper = 0.3
    static let floor = 1e-3
    static let prior = 30.0
    static let fading = 0.9999
    /// Experts that take part in the posterior.
    let voting: Int
    let experts: Int
    /// Experts of scores, which the pool starts with: memories, and their discriminants.
    let memories: Int
    private let losses: UnsafeMutablePointer<Double>
    private let levels: UnsafeMutablePointer<Double>
    /// θ.
    let exponents: UnsafeMutablePointer<Double>
    private let curvature: UnsafeMutablePointer<Double>
    private let gradient: UnsafeMutablePointer<Double>
    private let mean: UnsafeMutablePointer<Double>
    private let step: UnsafeMutablePointer<Double>
    private let scratch: UnsafeMutablePointer<Double>
    /// Rows that the newest label was late.
    private var lateness = 0.0

    init(memories: Int, _ carver: inout Carver) {
        self.memories = memories
        experts = memories + ClassificationHead.beside
        voting = memories + NeighbourClasses.count + 1
        losses = carver.carve(Double.self, experts)
        levels = carver.carve(Double.self, 2)
        exponents = carver.carve(Double.self, experts)
        curvature = carver.carve(Double.self, experts * experts)
        gradient = carver.carve(Double.self, experts)
        mean = carver.carve(Double.self, experts)
        step = carver.carve(Double.self, experts)
        scratch = carver.carve(Double.self, experts * experts + experts)
    }

    mutating func reset() {
        lateness = 0
        losses.update(repeating: 0, count: experts)
        levels.update(repeating: 0, count: 2)
        resetPool()
    }

    private func resetPool() {
        for e in 0..<experts { exponents[e] = start(e) }
        curvature.update(repeating: 0, count: experts * experts)
    }

    /// θ before anything is known: the mean of the memories, and a little of the neighbours, who know most while rows are few.
    private func start(_ e: Int) -> Double { e < memories ? 1 / Double(memories) : isNeighbour(e) ? 0.1 : 0 }

    /// What a label's evidence counts for: errors that were made before the first of them was known are one error, not many.
    private var evidence: Double { Self.prior / (Self.prior + lateness) }

    /// What the weights are now: exponents, posterior weights, and the two of the second level; `weightCount` numbers.
    var weightCount: Int { experts + voting + 2 }

    /// - Parameter hearsNeighbours: whether they take part; else they have no weight in the posterior.
    func weights(into w: UnsafeMutablePointer<Float>, hearsNeighbours: Bool) {
        for e in 0..<experts { w[e] = Float(exponents[e]) }
        posterior(losses, voting, but: hearsNeighbours ? 0..<0 : memories..<(memories + NeighbourClasses.count), into: w + experts)
        posterior(levels, 2, but: 0..<0, into: w + experts + voting)
    }

    private func posterior(_ losses: UnsafePointer<Double>, _ count: Int, but silent: Range<Int>, into w: UnsafeMutablePointer<Float>) {
        let temper = Self.temper * evidence
        var least = losses[0]
        for i in 1..<count where !silent.contains(i) { least = min(least, losses[i]) }
        var total = 0.0
        for i in 0..<count where !silent.contains(i) { total += exp(-temper * (losses[i] - least)) }
        for i in 0..<count { w[i] = silent.contains(i) ? 0 : Float(exp(-temper * (losses[i] - least)) / total) }
    }

    /// The posterior alone: it is there before the filter has spoken, which hangs on it.
    func vote(
        _ said: UnsafePointer<Double>, stride: Int, known: Int, weights w: UnsafePointer<Float>, into p: UnsafeMutablePointer<Double>
    ) {
        for k in 0..<known {
            p[k] = 0
            for e in 0..<voting { p[k] += Double(w[experts + e]) * said[e * stride + k] }
        }
    }

    /// Pool, posterior and final probabilities under given weights; each K numbers, one after another at `stride`.
    func combine(
        _ said: UnsafePointer<Double>, stride: Int, known: Int, weights w: UnsafePointer<Float>, into mixed: UnsafeMutablePointer<Double>
    ) {
        let pool = mixed
        let posterior = mixed + stride
        let final = mixed + 2 * stride
        var largest = -Double.infinity
        for k in 0..<known {
            var sum = 0.0
            var vote = 0.0
            for e in 0..<experts {
                let p = said[e * stride + k]
                sum += Double(w[e]) * log(max(p, Self.floor))
                if e < voting { vote += Double(w[experts + e]) * p }
            }
            pool[k] = sum
            posterior[k] = vote
            largest = max(largest, sum)
        }
        var total = 0.0
        for k in 0..<known {
            pool[k] = exp(pool[k] - largest)
            total += pool[k]
        }
        let (a, b) = (Double(w[experts + voting]), Double(w[experts + voting + 1]))
        for k in 0..<known {
            pool[k] /= total
            final[k] = a * pool[k] + b * posterior[k]
        }
    }

    /// The truth about what was said then: `said` and `mixed` are of that time, the exponents that move are today's.
    ///
    /// - Parameter lateness: rows that have been predicted since.
    mutating func learn(
        _ truth: Int, _ said: UnsafePointer<Double>, stride: Int, known: Int, mixed: UnsafePointer<Double>, hearsNeighbours: Bool,
        lateness: Int, room: UnsafeMutablePointer<Double>
    ) {
        self.lateness = Double(lateness)
        for e in 0..<experts where hearsNeighbours || !isNeighbour(e) {
            losses[e] += -Self.forgetting * losses[e] - log(max(said[e * stride + truth], Self.floor))
        }
        for i in 0..<2 {
            levels[i] += -Self.forgetting * levels[i] - log(max(mixed[i * stride + truth], Self.floor))
        }
        // Newton step of the pool.
        var largest = -Double.infinity
        for k in 0..<known {
            var sum = 0.0
            for e in 0..<experts { sum += exponents[e] * log(max(said[e * stride + k], Self.floor)) }
            room[k] = sum
            largest = max(largest, sum)
        }
        var total = 0.0
        for k in 0..<known {
            room[k] = exp(room[k] - largest)
            total += room[k]
        }
        mean.update(repeating: 0, count: experts)
        for k in 0..<known {
            room[k] /= total
            for e in 0..<experts { mean[e] += room[k] * log(max(said[e * stride + k], Self.floor)) }
        }
        let prior = Self.prior / evidence
        let leak = (1 - Self.fading) * prior
        for i in 0..<(experts * experts) { curvature[i] *= Self.fading }
        for e in 0..<experts {
            gradient[e] = log(max(said[e * stride + truth], Self.floor)) - mean[e] - leak * (exponents[e] - start(e))
        }
        for k in 0..<known {
            for e in 0..<experts { step[e] = log(max(said[e * stride + k], Self.floor)) - mean[e] }
            for e in 0..<experts {
                let weighted = room[k] * step[e]
                for f in 0..<experts { curvature[e * experts + f] += weighted * step[f] }
            }
        }
        guard SmallCholesky.solve(curvature, experts, diagonal: { _ in prior }, gradient, into: step, scratch: scratch) else {
            resetPool()
            return
        }
        for e in 0..<experts { exponents[e] = min(max(exponents[e] + step[e], -2), 4) }
    }

    private func isNeighbour(_ e: Int) -> Bool { e >= memories && e < memories + NeighbourClasses.count }

    /// The experts of neighbours have woken: they begin with as many losses as the mixture, times how they fared beside it.
    func admitNeighbours(_ ratio: (Int) -> Double?) {
        for e in 0..<NeighbourClasses.count {
            guard let ratio = ratio(e) else { continue }
            losses[memories + e] = min(levels[0], levels[1]) * ratio
        }
    }

    /// Discounted mean log-loss of an expert.
    func meanLoss(_ e: Int) -> Double { losses[e] * Self.forgetting }

    mutating func archive(_ archive: inout Archive) {
        archive.array(losses, experts)
        archive.array(levels, 2)
        archive.array(exponents, experts)
        archive.array(curvature, experts * experts)
        archive.scalar(&lateness)
    }
}
