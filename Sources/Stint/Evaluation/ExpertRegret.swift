/// How far a mixture fell behind the best of its experts, and behind the best sequence of them with a few switches.
///
/// Both are chosen with hindsight: the second by a dynamic programme over experts and switches, exact and as the rows come
/// (Herbster & Warmuth 1998 bound what a mixture must lose against it). A switch is free, so a short sequence may well be
/// better than anything that predicts could be.
///
/// ```swift
/// var regret = ExpertRegret(experts: 2)
/// regret.add(own: 1, [0, 3])
/// regret.add(own: 1, [3, 0])
/// regret.best  // (expert: 0, loss: 3)
/// regret.bestSequence  // 0
/// ```
///
/// Shapes: E experts. Memory: 6 E numbers; cost: 12 E operations a row. Edge cases: nil before the first row. What is not finite is the
/// caller's to replace.
public struct ExpertRegret {
    /// A sequence may change its expert so often.
    public static let switches = 5

    public let experts: Int
    public private(set) var count = 0
    /// Sum of what the mixture lost.
    public private(set) var own = 0.0
    /// switches + 1 rows of E: the least that is lost with at most so many switches by who ends with an expert.
    private var least: [Double]

    public init(experts: Int) {
        self.experts = experts
        least = .init(repeating: 0, count: (Self.switches + 1) * experts)
    }

    public mutating func add(own loss: Double, _ losses: [Double]) {
        precondition(losses.count == experts, "\(losses.count) losses of \(experts) experts")
        count += 1
        own += loss
        for used in stride(from: Self.switches, through: 0, by: -1) {
            // Whoever switches now does so from the best of those who have switched once less, up to the row before.
            var before = Double.infinity
            if used > 0 { for e in 0..<experts { before = min(before, least[(used - 1) * experts + e]) } }
            for e in 0..<experts { least[used * experts + e] = min(least[used * experts + e], before) + losses[e] }
        }
    }

    /// The best single expert, the first of equals, and the sum of what it lost.
    public var best: (expert: Int, loss: Double)? {
        guard count > 0, experts > 0 else { return nil }
        var best = 0
        for e in 1..<experts where least[e] < least[best] { best = e }
        return (best, least[best])
    }

    /// The sum of what the best sequence lost.
    public var bestSequence: Double? {
        guard count > 0, experts > 0 else { return nil }
        var best = Double.infinity
        for e in 0..<experts { best = min(best, least[Self.switches * experts + e]) }
        return best
    }
}
