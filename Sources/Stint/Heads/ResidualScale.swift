/// Whitens residuals: w = L⁻¹e with LLᵀ = Σ, their covariance over the last 500 rows or so.
///
/// Σ is a running mean of eeᵀ in which a row that is too long is shortened, so that a fault does not set the measure it is
/// judged by. L is found anew all the time, a row or a few of it at each step, from a copy of Σ: so the work of a step is
/// bounded. A pivot is never less than a hundredth of its variance, whatever rounding and missing channels do to Σ.
///
/// A stream may be louder or calmer for a while, in all channels alike, than it was over these 500 rows: one number, the mean square of w over some 50
/// healthy rows, divides it out (`loudness`). Without it a spell of noise is one long incident, in which nothing else is heard.
///
/// Above `widest` channels Σ is taken as diagonal. Shapes: C channels; Σ and L are C × C by rows, the lower half in use.
/// Cost: C²/2 to whiten, C²/2 to learn, C²/3 for L on average.
struct ResidualScale {
    static let widest = 64
    /// Rows of memory.
    static let memory = 500
    /// Of the loudness; and the least it is.
    static let loudnessMemory: Float = 50
    static let quietest: Float = 0.1
    /// Rows after a restart whose residuals are those of a forecast that knows nothing yet.
    static let unsteady = 20
    /// Deviation below which residuals are not told apart, in units of the channel's own.
    static let least: Float = 0.01
    /// Whitened residuals are cut off here.
    static let clip: Float = 12

    let channels: Int
    let isDiagonal: Bool
    private let covariance: UnsafeMutablePointer<Float>
    private let copy: UnsafeMutablePointer<Float>
    private let building: UnsafeMutablePointer<Float>
    private let lower: UnsafeMutablePointer<Float>
    private var rows = 0
    private var nextRow = 0
    /// The mean square of w, where Σ is the whole truth 1.
    private var loudness: Float = 1

    private var size: Int { isDiagonal ? channels : channels * channels }

    init(channels: Int, _ carver: inout Carver) {
        self.channels = channels
        isDiagonal = channels > Self.widest
        let size = channels > Self.widest ? channels : channels * channels
        covariance = carver.carve(Float.self, size)
        copy = carver.carve(Float.self, isDiagonal ? 0 : size)
        building = carver.carve(Float.self, isDiagonal ? 0 : size)
        lower = carver.carve(Float.self, size)
    }

    mutating func reset() {
        covariance.update(repeating: 0, count: size)
        lower.update(repeating: 0, count: size)
        for c in 0..<channels {
            covariance[isDiagonal ? c : c * channels + c] = 1
            lower[isDiagonal ? c : c * channels + c] = 1
        }
        if !isDiagonal {
            copy.update(from: covariance, count: size)
            building.update(from: lower, count: size)
        }
        (rows, nextRow, loudness) = (0, 0, 1)
    }

    /// The forecast starts again: so does the measure of its errors, but not from nothing.
    mutating func restart() { (rows, loudness) = (0, 1) }

    /// Mean squares of a whitened residual, as it is and cut off.
    struct Length {
        var whole: Float
        var bounded: Float
    }

    /// w from e, cut off at ±`clip`; a masked channel is what the others make of it: 0. The lengths are over the others.
    ///
    /// - Parameter whole: w before it is cut off.
    func whiten(
        _ e: UnsafePointer<Float>, masked: UnsafePointer<UInt8>, into w: UnsafeMutablePointer<Float>, whole: UnsafeMutablePointer<Float>? = nil
    ) -> Length {
        var length = Length(whole: 0, bounded: 0)
        var count: Float = 0
        let loud = loudness.squareRoot()
        for i in 0..<channels {
            guard masked[i] == 0 else {
                w[i] = 0
                whole?[i] = 0
                continue
            }
            let row = isDiagonal ? lower + i : lower + i * channels
            var rest = e[i]
            if !isDiagonal { for j in 0..<i { rest -= row[j] * loud * w[j] } }
            let whitened = rest / (loud * row[isDiagonal ? 0 : i])
            w[i] = min(max(whitened, -Self.clip), Self.clip)
            whole?[i] = whitened
            length.whole += whitened * whitened
            length.bounded += w[i] * w[i]
            count += 1
        }
        guard count > 0 else { return length }
        return Length(whole: length.whole / count, bounded: length.bounded / count)
    }

    /// Takes in a healthy residual.
    ///
    /// - Parameter length: its lengths after whitening, nil where that is not known.
    mutating func learn(_ e: UnsafePointer<Float>, masked: UnsafePointer<UInt8>?, length: Length?) {
        rows = min(rows + 1, Self.memory + Self.unsteady)
        guard rows > Self.unsteady || length != nil else { return }
        // The first rates are 1/n, so that Σ starts from the residuals and not from a guess.
        let rate = rows > Self.unsteady ? 1 / Float(min(rows - Self.unsteady, Self.memory)) : 1 / Float(Self.memory)
        // The mean square of C normal numbers passes 3 + 6/C about once in 10⁵ rows.
        let limit = 3 + 6 / Float(channels)
        var keep: Float = 1
        if let length {
            if length.whole > limit { keep = limit / length.whole }
            if rows > Self.unsteady + Int(Self.loudnessMemory) {
                loudness = max(loudness * (1 + (min(length.whole, limit) - 1) / Self.loudnessMemory), Self.quietest)
            }
        }
        for i in 0..<channels where masked == nil || masked![i] == 0 {
            if isDiagonal {
                covariance[i] += rate * (keep * e[i] * e[i] - covariance[i])
                continue
            }
            let row = covariance + i * channels
            let scaled = keep * e[i]
            for j in 0...i where masked == nil || masked![j] == 0 { row[j] += rate * (scaled * e[j] - row[j]) }
        }
        advance()
    }

    /// The next rows of L; after the last of them the new L is in force.
    private mutating func advance() {
        if isDiagonal {
            for c in 0..<channels { lower[c] = (1.01 * covariance[c] + Self.least * Self.least).squareRoot() }
            return
        }
        for _ in 0..<max(1, channels / 16) {
            if nextRow == 0 { copy.update(from: covariance, count: size) }
            factorise(nextRow)
            nextRow += 1
            guard nextRow == channels else { continue }
            nextRow = 0
            lower.update(from: building, count: size)
        }
    }

    private func factorise(_ i: Int) {
        let row = building + i * channels
        let source = copy + i * channels
        for j in 0..<i {
            let above = building + j * channels
            var sum = source[j]
            for k in 0..<j { sum -= row[k] * above[k] }
            row[j] = sum / above[j]
        }
        let variance = 1.01 * source[i] + Self.least * Self.least
        var pivot = variance
        for k in 0..<i { pivot -= row[k] * row[k] }
        row[i] = max(pivot, 0.01 * variance).squareRoot()
    }

    mutating func archive(_ archive: inout Archive) {
        archive.array(covariance, size)
        if !isDiagonal {
            archive.array(copy, size)
            archive.array(building, size)
        }
        archive.array(lower, size)
        archive.scalar(&rows)
        archive.scalar(&nextRow)
        archive.scalar(&loudness)
    }
}
