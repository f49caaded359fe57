/// What the long memories of a head have learned, told apart by when they learned it, so that any part of it can be taken out again.
///
/// The long memories forget nothing, so what they hold is a sum over rows, and a part of a sum can be subtracted. Three kinds of parts:
///
/// - **Rows that the ring still holds** are single: the ring has all that it takes to compose a row's latent and target again, so
///   each can be withdrawn by itself (`Factor.withdraw`). No byte is kept for that but the number of the span that it was learned in.
/// - **Segments** are what was learned between two *marks*. A mark is a copy of the long memories as they were: the difference of two is
///   the sum of all rows between them. So a row that is learned costs nothing, and two segments become one by dropping the mark between them.
/// - **The base** is what is older than all marks, and what no mark can tell apart: before a memory was exchanged for another's (a fork, a
///   recall, a merge of states, a rehearsal) there is only all or nothing.
///
/// A mark is laid where a quarter of all is newer than the newest, and the oldest mark gives way: a geometric histogram whose segments grow
/// with the life that they are part of. Whatever is dropped of it, what is newer is rebuilt exactly.
///
/// Shapes: S marks of D(D+1)/2 + D·K for each long memory, float64 (a difference of float32 copies would leave a ten thousandth of what was
/// forgotten in the weights); S + 1 spans; N numbers.
/// Source: Datar, Gionis, Indyk & Motwani (2002) for histograms whose buckets grow with age.
struct Segments {
    /// Rows since the newest mark before another one, at least; and as a share of all.
    static let leastRows = 1024.0
    static let share = 0.25

    /// The base, or what was learned since a mark.
    struct Span: BitwiseCopyable {
        /// Rows that were learned in it bear this number, or one between it and the next span's.
        var number = 1
        /// Rows that it holds; of them those that are not single any more, and their stream times.
        var learned = 0.0
        var rows = 0.0
        var from = Double.infinity
        var to = -Double.infinity

        func touches(_ times: ClosedRange<Double>) -> Bool { rows > 0 && from <= times.upperBound && to >= times.lowerBound }

        mutating func take(_ other: Span) {
            (learned, rows) = (learned + other.learned, rows + other.rows)
            (from, to) = (min(from, other.from), max(to, other.to))
        }
    }

    /// N, S, and D of each long memory.
    let rows: Int
    let capacity: Int
    private let outputs: Int
    private let widths: [Int]
    private let ridges: [Real]
    /// Numbers of a mark.
    private let stride: Int
    private let stored: UnsafeMutablePointer<Real>
    private let spans: UnsafeMutablePointer<Span>
    /// Of each row of the ring the number of the span it was learned in: 0 for none, below 0 where it can no longer be composed as it was.
    private let learnedIn: UnsafeMutablePointer<Int32>
    /// Marks that are laid, and where the oldest lies.
    private(set) var count = 0
    private var oldest = 0
    /// Whether the base holds more than sums of rows: memories that were exchanged or weighed down.
    private(set) var isMixed = false

    init(rows: Int, marks: Int, _ memories: Memories, _ carver: inout Carver) {
        (self.rows, capacity, outputs) = (rows, marks, memories.outputs)
        widths = memories.longs.map { $0.factor.width }
        ridges = memories.longs.map { $0.factor.ridge }
        var stride = 0
        for width in widths { stride += Factor.sums(width: width, outputs: memories.outputs) }
        self.stride = stride
        stored = carver.carve(Real.self, marks * stride)
        spans = carver.carve(Span.self, marks + 1)
        learnedIn = carver.carve(Int32.self, rows)
    }

    mutating func reset() {
        (count, oldest, isMixed) = (0, 0, false)
        spans.update(repeating: Span(), count: capacity + 1)
        learnedIn.update(repeating: 0, count: rows)
        stored.update(repeating: 0, count: capacity * stride)
    }

    /// Numbers that the scratch must have room for.
    var scratchCount: Int {
        var most = 0
        for width in widths { most = max(most, Factor.sums(width: width, outputs: outputs)) }
        return most
    }

