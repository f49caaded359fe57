import CMath

/// Says how strange the newest row is, and raises an alarm no oftener than it was allowed to.
///
/// A vector autoregression forecasts every channel from the last two rows; the whitened residual's length is ranked among the
/// residuals of recent healthy rows. Its conformal p-value is uniform on healthy rows whatever their distribution; beyond the
/// largest twentieth the tail is an exponential fitted to the excesses. An incident begins where p falls below the budget and
/// a whole alarm has been earned since the last one; nothing is learned while it lasts.
///
/// Shapes: C channels, latent 1 + 2C, one factor for all channels. Cost: an append of width 1 + 2C, C² for the targets, and
/// one pass over the history. Sources: split conformal p-values, Vovk, Gammerman & Shafer (2005), smoothed by a uniform draw.
struct AnomalyHead {
    /// Healthy rows that a new one is ranked among.
    static let history = 1000
    /// Share of the history that the exponential tail is fitted to.
    static let tailShare = 0.05
    /// The tail and the threshold are found again after so many rows.
    static let tailEvery = 64
    /// Rows before the head is ready (at the latest; INTERFACE §4).
    static let readyAfter = 150
    /// Calm rows that end an incident, what calm is, and the longest that one incident lasts.
    static let calmRows = 10
    static let calm: Float = 0.05
    static let longestIncident = 200
    /// Forgetting of the residuals' variances: a memory of about 500 rows.
    static let varianceRate: Float = 1 / 500

    let channels: Int
    let latentWidth: Int
    /// Rows in which one false alarm is allowed.
    let rowsPerAlarm: Double
    let readyRow: Int
    private let seed: UInt64

    private var factor: Factor
    private let variance: UnsafeMutablePointer<Float>
    private let residual: UnsafeMutablePointer<Float>
    private let shares: UnsafeMutablePointer<Float>
    private let scaled: UnsafeMutablePointer<Float>
    private let ring: UnsafeMutablePointer<Float>
    private let sorted: UnsafeMutablePointer<Float>
    private var ringCount = 0
    private var ringNext = 0
    private var sinceTail = 0
    private var threshold = Float.infinity
    private var excess: Float = 0
    private var residuals = 0
    private var random: Random
    private var queue = LearningQueue(keepsOrder: true)

    private var earned = 1.0
    private(set) var incidents = 0
    private var inIncident = false
    private var incidentRows = 0
    private var calmSince = 0

    private var score: Float = 0
    private var pValue: Float = 1
    private var isAlarm = false
    private var isReady = false
    private var hasShares = false

    init(_ falseAlarms: FalseAlarms, _ specification: Specification, index: Int, _ carver: inout Carver) {
        channels = specification.channels
        latentWidth = 1 + 2 * channels
        readyRow = max(specification.window.length, Self.readyAfter)
        seed = specification.seed &+ UInt64(index)
        random = Random(seed: seed, stream: 3)
        switch falseAlarms {
        case .perRows(let count, let rows): rowsPerAlarm = rows / count
        case .perSeconds(let count, let seconds):
            rowsPerAlarm = max(seconds / count * specification.rateHz / Double(specification.window.every), 1)
        }
        factor = Factor(width: latentWidth, outputs: channels, ridge: 1, &carver)
        variance = carver.carve(Float.self, channels)
        residual = carver.carve(Float.self, channels)
        shares = carver.carve(Float.self, channels)
        scaled = carver.carve(Float.self, channels)
        ring = carver.carve(Float.self, Self.history)
        sorted = carver.carve(Float.self, Self.history)
    }

    mutating func reset() {
        factor.reset()
        queue.reset()
        variance.update(repeating: 1, count: channels)
        shares.update(repeating: 0, count: channels)
        ring.update(repeating: 0, count: Self.history)
        (ringCount, ringNext, sinceTail, residuals) = (0, 0, 0, 0)
        (threshold, excess) = (.infinity, 0)
        random = Random(seed: seed, stream: 3)
        (earned, incidents, incidentRows, calmSince) = (1, 0, 0, 0)
        (inIncident, isAlarm, isReady, hasShares) = (false, false, false, false)
        (score, pValue) = (0, 1)
    }

    /// The scaling has changed: the forecast is learned again from the stored rows; ranks of whitened residuals stay valid.
    mutating func fit(from oldest: Int) {
        factor.reset()
        queue.start(from: oldest)
    }

    mutating func nextQueued(_ pending: PendingLatents) -> Int? { queue.next(pending) { _ in true } }

    /// The latent of row `serial`, [1, x₋₁, x₋₂], and the row itself; false when one of the three is not kept.
    private func gather(_ serial: Int, _ encoder: Encoder, _ pending: PendingLatents, _ z: UnsafeMutablePointer<Real>) -> Bool {
        guard pending.areConnected(serial - 2, serial) else { return false }
        z[0] = 1
        for lag in 1...2 {
            encoder.scaling.apply(pending.row(serial - lag), into: scaled)
            for c in 0..<channels { z[1 + (lag - 1) * channels + c] = Real(scaled[c]) }
        }
        encoder.scaling.apply(pending.row(serial), into: scaled)
        return true
    }

    /// Scores row `serial`, then learns from it unless an incident is open.
    ///
    /// - Parameter rowsSeen: rows since the start, this one included.
    mutating func step(
        _ serial: Int, rowsSeen: Int, isLearning: Bool, _ encoder: Encoder, _ pending: PendingLatents, _ scratch: Scratch
    ) -> IncidentChange {
        isAlarm = false
        isReady = isReady || rowsSeen >= readyRow
        earned = min(earned + 1 / rowsPerAlarm, 2)
        // While a fit's queue is worked off, the newest row waits at its end like any other.
        let isDue = queue.admits(serial)
        guard encoder.isFitted, gather(serial, encoder, pending, scratch.latent) else { return .none }
        let strangeness = measure(scratch)
        pValue = rank(strangeness)
        let decades = -log10(Double(pValue))
        score = Float(decades / (1 + decades))
        let change = judge()
        if isLearning, pending.isLearnable(serial), !inIncident {
            learn(strangeness)
            guard isDue else { return change }
            _ = gather(serial, encoder, pending, scratch.latent)
            for c in 0..<channels { scratch.target[c] = Real(scaled[c]) }
            factor.append(scratch.latent, scratch.target, width: latentWidth, outputs: channels)
        }
        return change
    }

