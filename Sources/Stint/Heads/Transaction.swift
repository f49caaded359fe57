import CMath

/// What a head has learned and not yet been cleared: the newest segment of rows that its long memories took in, and what was known before it.
///
/// Every row is learned at once and predicted with at once, so nothing waits for the audit. What is provisional is known by row: a row's mark in
/// the ring says in which segment it was learned, and the ring still holds all that it takes to learn it, or to take it out again, exactly
/// (`Factor.withdraw`). A segment that is full is held against the rows that no head has learned: the weights from before it, W₀, against
/// those after it, W₁. When it has passed, W₁ takes the place of W₀; when it has not, its rows are withdrawn, a slice a frame, and the
/// mixture's books become those that were kept with W₀.
///
/// A row's verdict is (e₁² − e₀²)/(e₁² + e₀²), in [−1, 1]: free of scale, and deaf to how far out a label is. A segment fails where the mean
/// verdict of the audit is `mostHarm` at least and `significance` standard errors above zero, unless the rows that came after it say
/// the opposite: what is harmful to the past and good for the present is a change of the world, not poison. One that may be harmful goes on
/// until that is clear, as long as the ring holds its rows.
///
/// Shapes: N rows of the ring, W of D × K of the main memory, the bytes of the books, twice. Cost: two back substitutions a segment (D²K/2), 2·D·K for each
/// row that is audited, nothing for a row that is learned.
struct Transaction {
    /// Labels of a segment.
    static let length = 128
    /// Rows that are audited: at least, at most, and a frame.
    static let leastAudit = 24
    static let mostAudit = 64
    static let auditSlice = 8
    /// Rows after a segment that testify for it.
    static let witnesses = 32
    /// After a segment that was dropped so many are as short as this, are decided upon this many rows after they began, and need `testimony` standard
    /// errors only, so that little is left when the poison ends.
    static let shortSegments = 8
    static let shortLength = 32
    static let shortAge = 64
    /// Rows that are withdrawn a frame.
    static let withdrawSlice = 4
    /// Mean verdict of a segment that fails: .05 is a tenth of the squared error.
    static let mostHarm = 0.05
    static let significance = 3.0
    /// Share of the variance of a factory's labels that may be unknown before a segment for them to judge it.
    static let mostLeft = 0.5
    /// Standard errors by which the present speaks for a segment.
    static let testimony = 2.0

    enum Phase: Int { case filling, auditing, withdrawing }

    /// Welford's, of verdicts.
    struct Verdicts: BitwiseCopyable {
        private(set) var count = 0.0
        private(set) var mean = 0.0
        private var squares = 0.0

        mutating func add(_ verdict: Double) {
            guard verdict.isFinite else { return }
            count += 1
            let step = verdict - mean
            mean += step / count
            squares += step * (verdict - mean)
        }

        /// Of the mean, in standard errors; 0 where there is none.
        var significance: Double {
            guard count > 1, mean != 0 else { return 0 }
            return mean / (max(squares, 1e-12) / (count - 1) / count).squareRoot()
        }
    }

    /// Whole words, so that the archived bytes have no padding.
    private struct State: BitwiseCopyable {
        var phase = 0
        /// 1 when W₀ and the books are kept.
        var isOpen = 0
        /// Of the segment that is filled; marks of others but the judged one mean nothing.
        var number = 1
        var count = 0
        /// Labels at which it is full.
        var bound = Transaction.length
        var first = Int.max
        var judged = 0
        var judgedCount = 0
        var judgedFirst = 0
        var judgedEnd = 0
        /// The next slot that is audited, or the next row that is withdrawn.
        var cursor = 0
        /// What W₀ is wrong by on a factory's rows, squared and summed.
        var lentError = 0.0
        var audit = Verdicts()
        var present = Verdicts()
        /// Segments that are still to be short.
        var wary = 0
        var accepted = 0
        var unaudited = 0
        var quarantined = 0
    }

    let rows: Int
    let width: Int
    let outputs: Int
    let bookBytes: Int
    let isOfClasses: Bool
    let before: UnsafeMutablePointer<Real>
    let after: UnsafeMutablePointer<Real>
    /// The books with W₀, and those with W₁.
    private let books: UnsafeMutablePointer<UInt8>
    private let newerBooks: UnsafeMutablePointer<UInt8>
    /// Of each row of the ring the segment it was learned in.
    private let marks: UnsafeMutablePointer<UInt16>
    /// What W₀ has said of the newest row it was asked about, and what W₁.
    let said: UnsafeMutablePointer<Real>
    private var state = State()

