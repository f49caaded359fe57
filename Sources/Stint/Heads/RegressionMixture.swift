/// Whom a regression head believes: two memories of how the experts fared, two stacks of them, and a second level over the four.
///
/// Everything is per target, on what was said then, whenever the label comes. The two inverse powers look back 1000 and 100 labels; the
/// stacks begin where the first of them ends, and look back at everything and 200 labels (`docs/learner.md`).
///
/// Shapes: m experts, the first of which look at labels only and are not met with caution. Cost: two m × m Choleskys a target, and some
/// 40 operations an expert.
struct RegressionMixture {
    /// What the second level chooses from.
    static let candidates = 4
    /// κ: how much worse than "as before" an untested memory is taken to be.
    private static let caution = 4.0
    /// The stack that forgets is silent where the newest label is older, in rows: errors hang together over as many rows as labels
    /// are late, and its 200 labels must be many times that.
    private static let stale = 20

    let experts: Int
    private var slow: InversePower
    private var quick: InversePower
    private var stacking: Stacking
    private var recent: Stacking
    private var final: InversePower
    private let cautions: UnsafeMutablePointer<Double>
    private let choices: UnsafeMutablePointer<Double>
    private let ones: UnsafeMutablePointer<Double>

    init(experts: Int, labelsOnly: Int, targets: Int, _ carver: inout Carver) {
        self.experts = experts
        self.labelsOnly = labelsOnly
        slow = InversePower(experts: experts, targets: targets, memory: 1000, power: 4, &carver)
        quick = InversePower(experts: experts, targets: targets, memory: 100, power: 2, &carver)
        stacking = Stacking(experts: experts, targets: targets, keep: 1, &carver)
        recent = Stacking(experts: experts, targets: targets, keep: 0.995, &carver)
        final = InversePower(experts: Self.candidates, targets: targets, memory: 300, power: 4, &carver)
        cautions = carver.carve(Double.self, experts)
        choices = carver.carve(Double.self, Self.candidates)
        ones = carver.carve(Double.self, Self.candidates)
    }

    private let labelsOnly: Int

    mutating func reset() {
        slow.reset()
        quick.reset()
        stacking.reset()
        recent.reset()
        final.reset()
        for i in 0..<experts { cautions[i] = i < labelsOnly ? 1 : Self.caution }
        ones.update(repeating: 1, count: Self.candidates)
    }

    /// The first label of a target has shown that labels come that late.
    func begin(_ target: Int, lateBy rows: Int) {
        let prior = 10 + Double(rows) / 2
        slow.begin(target, prior: prior)
        quick.begin(target, prior: prior)
        final.begin(target, prior: prior)
    }

    /// What all of them come to; NaN when nobody says anything.
    ///
    /// - Parameters:
    ///   - reach: g of each expert.
    ///   - age: rows since the newest label.
    ///   - candidates: receives what the four say; what is judged later is what was kept, to the bit.
    func combine(
        _ target: Int, _ said: UnsafePointer<Double>, reach: UnsafePointer<Double>, _ history: LabelHistory, age: Int,
        candidates kept: UnsafeMutablePointer<Float>
    ) -> Double {
        kept[1] = Float(slow.combine(target, said, reach: reach, caution: cautions))
        kept[2] = Float(quick.combine(target, said, reach: reach, caution: cautions))
        kept[0] = Float(history.bounded(target, stacking.combine(target, said, around: Double(kept[1]))))
        kept[3] = age <= Self.stale ? Float(history.bounded(target, recent.combine(target, said, around: Double(kept[1])))) : .nan
        for i in 0..<Self.candidates { choices[i] = Double(kept[i]) }
        return final.combine(target, choices, reach: ones, caution: ones)
    }

    /// Takes in the truth about what was said then.
    func learn(
        _ target: Int, _ truth: Double, _ said: UnsafePointer<Double>, reach: UnsafePointer<Double>, candidates kept: UnsafePointer<Float>,
        weight: Double = 1
    ) {
        for i in 0..<Self.candidates { choices[i] = Double(kept[i]) }
        slow.learn(target, truth, said, reach: reach, weight: weight)
        quick.learn(target, truth, said, reach: reach, weight: weight)
        stacking.learn(target, truth, said, around: choices[1], weight: weight)
        recent.learn(target, truth, said, around: choices[1], weight: weight)
        final.learn(target, truth, choices, reach: ones, weight: weight)
    }

    /// An expert that was judged while it was not heard comes in with what was found.
    func admit(_ target: Int, _ expert: Int, meanLoss: Double) {
        slow.admit(target, expert, meanLoss: meanLoss)
        quick.admit(target, expert, meanLoss: meanLoss)
    }

    /// Discounted mean loss of an expert, nil before its first; and its newest weight in the long view.
    func standing(_ target: Int, _ expert: Int) -> (loss: Double?, weight: Double) {
        (slow.meanLoss(target, expert), slow.weight[target * experts + expert])
    }

    mutating func archive(_ archive: inout Archive) {
        slow.archive(&archive)
        quick.archive(&archive)
        stacking.archive(&archive)
        recent.archive(&archive)
        final.archive(&archive)
    }
}
