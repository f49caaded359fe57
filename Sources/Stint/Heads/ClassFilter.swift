import CMath

/// What the rows since the newest label say together, where classes stay or follow each other: a hidden Markov filter.
///
/// From the newest labelled row on, p ← (p·T)·e: T is how often a class was followed by another in the next row, as the labels
/// have shown, and e what the experts say of a row over how often the class comes, to the power `trust`. Rows that follow each
/// other are wrong together, so each counts for a part of one. Where labels are late, the rows that still wait for theirs are
/// news that no other expert uses. Where the labels are later than can be gone back to, the filter runs on by itself.
///
/// Shapes: K ≤ `most` classes; more, and nothing is said (all alike). Evidence of `reach` rows. Cost: `work` multiply-adds a row at most.
/// Source: the forward recursion of Rabiner (1989).
struct ClassFilter {
    private static let trust = 0.35
    /// Classes that there may be.
    static let most = 64
    /// Rows that can be gone back to.
    static let reach = 128
    private static let work = 8192
    private static let fading: Float = 0.9998
    private static let least = 1e-6
    /// Evidence is kept in steps of 1/2048 nats.
    private static let steps = 2048.0

    private let classes: Int
    private let rows: Int
    private let evidence: UnsafeMutablePointer<Int16>
    private let transitions: UnsafeMutablePointer<Float>
    private let chain: UnsafeMutablePointer<Double>
    private let belief: UnsafeMutablePointer<Double>
    private let ahead: UnsafeMutablePointer<Double>
    /// The newest row with a label, and its class; −1 for none.
    private var anchor = -1
    private var anchored = -1

    init(classes capacity: Int, rows pending: Int, _ carver: inout Carver) {
        classes = capacity <= Self.most ? capacity : 0
        rows = min(Self.reach, pending)
        evidence = carver.carve(Int16.self, rows * classes)
        transitions = carver.carve(Float.self, classes * classes)
        chain = carver.carve(Double.self, classes * classes)
        belief = carver.carve(Double.self, classes)
        ahead = carver.carve(Double.self, classes)
    }

    mutating func reset() {
        evidence.update(repeating: 0, count: rows * classes)
        transitions.update(repeating: 0, count: classes * classes)
        belief.update(repeating: 0, count: classes)
        (anchor, anchored) = (-1, -1)
    }

    /// A row of which nothing is said yet.
    func open(_ serial: Int) { (evidence + serial % rows * classes).update(repeating: 0, count: classes) }

    /// Takes in what is thought of a row, and says what it is with the rows before it.
    ///
    /// - Parameters:
    ///   - vote: what the experts say together.
    ///   - frequency: of each class; what a vote is measured by.
    func predict(
        _ serial: Int, vote: UnsafePointer<Double>, frequency: UnsafePointer<Double>, known: Int, into p: UnsafeMutablePointer<Double>
    ) {
        guard classes > 0 else {
            for k in 0..<known { p[k] = 1 / Double(known) }
            return
        }
        let own = evidence + serial % rows * classes
        for k in 0..<known { own[k] = Int16(Self.steps * Self.trust * log(max(vote[k], 1e-3) / frequency[k])) }
        fillChain(frequency, known)
        let back = serial - anchor
        if anchored >= 0, back > 0, back < rows, back * known * known <= Self.work {
            for k in 0..<known { belief[k] = k == anchored ? 1 : 0 }
            for row in (anchor + 1)...serial { step(row, known) }
        } else {
            step(serial, known)
        }
        for k in 0..<known { p[k] = belief[k] }
    }

    private func fillChain(_ frequency: UnsafePointer<Double>, _ known: Int) {
        for a in 0..<known {
            var total = 0.0
            for k in 0..<known { total += Double(transitions[a * classes + k]) }
            for k in 0..<known {
                chain[a * classes + k] = (Double(transitions[a * classes + k]) + frequency[k] + (a == k ? 1 : 0)) / (total + 2)
            }
        }
    }

    private func step(_ row: Int, _ known: Int) {
        for k in 0..<known { ahead[k] = 0 }
        for a in 0..<known where belief[a] > 0 {
            for k in 0..<known { ahead[k] += belief[a] * chain[a * classes + k] }
        }
        let said = evidence + row % rows * classes
        var total = 0.0
        for k in 0..<known {
            belief[k] = max(ahead[k], Self.least) * exp(Double(said[k]) / Self.steps)
            total += belief[k]
        }
        for k in 0..<known { belief[k] /= total }
    }

    /// A row has its class.
    ///
    /// - Parameter before: that of the row before it, −1 while it is not known.
    mutating func learn(_ serial: Int, _ truth: Int, before: Int) {
        guard classes > 0 else { return }
        if serial > anchor { (anchor, anchored) = (serial, truth) }
        guard before >= 0 else { return }
        for k in 0..<classes { transitions[before * classes + k] *= Self.fading }
        transitions[before * classes + truth] += 1
    }

    /// Nothing is known of a class any more.
    mutating func clear(_ id: Int) {
        guard classes > 0 else { return }
        for k in 0..<classes { (transitions[id * classes + k], transitions[k * classes + id]) = (0, 0) }
        belief[id] = 0
        if anchored == id { (anchor, anchored) = (-1, -1) }
    }

    mutating func archive(_ archive: inout Archive) {
        archive.array(evidence, rows * classes)
        archive.array(transitions, classes * classes)
        archive.array(belief, classes)
        archive.scalar(&anchor)
        archive.scalar(&anchored)
    }
}
