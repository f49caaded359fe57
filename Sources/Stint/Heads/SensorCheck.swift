import CMath

/// Watches each channel for a sensor that fails: stuck, railed, dead, or not finite.
///
/// Each fault is a run that is too long for this channel: of equal values, of values at an end of its range, of none. How long
/// is too long is judged by the channel's own past runs. A channel that is quantised, binary, or sampled more slowly than the
/// stream repeats itself all the time, and is not stuck for it; one that hardly ever did is found after twelve rows. A flag, which
/// is nothing but 0 and 1, is never stuck: it stays as it is for as long as nobody sets it.
///
/// A run is too long when it is at least `shortest` rows, several times the longest that ended well (the more the channel
/// repeats itself, the more times), and too long by chance were repetitions independent. Every fault lengthens what the next
/// one of its channel needs, up to twice, and time shortens it again, at the rate of the budget. Until a channel has changed
/// `changes` times there is no past to judge by. A run that was a fault is not part of the past; only what comes a hundred
/// times oftener than the budget allows is no fault but a habit.
///
/// Cost: a few comparisons a channel; two logarithms for one that has repeated itself six times or more.
struct SensorCheck {
    static let shortest = 12.0
    static let changes: Int32 = 64
    /// From so many repetitions on a run is looked at.
    static let noticed: Int32 = 6
    /// Values in a row that make a channel well again; more after a railed one, which touches its range again and again.
    static let wellAfter: UInt8 = 3
    static let wellAfterRailed: UInt8 = 8
    /// Share of a new row in the rate of repetitions, once there are many.
    static let rate: Float = 1 / 4096
    /// How much longer, as a power of two, a fault makes the next one.
    static let lengthening: Float = 0.25
    static let longestShift: Float = 1
    static let habit: Float = 25

    private struct Channel: BitwiseCopyable {
        var last = Float.nan
        var values: Int32 = 0
        var changes: Int32 = 0
        var repeats: Float = 0
        var run: Int32 = 0
        var longestRun: Int32 = 0
        /// The run before the one that goes on.
        var brokenRun: Int32 = 0
        var missing: Int32 = 0
        var longestMissing: Int32 = 0
        /// Of these, how many came as numbers that cannot be used.
        var infinite: Int32 = 0
        var high = -Float.infinity
        var low = Float.infinity
        /// Which of the last 64 values were at an end of the range, and how many at the most in this visit and in any that ended well.
        var ends: UInt64 = 0
        var visit: Int32 = 0
        var longestVisit: Int32 = 0
        var shift: Float = 0
        var well: UInt8 = 0
        var announced: UInt8 = 0
        /// 0 while there was nothing but 0 and 1: a flag, which stays as it is for as long as nobody sets it.
        var isMeasurement: UInt8 = 0
        private var unused: UInt8 = 0
    }

    let channels: Int
    /// Kind of fault per channel, 0 for none.
    let failing: UnsafeMutablePointer<UInt8>
    private let states: UnsafeMutablePointer<Channel>
    /// −ln of the chance that a run of independent repetitions may have.
    private let evidence: Double
    private let decay: Float
    private(set) var failingCount = 0
    /// Whether some run is half as long as a fault.
    private(set) var isSuspicious = false
    private var hasNewFault = false
    private var unannounced = 0

    /// - Parameter rowsPerAlarm: rows, not windows.
    init(channels: Int, rowsPerAlarm: Double, _ carver: inout Carver) {
        self.channels = channels
        evidence = log(rowsPerAlarm * Double(channels)) + 4.6
        decay = Self.lengthening / Float(rowsPerAlarm)
        failing = carver.carve(UInt8.self, channels)
        states = carver.carve(Channel.self, channels)
    }

    mutating func reset() {
        failing.update(repeating: 0, count: channels)
        states.update(repeating: Channel(), count: channels)
        (failingCount, unannounced) = (0, 0)
        (isSuspicious, hasNewFault) = (false, false)
    }

    /// Takes in a frame as it came: NaN is no value, `Frame.unusable` one that is not finite or out of all range.
    mutating func observe(_ values: UnsafeBufferPointer<Float>, isLearning: Bool) {
        isSuspicious = false
        for c in 0..<channels {
            if states[c].shift > 0 { states[c].shift = max(states[c].shift - decay, 0) }
            if values[c].isFinite { take(values[c], c, isLearning) } else { miss(values[c], c) }
        }
    }

    private mutating func take(_ value: Float, _ c: Int, _ isLearning: Bool) {
        var state = states[c]
        let isFirst = state.values == 0
        let isRepeat = value == state.last
        let learns = isLearning && failing[c] == 0
        if state.missing > 0 {
            if learns { state.longestMissing = max(state.longestMissing, state.missing) }
            (state.missing, state.infinite) = (0, 0)
        }
        state.values = min(state.values + 1, 1 << 20)
        state.last = value
        if value != 0, value != 1 { state.isMeasurement = 1 }
        if isRepeat {
            state.run += 1
        } else {
            if learns { state.longestRun = max(state.longestRun, state.run) }
            state.brokenRun = state.run
            state.run = 0
            if !isFirst { state.changes = min(state.changes + 1, 1 << 20) }
        }
        if learns {
            let share = max(1 / Float(state.values), Self.rate)
            state.repeats += share * ((isRepeat ? 1 : 0) - state.repeats)
        }
        noteRange(value, &state, learns)
        states[c] = state
        if failing[c] != 0 { recover(c, isRepeat: isRepeat) } else { judge(c) }
    }

