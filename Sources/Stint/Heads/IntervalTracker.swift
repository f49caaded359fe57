import CMath

/// Intervals whose coverage holds on each side whatever the stream does.
///
/// Three error scales of different memory (1000, 100 and 20 labels) each carry three quantiles of their own normalised errors, found
/// by online gradient steps on the pinball loss: one of their size, and one each of those below and above. So each scale
/// proposes an interval that is the same to both sides, and one that is not; all six are mixed by an inverse power of their interval
/// scores, so that skewed errors cost no more than they must and errors that are not skewed lose nothing to a noisier estimate. A last
/// factor e^a a side moves by that side's misses alone, so that the long-run coverage of each is exact (Gibbs & Candès 2021; conformal
/// PID, Angelopoulos, Candès & Tibshirani 2023). The scale grows with the leverage of the row: wide where the input is new.
///
/// A bound never lies beyond the value: where errors are all to one side, the other is covered more often than promised.
///
/// Late labels settle the interval that was given then. Cost: a few dozen operations a target. State: `width` numbers a target.
struct IntervalTracker {
    static let nominal = 0.9
    /// α/2: how often the truth may lie beyond one side.
    private static let side = (1 - nominal) / 2
    static let scales = 3
    private static let memories = [1000.0, 100.0, 20.0]
    /// Step of the last factors, and their limit.
    private static let step = 0.01
    private static let limit = 3.0
    /// Numbers kept with a pending row: s of each scale.
    static let keptWidth = scales

    /// What is given to both sides of a value, and the predictive deviation.
    struct Width {
        var below: Double
        var above: Double
        var deviation: Double
    }

    let targets: Int
    // Places among the numbers of a target: a below and above, labels so far, and the scales behind them.
    private static let count = 2
    private static let first = 3
    // Places in those of a scale: T and n, the three quantiles, the size of scores, and the two interval scores.
    private static let quantile = 2, below = 3, above = 4, size = 5, evenScore = 6, skewScore = 7, each = 8
    private static let width = first + each * scales
    private let state: UnsafeMutablePointer<Double>

    init(targets: Int, _ carver: inout Carver) {
        self.targets = targets
        state = carver.carve(Double.self, targets * Self.width)
    }

    func reset() {
        state.update(repeating: 0, count: targets * Self.width)
        for j in 0..<targets {
            for i in 0..<Self.scales {
                let p = scale(j, i)
                // The normal quantile; the tracker's own errors take over.
                for place in [Self.quantile, Self.below, Self.above] { p[place] = 1.645 }
                p[Self.size] = 1
            }
        }
    }

    private func scale(_ target: Int, _ i: Int) -> UnsafeMutablePointer<Double> {
        state + target * Self.width + Self.first + Self.each * i
    }

    /// The interval around a value, and the predictive deviation (of the middle memory).
    ///
    /// - Parameters:
    ///   - reach: √(g₁g₂) ≥ 1, how far the row is from what is known.
    ///   - spread: population variance of the labels; stands in while there are no errors.
    ///   - kept: receives what `learn` must be handed with the label.
    func width(_ target: Int, reach: Double, spread: Double, into kept: UnsafeMutablePointer<Float>) -> Width {
        let s = state + target * Self.width
        let prior = 2 * exp(s[Self.count] * -0.10536051565782628)   // 2 · 0.9^count
        let variance = 2 * spread
        let longest = scale(target, 0)
        let anchor = (longest[0] + prior * variance) / (longest[1] + prior)
        var best = Double.infinity
        for i in 0..<Self.scales {
            let p = scale(target, i)
            best = min(best, min(p[Self.evenScore], p[Self.skewScore]))
        }
        var (below, above, total, middle) = (0.0, 0.0, 0.0, 0.0)
        for i in 0..<Self.scales {
            let p = scale(target, i)
            let own = (p[0] + prior * variance) / (p[1] + prior)
            let scale = (own * reach + 0.01 * anchor).squareRoot()
            kept[i] = Float(scale)
            if i == 1 { middle = scale }
            let even = Self.weight(best, p[Self.evenScore])
            let skew = Self.weight(best, p[Self.skewScore])
            below += (even * p[Self.quantile] + skew * p[Self.below]) * scale
            above += (even * p[Self.quantile] + skew * p[Self.above]) * scale
            total += even + skew
        }
        return Width(below: exp(s[0]) * below / total, above: exp(s[1]) * above / total, deviation: middle)
    }

    private static func weight(_ best: Double, _ score: Double) -> Double {
        let ratio = score > 0 ? best / score : 1
        return ratio * ratio * ratio * ratio
    }

    /// The truth about an interval that was given; `below` and `above` are NaN when none was.
    func learn(_ target: Int, error: Double, below: Double, above: Double, reach: Double, _ kept: UnsafePointer<Float>) {
        let s = state + target * Self.width
        if below.isFinite, above.isFinite {
            s[0] = min(max(s[0] + Self.step * ((-error > below ? 1 : 0) - Self.side), -Self.limit), Self.limit)
            s[1] = min(max(s[1] + Self.step * ((error > above ? 1 : 0) - Self.side), -Self.limit), Self.limit)
            for i in 0..<Self.scales where kept[i] > 0 { track(scale(target, i), error, Double(kept[i]), labels: s[Self.count]) }
        }
        for i in 0..<Self.scales {
            let p = scale(target, i)
            let memory = Self.memories[i]
            p[0] += error * error / reach - p[0] / memory
            p[1] += 1 - p[1] / memory
        }
        s[Self.count] += 1
    }

    /// What a scale's two intervals would have been worth, and then its quantiles.
    private func track(_ p: UnsafeMutablePointer<Double>, _ error: Double, _ scale: Double, labels: Double) {
        let x = error / scale
        let even = 2 * p[Self.quantile] + max(0, abs(x) - p[Self.quantile]) / Self.side
        let skew = p[Self.below] + p[Self.above] + (max(0, x - p[Self.above]) + max(0, -x - p[Self.below])) / Self.side
        p[Self.evenScore] += even * scale - p[Self.evenScore] / 300
        p[Self.skewScore] += skew * scale - p[Self.skewScore] / 300
        p[Self.size] += max(0.01, 1 / (labels + 2)) * (min(abs(x), 5 * p[Self.size]) - p[Self.size])
        let rate = max(0.002, 1 / (labels + 10)) * p[Self.size]
        p[Self.quantile] = max(0, p[Self.quantile] + rate * ((abs(x) > p[Self.quantile] ? 1 : 0) - 2 * Self.side))
        p[Self.below] = max(0, p[Self.below] + rate * ((-x > p[Self.below] ? 1 : 0) - Self.side))
        p[Self.above] = max(0, p[Self.above] + rate * ((x > p[Self.above] ? 1 : 0) - Self.side))
    }

    mutating func archive(_ archive: inout Archive) { archive.array(state, targets * Self.width) }
}
