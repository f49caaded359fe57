/// Which experts of a regression head work on every row, where a frame may not cost as much as all of them do.
///
/// What cannot sleep: the long memories, which are the exact solution of everything seen, and what labels say by themselves.
/// Four parts can. Each earns what the mixture would lose without it: the rise of the squared error of the weighted mean when the part is
/// left out, per unit of the target's variance, discounted. Every `period` labels those that earn most for what they cost are
/// taken as long as there is room; whoever works already counts for a quarter more, so that equals do not take turns. A part that
/// sleeps works on one row in sixteen, is heard there, and earns there what counts for sixteen.
///
/// Costs are multiply-adds by the sizes in the plan, never times: the same events put the same parts to sleep. Where everything fits,
/// nothing is noted and nobody sleeps.
struct ExpertBudget {
    enum Part: Int, CaseIterable {
        case linearShort, fourierShort, changes, neighbours

        var name: StaticString {
            switch self {
            case .linearShort: "linear_short"
            case .fourierShort: "fourier_short"
            case .changes: "change_long"
            case .neighbours: "neighbours"
            }
        }
    }

    /// Labels between two decisions.
    static let period = 256
    /// Labels that earnings look back to.
    private static let memory = 2000.0
    private static let loyalty = 1.25
    /// Multiply-adds a row of each part; 0 where the head has none.
    var costs: [Double]
    /// Multiply-adds a row that all parts together may have.
    var allowance = Double.infinity

    /// Of each part, what it has earned and on how many labels.
    private let earned: UnsafeMutablePointer<Double>
    private let counts: UnsafeMutablePointer<Double>
    /// One bit a part.
    private var awake = 15
    private var labels = 0

    init(costs: [Double], _ carver: inout Carver) {
        self.costs = costs
        earned = carver.carve(Double.self, Part.allCases.count)
        counts = carver.carve(Double.self, Part.allCases.count)
    }

    /// Where nothing is known yet the cheapest come first.
    mutating func reset() {
        earned.update(repeating: 1, count: costs.count)
        counts.update(repeating: 1, count: costs.count)
        (awake, labels) = (15, 0)
        if isTight { awake = chosen { 1 / max(costs[$0], 1) } }
    }

    /// As it is at first, without a look at what has been earned.
    func fresh() -> ExpertBudget {
        var fresh = self
        fresh.awake = 15
        if isTight { fresh.awake = chosen { 1 / max(costs[$0], 1) } }
        return fresh
    }

    var total: Double {
        var sum = 0.0
        for cost in costs { sum += cost }
        return sum
    }

    var isTight: Bool { allowance < total }

    func isAwake(_ part: Part) -> Bool { awake & 1 << part.rawValue != 0 }

    /// Whether a part works on a row.
    @inline(__always)
    func works(_ part: Part, on serial: Int) -> Bool { isAwake(part) || serial % Trial.period == 0 }

    /// What leaving a part out would have cost on a labelled row.
    ///
    /// - Parameters:
    ///   - risen: squared error without the part less that with all, in variances of the target; nil where the part did not speak.
    func note(_ part: Part, risen: Double) {
        let weight = isAwake(part) ? 1 : Double(Trial.period)
        let keep = max(1 - weight / Self.memory, 0)
        earned[part.rawValue] = keep * earned[part.rawValue] + weight * risen
        counts[part.rawValue] = keep * counts[part.rawValue] + weight
    }

    /// Once a label vector.
    mutating func decide() {
        labels += 1
        guard isTight, labels % Self.period == 0 else { return }
        awake = chosen { worth($0) }
    }

    private func worth(_ part: Int) -> Double {
        let rate = earned[part] / counts[part] / max(costs[part], 1)
        return rate > 0 && awake & 1 << part != 0 ? rate * Self.loyalty : rate
    }

    private func chosen(_ worth: (Int) -> Double) -> Int {
        // What sleeps costs its sixteenth.
        let asleep = 1 / Double(Trial.period)
        var left = allowance - total * asleep
        var chosen = 0, seen = 0
        for _ in costs.indices {
            var best = -1
            for part in costs.indices where seen & 1 << part == 0 && (best < 0 || worth(part) > worth(best)) { best = part }
            seen |= 1 << best
            let more = costs[best] * (1 - asleep)
            guard more <= left else { continue }
            left -= more
            chosen |= 1 << best
        }
        return chosen
    }

    mutating func archive(_ archive: inout Archive) {
        archive.array(earned, costs.count)
        archive.array(counts, costs.count)
        archive.scalar(&awake)
        archive.scalar(&labels)
    }
}

/// Multiply-adds of what a factor does for a row.
enum FactorCost {
    static func predict(_ n: Int, _ outputs: Int) -> Double { Double(n * (n + 1) / 2 + n * outputs) }
    static func append(_ n: Int, _ outputs: Int) -> Double { Double(n * n + 2 * n * outputs) }
    static func forgetAndAppend(_ n: Int, _ outputs: Int) -> Double { Double(3 * n * n + 4 * n * outputs) }
}
