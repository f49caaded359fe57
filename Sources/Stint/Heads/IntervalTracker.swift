import CMath

/// Intervals whose coverage holds whatever the stream does.
///
/// Three error scales of different memory (1000, 100 and 20 labels) each carry a quantile of their own normalised errors, found
/// by online gradient steps on the pinball loss; the three half-widths are mixed by an inverse power of their interval score;
/// and a last factor e^a moves by the misses alone, so that the long-run coverage is exact (Gibbs & Candès 2021; conformal PID,
/// Angelopoulos, Candès & Tibshirani 2023). The scale grows with the leverage of the row: wide where the input is new.
///
/// Late labels settle the interval that was given then. Cost: a few dozen operations a target. State: `width` numbers a target.
struct IntervalTracker {
    static let nominal = 0.9
    static let scales = 3
    private static let memories = [1000.0, 100.0, 20.0]
    /// Step of the last factor, and its limit.
    private static let step = 0.01
    private static let limit = 3.0
    /// Numbers kept with a pending row: s and c of each scale.
    static let keptWidth = 2 * scales

    let targets: Int
    private static let width = 2 + 5 * scales
    /// a, cnt, then T, n, q, u, W of each scale.
    private let state: UnsafeMutablePointer<Double>

    init(targets: Int, _ carver: inout Carver) {
        self.targets = targets
        state = carver.carve(Double.self, targets * Self.width)
    }

    func reset() {
        for j in 0..<targets {
            let s = state + j * Self.width
            s.update(repeating: 0, count: Self.width)
            for i in 0..<Self.scales {
                s[4 + 5 * i] = 1.645   // the normal quantile; the tracker's own errors take over
                s[5 + 5 * i] = 1
            }
        }
    }

    /// Half the width of the interval, and the predictive deviation (of the middle memory).
    ///
    /// - Parameters:
    ///   - reach: √(g₁g₂) ≥ 1, how far the row is from what is known.
    ///   - spread: population variance of the labels; stands in while there are no errors.
    ///   - kept: receives what `learn` must be handed with the label.
    func width(_ target: Int, reach: Double, spread: Double, into kept: UnsafeMutablePointer<Float>) -> (half: Double, deviation: Double) {
        let s = state + target * Self.width
        let prior = 2 * exp(s[1] * -0.10536051565782628)   // 2 · 0.9^cnt
        let variance = 2 * spread
        let anchor = (s[2] + prior * variance) / (s[3] + prior)
        var best = Double.infinity
        for i in 0..<Self.scales { best = min(best, s[6 + 5 * i]) }
        var (sum, total, middle) = (0.0, 0.0, 0.0)
        for i in 0..<Self.scales {
            let p = s + 2 + 5 * i
            let own = (p[0] + prior * variance) / (p[1] + prior)
            let scale = (own * reach + 0.01 * anchor).squareRoot()
            let candidate = p[2] * scale
            kept[2 * i] = Float(scale)
            kept[2 * i + 1] = Float(candidate)
            if i == 1 { middle = scale }
            let ratio = p[4] > 0 ? best / p[4] : 1
            let weight = ratio * ratio * ratio * ratio
            sum += weight * candidate
            total += weight
        }
        let half = exp(s[0]) * (total > 0 ? sum / total : Double(kept[1]))
        return (half, middle)
    }

    /// The truth about an interval that was given; `half` is NaN when none was.
    func learn(_ target: Int, error signed: Double, half: Double, reach: Double, _ kept: UnsafePointer<Float>) {
        let s = state + target * Self.width
        let error = abs(signed)
        if half.isFinite { track(s, error, half, kept) }
        for i in 0..<Self.scales {
            let p = s + 2 + 5 * i
            let memory = Self.memories[i]
            p[0] += error * error / reach - p[0] / memory
            p[1] += 1 - p[1] / memory
        }
        s[1] += 1
    }

    private func track(_ s: UnsafeMutablePointer<Double>, _ error: Double, _ half: Double, _ kept: UnsafePointer<Float>) {
        let alpha = 1 - Self.nominal
        s[0] = min(max(s[0] + Self.step * ((error > half ? 1 : 0) - alpha), -Self.limit), Self.limit)
        for i in 0..<Self.scales {
            let p = s + 2 + 5 * i
            let scale = Double(kept[2 * i])
            let candidate = Double(kept[2 * i + 1])
            if scale > 0 {
                let score = error / scale
                p[3] += max(0.01, 1 / (s[1] + 2)) * (min(score, 5 * p[3]) - p[3])
                let missed = score > p[2] ? 1.0 : 0
                p[2] = max(0, p[2] + max(0.002, 1 / (s[1] + 10)) * p[3] * (missed - alpha))
            }
            p[4] += 2 * candidate + 2 / alpha * max(0, error - candidate) - p[4] / 300
        }
    }

    mutating func archive(_ archive: inout Archive) { archive.array(state, targets * Self.width) }
}
