import StintWire

/// Whether the device keeps up, frame by frame: what falls behind sheds learning, and never predictions.
///
/// Two signs, each of them from the frame itself. Frames are *lost* when a `seq` is larger than the one before by more than one: then as many
/// frames as were lost, at most `longest`, are predicted but not learned from, which is the work that makes room. A frame is *old* when it
/// is of a time that lies more than `limit` back; it is predicted, and not learned from. Neither says anything about a full queue: one
/// that is emptied as fast as it fills is none of our troubles.
///
/// Times are only compared when `[compute] max_age` is set, since then both clocks are said to agree, and when our own is set at all.
struct Overload {
    enum Cause: Int {
        case lost = 1
        case old = 2

        var name: StaticString { self == .lost ? "lost" : "old" }
    }

    /// What an `overload` event tells: what was lost and shed since the one before.
    struct Report: Equatable {
        var cause: Cause
        var lost: UInt64
        var shed: UInt64
        /// Seconds, of the oldest frame; nil where the limit is off.
        var age: Double?

        func write(into out: inout ByteWriter) {
            out.member("reason", word: cause.name)
            out.member("reason_id", cause.rawValue)
            out.member("lost", lost)
            out.member("shed", shed)
            out.member("age_s", age ?? .nan)
        }
    }

    /// Frames that one gap can shed, and the widest gap that is one: a sender that counts otherwise has begun anew.
    static let longest: UInt64 = 64
    private static let widest: UInt64 = 1 << 20
    /// From one event to the next.
    private static let pause: UInt64 = 10_000_000_000
    /// 2020: a clock before that has not been set since the board was switched on.
    private static let clockIsSet = 1_577_836_800.0

    /// `[compute] max_age`, in seconds.
    var limit: Double?
    /// Frames that were not learned from, and frames that never came.
    private(set) var shed: UInt64 = 0
    private(set) var lost: UInt64 = 0
    /// For each stream.
    private var newest: [UInt64?]
    /// Whether the newest frame, and with it the labels that come before the next, is not to be learned from.
    private(set) var isShedding = false
    private var left: UInt64 = 0
    private var report: Report?
    private var quietUntil: UInt64 = 0

    init(limit: Double?, streams: Int = 1) {
        self.limit = limit
        newest = Array(repeating: nil, count: streams)
    }

    /// Looks at a frame before it is predicted.
    ///
    /// - Parameters:
    ///   - sequence: nil where the sender does not count.
    ///   - time: of the frame; `arrival` by our own clock.
    mutating func observe(sequence: UInt64?, time: Double, arrival: Double, stream: Int = 0) {
        let missing = sequence.map { framesMissing(before: $0, stream) } ?? 0
        lost &+= missing
        left = min(max(left, missing), Self.longest)
        var cause: Cause? = left > 0 ? .lost : nil
        left -= min(left, 1)
        var age: Double?
        if let limit, arrival > Self.clockIsSet {
            age = arrival - time
            if arrival - time > limit { cause = .old }
        }
        isShedding = cause != nil
        guard let cause else { return }
        shed &+= 1
        var said = report ?? Report(cause: cause, lost: 0, shed: 0, age: nil)
        said.cause = cause
        said.lost += missing
        said.shed += 1
        if let age { said.age = max(said.age ?? age, age) }
        report = said
    }

    /// Frames between the newest and this one. A number that goes back a little is a frame that comes late, one that goes far is a sender
    /// that has begun anew.
    private mutating func framesMissing(before sequence: UInt64, _ stream: Int) -> UInt64 {
        guard let last = newest[stream], sequence > last || last - sequence > Self.longest else {
            newest[stream] = newest[stream] ?? sequence
            return 0
        }
        newest[stream] = sequence
        return sequence > last && sequence - last <= Self.widest ? sequence - last - 1 : 0
    }

    /// What is to be told, at most every ten seconds: an overloaded device has better things to do.
    mutating func due(_ now: UInt64) -> Report? {
        guard let report, now >= quietUntil else { return nil }
        quietUntil = now + Self.pause
        self.report = nil
        return report
    }
}
