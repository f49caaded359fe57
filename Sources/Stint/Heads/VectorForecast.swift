/// A vector autoregression: forecasts every channel of a row from all channels of the two rows before it.
///
/// Latent [1, x₋₁, x₋₂], one factor for all channels, one long memory. What is masked (a channel without a value, or whose
/// sensor fails) is replaced by its own forecast, so that it neither disturbs the others nor is learned from; when it is back
/// its error counts again as soon as the lags are values and not forecasts.
///
/// Above `widest` channels there is one lag. Shapes: C channels, latent D = 1 + 2C. Cost: D²/2 + DC multiply-adds to forecast,
/// D² + DC to learn.
struct VectorForecast {
    static let widest = 64

    let channels: Int
    let lags: Int
    let width: Int
    /// x − x̂ of the newest row; 0 where masked.
    let error: UnsafeMutablePointer<Float>
    /// 1 where the newest row has no error to speak of.
    let isMasked: UnsafeMutablePointer<UInt8>
    /// Rows learned since the start or restart.
    private(set) var learned = 0

    private var factor: Factor
    private let latent: UnsafeMutablePointer<Real>
    private let target: UnsafeMutablePointer<Real>
    private let current: UnsafeMutablePointer<Float>
    /// x₋₁, then x₋₂.
    private let recent: UnsafeMutablePointer<Float>
    private let sinceMasked: UnsafeMutablePointer<Int32>
    private var hasRecent = false

    static func width(channels: Int) -> Int { 1 + (channels > widest ? 1 : 2) * channels }

    init(channels: Int, _ carver: inout Carver) {
        self.channels = channels
        lags = channels > Self.widest ? 1 : 2
        width = Self.width(channels: channels)
        factor = Factor(width: width, outputs: channels, ridge: 1, &carver)
        error = carver.carve(Float.self, channels)
        isMasked = carver.carve(UInt8.self, channels)
        latent = carver.carve(Real.self, width)
        target = carver.carve(Real.self, channels)
        current = carver.carve(Float.self, channels)
        recent = carver.carve(Float.self, lags * channels)
        sinceMasked = carver.carve(Int32.self, channels)
    }

    mutating func reset() {
        error.update(repeating: 0, count: channels)
        isMasked.update(repeating: 0, count: channels)
        sinceMasked.update(repeating: 8, count: channels)
        recent.update(repeating: 0, count: lags * channels)
        restart()
    }

    /// Forgets what was learned, and takes the lags from the stored rows again: their scaling may have changed.
    mutating func restart() {
        factor.reset()
        learned = 0
        hasRecent = false
    }

    /// Forecasts row `serial` and compares; returns the latent's leverage zᵀA⁻¹z. Nil when a row before it is not there.
    mutating func forecast(
        _ serial: Int, failing: UnsafePointer<UInt8>, _ encoder: Encoder, _ pending: PendingLatents, _ scratch: Scratch
    ) -> Double? {
        if !hasRecent || !pending.areConnected(serial - 1, serial) {
            hasRecent = pending.areConnected(serial - lags, serial)
            guard hasRecent else { return nil }
            for lag in 1...lags { encoder.scaling.apply(pending.row(serial - lag), into: recent + (lag - 1) * channels) }
            for i in 0..<(lags * channels) where failing[i % channels] != 0 { recent[i] = 0 }
        }
        fill(scratch.latent)
        latent.update(from: scratch.latent, count: width)
        let leverage = factor.solve(scratch.latent, into: scratch.solved, width: width)
        factor.predict(scratch.solved, into: scratch.prediction, width: width, outputs: channels)

        let row = pending.row(serial)
        encoder.scaling.apply(row, into: current)
        for c in 0..<channels {
            let said = scratch.prediction[c]
            if row[c].isNaN || failing[c] != 0 {
                current[c] = min(max(Float(said), -Scaling.clip), Scaling.clip)
                sinceMasked[c] = 0
            } else if sinceMasked[c] <= Int32(lags) {
                sinceMasked[c] += 1
            }
            isMasked[c] = sinceMasked[c] <= Int32(lags) ? 1 : 0
            error[c] = isMasked[c] == 1 ? 0 : Float(Real(current[c]) - said)
            target[c] = isMasked[c] == 1 ? said : Real(current[c])
        }
        if lags == 2 { (recent + channels).update(from: recent, count: channels) }
        recent.update(from: current, count: channels)
        return Double(leverage)
    }

    private func fill(_ z: UnsafeMutablePointer<Real>) {
        z[0] = 1
        for i in 0..<(lags * channels) { z[1 + i] = Real(recent[i]) }
    }

    /// A row that nothing is known of: the one before stands in for it.
    mutating func skip() {
        sinceMasked.update(repeating: 0, count: channels)
        if lags == 2 { (recent + channels).update(from: recent, count: channels) }
    }

    /// Learns the row that was forecast last.
    mutating func learn(_ scratch: Scratch) {
        scratch.latent.update(from: latent, count: width)
        scratch.target.update(from: target, count: channels)
        factor.append(scratch.latent, scratch.target, width: width, outputs: channels)
        learned += 1
    }

    /// Learns a stored row; `scratch.target` then holds the errors that were made before. False when a row before it is not there.
    ///
    /// - Parameter flags: 1 for a channel that is not forecast.
    mutating func relearn(
        _ serial: Int, flags: UnsafePointer<UInt8>, _ encoder: Encoder, _ pending: PendingLatents, _ scratch: Scratch
    ) -> Bool {
        guard pending.areConnected(serial - lags, serial) else { return false }
        scratch.latent[0] = 1
        for lag in 1...lags {
            encoder.scaling.apply(pending.row(serial - lag), into: current)
            for c in 0..<channels { scratch.latent[1 + (lag - 1) * channels + c] = flags[c] == 0 ? Real(current[c]) : 0 }
        }
        encoder.scaling.apply(pending.row(serial), into: current)
        for c in 0..<channels { scratch.target[c] = flags[c] == 0 ? Real(current[c]) : 0 }
        factor.append(scratch.latent, scratch.target, width: width, outputs: channels)
        learned += 1
        return true
    }

    mutating func archive(_ archive: inout Archive) {
        factor.archive(&archive)
        archive.present(recent, lags * channels)
        archive.array(sinceMasked, channels)
        archive.scalar(&hasRecent)
        archive.scalar(&learned)
    }
}
