import Stint

/// Whether a config that was just put in force does what the one before did: frames flow, labels reach their heads, no head is worse
/// beyond a bound, no head has fallen silent, memory is within the plan.
///
/// A judge without clocks of its own: it is told what is, and says what to do. That the loop turns is seen by the watchdog, and that the process lives
/// by the next start, which finds the ledger on probation.
///
/// *Worse* is a mean loss, since the switch, of more than `bound` times that before, and more than three standard errors of the difference above
/// it. Where the former learner lives on as a shadow, *before* is its loss on the same rows, so a world that becomes harder is no fault of
/// the config's; else it is that of the newest 200 labels before the switch, over as many since, with a wider bound, and beyond the worst
/// stretch that the stream had lately: losses that follow one another are alike, and a stream has easy stretches and hard ones.
///
/// *Too slow* is a frame that takes more than nine tenths of the time in which the next one comes, where there was time enough before.
struct Probation {
    static let bound = 1.25
    /// Without a shadow the world may have changed meanwhile.
    static let boundAlone = 3.0
    /// Of the worst stretch before.
    static let boundOfWorst = 1.5
    /// Of the time between two frames, that one may take: under the config on probation, and what had to be spare before it.
    static let busy = 0.9
    static let wasSpare = 0.7
    /// Seconds in which a new head learns from what is kept, and frames take longer for it; a shorter probation says nothing about time.
    static let settled = 10.0
    /// Frames before their time is compared.
    static let fewestFrames: UInt64 = 100
    /// Standard errors.
    static let certainty = 3.0
    /// Labels before a loss is compared.
    static let fewestLabels = 30.0
    /// Bytes that a process may grow by besides its plan.
    static let slack = 16 << 20

    /// How things were when it began.
    struct Baseline {
        struct Head {
            var name: String
            var isReady: Bool
            var meter: LossMeter
            var labels: UInt64
        }

        var heads: [Head] = []
        /// Frames a second, of all streams; 0: none came.
        var framesPerSecond = 0.0
        /// Labels a second, of all heads together, since the start of the process.
        var seconds = 0.0
        var residentBytes: Int?
        var planBytes = 0
        /// What a frame took, as a rule: the median, since a machine that is busy elsewhere holds some up.
        var stepSeconds = 0.0
    }

    /// How they are.
    struct Present {
        struct Head {
            var name: String
            var isReady: Bool
            /// Since the switch.
            var meter: LossMeter
            var labels: UInt64
            /// Of the former learner on the same rows; nil: it does not live on.
            var shadow: LossMeter?
            /// It is the same head as before, with all that it learned.
            var isKept: Bool
        }

        var heads: [Head]
        /// Since the switch.
        var frames: UInt64
        var residentBytes: Int?
        var planBytes: Int
        /// Whether the sockets that frames come by were opened anew; those that were not are no config's fault.
        var isReopened = true
        /// What a frame has taken since the switch, without the shadow's part: the median.
        var stepSeconds = 0.0
    }

    enum Verdict: Equatable {
        case goesOn
        case passed
        case failed(String)
    }

    let baseline: Baseline
    /// Monotonic nanoseconds.
    let start: UInt64
    /// When its health is settled.
    let end: UInt64
    /// Until when somebody must have confirmed it; nil: nobody need.
    let confirmBy: UInt64?

    init(_ baseline: Baseline, at start: UInt64, seconds: Double, confirmWithin: Int) {
        self.baseline = baseline
        self.start = start
        end = start + UInt64(seconds * 1e9)
        confirmBy = confirmWithin > 0 ? start + UInt64(confirmWithin) * 1_000_000_000 : nil
    }

    func judge(_ present: Present, at now: UInt64) -> Verdict {
        // The loop looks at its clock once a turn, and the switch may be later in it.
        let seconds = now > start ? Double(now - start) * 1e-9 : 0, isOver = now >= end
        if let before = baseline.residentBytes, let is_ = present.residentBytes {
            let grown = is_ - before, may = max(0, present.planBytes - baseline.planBytes) + max(present.planBytes, baseline.planBytes) + Self.slack
            if grown > may { return .failed("memory: the process grew by \(grown >> 20) MiB, and \(may >> 20) MiB were to be expected") }
        }
        // First: without frames there are no labels either.
        if isOver, present.isReopened, baseline.framesPerSecond * seconds >= 10, present.frames == 0 {
            return .failed("no frame came since the switch, and there were \(Int(baseline.framesPerSecond.rounded())) a second")
        }
        for head in present.heads {
            guard let before = baseline.heads.first(where: { $0.name == head.name }) else { continue }
            if let reason = Self.worse(head, before) { return .failed(reason) }
            guard isOver else { continue }
            // Before the first frame it has said nothing: a state without rows has no present.
            if before.isReady, !head.isReady, present.frames > 0, head.isKept || head.labels >= 64 {
                return .failed("head \(head.name) was ready, and is not")
            }
            let perSecond = baseline.seconds > 0 ? Double(before.labels) / baseline.seconds : 0
            let isHeard = (head.shadow?.count ?? perSecond * seconds) >= 10
            if before.labels > 0, isHeard, present.frames > 0, head.labels == 0 { return .failed("head \(head.name) gets no labels any more") }
        }
        let busy = baseline.framesPerSecond * present.stepSeconds
        if isOver, seconds >= Self.settled, present.frames >= Self.fewestFrames, busy > Self.busy, baseline.framesPerSecond * baseline.stepSeconds < Self.wasSpare {
            return .failed(
                "time: a frame takes \(Int((present.stepSeconds * 1e6).rounded())) µs, and \(Int(baseline.framesPerSecond.rounded())) come a second; "
                    + "before, one took \(Int((baseline.stepSeconds * 1e6).rounded())) µs")
        }
        if let confirmBy { return now >= confirmBy ? .failed("nobody confirmed it in time") : .goesOn }
        return isOver ? .passed : .goesOn
    }

    private static func worse(_ head: Present.Head, _ before: Baseline.Head) -> String? {
        let now = head.meter
        let (mean, variance, count) = head.shadow.map { ($0.mean, $0.variance, $0.count) }
            ?? (before.meter.recentMean, before.meter.recentVariance, before.meter.recentCount)
        let fewest = head.shadow == nil ? LossMeter.recentLabels : fewestLabels
        guard now.count >= fewest, count >= fewest else { return nil }
        let error = (now.variance / now.count + variance / count).squareRoot()
        guard now.mean > (head.shadow == nil ? boundAlone : bound) * mean, now.mean > mean + certainty * error else { return nil }
        if head.shadow == nil, now.mean <= boundOfWorst * before.meter.worstMean { return nil }
        func text(_ number: Double) -> String { "\(Float((number * 1e4).rounded() / 1e4))" }
        return "head \(head.name) is worse: a loss of \(text(now.mean)) over \(Int(now.count)) labels, \(text(mean)) "
            + (head.shadow == nil ? "before" : "under the config before, on the same rows")
    }
}