    // MARK: Rows

    /// A row is opened that no head has learned.
    func open(_ serial: Int) { learnedIn[serial % rows] = 0 }

    /// The long memories have taken in a row.
    ///
    /// - Parameter isComposable: whether its latent will be the same when it is composed again.
    func learn(_ serial: Int, at time: Double, isComposable: Bool) {
        spans[count].learned += 1
        let number = Int32(truncatingIfNeeded: spans[count].number)
        learnedIn[serial % rows] = isComposable ? number : -number
        if !isComposable { note(time, in: count) }
    }

    private func note(_ time: Double, in span: Int) {
        spans[span].rows += 1
        spans[span].from = min(spans[span].from, time)
        spans[span].to = max(spans[span].to, time)
    }

    /// Whether a row can be taken out by itself.
    func isSingle(_ serial: Int) -> Bool { learnedIn[serial % rows] > 0 && !isLent(serial) }

    /// A row is out of the long memories, or not yet in them, and is to be learned (`Cut`).
    func lend(_ serial: Int) { learnedIn[serial % rows] = Self.lent }
    func isLent(_ serial: Int) -> Bool { learnedIn[serial % rows] == Self.lent }
    private static let lent = Int32.max

    /// A row can no longer be composed: from now on it goes with its span only.
    func leave(_ serial: Int, at time: Double) {
        guard isSingle(serial), let span = span(of: serial) else { return }
        learnedIn[serial % rows] = -learnedIn[serial % rows]
        note(time, in: span)
    }

    /// The span that a row was learned in; nil for a row that was not learned, or of which nothing can be said.
    func span(of serial: Int) -> Int? {
        let number = Int(learnedIn[serial % rows].magnitude)
        guard number >= spans[0].number, !isLent(serial) else { return nil }
        var span = count
        while span > 0, spans[span].number > number { span -= 1 }
        return span
    }

    /// A row was taken out of the long memories, and of every mark that had it.
    func withdraw(_ serial: Int) {
        guard learnedIn[serial % rows] != 0 else { return }
        if let span = span(of: serial) { spans[span].learned = max(spans[span].learned - 1, 0) }
        learnedIn[serial % rows] = 0
    }

    func span(_ i: Int) -> Span { spans[i] }

    /// The rows that were learned in a span and can still be composed; allocates.
    func singles(in wanted: Int, _ ring: Range<Int>) -> [Int] { ring.filter { isSingle($0) && span(of: $0) == wanted } }

    // MARK: Marks

    /// Rows that the long memories hold, as far as they were counted.
    var learned: Double {
        var sum = 0.0
        for i in 0...count { sum += spans[i].learned }
        return sum
    }

    /// Whether it is time for another mark.
    var isDue: Bool { capacity > 0 && spans[count].learned >= max(Self.leastRows, Self.share * learned) }

    /// One of the long memories as it was when a mark was laid; 0 is the oldest.
    func mark(_ i: Int, _ long: Int) -> Factor {
        var numbers = stored + (oldest + i) % max(capacity, 1) * stride
        for l in 0..<long { numbers += Factor.sums(width: widths[l], outputs: outputs) }
        return Factor(width: widths[long], outputs: outputs, ridge: ridges[long], over: numbers)
    }

    /// Lays a mark: what is learned from now on can be told from what was.
    mutating func lay(_ memories: Memories) {
        let number = spans[count].number + 1
        if count == capacity { dropOldest() }
        count += 1
        spans[count] = Span(number: number)
        for l in 0..<widths.count { mark(count - 1, l).copy(from: memories.long(l)) }
    }

    /// The base takes in the segment that comes after it; the bytes of the mark between them stay until they are written over.
    private mutating func dropOldest() {
        spans[0].take(spans[1])
        for i in 1..<count { spans[i] = spans[i + 1] }
        oldest = (oldest + 1) % max(capacity, 1)
        count -= 1
    }

