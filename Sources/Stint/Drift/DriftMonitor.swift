import CMath

/// Watches the loss of one head with the detector that the config names.
///
/// A rise counts when it is more than chance (the detector) and more than nothing (by a quarter of what the loss was, and by
/// 2 % of its range); for `coolDown` losses after it no other is raised. Losses are in [0, 1].
struct DriftMonitor {
    /// Losses before the first alarm: what is still being learned is no change.
    static let settling = 100
    /// Losses after which the correlation is measured anew: how a head learns is none of what is stationary. Until there are enough
    /// of the new, the less of both counts.
    private static let learning = 200
    /// Losses that a copy is of, at least.
    private static let leastCopied = 64.0
    private static let leastRatio = 1.25
    private static let leastRise = 0.02
    private static let copyEvery = 128

    let detector: LearnerEvent.Detector?
    private let coolDown: Int
    private var adwin: ADWIN
    private var pageHinkley = PageHinkley()
    private var correlation = LossCorrelation()
    /// As they were up to 256 and up to 128 losses ago: a change must be noticed before it counts as how things are.
    private var older = LossCorrelation()
    private var newer = LossCorrelation()
    private var seen = 0
    private var quiet = 0

    init(_ specification: DriftSpecification, _ carver: inout Carver) {
        detector = specification.detector
        coolDown = specification.coolDown
        adwin = ADWIN(&carver)
    }

    mutating func reset() {
        adwin.reset()
        pageHinkley.reset()
        correlation.reset()
        older.reset()
        newer.reset()
        (seen, quiet) = (0, 0)
    }

    /// The memory has changed: what it lost before says nothing about what it will lose now.
    mutating func restart() {
        adwin.reset()
        pageHinkley.reset()
        beQuiet()
    }

    /// An alarm has been raised. What the change has done to the correlation is taken back, and how the loss falls after it is
    /// not measured: it is no correlation of what is stationary.
    private mutating func beQuiet() {
        (correlation, newer) = (older, older)
        quiet = coolDown
    }

    /// Of the variance of a mean of losses, by their correlation. What it was some time ago counts, where that is less: a change is
    /// not yet how things are.
    var inflation: Double { seen <= Self.learning ? correlation.inflation : min(older.inflation, correlation.inflation) }

    mutating func observe(_ loss: Double) -> Rise? {
        guard loss.isFinite, let detector else { return nil }
        let bounded = min(max(loss, 0), 1)
        let inflation = inflation
        seen += 1
        if seen == Self.learning {
            (older, newer) = (correlation, correlation)
            correlation.reset()
        }
        if quiet == 0 {
            correlation.observe(bounded)
            if seen > Self.learning, seen % Self.copyEvery == 0, correlation.count >= Self.leastCopied {
                older = newer
                newer = correlation
            }
        }
        if quiet == 1 {
            // What follows is compared with how things have become, not with how they became so.
            adwin.reset()
            pageHinkley.reset()
        }
        quiet = max(quiet - 1, 0)
        let rise: Rise?
        switch detector {
        case .adwin: rise = adwin.observe(bounded, inflation: inflation)
        case .pageHinkley: rise = pageHinkley.observe(bounded, inflation: inflation)
        case .twoSample: rise = nil
        }
        guard let rise, seen >= Self.settling, quiet == 0 else { return nil }
        guard rise.since >= Self.leastRatio * rise.before, rise.since - rise.before >= Self.leastRise else { return nil }
        beQuiet()
        return rise
    }

    mutating func archive(_ archive: inout Archive) {
        adwin.archive(&archive)
        pageHinkley.archive(&archive)
        correlation.archive(&archive)
        older.archive(&archive)
        newer.archive(&archive)
        archive.scalar(&seen)
        archive.scalar(&quiet)
    }
}

