import Stint

/// What the daemon's predictions were worth, from the lines that came and the truth that was sent. Nothing in here asks the daemon.
///
/// Say `sent` for each row before its lines come, then `take` each line.
///
/// Memory: the truth of `kept` rows, and figures. Edge cases: a line for a row that is no longer kept, or came twice, is not scored.
struct DemoScore {
    /// The truth about one row.
    struct Truth: Equatable {
        var sequence: Int
        var seconds: Double
        var torque: [Double]
        var load: String
        /// kg.
        var payload: Double
    }

    /// One target of the torque head.
    struct Joint {
        var own = ErrorScore()
        var noChange = ErrorScore()
        var intervals = IntervalScore()
        /// The newest prediction, and what was true of that row.
        var value: Double?
        var truth: Double?
        var interval: ClosedRange<Double>?

        /// The rms error of the one constant that would have been best.
        var constant: Double? {
            guard let error = own.rootMeanSquare, let normalised = own.normalised, normalised > 0 else { return nil }
            return error / normalised.squareRoot()
        }
    }

    struct Load {
        var rows = 0
        var right = 0
        var unchangedRight = 0
        var name: String?
        var probability: Double?

        var accuracy: Double? { rows > 0 ? Double(right) / Double(rows) : nil }
        var accuracyOfNoChange: Double? { rows > 0 ? Double(unchangedRight) / Double(rows) : nil }
    }

    struct Health {
        var alarms: [Double] = []
        var rowsInIncidents = 0
        var score: Double?
        var isInIncident = false
    }

    static let kept = 4096

    let rowsPerSecond: Int
    /// Rows that a label comes after its own.
    let delay: Int
    /// Rows at the start that are not scored.
    let burnIn: Int
    private(set) var joints: [Joint]
    private(set) var load = Load()
    private(set) var health = Health()
    private(set) var changes: [PayloadChange] = []
    /// Rows sent, and rows whose torque was predicted.
    private(set) var rowsSent = 0
    private(set) var rowsAnswered = 0
    /// rms over both joints, of each whole second.
    private(set) var seconds: [(own: Double, noChange: Double)] = []
    private(set) var recent: RecentError
    private var sum = (own: 0.0, noChange: 0.0, rows: 0)
    private var truths: [Truth?]
    private var answered: [Int]

    init(joints: Int = 2, rowsPerSecond: Int = 100, delay: Int, burnIn: Int) {
        self.joints = Array(repeating: Joint(), count: joints)
        self.rowsPerSecond = rowsPerSecond
        self.delay = delay
        self.burnIn = burnIn
        recent = RecentError(rows: 5 * rowsPerSecond)
        truths = Array(repeating: nil, count: Self.kept)
        answered = Array(repeating: -1, count: Self.kept)
    }

    /// The newest row whose torque was predicted.
    private(set) var newest: Truth?

    mutating func sent(_ truth: Truth) {
        truths[truth.sequence % Self.kept] = truth
        rowsSent += 1
    }

    mutating func take(_ line: PredictionLine) {
        guard let truth = truth(line.sequence) else { return }
        // The newest label that the daemon had when it predicted this row.
        let delivered = self.truth(line.sequence - 1 - delay)
        switch line.said {
        case .regression(let outputs): take(outputs, truth, delivered)
        case .classification(let name, let probability, _): take(name, probability, truth, delivered)
        case .anomaly(let score, _, let isAlarm, let incident):
            health.score = score
            health.isInIncident = incident != nil
            if incident != nil { health.rowsInIncidents += 1 }
            if isAlarm { health.alarms.append(truth.seconds) }
        }
    }

    private func truth(_ sequence: Int) -> Truth? {
        guard sequence >= 0, let truth = truths[sequence % Self.kept], truth.sequence == sequence else { return nil }
        return truth
    }

