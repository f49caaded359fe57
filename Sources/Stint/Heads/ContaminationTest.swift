/// Whether what has made a head worse is a change of the world, or a few labels that are wrong.
///
/// The head itself cannot tell: a label ten deviations off that it has learned makes it wrong on all rows that follow. What was known before
/// them (W₀: the long memory without the rows since, `Cut`) can. A change leaves it wrong on most rows; contamination, as Huber (1964) has it, on a share of them, and as
/// right as ever on the others. So the rows since the change are held against the upper quartile of those before it: with a share ε of them
/// contaminated ε + (1 − ε)/4 are beyond it, one half where ε is a third. A change has to show one and a half standard errors more.
///
/// A wrong label is an input of the rows that follow it, too. So each row is asked twice, with the labels as they came and with labels that are at most three
/// deviations from what W₀ says of their rows (the filter cleaner of Martin & Thomson 1982), and the less of both counts: a level that
/// has jumped once is no change of what follows from what.
///
/// A stored regime has a stronger witness: two worlds that are alike in places leave W₀ right there, but what is to be recalled is then nearer on most of the others.
/// Where it is nearer than W₀ on more than half of the rows, by two standard errors, it is a change; labels that are wrong make no other world right.
///
/// Cost: an encoding and 4·D·K for each of 128 rows at most, where a head is about to fork or to recall; places for 64 numbers in the scratch, and
/// for 128 a target.
struct ContaminationTest {
    /// Rows on either side that are asked, at most.
    static let most = 64
    /// Rows before the change, without which nothing can be said, and since it.
    static let leastBefore = 16
    static let least = 8
    /// Deviations of the head's errors that a label is believed.
    static let believed = 3.0

    enum Verdict { case change, contamination, tooFew }

    /// In ascending order.
    private let before: UnsafeMutablePointer<Real>
    private var countBefore = 0
    private(set) var count = 0.0
    /// Sums of squares since: of what was known, and of the mean of all labels.
    private var wrong = 0.0
    private var spread = 0.0
    private var beyond = 0.0
    private var nearer = 0.0

    /// - Parameter room: for `most` numbers.
    init(_ room: UnsafeMutablePointer<Real>) { before = room }

    /// How wrong what was known was on a row before the change.
    mutating func add(before wrong: Real) {
        guard wrong.isFinite, countBefore < Self.most else { return }
        var place = countBefore
        while place > 0, before[place - 1] > wrong {
            before[place] = before[place - 1]
            place -= 1
        }
        before[place] = wrong
        countBefore += 1
    }

    /// And on one since; all those before it have been heard.
    ///
    /// - Parameter regime: how wrong what is to be recalled is on it.
    mutating func add(since wrong: Real, regime: Real = .infinity) {
        guard wrong.isFinite, countBefore >= Self.leastBefore else { return }
        count += 1
        if regime < wrong { nearer += 1 }
        if wrong > before[countBefore * 3 / 4] { beyond += 1 }
    }

    /// The same row by squares: how wrong what was known was, and how wrong the mean of all labels.
    mutating func compare(known: Double, nothing: Double) {
        guard known.isFinite, nothing.isFinite else { return }
        wrong += known
        spread += nothing
    }

    /// What of the rows since was known before: 1 for all of it, 0 where knowing nothing would have been as good.
    var explained: Double { spread > 0 ? max(1 - wrong / spread, 0) : 1 }

    var verdict: Verdict {
        guard countBefore >= Self.leastBefore else { return .change }
        guard count >= Double(Self.least) else { return .tooFew }
        let error = count.squareRoot() / 2
        return beyond > count / 2 + 1.5 * error || nearer > count / 2 + 2 * error ? .change : .contamination
    }
}
