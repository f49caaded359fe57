/// What the delivered labels of a classification head say by themselves: which class follows which, and how often each came.
///
/// Counts fade slowly (γ = .9998, about 5000 labels) for the transitions and the long-run frequencies, and fast (.98, .9) for
/// the two recent frequencies. Shapes: classes × classes and 3 × classes.
struct ClassContext {
    /// Experts: transition, frequency .98, frequency .9.
    static let experts = 3
    private static let fading = (slow: 0.9998, middle: 0.98, quick: 0.9)

    let classes: Int
    let transitions: UnsafeMutablePointer<Float>
    /// Three tables of counts: slow, middle, quick.
    let counts: UnsafeMutablePointer<Double>

    init(classes: Int, _ carver: inout Carver) {
        self.classes = classes
        transitions = carver.carve(Float.self, classes * classes)
        counts = carver.carve(Double.self, 3 * classes)
    }

    func reset() {
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

    /// Probabilities of each of the three, experts × `stride`, of which the first `known` are written.
    func predict(newest: Int, known: Int, into said: UnsafeMutablePointer<Double>, stride: Int) {
        let totals = (total(0, known), total(1, known), total(2, known))
        var rowTotal = 0.0
        if newest >= 0 { for k in 0..<known { rowTotal += Double(transitions[newest * classes + k]) } }
        for k in 0..<known {
            let slow = frequency(0, totals.0, k, known)
            said[k] = newest < 0 ? slow
                : (Double(transitions[newest * classes + k]) + slow + (k == newest ? 1 : 0)) / (rowTotal + 2)
            said[stride + k] = frequency(1, totals.1, k, known)
            said[2 * stride + k] = frequency(2, totals.2, k, known)
        }
    }

    /// - Parameter before: the newest class that had been delivered when the row was predicted, −1 for none.
    func learn(_ truth: Int, before: Int) {
        for k in 0..<classes {
            counts[k] *= Self.fading.slow
            counts[classes + k] *= Self.fading.middle
            counts[2 * classes + k] *= Self.fading.quick
        }
        for table in 0..<3 { counts[table * classes + truth] += 1 }
        guard before >= 0 else { return }
        for k in 0..<classes { transitions[before * classes + k] *= Float(Self.fading.slow) }
        transitions[before * classes + truth] += 1
    }

    mutating func archive(_ archive: inout Archive) {
        archive.array(transitions, classes * classes)
        archive.array(counts, 3 * classes)
    }
}
