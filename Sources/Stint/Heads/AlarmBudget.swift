import CMath

/// Turns "so many false alarms in so long" into how surprising a row must be to raise one.
///
/// A calibrated p-value would need no more than p ≤ 1/(rows per alarm). What calibration misses is made good by feedback: the
/// threshold rises with every alarm and falls as time goes by, in such steps that alarms at the rate of the budget leave it
/// where it is; so the long-run rate is the budget whatever the stream is like (Gibbs & Candès 2021). Its reach is bounded,
/// to a factor of ten up and of three down, and an alarm that is far beyond the threshold counts for less: it is hardly a
/// false one. So a true fault is heard also after other faults; nothing is withheld because an alarm was raised just before.
struct AlarmBudget {
    /// The rate that is aimed at, of the one that is allowed.
    static let share = 0.9
    /// Change of ln p by one alarm, after the first few.
    static let step = 0.23
    static let highest = 2.3
    static let lowest = -1.15
    /// Where it begins: half a decade high, while little is known of the tail.
    static let first = 1.15
    /// An alarm so far beyond the threshold begins to count less, and the least that one counts.
    static let doubtful = 3.45
    static let leastWeight = 0.2

    /// Rows, or windows, in which one false alarm is allowed.
    let rowsPerAlarm: Double
    private let secondsPerAlarm: Double?
    private let longestStep: Double
    private(set) var shift = Self.first
    private var alarms = 0.0
    private var lastRise = 0.0
    private var lastTime = Double.nan

    init(_ falseAlarms: FalseAlarms, _ specification: Specification) {
        let period = Double(specification.window.every) / specification.rateHz
        longestStep = StreamClock.jumpPeriods * period
        switch falseAlarms {
        case .perRows(let count, let rows):
            rowsPerAlarm = max(rows / count, 1)
            secondsPerAlarm = nil
        case .perSeconds(let count, let seconds):
            rowsPerAlarm = max(seconds / count / period, 1)
            secondsPerAlarm = seconds / count
        }
    }

    mutating func reset() { (shift, alarms, lastRise, lastTime) = (Self.first, 0, 0, .nan) }

    private var plain: Double { log(rowsPerAlarm) }
    /// −ln p that raises an alarm, as p comes from the ranks.
    var threshold: Double { plain + shift }

    /// −ln p that is enough for what an operator has called a fault: the feedback has no say in it. So it is heard after any number of
    /// alarms, and no oftener than a third of the usual distance allows, whatever it is like.
    var leastThreshold: Double { plain + Self.lowest }

    /// −ln p after the feedback: an alarm is raised where it reaches ln(rows per alarm). Below the tail nothing changes.
    func corrected(_ surprise: Double) -> Double {
        let tail = StrangenessView.tailSurprise
        guard surprise > tail else { return surprise }
        guard plain > tail, threshold > tail else { return max(surprise - shift, 0) }
        return surprise - shift * min((surprise - tail) / (threshold - tail), 1)
    }

    /// −ln p, after the feedback, at which an alarm is raised.
    var needed: Double { plain }

    private var rise: Double { max(Self.step, 2.3 / (2 + alarms)) }

    /// A row goes by. Clocks that stand still or jump give what their period gives at the least and at the most.
    mutating func elapse(_ time: Double) {
        var share = 1 / rowsPerAlarm
        if let secondsPerAlarm {
            let seconds = lastTime.isFinite ? time - lastTime : 0
            share = min(max(seconds, 0), longestStep) / secondsPerAlarm
            lastTime = time
        }
        shift = max(shift - rise * Self.share * share, Self.lowest)
    }

    mutating func spend(_ surprise: Double) {
        let beyond = surprise - threshold
        let weight = beyond > Self.doubtful ? max(exp(Self.doubtful - beyond), Self.leastWeight) : 1
        let before = shift
        shift = min(shift + rise * weight, Self.highest)
        lastRise = shift - before
        alarms += 1
    }

    /// The newest alarm was a true one.
    mutating func refund() {
        shift = max(shift - lastRise, Self.lowest)
        lastRise = 0
    }

    mutating func archive(_ archive: inout Archive) {
        archive.scalar(&shift)
        archive.scalar(&alarms)
        archive.scalar(&lastRise)
        archive.scalar(&lastTime)
    }
}