    /// The memories are others now: what was learned until then can only be dropped as a whole.
    mutating func mix(until time: Double, from: Double = .infinity, rows held: Double = 0) {
        for i in 1..<max(count + 1, 1) { spans[0].take(spans[i]) }
        spans[0].number = spans[count].number + 1
        spans[0].learned += held
        spans[0].rows = max(spans[0].learned, 1)
        spans[0].from = min(spans[0].from, from)
        spans[0].to = max(spans[0].to, time)
        (count, oldest, isMixed) = (0, 0, true)
        for row in 0..<rows where learnedIn[row] != Self.lent { learnedIn[row] = 0 }
    }

    // MARK: Taking out

    /// Takes a span out of the long memories and of the marks after it. Rows of it that are single have to be learned again.
    ///
    /// - Parameter room: `scratchCount` numbers.
    mutating func drop(_ span: Int, _ memories: Memories, _ scratch: Scratch) {
        for l in 0..<widths.count {
            if span == count {
                restore(memories.long(l), l, to: span)
                continue
            }
            for i in (span + 1)..<max(count, span + 1) { subtract(span, l, from: mark(i, l), scratch) }
            subtract(span, l, from: memories.long(l), scratch)
        }
        guard span < count else {
            spans[span] = Span(number: spans[span].number + 1)
            if span == 0 { isMixed = false }
            return
        }
        // The mark after it has become the mark before it.
        for i in span..<count { spans[i] = spans[i + 1] }
        if span == 0 {
            isMixed = false
            erase(0)
            oldest = (oldest + 1) % max(capacity, 1)
        } else {
            for i in span..<(count - 1) {
                for l in 0..<widths.count { mark(i, l).copy(from: mark(i + 1, l)) }
            }
            erase(count - 1)
        }
        count -= 1
    }

    /// Nothing is newer than the last mark any more.
    private func restore(_ memory: Factor, _ long: Int, to span: Int) {
        if span == 0 { memory.reset() } else { memory.copy(from: mark(span - 1, long)) }
    }

    private func subtract(_ span: Int, _ long: Int, from memory: Factor, _ scratch: Scratch) {
        let sums = scratch.factor(width: memory.width, outputs: outputs, ridge: memory.ridge).r
        sums.update(repeating: 0, count: Factor.sums(width: memory.width, outputs: outputs))
        memory.add(1, to: sums)
        mark(span, long).add(-1, to: sums)
        if span > 0 {
            mark(span - 1, long).add(1, to: sums)
        } else {
            // Of the base all goes but the prior.
            let prior = Factor(width: memory.width, outputs: outputs, ridge: memory.ridge, over: sums)
            for i in 0..<memory.width { prior.row(i)[0] += memory.ridge }
        }
        memory.factorise(sums)
    }

    /// A memory becomes what it was when the newest mark was laid, and in the mark's place is the sum of what has come since (`FactorSums`).
    func part(_ long: Int, _ memory: Factor, _ scratch: Scratch) {
        let (mark, numbers) = (mark(count - 1, long), Factor.sums(width: memory.width, outputs: outputs))
        let sums = scratch.factor(width: memory.width, outputs: outputs, ridge: memory.ridge).r
        sums.update(repeating: 0, count: numbers)
        memory.add(1, to: sums)
        mark.add(-1, to: sums)
        memory.copy(from: mark)
        mark.r.update(from: sums, count: numbers)
    }

    private func erase(_ i: Int) {
        (stored + (oldest + i) % max(capacity, 1) * stride).update(repeating: 0, count: stride)
    }

    /// Nothing is left of marks that are no more.
    func wipe() {
        for i in count..<max(capacity, count) { erase(i) }
    }

    mutating func archive(_ archive: inout Archive) {
        archive.scalar(&count)
        archive.scalar(&oldest)
        var mixed = isMixed ? 1 : 0
        archive.scalar(&mixed)
        isMixed = mixed == 1
        archive.array(spans, capacity + 1)
        archive.array(stored, capacity * stride)
        archive.ring(learnedIn, rows)
    }
}
