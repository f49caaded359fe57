/// What the delivered labels of each target say by themselves: the newest ones, their range, their moments; and the experts
/// that need no more than that.
///
/// Numbers are kept relative to the first label of a target, so that an offset costs no digits.
struct LabelHistory {
    /// How many delivered labels back the own lags of a head look.
    static let depth = 3
    /// τ of the two exponential means.
    static let means = (16.0, 128.0)
    /// Forgetting of the autoregression on own lags.
    static let fading = 0.99

    let targets: Int
    let origins: UnsafeMutablePointer<Double>
    /// targets × depth, newest first.
    let newest: UnsafeMutablePointer<Double>
    let counts: UnsafeMutablePointer<Double>
    let moments: UnsafeMutablePointer<Moments>
    let lowest: UnsafeMutablePointer<Double>
    let highest: UnsafeMutablePointer<Double>
    /// targets × 4: sum and weight of the two means.
    private let sums: UnsafeMutablePointer<Double>
    /// targets × (9 + 3 + 1): S, b, n of the autoregression.
    private let regression: UnsafeMutablePointer<Double>
    private let scratch: UnsafeMutablePointer<Double>
    /// Where no sample is kept, an origin is near to the first label, and not that.
    private let isCoarse: Bool

    init(targets: Int, isCoarse: Bool = false, _ carver: inout Carver) {
        self.targets = targets
        self.isCoarse = isCoarse
        origins = carver.carve(Double.self, targets)
        newest = carver.carve(Double.self, targets * Self.depth)
        counts = carver.carve(Double.self, targets)
        moments = carver.carve(Moments.self, targets)
        lowest = carver.carve(Double.self, targets)
        highest = carver.carve(Double.self, targets)
        sums = carver.carve(Double.self, targets * 4)
        regression = carver.carve(Double.self, targets * 13)
        scratch = carver.carve(Double.self, 18)
    }

    func reset() {
        origins.update(repeating: .nan, count: targets)
        newest.update(repeating: 0, count: targets * Self.depth)
        counts.update(repeating: 0, count: targets)
        moments.update(repeating: Moments(), count: targets)
        lowest.update(repeating: 0, count: targets)
        highest.update(repeating: 0, count: targets)
        sums.update(repeating: 0, count: targets * 4)
        regression.update(repeating: 0, count: targets * 13)
    }

    /// A label in the target's own units, relative to its origin.
    func relative(_ target: Int, _ label: Float) -> Double { Double(label) - origins[target] }
    func relative(_ target: Int, _ value: Double) -> Double { value - origins[target] }
    func absolute(_ target: Int, _ value: Double) -> Float { Float(origins[target] + value) }

    /// Shifts in a label, by its value as delivered; the first one is the origin. Returns it relative to that.
    func shift(_ target: Int, _ label: Float) -> Double {
        if origins[target].isNaN { begin(target, at: label) }
        let value = relative(target, label)
        let lags = newest + target * Self.depth
        lags[2] = lags[1]
        lags[1] = lags[0]
        lags[0] = value
        lowest[target] = counts[target] == 0 ? value : min(lowest[target], value)
        highest[target] = counts[target] == 0 ? value : max(highest[target], value)
        counts[target] += 1
        moments[target].add(value)
        return value
    }

    /// What numbers of a target are relative to, where its first label is known before it comes.
    func begin(_ target: Int, at origin: Float) { origins[target] = Double(isCoarse ? origin.coarse : origin) }

    /// The newest labels were not kept: until there is another, the mean stands in for them.
    func recallMeans() {
        for j in 0..<targets { (newest + j * Self.depth).update(repeating: counts[j] > 0 ? moments[j].mean : 0, count: Self.depth) }
    }

    /// Puts the head where it was when a kept row was predicted: of the newest labels only one is known.
    func recall(_ target: Int, newest value: Float) {
        let lags = newest + target * Self.depth
        lags[0] = counts[target] > 0 ? relative(target, value) : .nan
        (lags[1], lags[2]) = (.nan, .nan)
    }

    /// No prediction further out than one range beyond what has been seen.
    func bounded(_ target: Int, _ value: Double) -> Double {
        let range = highest[target] - lowest[target]
        return min(max(value, lowest[target] - range), highest[target] + range)
    }

    /// The exponential means, nil before the first label.
    func means(_ target: Int) -> (Double, Double) {
        let s = sums + target * 4
        return (s[0] / s[1], s[2] / s[3])
    }

    /// The forecast from own lags: the newest label plus what its last steps and its distance from the mean have been worth.
    ///
    /// - Parameter age: rows since the newest label, minus one; the ridge grows with it.
    func forecast(_ target: Int, age: Int) -> Double {
        let lags = newest + target * Self.depth
        let s = regression + target * 13
        let b = s + 9
        let n = s[12]
        let largest = max(s[0], s[4], s[8])
        guard counts[target] >= 3, n > 0, largest > 0 else { return lags[0] }
        let share = (4 + Double(age)) / n
        guard SmallCholesky.solve(s, 3, diagonal: { share * s[$0 * 4] + 1e-9 * largest }, b, into: scratch, scratch: scratch + 3)
        else { return lags[0] }
        let mean = moments[target].mean
        return lags[0] + (lags[0] - lags[1]) * scratch[0] + (lags[1] - lags[2]) * scratch[1] + (mean - lags[0]) * scratch[2]
    }

    /// Learns the autoregression from a label and from the lags and the mean as they were when its row was predicted.
    func learn(_ target: Int, _ value: Double, lags: (Double, Double, Double), mean: Double, isComplete: Bool) {
        let s = regression + target * 13
        if isComplete {
            let f = (lags.0 - lags.1, lags.1 - lags.2, mean - lags.0)
            let error = value - lags.0
            let products = (f.0 * f.0, f.0 * f.1, f.0 * f.2, f.1 * f.1, f.1 * f.2, f.2 * f.2)
            for i in 0..<13 { s[i] *= Self.fading }
            s[0] += products.0
            s[1] += products.1
            s[2] += products.2
            s[3] += products.1
            s[4] += products.3
            s[5] += products.4
            s[6] += products.2
            s[7] += products.4
            s[8] += products.5
            s[9] += f.0 * error
            s[10] += f.1 * error
            s[11] += f.2 * error
            s[12] += 1
        }
        let e = sums + target * 4
        e[0] += value - e[0] / Self.means.0
        e[1] += 1 - e[1] / Self.means.0
        e[2] += value - e[2] / Self.means.1
        e[3] += 1 - e[3] / Self.means.1
    }

    mutating func archive(_ archive: inout Archive) {
        archive.array(origins, targets)
        archive.present(newest, targets * Self.depth)
        archive.array(counts, targets)
        archive.array(moments, targets)
        archive.array(lowest, targets)
        archive.array(highest, targets)
        archive.array(sums, targets * 4)
        archive.array(regression, targets * 13)
    }
}