    init(rows: Int, like memory: Factor, isOfClasses: Bool, bookBytes: Int, _ carver: inout Carver) {
        self.isOfClasses = isOfClasses
        (self.rows, width, outputs, self.bookBytes) = (rows, memory.width, memory.outputs, bookBytes)
        before = carver.carve(Real.self, width * outputs)
        after = carver.carve(Real.self, width * outputs)
        books = carver.carve(UInt8.self, bookBytes)
        newerBooks = carver.carve(UInt8.self, bookBytes)
        marks = carver.carve(UInt16.self, rows)
        said = carver.carve(Real.self, 2 * outputs)
    }

    mutating func reset() {
        state = State()
        marks.update(repeating: 0, count: rows)
    }

    /// Nothing is provisional, and nothing of what was known before, the newest labels of then among it, is left.
    mutating func wipe() {
        reset()
        before.update(repeating: 0, count: width * outputs)
        after.update(repeating: 0, count: width * outputs)
        books.update(repeating: 0, count: bookBytes)
        newerBooks.update(repeating: 0, count: bookBytes)
    }

    var phase: Phase { Phase(rawValue: state.phase) ?? .filling }
    var isOpen: Bool { state.isOpen == 1 }
    var accepted: Int { state.accepted }
    var unaudited: Int { state.unaudited }
    var quarantined: Int { state.quarantined }
    /// Labels of the segment that is being filled.
    var count: Int { state.count }

    // MARK: Filling

    /// A row is opened that no head has learned.
    func open(_ serial: Int) { marks[serial % rows] = 0 }

    /// A row has been learned.
    mutating func note(_ serial: Int) {
        guard isOpen else { return }
        marks[serial % rows] = UInt16(truncatingIfNeeded: state.number)
        state.count += 1
        state.first = min(state.first, serial)
    }

    /// The mark of a row that was withdrawn.
    private static let gone: UInt16 = 0xFFFF

    /// Whether a row was withdrawn: a fit that learns all rows again passes it over.
    func isGone(_ serial: Int) -> Bool { marks[serial % rows] == Self.gone }

    /// Whether a row is in a long memory and may yet be withdrawn from it.
    func isProvisional(_ serial: Int) -> Bool {
        let mark = Int(marks[serial % rows])
        return mark != 0 && (mark == state.number & 0xFFFF || (phase != .filling && mark == state.judged & 0xFFFF))
    }

    /// A row is no longer in the long memories.
    func clear(_ serial: Int) { marks[serial % rows] = 0 }

    /// What is known now is what segments are measured by.
    mutating func begin(_ memory: Factor, _ archiveBooks: (inout Archive) -> Void) {
        memory.weights(into: before, width: width)
        keep(archiveBooks, in: books)
        state.isOpen = 1
        nextSegment()
    }

    private func keep(_ archiveBooks: (inout Archive) -> Void, in place: UnsafeMutablePointer<UInt8>) {
        var archive = Archive.writing(to: UnsafeMutableRawBufferPointer(start: place, count: bookBytes))
        archiveBooks(&archive)
    }

    /// The books as they were.
    var keptBooks: Archive { .reading(from: UnsafeRawBufferPointer(start: books, count: bookBytes)) }

    private mutating func nextSegment() {
        // 0 is no segment, and the largest is none either.
        state.number = state.number % (Int(Self.gone) - 1) + 1
        (state.count, state.first, state.bound) = (0, Int.max, state.wary > 0 ? Self.shortLength : Self.length)
    }

    /// What was provisional stays: the memories are others now, or have been learned again.
    mutating func void() {
        (state.phase, state.isOpen) = (Phase.filling.rawValue, 0)
        nextSegment()
    }

    /// Whether the segment is to be judged now.
    ///
    /// - Parameters:
    ///   - next: the serial number of the next row.
    ///   - depth: rows before a row that its latent needs.
    func isFull(next: Int, depth: Int) -> Bool {
        guard phase == .filling, isOpen, state.count > 0 else { return false }
        return state.count >= state.bound || next - state.first + depth >= (state.wary > 0 && state.count < state.bound ? min(limit, Self.shortAge) : limit)
    }