    /// A row from the time before the newest fit, learned again under it.
    func relearn(_ serial: Int, _ encoder: Encoder, _ pending: PendingLatents, _ scratch: Scratch) {
        guard pending.isLearnable(serial), gather(serial, encoder, pending, scratch.latent) else { return }
        for c in 0..<channels { scratch.target[c] = Real(scaled[c]) }
        factor.append(scratch.latent, scratch.target, width: latentWidth, outputs: channels)
    }

    /// A row that could not be read: not ready, and no verdict.
    mutating func skip() {
        isAlarm = false
        pValue = 1
        score = 0
    }

    /// An operator says that what is going on is normal.
    mutating func acknowledge() -> IncidentChange {
        guard inIncident else { return .none }
        inIncident = false
        return .ended
    }

    /// Root mean square of the residuals, each in units of its own deviation.
    private mutating func measure(_ scratch: Scratch) -> Float {
        _ = factor.solve(scratch.latent, into: scratch.solved, width: latentWidth)
        factor.predict(scratch.solved, into: scratch.prediction, width: latentWidth, outputs: channels)
        var sum: Float = 0
        for c in 0..<channels {
            residual[c] = scaled[c] - Float(scratch.prediction[c])
            let part = residual[c] * residual[c] / max(variance[c], 1e-12)
            shares[c] = part
            sum += part
        }
        hasShares = sum > 0
        for c in 0..<channels where hasShares { shares[c] /= sum }
        return (sum / Float(channels)).squareRoot()
    }

    /// Smoothed conformal p-value; exponential beyond the threshold of the tail.
    private mutating func rank(_ value: Float) -> Float {
        var above = 0
        var equal = 0
        for i in 0..<ringCount {
            above += ring[i] > value ? 1 : 0
            equal += ring[i] == value ? 1 : 0
        }
        let draw = random.uniform()
        let plain = (Double(above) + draw * Double(equal + 1)) / Double(ringCount + 1)
        guard value > threshold, excess > 0 else { return Float(max(plain, 1e-30)) }
        let beyond = Double(value - threshold) / Double(excess)
        return Float(max(min(Self.tailShare * exp(-beyond), plain), 1e-30))
    }

    private mutating func judge() -> IncidentChange {
        if inIncident {
            incidentRows += 1
            calmSince = pValue > Self.calm ? calmSince + 1 : 0
            guard calmSince >= Self.calmRows || incidentRows >= Self.longestIncident else { return .none }
            inIncident = false
            return .ended
        }
        guard isReady, Double(pValue) <= 1 / rowsPerAlarm, earned >= 1 else { return .none }
        earned -= 1
        incidents += 1
        (inIncident, isAlarm) = (true, true)
        (incidentRows, calmSince) = (1, 0)
        return .began
    }

    private mutating func learn(_ strangeness: Float) {
        // The first rates are 1/n, so that the variances start from the residuals and not from a guess.
        residuals = min(residuals + 1, 500)
        let rate = max(1 / Float(residuals), Self.varianceRate)
        for c in 0..<channels {
            let square = residual[c] * residual[c]
            // One residual moves its variance by at most a factor of 1 + 9·rate: a spike is not the new normal.
            let bounded = residuals < 20 ? square : min(square, 9 * max(variance[c], 1e-12))
            variance[c] += rate * (bounded - variance[c])
        }
        ring[ringNext] = strangeness
        ringNext = (ringNext + 1) % Self.history
        ringCount = min(ringCount + 1, Self.history)
        sinceTail += 1
        guard sinceTail >= Self.tailEvery, ringCount >= 2 * Self.tailEvery else { return }
        sinceTail = 0
        sorted.update(from: ring, count: ringCount)
        let rank = Int(Double(ringCount) * (1 - Self.tailShare))
        threshold = Selection.nth(sorted, ringCount, rank)
        var sum: Float = 0
        var count: Float = 0
        for i in 0..<ringCount where ring[i] > threshold {
            sum += ring[i] - threshold
            count += 1
        }
        excess = count > 0 ? sum / count : 0
    }

    var prediction: AnomalyPrediction {
        AnomalyPrediction(
            isReady: isReady, score: isReady ? score : 0, pValue: isReady ? pValue : 1, isAlarm: isAlarm,
            incident: inIncident ? incidents : nil, cause: inIncident ? .process : .unknown,
            shares: UnsafeBufferPointer(start: shares, count: hasShares ? channels : 0))
    }

    mutating func archive(_ archive: inout Archive) {
        factor.archive(&archive)
        archive.array(variance, channels)
        archive.array(ring, Self.history)
        archive.scalar(&ringCount)
        archive.scalar(&ringNext)
        archive.scalar(&sinceTail)
        archive.scalar(&threshold)
        archive.scalar(&excess)
        archive.scalar(&residuals)
        random.archive(&archive)
        archive.scalar(&earned)
        archive.scalar(&incidents)
        archive.scalar(&inIncident)
        archive.scalar(&incidentRows)
        archive.scalar(&calmSince)
        archive.scalar(&isReady)
        queue.archive(&archive)
    }
}

/// What became of the incident with this row.
enum IncidentChange { case none, began, ended }
