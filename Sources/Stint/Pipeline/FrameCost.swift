/// What a frame and its labels cost by the sizes of the plan: multiply-adds, on a board that is said, not measured.
public struct FrameCost {
    /// One line of the table of what takes how long.
    public struct Part {
        public var name: StaticString
        /// Index of the head that it belongs to, if it belongs to one.
        public var head: Int?
        public var microseconds: Double
        /// It works on one row in sixteen where the frame has no room for it.
        public var canSleep: Bool
        /// So it begins; what earns more takes its place as labels come.
        public var beginsAsleep: Bool
    }

    /// Of a small board: a core of 1 to 1.5 GHz that makes about one multiply-add in float64 a nanosecond.
    public static let multiplyAddsPerMicrosecond = 1000.0
    /// Share of its time that what can sleep takes while it does.
    public static let asleep = 1 / Double(Trial.period)

    public internal(set) var parts: [Part] = []
    /// What a frame may cost, said or not.
    public let allowed: Double
    /// With everything awake.
    public var most: Double { parts.reduce(0) { $0 + $1.microseconds } }
    /// With everything asleep that can be.
    public var least: Double { parts.reduce(0) { $0 + $1.microseconds * ($1.canSleep ? Self.asleep : 1) } }

    /// What a frame may cost where nobody says: half the time between two predictions, and at least what 1 kHz leaves.
    public static func usual(rateHz: Double, every: Int) -> Double { max(500, 0.5e6 * Double(every) / rateHz) }

    init(_ specification: Specification) {
        allowed = specification.perFrameSeconds.map { $0 * 1e6 }
            ?? Self.usual(rateHz: specification.rateHz, every: specification.window.every)
    }

    mutating func add(_ name: StaticString, head: Int? = nil, _ multiplyAdds: Double, canSleep: Bool = false, beginsAsleep: Bool = false) {
        guard multiplyAdds > 0 else { return }
        parts.append(
            Part(
                name: name, head: head, microseconds: multiplyAdds / Self.multiplyAddsPerMicrosecond, canSleep: canSleep,
                beginsAsleep: beginsAsleep))
    }
}

extension LearnerState {
    /// Shares out what a frame leaves for experts that can sleep, by what all of each head's would cost.
    mutating func share(_ specification: Specification) {
        for i in regression.indices { regression[i].budget.costs[ExpertBudget.Part.neighbours.rawValue] = reservoir.searchCost + regression[i].neighbours.cost }
        let cost = cost(specification)
        let room = max(cost.allowed - cost.least, 0) * FrameCost.multiplyAddsPerMicrosecond
        var total = 0.0
        for head in regression { total += head.budget.total }
        guard total > 0 else { return }
        // `least` has the sixteenth of those that sleep in it already.
        let share = room / total + FrameCost.asleep
        for i in regression.indices { regression[i].budget.allowance = share < 1 ? share * regression[i].budget.total : .infinity }
    }

    /// As `cost`, of a state that was only counted: what sleeps at first is chosen on numbers of its own.
    func plannedCost(_ specification: Specification) -> FrameCost {
        var counted = self
        for i in counted.regression.indices { counted.regression[i].budget = counted.regression[i].budget.fresh() }
        return counted.cost(specification)
    }

    func cost(_ specification: Specification) -> FrameCost {
        var cost = FrameCost(specification)
        let features = Waves(specification.encoder).count
        // Projection and cosines, when a row comes and when its label does.
        cost.add("encoder", Double(2 * features * (specification.channels + 20) + 40 * encoder.feed))
        var counts = (0, 0, 0)
        for (index, head) in specification.heads.enumerated() {
            switch head.kind {
            case .regression:
                regression[counts.0].addCosts(to: &cost, head: index)
                counts.0 += 1
            case .classification(_, let classes):
                let widths = classification[counts.1].memories.widths
                for width in [widths.linear, widths.fourier] where width > 0 {
                    cost.add(
                        "memories", head: index,
                        2 * FactorCost.predict(width, classes) + FactorCost.append(width, classes) + FactorCost.forgetAndAppend(width, classes))
                }
                cost.add("neighbours", head: index, reservoir.searchCost)
                // Softmax and logarithms of each expert.
                cost.add("mixture", head: index, Double(classification[counts.1].expertCount * classes * 60))
                counts.1 += 1
            case .anomaly:
                let width = anomaly[counts.2].latentWidth, channels = specification.channels
                cost.add("memories", head: index, FactorCost.predict(width, channels) + FactorCost.append(width, channels))
                cost.add("views", head: index, Double(2 * channels * channels + 200 * channels + 4000))
                counts.2 += 1
            }
        }
        return cost
    }
}

extension RegressionHead {
    fileprivate func addCosts(to cost: inout FrameCost, head: Int) {
        let names: (StaticString, StaticString) = ("linear_long", "fourier_long")
        for (width, name) in [(memories.widths.linear, names.0), (memories.widths.fourier, names.1)] where width > 0 {
            cost.add(name, head: head, FactorCost.predict(width, count) + FactorCost.append(width, count))
        }
        for part in ExpertBudget.Part.allCases {
            cost.add(part.name, head: head, budget.costs[part.rawValue], canSleep: true, beginsAsleep: !budget.isAwake(part))
        }
        // Two stacks, by a Cholesky each, and their books; the rest by expert.
        let experts = Double(experts)
        cost.add("mixture", head: head, Double(count) * (experts * experts * experts / 3 + 6 * experts * experts + 60 * experts + 400))
    }

    /// What the parts that can sleep cost, by the sizes of their latents.
    static func costs(_ memories: Memories, _ changes: ChangeMemory, _ specification: Specification, outputs: Int) -> [Double] {
        let (linear, fourier) = memories.widths
        let features = Waves(specification.encoder).count
        func short(_ width: Int) -> Double {
            width > 0 ? FactorCost.predict(width, outputs) + FactorCost.forgetAndAppend(width, outputs) : 0
        }
        let change = FactorCost.predict(changes.widest, outputs) + FactorCost.append(changes.widest, outputs)
            + Double(2 * features * (specification.channels + 20))
        // What a search costs is known when there is a reservoir.
        return [short(linear), short(fourier), change, 0]
    }
}

extension Reservoir {
    /// Multiply-adds of a search, in int8: eight of them count as one.
    fileprivate var searchCost: Double {
        let most = min(Self.searchBytes / max(width, 1), Self.searchRows)
        return Double((min(sample.count, most) + recent.count) * width) / 8
    }
}