    private mutating func take(_ outputs: [PredictionLine.Output], _ truth: Truth, _ delivered: Truth?) {
        guard outputs.count == joints.count, answered[truth.sequence % Self.kept] != truth.sequence else { return }
        answered[truth.sequence % Self.kept] = truth.sequence
        rowsAnswered += 1
        newest = truth
        var own = 0.0, noChange = 0.0
        for k in joints.indices {
            let unchanged = delivered?.torque[k] ?? 0
            let value = outputs[k].value.isFinite ? outputs[k].value : unchanged
            joints[k].value = value
            joints[k].truth = truth.torque[k]
            joints[k].interval = outputs[k].interval
            own += (value - truth.torque[k]) * (value - truth.torque[k])
            noChange += (unchanged - truth.torque[k]) * (unchanged - truth.torque[k])
            guard truth.sequence >= burnIn else { continue }
            joints[k].own.add(truth: truth.torque[k], guess: value)
            joints[k].noChange.add(truth: truth.torque[k], guess: unchanged)
            if let interval = outputs[k].interval {
                joints[k].intervals.add(truth: truth.torque[k], lower: interval.lowerBound, upper: interval.upperBound, nominal: 0.9)
            }
        }
        follow(truth, own / Double(joints.count), noChange / Double(joints.count))
    }

    /// - Parameters: mean squares over the joints.
    private mutating func follow(_ truth: Truth, _ own: Double, _ noChange: Double) {
        if let before = self.truth(truth.sequence - 1), before.payload != truth.payload {
            changes.append(
                PayloadChange(
                    seconds: truth.seconds, payload: truth.payload, before: recent.rms(last: 5 * rowsPerSecond).own,
                    rowsPerSecond: rowsPerSecond))
        }
        if !changes.isEmpty { changes[changes.count - 1].add(own) }
        recent.add(own: own, noChange: noChange)
        sum = (sum.own + own, sum.noChange + noChange, sum.rows + 1)
        if sum.rows == rowsPerSecond {
            seconds.append((own: (sum.own / Double(sum.rows)).squareRoot(), noChange: (sum.noChange / Double(sum.rows)).squareRoot()))
            sum = (0, 0, 0)
        }
    }

    private mutating func take(_ name: String?, _ probability: Double?, _ truth: Truth, _ delivered: Truth?) {
        load.name = name
        load.probability = probability
        guard truth.sequence >= burnIn else { return }
        load.rows += 1
        if name == truth.load { load.right += 1 }
        if delivered?.load == truth.load { load.unchangedRight += 1 }
    }
}

/// The mean squares of the newest rows.
struct RecentError {
    private var squares: [(own: Double, noChange: Double)] = []
    private let rows: Int
    private var next = 0

    init(rows: Int) { self.rows = rows }

    mutating func add(own: Double, noChange: Double) {
        if squares.count < rows { squares.append((own, noChange)) } else { squares[next] = (own, noChange) }
        next = (next + 1) % rows
    }

    /// rms over at most so many of the newest rows; 0 before the first.
    func rms(last count: Int) -> (own: Double, noChange: Double) {
        let taken = min(count, squares.count)
        guard taken > 0 else { return (0, 0) }
        var own = 0.0, noChange = 0.0
        for k in 1...taken {
            let square = squares[(next - k + rows) % rows]
            own += square.own
            noChange += square.noChange
        }
        return ((own / Double(taken)).squareRoot(), (noChange / Double(taken)).squareRoot())
    }
}

/// What a change of the payload did to the error, and how long for.
///
/// The error is the rms over both joints in a window of half a second. It is back at the start of the first window, all of it after the
/// change, in which it is at most twice that of the five seconds before.
struct PayloadChange {
    static let windowSeconds = 0.5
    static let tolerance = 2.0

    let seconds: Double
    /// From here on, kg.
    let payload: Double
    /// rms.
    let before: Double
    private(set) var worst = 0.0
    /// Seconds after the change.
    private(set) var back: Double?
    private let rowsPerSecond: Int
    private var window: RecentError
    private var rows = 0

    init(seconds: Double, payload: Double, before: Double, rowsPerSecond: Int) {
        self.seconds = seconds
        self.payload = payload
        self.before = before
        self.rowsPerSecond = rowsPerSecond
        window = RecentError(rows: max(1, Int(Self.windowSeconds * Double(rowsPerSecond))))
    }

    /// A row after the change: the mean square over the joints.
    mutating func add(_ square: Double) {
        let length = max(1, Int(Self.windowSeconds * Double(rowsPerSecond)))
        window.add(own: square, noChange: 0)
        rows += 1
        guard rows >= length, back == nil else { return }
        let error = window.rms(last: length).own
        worst = max(worst, error)
        if error <= Self.tolerance * before { back = Double(rows - length) / Double(rowsPerSecond) }
    }
}