    private func noteRange(_ value: Float, _ state: inout Channel, _ learns: Bool) {
        guard value <= state.high, value >= state.low else {
            // A new end of the range: what was counted was at the old one.
            state.high = max(state.high, value)
            state.low = min(state.low, value)
            (state.ends, state.visit) = (1, 1)
            return
        }
        let isAtEnd = value == state.high || value == state.low
        state.ends = state.ends << 1 | (isAtEnd ? 1 : 0)
        if state.ends == 0 {
            if learns { state.longestVisit = max(state.longestVisit, state.visit) }
            state.visit = 0
        } else {
            state.visit = max(state.visit, Int32(state.ends.nonzeroBitCount))
        }
    }

    private mutating func miss(_ value: Float, _ c: Int) {
        states[c].missing += 1
        states[c].infinite += value.sign == .minus || value.isInfinite ? 1 : 0
        states[c].well = 0
        guard failing[c] == 0, states[c].values >= Self.changes / 2 else { return }
        let needed = lengthened(max(Self.shortest, 3 * Double(states[c].longestMissing)), c)
        if 2 * Double(states[c].missing) >= needed { isSuspicious = true }
        guard Double(states[c].missing) >= needed else { return }
        fail(c, 2 * states[c].infinite > states[c].missing ? .nonFinite : .dead)
    }

    private mutating func judge(_ c: Int) {
        let state = states[c]
        guard state.changes >= Self.changes, state.isMeasurement != 0 else { return }
        if state.run >= Self.noticed {
            let times = 3 + 7 * min(max((Double(state.repeats) - 0.5) / 0.4, 0), 1)
            let byChance = evidence / -log(min(max(Double(state.repeats), 1e-3), 0.9999))
            let needed = lengthened(max(Self.shortest, times * Double(state.longestRun), byChance), c)
            if 2 * Double(state.run) >= needed { isSuspicious = true }
            if Double(state.run) >= needed {
                fail(c, state.last == state.high || state.last == state.low ? .railed : .stuck)
                return
            }
        }
        let touches = state.ends.nonzeroBitCount
        if state.ends & 1 == 1, touches >= Int(Self.noticed) {
            let needed = lengthened(max(Self.shortest, 2 * Double(state.longestVisit), 3 * Double(state.longestRun)), c)
            if Double(touches) >= needed { fail(c, .railed) }
        }
    }

    private func lengthened(_ needed: Double, _ c: Int) -> Double {
        states[c].shift > 0 ? needed * exp2(Double(min(states[c].shift, Self.longestShift))) : needed
    }

    private mutating func fail(_ c: Int, _ fault: LearnerEvent.SensorFault) {
        failing[c] = UInt8(fault.rawValue)
        failingCount += 1
        hasNewFault = true
        states[c].well = 0
        states[c].shift = min(states[c].shift + Self.lengthening, Self.habit)
        unannounced += 1
    }

    private mutating func recover(_ c: Int, isRepeat: Bool) {
        let fault = LearnerEvent.SensorFault(rawValue: Int(failing[c]))
        let isWell = switch fault {
        case .stuck: !isRepeat
        case .railed: !isRepeat && states[c].ends & 1 == 0
        case .dead, .nonFinite, nil: true
        }
        states[c].well = isWell ? states[c].well + 1 : 0
        if !isRepeat, states[c].shift >= Self.habit { states[c].longestRun = max(states[c].longestRun, states[c].brokenRun) }
        guard states[c].well >= (fault == .railed ? Self.wellAfterRailed : Self.wellAfter) else { return }
        failing[c] = 0
        failingCount -= 1
        (states[c].run, states[c].ends, states[c].visit) = (0, 0, 0)
        unannounced += 1
    }

    /// Whether a channel has failed since the last call.
    mutating func takeNewFault() -> Bool {
        defer { hasNewFault = false }
        return hasNewFault
    }

    /// The next channel whose fault has begun or ended and has not been told; nil when all is said.
    mutating func nextChange() -> LearnerEvent.Sensor? {
        guard unannounced > 0 else { return nil }
        for c in 0..<channels where states[c].announced != failing[c] {
            let isFailing = failing[c] != 0
            // A fault that became another one in between is told as its end, then as the new one.
            let fault = LearnerEvent.SensorFault(rawValue: Int(isFailing ? failing[c] : states[c].announced))
            states[c].announced = failing[c]
            return LearnerEvent.Sensor(channel: c, fault: fault ?? .stuck, isFailing: isFailing)
        }
        unannounced = 0
        return nil
    }

    mutating func archive(_ archive: inout Archive) {
        archive.array(failing, channels)
        archive.present(states, channels) { $0.last = .nan }
        archive.scalar(&failingCount)
        archive.scalar(&isSuspicious)
        archive.scalar(&hasNewFault)
        archive.scalar(&unannounced)
    }
}
