/// What a forecasting head learns without labels: the values of its channels when they have come.
///
/// A value is the label of the row that was a step `steps` rows before it, if it has been measured then (a held value says
/// nothing), if no seam lies between, and if stream time agrees that the horizon has passed: rows that were lost in between move
/// a value to another horizon. It is delivered before the newest row is predicted, which has it among its inputs anyway.
struct ForecastTargets {
    /// Of the horizon, beside half a period: clocks are not exact.
    private static let tolerance = 0.05

    /// Index in the specification, and among the regressions.
    let head: Int
    let regression: Int
    let channels: [Int]
    /// The labels that stand for them, which no sender has.
    let labels: [Int]
    let steps: Int
    private let horizon: Double
    private let slack: Double
    /// Of the newest row, for each channel: what it says of the row `steps` before; NaN where it says nothing.
    let arrived: UnsafeMutablePointer<Float>

    init(
        _ forecast: HeadSpecification.Forecast, labels: [Int], head: Int, regression: Int, _ specification: Specification,
        _ carver: inout Carver
    ) {
        self.head = head
        self.regression = regression
        channels = forecast.channels
        self.labels = labels
        steps = forecast.steps
        horizon = Double(steps) / specification.rateHz
        slack = max(0.5 / specification.rateHz, Self.tolerance * horizon)
        arrived = carver.carve(Float.self, channels.count)
    }

    func clear() { arrived.update(repeating: .nan, count: channels.count) }

    func isDue(issued: Double, now: Double) -> Bool { (now - issued - horizon).magnitude <= slack }
}

extension Learner {
    /// What the newest row says of the row that a head foretold it from; NaN where it says nothing, nil for a head that does not forecast.
    public func arrived(of head: Int) -> UnsafeBufferPointer<Float>? {
        for forecast in state.forecasts where forecast.head == head {
            return UnsafeBufferPointer(start: forecast.arrived, count: forecast.channels.count)
        }
        return nil
    }

    /// The newest value of a channel, as the row has it: held for a while, then NaN.
    public func newestValue(of channel: Int) -> Float { state.row[channel] }

    /// Delivers what the newest row, which is not yet among the pending ones, says of earlier ones.
    func learnForecasts(_ frame: Frame, at time: Double) {
        for forecast in state.forecasts {
            forecast.clear()
            guard !frame.isUnreadable, let serial = serial(stepsAgo: forecast.steps),
                forecast.isDue(issued: state.pending.time(serial), now: time)
            else { continue }
            for j in forecast.channels.indices where isMeasured(forecast.channels[j], frame) {
                forecast.arrived[j] = state.row[forecast.channels[j]]
                deliver(forecast, j, to: serial)
            }
        }
    }

    private func deliver(_ forecast: ForecastTargets, _ j: Int, to serial: Int) {
        let label = Label(target: .label(forecast.labels[j]), moment: .time(state.newestTime), value: .number(forecast.arrived[j]))
        guard state.isLearning else { return state.regression[forecast.regression].deliver(label, head: forecast.head) }
        let isLearnable = state.pending.isLearnable(serial)
        if isLearnable { remember(serial) }
        let isTrainable = state.pending.isTrainable(serial)
        defer { letGo(around: serial) }
        let answer = state.regression[forecast.regression].offer(
            label, head: forecast.head, serial: serial, newest: state.pending.next - 1, isLearnable: isLearnable)
        if answer == .complete {
            if isTrainable { encode(serial) }
            state.regression[forecast.regression].learn(
                serial, isTrainable: isTrainable, state.encoder, state.pending, state.scratch)
            watch(forecast.head, loss: state.regression[forecast.regression].newestLoss)
        }
        state.regression[forecast.regression].tell(serial, &state.reservoir)
    }

    /// The pending row that was the newest so many steps ago, if it was the end of a window and is still kept.
    private func serial(stepsAgo steps: Int) -> Int? {
        let window = plan.specification.window
        let (now, then) = (state.rowsInRecording, state.rowsInRecording - steps)
        guard then >= 1 else { return nil }
        var back = steps
        if window.every > 1 {
            let since = then - window.length
            guard since >= 0, since % window.every == 0 else { return nil }
            back = (now - 1 - window.length) / window.every - since / window.every + 1
        }
        let serial = state.pending.next - back
        return serial >= max(state.pending.oldest, 0) ? serial : nil
    }

    private func isMeasured(_ channel: Int, _ frame: Frame) -> Bool {
        let own = channel - state.alignment.clockOffset
        if own >= 0, own < state.alignment.clockChannels { return frame.values[own].isFinite }
        return state.isNew[channel] == 1
    }
}