/// Squared errors of K targets as one loss in [0, 1]: the mean of min(ν, 9)/9 with ν = e²/s², s² the error's own scale.
///
/// s² is the smaller of two means, over about 1000 and about 200 labels, in which no error counts as more than 9 s²: it falls
/// with the errors while a head learns, so that what catches up with it is no rise, and is slow to grow. It is at least 10⁻⁴
/// of the variance of the labels: an error of a hundredth of their deviation matters to nobody. Nine is three deviations, so that heavy tails
/// weigh no more than what is plainly wrong.
struct RelativeLoss {
    static let worst = 9.0
    private static let memory = (slow: 1000.0, fast: 200.0)

    /// Deviations of an error that count in full. With 5 the recordings pay .2 % of NMSE, with 12 poison costs more.
    private static let believed = 8.0
    /// Labels before the scale is worth anything.
    private static let least = 32.0

    private let targets: Int
    private let scales: UnsafeMutablePointer<Double>
    private let recent: UnsafeMutablePointer<Double>
    private let counts: UnsafeMutablePointer<Double>
    private var sum = 0.0
    private var terms = 0
    /// Squared errors by the variance of the labels, at most `worst` each: what can be compared between two heads. No part of the state, since
    /// nothing is learned from it.
    private var plain = (sum: 0.0, terms: 0)

    init(targets: Int, _ carver: inout Carver) {
        self.targets = targets
        scales = carver.carve(Double.self, targets)
        recent = carver.carve(Double.self, targets)
        counts = carver.carve(Double.self, targets)
    }

    mutating func reset() {
        scales.update(repeating: 0, count: targets)
        recent.update(repeating: 0, count: targets)
        counts.update(repeating: 0, count: targets)
        (sum, terms) = (0, 0)
    }

    /// Log-loss of an error under Student's distribution with three degrees of freedom, but for a constant.
    static func student(_ error: Double, scale: Double) -> Double { 2 * log(1 + error * error / (3 * scale)) }

    /// s² of a target.
    func scale(_ target: Int, spread: Double) -> Double { max(min(scales[target], recent[target]), 1e-4 * spread) }

    /// What a label counts for in the books of who was right, by how far it is from what was said: as much as one that is `believed` deviations away, when it is
    /// further (the weight of Huber 1964 in squares). One wrong label would else weigh more than all that is known of the experts: of 100 deviations in the mean over
    /// 1000 labels it makes them alike.
    func weight(_ target: Int, error: Double, spread: Double) -> Double {
        let most = Self.believed * Self.believed * scale(target, spread: spread)
        guard most > 0, counts[target] >= Self.least, error * error > most else { return 1 }
        return most / (error * error)
    }

    mutating func learn(_ target: Int, error: Double, spread: Double) {
        guard error.isFinite else { return }
        let square = error * error
        let scale = scale(target, spread: spread)
        if scale > 0, counts[target] >= Self.least {
            sum += min(square / scale, Self.worst) / Self.worst
            terms += 1
        }
        if spread > 0, counts[target] >= Self.least {
            plain.sum += min(square / spread, Self.worst)
            plain.terms += 1
        }
        counts[target] += 1
        let bounded = counts[target] < Self.least ? square : min(square, Self.worst * scale)
        scales[target] += max(1 / counts[target], 1 / Self.memory.slow) * (bounded - scales[target])
        recent[target] += max(1 / counts[target], 1 / Self.memory.fast) * (bounded - recent[target])
    }

    /// The loss of the targets learned since the last call; NaN when there was none.
    mutating func take() -> Double {
        defer { (sum, terms) = (0, 0) }
        return terms > 0 ? sum / Double(terms) : .nan
    }

    /// The same by the spread of the labels.
    mutating func takePlain() -> Double {
        defer { plain = (0, 0) }
        return plain.terms > 0 ? plain.sum / Double(plain.terms) : .nan
    }

    mutating func archive(_ archive: inout Archive) {
        archive.array(scales, targets)
        archive.array(recent, targets)
        archive.array(counts, targets)
        archive.scalar(&sum)
        archive.scalar(&terms)
    }
}

extension AnomalyHead {
    /// What a p-value says about the forecast, in [0, 1]: −log p in units of that of 1 %, so that under no change it is
    /// exponential whatever the residual's distribution.
    static func loss(pValue: Float) -> Double { min(-log(Double(max(pValue, 1e-9))) / 4.605170185988091, 1) }
}