    /// Labels look wrong: the segment that is filled is judged soon.
    mutating func hurry() { state.bound = min(state.bound, max(state.count, Self.shortLength)) }

    mutating func close(_ memory: Factor, next: Int, _ archiveBooks: (inout Archive) -> Void) {
        memory.weights(into: after, width: width)
        keep(archiveBooks, in: newerBooks)
        (state.judged, state.judgedCount, state.judgedFirst, state.judgedEnd) = (state.number, state.count, state.first, next)
        (state.audit, state.present, state.cursor, state.lentError) = (Verdicts(), Verdicts(), 0, 0)
        state.phase = Phase.auditing.rawValue
        nextSegment()
    }

    /// A segment that nobody can judge is taken as it is.
    mutating func acceptUnaudited(_ memory: Factor, _ archiveBooks: (inout Archive) -> Void) {
        state.unaudited += 1
        begin(memory, archiveBooks)
    }

    // MARK: Judging

    /// The place of the next row to be audited, of `most`; nil when all have been heard.
    mutating func nextAudit(of most: Int) -> Int? {
        guard state.cursor < most else { return nil }
        state.cursor += 1
        return state.cursor - 1
    }

    mutating func audit(_ latent: UnsafePointer<Real>, _ target: UnsafePointer<Real>, width n: Int, active: Int) {
        state.audit.add(verdict(latent, target, n, active))
    }

    /// Hears of a factory's row what W₀ is wrong by.
    mutating func hear(_ latent: UnsafePointer<Real>, _ target: UnsafePointer<Real>, width n: Int, active: Int) {
        said.update(repeating: 0, count: active)
        for i in 0..<n { RowKernels.axpy(latent[i], before + i * outputs, said, active) }
        for k in 0..<active {
            let off = Double(target[k] - said[k])
            state.lentError += off.isFinite ? off * off : 0
        }
    }

    /// Whether a factory's rows, so many of which have been heard, are to count: where what was known before the segment is right about them. Its world is another
    /// where more is left of their labels than `mostLeft` of how they vary, and what is right here is wrong there.
    ///
    /// - Parameter spread: the variance of their labels, summed over targets.
    func understands(rows: Int, spread: Double) -> Bool { state.lentError <= Self.mostLeft * spread * Double(rows) }

    /// Whether enough rows have been heard to judge by.
    var hasEnough: Bool { state.audit.count >= Double(Self.leastAudit) }

    /// Whether all of so many rows have been asked.
    func hasAsked(_ most: Int) -> Bool { state.cursor >= most }

    /// Whether rows that come are to testify.
    var wantsWitness: Bool { phase == .auditing && state.present.count < Double(Self.witnesses) }

    mutating func testify(_ latent: UnsafePointer<Real>, _ target: UnsafePointer<Real>, width n: Int, active: Int) {
        state.present.add(verdict(latent, target, n, active))
    }

    /// By one number a row: the mean of the targets' verdicts, or that of all classes' squares together, where scores mean nothing apart.
    private func verdict(_ latent: UnsafePointer<Real>, _ target: UnsafePointer<Real>, _ n: Int, _ active: Int) -> Double {
        let (old, new) = (said, said + outputs)
        old.update(repeating: 0, count: active)
        new.update(repeating: 0, count: active)
        for i in 0..<n {
            RowKernels.axpy(latent[i], before + i * outputs, old, active)
            RowKernels.axpy(latent[i], after + i * outputs, new, active)
        }
        var (total, older, newer) = (0.0, 0.0, 0.0)
        for k in 0..<active {
            let (a, b) = (Double(target[k] - old[k]), Double(target[k] - new[k]))
            let (a2, b2) = (a * a, b * b)
            (older, newer) = (older + a2, newer + b2)
            total += (b2 - a2) / max(a2 + b2, 1e-12)
        }
        return isOfClasses ? (newer - older) / max(newer + older, 1e-12) : total / Double(max(active, 1))
    }

    /// How wrong what was known before is on a row: the sum of the targets' log-squares, so that no scale is needed.
    func error(
        of weights: UnsafePointer<Real>, _ latent: UnsafePointer<Real>, _ target: UnsafePointer<Real>, width n: Int, active: Int
    ) -> Real {
        said.update(repeating: 0, count: active)
        for i in 0..<n { RowKernels.axpy(latent[i], weights + i * outputs, said, active) }
        return Self.error(of: said, target, active: active)
    }

