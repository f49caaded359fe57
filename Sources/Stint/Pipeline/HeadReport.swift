/// What a head knows by now, for people; allocates.
public struct HeadReport {
    /// One regime that it tells apart.
    public struct Regime: Equatable {
        /// In order of appearance.
        public var number: Int
        /// That its memory has learned.
        public var labels: Int
        public var isLive: Bool
    }

    /// Complete labels that were delivered, of a classification those that its live memory has learned; nil for an anomaly head.
    public var labels: Int?
    /// The live one first.
    public var regimes: [Regime] = []
    public var experts: [ExpertReport] = []
    /// Of an anomaly head: incidents so far, and channels whose sensor fails.
    public var incidents: Int?
    /// How often something was none because an operator has called its like normal, and how many kinds were called normal and fault.
    public var passed: Int?
    public var verdicts: (normal: Int, fault: Int)?
    public var failingChannels: [Int] = []
    /// Experts that a frame has no room for.
    public var asleep: [StaticString] = []
    /// Labels from the reservoir that are still to be learned.
    public var isRehearsing = false
}

extension Learner {
    public func report(of head: Int) -> HeadReport {
        let place = places[head]
        var report = HeadReport()
        report.experts = experts(of: head)
        switch place.kind {
        case .regression:
            let made = state.regression[place.index]
            report.labels = made.labelCount
            report.regimes = made.regimes.report
            report.isRehearsing = made.isRehearsing
            report.asleep = ExpertBudget.Part.allCases.filter { !made.budget.isAwake($0) }.map { $0.name }
        case .classification:
            let made = state.classification[place.index]
            report.labels = Int(made.regimes.mass)
            report.regimes = made.regimes.report
            report.isRehearsing = made.isRehearsing
        case .anomaly:
            let made = state.anomaly[place.index]
            report.incidents = made.incidents
            report.passed = made.passed
            report.verdicts = made.verdicts
            report.failingChannels = (0..<plan.specification.channels).filter { made.isFailing($0) }
        }
        return report
    }
}

extension Regimes {
    fileprivate var report: [HeadReport.Regime] {
        var regimes = [HeadReport.Regime(number: live, labels: Int(mass), isLive: true)]
        guard let library else { return regimes }
        for slot in 0..<library.slots where library.isUsed(slot) {
            regimes.append(HeadReport.Regime(number: library.number(slot), labels: Int(library.mass(slot)), isLive: false))
        }
        return regimes
    }
}
