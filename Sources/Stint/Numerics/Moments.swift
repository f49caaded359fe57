extension Float {
    /// Its first eight binary digits: a place on a scale, and no longer the number that it was.
    var coarse: Float {
        guard isFinite else { return self }
        return Float(bitPattern: (bitPattern &+ 0x8000) & 0xFFFF_0000)
    }
}

/// Running mean and variance by Welford's update (1962), in float64: exact at offsets where a sum of squares cancels.
///
/// Cost: a division and four operations a value. Not finite values are the caller's to keep out.
struct Moments: Equatable, BitwiseCopyable {
    private(set) var count = 0.0
    private(set) var mean = 0.0
    private(set) var sumOfSquares = 0.0

    mutating func add(_ x: Double) {
        count += 1
        let before = x - mean
        mean += before / count
        sumOfSquares += before * (x - mean)
    }

    /// Adds the values of another, each moved by `shift` (Chan, Golub & LeVeque 1979).
    mutating func add(_ other: Moments, shift: Double) {
        guard other.count > 0 else { return }
        let total = count + other.count, distance = other.mean + shift - mean
        sumOfSquares += other.sumOfSquares + distance * distance * (count * other.count / total)
        mean += distance * (other.count / total)
        count = total
    }

    /// Population variance; 0 before the second value.
    var variance: Double { count > 1 ? sumOfSquares / count : 0 }
    var deviation: Double { variance.squareRoot() }

    /// Whether the values differ by more than the rounding of float32 inputs at this offset explains.
    var isConstant: Bool {
        let rounding = 1e-7 * (mean < 0 ? -mean : mean)
        return deviation <= rounding || deviation == 0
    }
}
