/// Forecasts a channel from its own last two values, and says by how much it is wrong.
///
/// A recursive least squares over the whole life of the stream: what comes once in ten thousand rows is compared with a model that
/// knows ten thousand rows, whatever incidents, restarts and new scalings there were in between. Values are in units of the
/// channel's own first spread, so that the prior means the same for every channel; a channel that has not moved yet has none.
///
/// Shape: latent [1, x₋₁, x₋₂]. Cost: some 40 operations a row.
/// Source: recursive least squares, Plackett (1950).
struct ChannelForecast: BitwiseCopyable {
    /// Values are cut off here, in units: what is farther away is as strange as it gets, and would only blind the model.
    static let farthest = 1e4

    private var center = 0.0
    private var unit = 0.0
    /// x₋₁, x₋₂, and how many of them there are.
    private var lags = (0.0, 0.0)
    private var known = 0.0
    private var weights = (0.0, 0.0, 0.0)
    /// A⁻¹ by rows, its upper half.
    private var inverse = (1.0, 0.0, 0.0, 1.0, 0.0, 1.0)

    var hasUnit: Bool { unit > 0 }

    /// The measure that values are counted in; the first that is not nothing stays.
    mutating func measure(center: Double, unit: Double) {
        guard self.unit == 0, unit > 0 else { return }
        (self.center, self.unit) = (center, unit)
    }

    /// A value in units; nothing while there are none.
    func scaled(_ value: Double) -> Double { unit > 0 ? min(max((value - center) / unit, -Self.farthest), Self.farthest) : 0 }

    /// What was one value all the time has two lags of it.
    mutating func begin() { known = 2 }

    /// A row without a value: the lags are gone.
    mutating func skip() { known = 0 }

    /// The same, to the last digit.
    mutating func forgetRows() { (known, lags) = (0, (0, 0)) }

    /// x − x̂ in units; nil until there are two values. Learns from the row if told to.
    mutating func error(_ x: Double, learns: Bool) -> Double? {
        let (a, b) = lags
        lags = (x, a)
        guard known >= 2 else {
            known += 1
            return nil
        }
        let error = x - weights.0 - weights.1 * a - weights.2 * b
        guard learns else { return error }
        let (p, q, r, s, t, u) = inverse
        let g0 = p + q * a + r * b
        let g1 = q + s * a + t * b
        let g2 = r + t * a + u * b
        let gain = 1 / (1 + g0 + g1 * a + g2 * b)
        weights.0 += gain * g0 * error
        weights.1 += gain * g1 * error
        weights.2 += gain * g2 * error
        inverse = (
            p - gain * g0 * g0, q - gain * g0 * g1, r - gain * g0 * g2, s - gain * g1 * g1, t - gain * g1 * g2, u - gain * g2 * g2
        )
        return error
    }
}
