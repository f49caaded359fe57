import Stint

/// What one head's lines were worth, over a recording or over all of them.
struct HeadTally {
    struct Output {
        var own = ErrorScore()
        var noChange = ErrorScore()
        var intervals = IntervalScore()
        /// In squared errors; nil for a forecast.
        var regret: ExpertRegret?
    }

    struct Alarms {
        /// Rows of the recording, or of all of them one after the other.
        var rows: [Int] = []
        /// Stream time that the rows took.
        var seconds = 0.0
    }

    let name: String
    let kind: String
    let targetNames: [String]
    /// Rows that count: labelled ones after the burn-in; of an anomaly head all that have a line.
    var rows = 0
    var notReady = 0
    /// One a target, for a regression.
    var outputs: [Output]
    var classes = ClassificationScore()
    /// Of a classification, in log-losses.
    var regret: ExpertRegret?
    var alarms = Alarms()
    /// What each expert is worth, at the end.
    var experts: [ExpertReport] = []

    init(name: String, kind: String, targetNames: [String]) {
        self.name = name
        self.kind = kind
        self.targetNames = targetNames
        outputs = kind == "regression" ? targetNames.map { _ in Output() } : []
    }

    /// A value that is not finite says nothing, so that what repeats the newest label speaks in its place.
    mutating func add(_ prediction: RegressionPrediction, output k: Int, truth: Double, noChange: Double) {
        let value = Double(prediction.value[k])
        outputs[k].own.add(truth: truth, guess: value.isFinite ? value : noChange)
        outputs[k].noChange.add(truth: truth, guess: noChange)
        guard prediction.isReady, prediction.lower[k].isFinite, prediction.upper[k].isFinite else { return }
        outputs[k].intervals.add(
            truth: truth, lower: Double(prediction.lower[k]), upper: Double(prediction.upper[k]), nominal: Double(prediction.nominal))
    }

    /// What each expert lost on a row beside the head: squared errors. One that says nothing counts as what repeats the newest label.
    mutating func addRegret(
        _ said: RegressionPrediction, output k: Int, truth: Double, noChange: Double, experts: Int, _ opinion: (Int) -> Double?
    ) {
        func squared(_ guess: Double?) -> Double { ((guess ?? noChange) - truth) * ((guess ?? noChange) - truth) }
        let value = Double(said.value[k])
        var regret = outputs[k].regret ?? ExpertRegret(experts: experts)
        regret.add(own: squared(value.isFinite ? value : nil), (0..<experts).map { squared(opinion($0)) })
        outputs[k].regret = regret
    }

    /// The same in log-losses, of the probabilities that were given to the true class; one that says nothing gives none to it.
    mutating func addRegret(probability: Double, experts: Int, _ opinion: (Int) -> Double?) {
        var regret = regret ?? ExpertRegret(experts: experts)
        regret.add(
            own: ClassificationScore.logLoss(of: probability), (0..<experts).map { ClassificationScore.logLoss(of: opinion($0) ?? 0) })
        self.regret = regret
    }

    mutating func countRow(isReady: Bool) {
        rows += 1
        if !isReady { notReady += 1 }
    }

    /// Rows that count, in the sense of the summary: the most that any output has.
    var count: Int { outputs.isEmpty ? rows : outputs.map(\.own.count).max() ?? 0 }

    /// A vector head's figure: the mean over its outputs that have one.
    func mean(_ figure: (Output) -> Double?) -> Double? {
        let known = outputs.compactMap(figure)
        return known.isEmpty ? nil : known.reduce(0, +) / Double(known.count)
    }
}