    /// Logarithm of the product of squared errors: the scales of targets do not matter.
    static func error(of said: UnsafePointer<Real>, _ target: UnsafePointer<Real>, active: Int) -> Real {
        var sum = 0.0
        for k in 0..<active {
            let off = Double(target[k] - said[k])
            sum += log(off * off + 1e-18)
        }
        return Real(sum)
    }

    enum Verdict { case taken, dropped, undecided }

    /// What is to become of the judged segment, once enough is known.
    ///
    /// - Parameter isLent: a factory's rows have been asked. Its world may be another, so that the present is waited for even where segments are short, for
    ///   as many rows as they last.
    func verdict(next: Int, depth: Int, audited most: Int, isLent: Bool = false) -> Verdict? {
        guard phase == .auditing, state.cursor >= most else { return nil }
        let isLate = next - state.judgedFirst + depth >= limit
        guard state.audit.mean >= (isLate ? Self.mostHarm : Self.mostHarm / 2) else { return .taken }
        let needed = isLate || state.wary > 0 ? Self.testimony : Self.significance
        guard state.audit.mean >= Self.mostHarm, state.audit.significance >= needed else { return isLate ? .taken : .undecided }
        let waits = state.wary == 0 || (isLent && next - state.judgedEnd < Self.shortAge)
        guard isLate || !waits || state.present.count >= Double(Self.witnesses) else { return nil }
        return state.present.significance <= -Self.testimony ? .taken : .dropped
    }

    /// Neither cleared nor condemned: it goes on with the rows that have come since, and W₀ stays. What harms, harms the more the longer it lasts.
    mutating func extend() {
        for i in 0..<rows where Int(marks[i]) == state.number & 0xFFFF { marks[i] = UInt16(truncatingIfNeeded: state.judged) }
        state.number = state.judged
        state.count += state.judgedCount
        state.first = min(state.first, state.judgedFirst)
        state.bound = state.count + (state.wary > 0 ? Self.shortLength : Self.length)
        state.phase = Phase.filling.rawValue
    }

    /// Rows after which a segment is decided upon: so that the ring still holds it while it is withdrawn.
    private var limit: Int { rows * 11 / 16 }

    /// The judged segment is what is known now.
    mutating func accept() {
        before.update(from: after, count: width * outputs)
        books.update(from: newerBooks, count: bookBytes)
        state.accepted += 1
        state.wary = max(state.wary - 1, 0)
        state.phase = Phase.filling.rawValue
    }

    mutating func reject() {
        state.quarantined += 1
        // The segment that has begun meanwhile is a short one, too.
        (state.wary, state.bound) = (Self.shortSegments, Self.shortLength)
        state.cursor = state.judgedFirst
        state.phase = Phase.withdrawing.rawValue
    }

    /// The next row of the judged segment to be withdrawn; nil when there is none left.
    mutating func nextWithdrawal(oldest: Int) -> Int? {
        guard phase == .withdrawing else { return nil }
        state.cursor = max(state.cursor, oldest)
        while state.cursor < state.judgedEnd {
            let serial = state.cursor
            state.cursor += 1
            guard Int(marks[serial % rows]) == state.judged & 0xFFFF else { continue }
            marks[serial % rows] = Self.gone
            return serial
        }
        return nil
    }

    var isDone: Bool { phase == .withdrawing && state.cursor >= state.judgedEnd }
    /// The rows of the ring among which the judged ones are.
    var judgedRows: Range<Int> { state.judgedFirst..<max(state.judgedEnd, state.judgedFirst) }

    /// Nothing is provisional any more, and nothing is left of what was known before.
    mutating func clear() {
        void()
        marks.update(repeating: 0, count: rows)
        before.update(repeating: 0, count: width * outputs)
        after.update(repeating: 0, count: width * outputs)
        said.update(repeating: 0, count: 2 * outputs)
    }

    /// All of it is gone; what was said of it.
    mutating func finish() -> LearnerEvent.Quarantine {
        state.phase = Phase.filling.rawValue
        return LearnerEvent.Quarantine(rows: state.judgedCount, audited: Int(state.audit.count), harm: state.audit.mean)
    }

    mutating func archive(_ archive: inout Archive) {
        archive.scalar(&state)
        archive.array(before, width * outputs)
        archive.array(after, width * outputs)
        archive.array(books, bookBytes)
        archive.array(newerBooks, bookBytes)
        archive.ring(marks, rows)
    }
}
