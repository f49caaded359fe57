/// Random Fourier features √(2/M) cos(Ωx/ℓ + b), Ω standard normal, b uniform: a Gaussian kernel of width ℓ as a dot product
/// (Rahimi & Recht 2007).
///
/// Where there are statistics of the window, half of the waves see the newest values and half the statistics, each with its own
/// width: the kernels add. One kernel over both would be blurred by whichever of the two says nothing.
///
/// Saved is the seed, not the matrix. Ω does not depend on the width, so that fitting ℓ again costs nothing.
/// Cost: as many multiply-adds as M times inputs, and M cosines a row.
struct FourierFeatures {
    let inputs: Int
    /// M, a multiple of eight.
    let count: Int
    let seed: UInt64
    private let stream: UInt64
    /// Inputs × M, by rows.
    private let omega: UnsafeMutablePointer<Float>
    private let phase: UnsafeMutablePointer<Float>
    private let narrowed: UnsafeMutablePointer<Float>
    /// ℓ, by the median rule.
    private(set) var width: Float = 1
    private var formerWidth: Float = 1

    init(inputs: Int, count: Int, seed: UInt64, stream: UInt64, _ carver: inout Carver) {
        self.inputs = inputs
        self.count = count
        self.seed = seed
        self.stream = stream
        omega = carver.carve(Float.self, count * inputs)
        phase = carver.carve(Float.self, count)
        narrowed = carver.carve(Float.self, inputs)
    }

    mutating func reset() {
        (width, formerWidth) = (1, 1)
        var random = Random(seed: seed, stream: stream)
        for i in 0..<(count * inputs) { omega[i] = Float(random.normal()) }
        for i in 0..<count { phase[i] = Float(2 * Double.pi * random.uniform()) }
    }

    /// Puts a calibrated width into force; there was none before it.
    mutating func take(width: Float) { (self.width, formerWidth) = (width, width) }

    mutating func fit(width: Float) {
        formerWidth = self.width
        self.width = width
    }

    /// Ωx/ℓ of a row of scaled inputs: what features of every bandwidth are made from.
    func project(_ row: UnsafePointer<Float>, former: Bool, into projection: UnsafeMutablePointer<Float>) {
        let inverse = 1 / (former ? formerWidth : width)
        for c in 0..<inputs { narrowed[c] = row[c] * inverse }
        Projection.multiply(omega, inputs: inputs, outputs: count, narrowed, into: projection)
    }

    /// Features of a projection at `bandwidth` widths.
    func features(_ projection: UnsafePointer<Float>, bandwidth: Float, into features: UnsafeMutablePointer<Float>) {
        let inverse = 1 / bandwidth
        for i in 0..<count { features[i] = projection[i] * inverse }
        Projection.cosines(features, phase: phase, scale: Float((2 / Double(count)).squareRoot()), count: count)
    }

    mutating func archive(_ archive: inout Archive) { 
        archive.scalar(&width)
        archive.scalar(&formerWidth)
    }
}

/// How many waves see what.
struct Waves {
    /// M, over all of them.
    static let total = 128
    /// Statistics a channel that waves see: mean, deviation and change. Slope and energy follow from these and the newest values.
    static let statistics = 3

    let last: Int
    let windowed: Int
    var count: Int { last + windowed }

    init(_ blocks: EncoderSpecification) {
        guard blocks.fourier else {
            (last, windowed) = (0, 0)
            return
        }
        windowed = blocks.stats ? Self.total / 2 : 0
        last = Self.total - windowed
    }
}
