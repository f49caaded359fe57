@testable import Stint
import CMath

/// The promises of the anomaly head, at full length: alarms on healthy streams at the budget, faults caught at the same setting.
/// Prints a row for each stream, width and budget; returns whether all hold.
///
/// - Parameter which: beginnings of the streams' names; all if empty.
func benchmarkNull(rows: Int, seeds: Int, budgets: [Int], which: [String], widths: [Int]) -> Bool {
    print("\nbudget: alarms over allowed, and the upper 95 % Poisson bound of that, which may be 1.3; inside: share of rows in incidents")
    print("caught within 50 rows: steps of 6 deviations over 20–60 rows, sensors stuck for 50–100, one in two alarms' rows; at least 0.9 each;")
    print("caught within 200 rows: shifts of 3 deviations over 300 rows; at least 0.8")
    print("stream      channels  1 in  rate  bound  inside  steps  stuck  shifts")
    var holds = true
    for kind in NullStream.Kind.allCases where which.isEmpty || which.contains(where: { kind.rawValue.hasPrefix($0) }) {
        for channels in widths {
            for rowsPerAlarm in budgets {
                var alarms = 0, inside = 0, worst = 0.0
                var steps = 1.0, stuck = 1.0, shifts = 1.0
                for seed in 1...seeds {
                    let healthy = watch(kind, channels, rowsPerAlarm, rows: rows, fault: nil, seed: UInt64(seed))
                    alarms += healthy.alarms
                    inside += healthy.inside
                    worst = max(worst, poissonBound(healthy.alarms) * Double(rowsPerAlarm) / Double(rows))
                    let length = min(rows, 100 * spacing(rowsPerAlarm))
                    steps = min(steps, watch(kind, channels, rowsPerAlarm, rows: length, fault: .step, seed: UInt64(100 + seed)).caught)
                    stuck = min(stuck, watch(kind, channels, rowsPerAlarm, rows: length, fault: .stuck, seed: UInt64(200 + seed)).caught)
                    shifts = min(shifts, watch(kind, channels, rowsPerAlarm, rows: length, fault: .shift, seed: UInt64(300 + seed)).caught)
                }
                let share = Double(inside) / Double(rows * seeds)
                let good = worst <= 1.3 && steps >= 0.9 && stuck >= 0.9 && shifts >= 0.8 && share <= 0.05
                holds = holds && good
                let rate = Double(alarms * rowsPerAlarm) / Double(rows * seeds)
                print(
                    "\(kind.rawValue)\(padded("\(channels)", 20 - kind.rawValue.count))\(padded("\(rowsPerAlarm)", 7))"
                        + "\(padded(hundredths(rate), 6))\(padded(hundredths(worst), 7))\(padded(hundredths(share), 8))"
                        + "\(padded(hundredths(steps), 7))\(padded(hundredths(stuck), 7))\(padded(hundredths(shifts), 8))\(good ? "" : "  FAILS")")
            }
        }
    }
    return holds
}

private func hundredths(_ x: Double) -> String { "\((x * 100).rounded() / 100)" }

/// The rate that gives so few with a chance of 5 %, by Wilson and Hilferty's root of a chi-squared number.
private func poissonBound(_ count: Int) -> Double {
    let n = Double(count + 1)
    let root = 1 - 1 / (9 * n) + 1.645 / (3 * n.squareRoot())
    return n * root * root * root
}

private enum Fault { case step, stuck, shift }

/// Rows from one fault to the next: half as many faults as the budget has alarms, since every alarm is paid from it.
private func spacing(_ rowsPerAlarm: Int) -> Int { max(2000, 2 * rowsPerAlarm) }

private func watch(
    _ kind: NullStream.Kind, _ channels: Int, _ rowsPerAlarm: Int, rows: Int, fault: Fault?, seed: UInt64
) -> (alarms: Int, inside: Int, caught: Double) {
    let falseAlarms = FalseAlarms.perRows(count: 1, rows: Double(rowsPerAlarm))
    let learner = Learner(
        Plan(Specification(channels: channels, rateHz: 1, labels: 0, heads: [HeadSpecification(kind: .anomaly(falseAlarms: falseAlarms))])))
    var stream = NullStream(kind, channels: channels, seed: seed)
    var random = Random(seed: seed, stream: 9)
    let values = UnsafeMutableBufferPointer<Float>.allocate(capacity: channels)
    defer { values.deallocate() }
    let every = spacing(rowsPerAlarm)
    var alarms = 0, inside = 0, faults = 0, caught = 0
    var channel = 0, end = 0, start = -1000, amount: Float = 0
    var isCaught = true
    for row in 0..<rows {
        stream.next(into: values)
        if let fault {
            if row >= 3000, row % every == every / 2, row < rows - 200 {
                (start, channel, isCaught) = (row, random.below(channels), false)
                faults += 1
                end = row + (fault == .step ? 20 + random.below(40) : fault == .shift ? 300 : 50 + random.below(50))
                amount = fault == .stuck ? values[channel] : (fault == .shift ? 3 : 6) * stream.deviation * (random.below(2) == 0 ? -1 : 1)
            }
            if row < end { values[channel] = fault == .stuck ? amount : values[channel] + amount }
        }
        learner.push(.frame(Frame(time: Double(row), sequence: nil, values: UnsafeBufferPointer(values))))
        guard case .anomaly(let said) = learner.prediction(of: 0) else { continue }
        inside += said.incident == nil ? 0 : 1
        guard said.isAlarm else { continue }
        alarms += 1
        if row < start + (fault == .shift ? 200 : 50), !isCaught {
            isCaught = true
            caught += 1
        }
    }
    return (alarms, inside, Double(caught) / Double(max(faults, 1)))
}

/// Healthy streams of six kinds, to four decimals.
struct NullStream {
    enum Kind: String, CaseIterable {
        case gaussian = "Gaussian", heavy = "t₃", correlated = "AR(1) 0.9", persistent = "AR(1) 0.99", seasonal, varying
    }

    let kind: Kind
    var random: Random
    var state: [Double]
    var step = 0.0
    private var loudness = 0.0

    init(_ kind: Kind, channels: Int, seed: UInt64) {
        self.kind = kind
        random = Random(seed: seed)
        state = [Double](repeating: 0, count: channels)
    }

    /// Of one channel, over all time.
    var deviation: Float {
        switch kind {
        case .gaussian: 1
        case .heavy, .seasonal: 1.7320508  // √3: of Student's t with three degrees; √(2²/2 + 1)
        case .correlated: 2.2941573        // 1/√(1 − 0.9²)
        case .persistent: 7.0888121        // 1/√(1 − 0.99²)
        case .varying: 1.2840254           // √E exp(2h) = exp(h's variance, 0.25)
        }
    }

    mutating func next(into values: UnsafeMutableBufferPointer<Float>) {
        step += 1
        for c in state.indices {
            let z = random.normal()
            switch kind {
            case .gaussian: state[c] = z
            case .heavy:
                let (x, y, w) = (random.normal(), random.normal(), random.normal())
                state[c] = z / ((x * x + y * y + w * w) / 3).squareRoot()
            case .correlated: state[c] = 0.9 * state[c] + z
            case .persistent: state[c] = 0.99 * state[c] + z
            case .varying:
                if c == 0 { loudness = 0.999 * loudness + 0.0223551 * random.normal() }  // deviation 0.5, over some 1000 rows
                state[c] = exp(loudness) * z
            case .seasonal: state[c] = 2 * sin(2 * .pi * (step / 1000 + Double(c) * 0.17)) + z
            }
            values[c] = Float((state[c] * 10_000).rounded() / 10_000)
        }
    }
}
