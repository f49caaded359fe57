import Stint

/// What a forecasting head has said of rows to come, until they are there.
struct IssuedForecasts {
    /// One of them, and what was the newest value when it was made.
    struct Forecast {
        var isReady: Bool
        var nominal: Float
        var value: [Float]
        var lower: [Float]
        var upper: [Float]
        var noChange: [Double]
    }

    private let forecast: HeadSpecification.Forecast
    private var issued: [Forecast?]
    private var step = 0

    init(_ forecast: HeadSpecification.Forecast) {
        self.forecast = forecast
        issued = .init(repeating: nil, count: forecast.steps + 1)
    }

    /// A step has been made: what was foretold of it, if that counts. Before `issue`, at every step.
    mutating func settle() -> Forecast? {
        step += 1
        issued[step % issued.count] = nil
        return step > forecast.steps ? issued[(step - forecast.steps) % issued.count] : nil
    }

    mutating func issue(_ said: RegressionPrediction, _ isScored: Bool, _ learner: Learner) {
        guard isScored else { return }
        issued[step % issued.count] = Forecast(
            isReady: said.isReady, nominal: said.nominal, value: Array(said.value), lower: Array(said.lower), upper: Array(said.upper),
            noChange: forecast.channels.map { channel in
                let newest = learner.newestValue(of: channel)
                return newest.isFinite ? Double(newest) : 0
            })
    }
}

extension HeadTally {
    /// A forecast against what came; a value that is not finite says nothing, so that the newest value speaks in its place.
    mutating func add(_ said: IssuedForecasts.Forecast, output k: Int, truth: Double) {
        outputs[k].own.add(truth: truth, guess: said.value[k].isFinite ? Double(said.value[k]) : said.noChange[k])
        outputs[k].noChange.add(truth: truth, guess: said.noChange[k])
        guard said.isReady, said.lower[k].isFinite, said.upper[k].isFinite else { return }
        outputs[k].intervals.add(
            truth: truth, lower: Double(said.lower[k]), upper: Double(said.upper[k]), nominal: Double(said.nominal))
    }
}
