import CMath

/// What the delivered labels of a classification head say by themselves: which class follows which, and how often each came.
///
/// Counts fade slowly (γ = .9998, about 5000 labels) for the transitions and the long-run frequencies, and fast (.98, .9) for
/// the two recent frequencies. Shapes: classes × classes and 3 × classes.
struct ClassContext {
    /// Experts: transition, frequency .98, frequency .9.
    static let experts = 3
    /// How fast the usual age follows.
    private static let pace = 0.02
    /// Usual ages that a label may have before it counts for less: those that come irregularly are now and then twice as old.
    private static let patience = 2.0
    private static let fading = (slow: 0.9998, middle: 0.98, quick: 0.9)

    let classes: Int
    let transitions: UnsafeMutablePointer<Float>
    /// Three tables of counts: slow, middle, quick.
    let counts: UnsafeMutablePointer<Double>
    /// Rows that the newest label was old when a row was predicted whose label came, on the mean; 0 before there was one.
    private var usualAge = 0.0

    init(classes: Int, _ carver: inout Carver) {
        self.classes = classes
        transitions = carver.carve(Float.self, classes * classes)
        counts = carver.carve(Double.self, 3 * classes)
    }

    mutating func reset() {
        usualAge = 0
        transitions.update(repeating: 0, count: classes * classes)
        counts.update(repeating: 0, count: 3 * classes)
    }

    /// How often each class has come in the long run.
    func frequencies(_ known: Int, into p: UnsafeMutablePointer<Double>) {
        let total = total(0, known)
        for k in 0..<known { p[k] = frequency(0, total, k, known) }
    }

    private func frequency(_ table: Int, _ total: Double, _ k: Int, _ known: Int) -> Double {
        (counts[table * classes + k] + 0.5) / (total + 0.5 * Double(known))
    }

    private func total(_ table: Int, _ known: Int) -> Double {
        var sum = 0.0
        for k in 0..<known { sum += counts[table * classes + k] }
        return sum
    }

    /// What the newest label is still worth when it is so many rows old, from 1 to 0: all of it as long as labels come as they use to.
    ///
    /// Where they stop the chain of classes runs on without them, a step for each age that labels used to have. What is told apart is only
    /// staying and not staying, as if there were two classes: the lead of a class over its frequency shrinks by one factor a step.
    func worth(_ newest: Int, age: Int, known: Int) -> Double {
        guard newest >= 0, usualAge > 0 else { return 1 }
        let overdue = Double(age) / usualAge - Self.patience
        guard overdue > 0 else { return 1 }
        let slow = frequency(0, total(0, known), newest, known)
        var rowTotal = 0.0
        for k in 0..<known { rowTotal += Double(transitions[newest * classes + k]) }
        let stays = (Double(transitions[newest * classes + newest]) + slow + 1) / (rowTotal + 2)
        let factor = min(max((stays - slow) / max(1 - slow, 1e-9), 0), 1)
        return exp(overdue * log(max(factor, 1e-9)))
    }

    /// Probabilities of each of the three, experts × `stride`, of which the first `known` are written.
    ///
    /// - Parameter worth: of the newest label; what is missing to 1 goes to the frequencies of the long run.
    func predict(newest: Int, worth: Double, known: Int, into said: UnsafeMutablePointer<Double>, stride: Int) {
        let totals = (total(0, known), total(1, known), total(2, known))
        var rowTotal = 0.0
        if newest >= 0 { for k in 0..<known { rowTotal += Double(transitions[newest * classes + k]) } }
        for k in 0..<known {
            let slow = frequency(0, totals.0, k, known)
            let next = newest < 0 ? slow
                : (Double(transitions[newest * classes + k]) + slow + (k == newest ? 1 : 0)) / (rowTotal + 2)
            said[k] = worth * next + (1 - worth) * slow
            said[stride + k] = worth * frequency(1, totals.1, k, known) + (1 - worth) * slow
            said[2 * stride + k] = worth * frequency(2, totals.2, k, known) + (1 - worth) * slow
        }
    }

    /// - Parameters:
    ///   - before: the newest class that had been delivered when the row was predicted, −1 for none.
    ///   - age: how many rows old it was then, 0 where that says nothing.
    mutating func learn(_ truth: Int, before: Int, age: Int) {
        for k in 0..<classes {
            counts[k] *= Self.fading.slow
            counts[classes + k] *= Self.fading.middle
            counts[2 * classes + k] *= Self.fading.quick
        }
        for table in 0..<3 { counts[table * classes + truth] += 1 }
        guard before >= 0 else { return }
        if age > 0 { usualAge = usualAge > 0 ? usualAge + Self.pace * (Double(age) - usualAge) : Double(age) }
        for k in 0..<classes { transitions[before * classes + k] *= Float(Self.fading.slow) }
        transitions[before * classes + truth] += 1
    }

    /// Nothing is known of a class any more.
    func clear(_ id: Int) {
        for table in 0..<3 { counts[table * classes + id] = 0 }
        for k in 0..<classes { (transitions[id * classes + k], transitions[k * classes + id]) = (0, 0) }
    }

    mutating func archive(_ archive: inout Archive) {
        archive.array(transitions, classes * classes)
        archive.array(counts, 3 * classes)
        archive.scalar(&usualAge)
    }
}
