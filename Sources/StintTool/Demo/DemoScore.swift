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
        var zone: String
        /// kg.
        var payload: Double
        /// The newest labels that the daemon had when it predicted this row.
        var delivered = Delivered()
    }

    /// Labels; nil before the first.
    struct Delivered: Equatable {
        var torque: [Double]?
        var zone: String?
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
        /// The largest magnitude of the truth so far.
        var largest = 0.0

        /// The rms error of the one constant that would have been best.
        var constant: Double? {
            guard let error = own.rootMeanSquare, let normalised = own.normalised, normalised > 0 else { return nil }
            return error / normalised.squareRoot()
        }
    }

    /// The classes.
    struct Zone {
        var rows = 0
        var right = 0
        var unchangedRight = 0
        var name: String?
        var probability: Double?

        var accuracy: Double? { rows > 0 ? Double(right) / Double(rows) : nil }
        var accuracyOfNoChange: Double? { rows > 0 ? Double(unchangedRight) / Double(rows) : nil }
    }

    struct Health {
        var rows = 0
        var alarms: [Alarm] = []
        var rowsInIncidents = 0
        var score: Double?
        var isInIncident = false
    }

    /// The first row of an incident.
    struct Alarm: Equatable {
        var seconds: Double
        /// The channel with the largest share, and that share.
        var channel: String?
        var share: Double?
    }

    static let kept = 4096
    static let columns = 64

    let rowsPerSecond: Int
    /// Rows that a label comes after its own.
    let delay: Int
    /// Rows at the start that are not scored.
    let burnIn: Int
    private(set) var joints: [Joint]
    private(set) var zone = Zone()
    private(set) var health = Health()
    /// One for each injection that has come.
    private(set) var changes: [ErrorChange] = []
    private(set) var history: DemoHistory
    /// Number of the regime that leads the torque head, where it tells.
    private(set) var regime: Int?
    /// Rows sent, and rows whose torque was predicted.
    private(set) var rowsSent = 0
    private(set) var rowsAnswered = 0
    private(set) var recent: RecentError
    private let injections: [Injection]
    private var truths: [Truth?]
    private var answered: [Int]

    init(joints: Int = 2, rowsPerSecond: Int = 100, delay: Int, burnIn: Int, length: Double = 60, injections: [Injection] = []) {
        self.joints = Array(repeating: Joint(), count: joints)
        self.rowsPerSecond = rowsPerSecond
        self.delay = delay
        self.burnIn = burnIn
        self.injections = injections
        history = DemoHistory(columns: Self.columns, length: length)
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

    /// - Parameter whole: the same line with all that it holds, for what `PredictionLine` leaves out.
    mutating func take(_ line: PredictionLine, whole: JSON? = nil) {
        guard let truth = truth(line.sequence) else { return }
        switch line.said {
        case .regression(let outputs):
            regime = whole?["regime"]?.natural ?? regime
            take(outputs, truth)
        case .classification(let name, let probability, _): take(name, probability, truth)
        case .anomaly(let score, _, let isAlarm, let incident):
            health.rows += 1
            health.score = score
            health.isInIncident = incident != nil
            history.add(truth.seconds, score: score)
            if incident != nil { health.rowsInIncidents += 1 }
            if isAlarm {
                let largest = (whole?["channels"]?.members ?? []).max { ($0.value.number ?? 0) < ($1.value.number ?? 0) }
                health.alarms.append(Alarm(seconds: truth.seconds, channel: largest?.key, share: largest?.value.number))
            }
        }
    }

    private func truth(_ sequence: Int) -> Truth? {
        guard sequence >= 0, let truth = truths[sequence % Self.kept], truth.sequence == sequence else { return nil }
        return truth
    }

    private mutating func take(_ outputs: [PredictionLine.Output], _ truth: Truth) {
        guard outputs.count == joints.count, answered[truth.sequence % Self.kept] != truth.sequence else { return }
        answered[truth.sequence % Self.kept] = truth.sequence
        rowsAnswered += 1
        newest = truth
        var own = 0.0, noChange = 0.0
        for k in joints.indices {
            let unchanged = truth.delivered.torque?[k] ?? 0
            let value = outputs[k].value.isFinite ? outputs[k].value : unchanged
            joints[k].value = value
            joints[k].truth = truth.torque[k]
            joints[k].largest = max(joints[k].largest, truth.torque[k].magnitude)
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
        while changes.count < injections.count, injections[changes.count].onset <= truth.seconds {
            changes.append(
                ErrorChange(before: recent.rms(last: 5 * rowsPerSecond).own, rowsPerSecond: rowsPerSecond))
        }
        // A change is followed until the next one comes.
        if !changes.isEmpty { changes[changes.count - 1].add(own) }
        recent.add(own: own, noChange: noChange)
        history.add(truth.seconds, own: own, noChange: noChange)
    }

    private mutating func take(_ name: String?, _ probability: Double?, _ truth: Truth) {
        zone.name = name
        zone.probability = probability
        guard truth.sequence >= burnIn else { return }
        zone.rows += 1
        if name == truth.zone { zone.right += 1 }
        if truth.delivered.zone == truth.zone { zone.unchangedRight += 1 }
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

/// What something injected did to the error, and how long for.
///
/// The error is the rms over both joints in a window of half a second. It is back at the start of the first window, all of it after the
/// onset, in which it is at most twice that of the five seconds before.
struct ErrorChange {
    static let windowSeconds = 0.5
    static let tolerance = 2.0
    /// The rows after the onset whose error is told by itself: the price of a change.
    static let firstSeconds = 2.0

    /// rms.
    let before: Double
    private(set) var worst = 0.0
    /// Seconds after the onset.
    private(set) var back: Double?
    private let rowsPerSecond: Int
    private var window: RecentError
    private var rows = 0
    private var sum = 0.0

    init(before: Double, rowsPerSecond: Int) {
        self.before = before
        self.rowsPerSecond = rowsPerSecond
        window = RecentError(rows: max(1, Int(Self.windowSeconds * Double(rowsPerSecond))))
    }

    private var firstRows: Int { Int(Self.firstSeconds * Double(rowsPerSecond)) }

    /// rms over the first two seconds; nil as long as they are not over.
    var first: Double? { rows >= firstRows ? (sum / Double(firstRows)).squareRoot() : nil }

    /// A row after the onset: the mean square over the joints.
    mutating func add(_ square: Double) {
        let length = max(1, Int(Self.windowSeconds * Double(rowsPerSecond)))
        window.add(own: square, noChange: 0)
        rows += 1
        if rows <= firstRows { sum += square }
        guard rows >= length, back == nil else { return }
        let error = window.rms(last: length).own
        worst = max(worst, error)
        if error <= Self.tolerance * before { back = Double(rows - length) / Double(rowsPerSecond) }
    }
}
