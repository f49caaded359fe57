import Stint
import StintSimulation

/// One tenth of a life.
struct SoakTenth {
    var rows = 0
    var faultyRows = 0
    var seconds = 0.0
    var residentBytes = 0
    /// Calls of malloc and its kin by the learner, frames and labels together.
    var allocations = 0
    var restarts = 0
    /// Sum of squares of the torque's error; and what was covered.
    private var squares = 0.0
    private var truths = (sum: SIMD2<Double>.zero, squares: SIMD2<Double>.zero)
    private var inside = 0
    private var right = 0
    /// Events by kind.
    var drifts = 0, alarms = 0, sensors = 0

    /// rms over both joints, N·m; all rows count, those with a fault as well.
    var error: Double { (squares / Double(max(1, 2 * rows))).squareRoot() }
    /// rms over both joints of what the torque varies by: the error of the best constants, N·m.
    var spread: Double {
        let n = Double(max(1, rows)), mean = truths.sum / n
        return ((truths.squares / n - mean * mean).sum() / 2).squareRoot()
    }
    var coverage: Double { Double(inside) / Double(max(1, 2 * rows)) }
    var accuracy: Double { Double(right) / Double(max(1, rows)) }

    /// What the learner said of a frame, and what is true.
    mutating func take(_ learner: Learner, _ moment: ArmYears.Moment) {
        rows += 1
        if moment.fault != nil { faultyRows += 1 }
        if case .regression(let said) = learner.prediction(of: 0) {
            truths.sum += moment.truth.torque
            truths.squares += moment.truth.torque * moment.truth.torque
            for k in 0..<2 {
                let truth = moment.truth.torque[k], error = Double(said.value[k]) - truth
                // A prediction that is no number must show.
                squares += error.isFinite ? error * error : 1e30
                if truth >= Double(said.lower[k]), truth <= Double(said.upper[k]) { inside += 1 }
            }
        }
        if case .classification(let said) = learner.prediction(of: 1), said.classID >= 0 {
            let name = learner.classes(of: 1).names
            let range = name.ranges[said.classID]
            if name.bytes[range].elementsEqual(moment.truth.zone.rawValue.utf8) { right += 1 }
        }
        for event in learner.events {
            switch event.kind {
            case .drift: drifts += 1
            case .alarm: alarms += 1
            case .sensor: sensors += 1
            default: break
            }
        }
    }
}

/// FNV-1a over the bits of predictions: two lives are equal if it is.
struct SoakDigest: Equatable {
    private var hash: UInt64 = 0xCBF2_9CE4_8422_2325

    mutating func take(_ prediction: Prediction) {
        guard case .regression(let said) = prediction else { return }
        for value in said.value {
            hash = (hash ^ UInt64(value.bitPattern)) &* 0x100_0000_01B3
        }
    }
}

/// A whole life, and whether it was one to be proud of.
struct SoakReport {
    let planBytes: Int
    var stateBytes = 0
    var tenths: [SoakTenth] = []
    var digest = SoakDigest()

    /// The error of the last tenth may be this many times that of the second. A tenth of a million rows tells an rms to about
    /// 0.3 % with errors that come in bursts of hundreds of rows; seeds differ by less than 1 %; and the arm's friction is 8 % more by then.
    static let worstRatio = 1.02
    /// Pages that the C library keeps, and no more.
    static let residentSlack = 1 << 20

    var ratio: Double { tenths.count == 10 ? tenths[9].error / tenths[1].error : .nan }
    var growth: Int { tenths.count == 10 ? tenths[9].residentBytes - tenths[1].residentBytes : .max }
    var allocations: Int { tenths.reduce(0) { $0 + $1.allocations } }

    /// What does not hold, a sentence each.
    var failures: [String] {
        var all: [String] = []
        if tenths.count != 10 { all.append("expected 10 tenths, got \(tenths.count)") }
        if !(ratio <= Self.worstRatio) { all.append("the error of the last tenth is \(ratio) times that of the second; at most \(Self.worstRatio)") }
        if growth > Self.residentSlack { all.append("resident memory grew by \(growth) bytes since the second tenth; at most \(Self.residentSlack)") }
        if allocations != 0 { all.append("the learner allocated \(allocations) times; it must not") }
        if stateBytes > planBytes { all.append("the state takes \(stateBytes) bytes; at most the plan, \(planBytes)") }
        return all
    }
}
