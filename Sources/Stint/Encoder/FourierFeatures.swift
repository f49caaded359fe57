/// Random Fourier features √(2/M) cos(Ωx/ℓ + b), Ω standard normal, b uniform: a Gaussian kernel of width ℓ as a dot product
/// (Rahimi & Recht 2007).
///
/// Saved is the seed, not the matrix. Ω does not depend on the width, so that fitting ℓ again costs nothing.
/// Cost: as many multiply-adds as M times inputs, and M cosines a row.
struct FourierFeatures {
    /// M.
    static let count = 128

    let inputs: Int
    let seed: UInt64
    /// Inputs × M, by rows.
    private let omega: UnsafeMutablePointer<Float>
    private let phase: UnsafeMutablePointer<Float>
    private let narrowed: UnsafeMutablePointer<Float>
    /// ℓ, by the median rule.
    private(set) var width: Float = 1
    private var formerWidth: Float = 1

    init(inputs: Int, seed: UInt64, _ carver: inout Carver) {
        self.inputs = inputs
        self.seed = seed
        omega = carver.carve(Float.self, Self.count * inputs)
        phase = carver.carve(Float.self, Self.count)
        narrowed = carver.carve(Float.self, inputs)
    }

    mutating func reset() {
        (width, formerWidth) = (1, 1)
        var random = Random(seed: seed, stream: 1)
        for i in 0..<(Self.count * inputs) { omega[i] = Float(random.normal()) }
        for i in 0..<Self.count { phase[i] = Float(2 * Double.pi * random.uniform()) }
    }

    mutating func fit(width: Float) {
        formerWidth = self.width
        self.width = width
    }

    /// Ωx/ℓ of a row of scaled inputs: what features of every bandwidth are made from.
    func project(_ row: UnsafePointer<Float>, former: Bool, into projection: UnsafeMutablePointer<Float>) {
        let inverse = 1 / (former ? formerWidth : width)
        for c in 0..<inputs { narrowed[c] = row[c] * inverse }
        Projection.multiply(omega, inputs: inputs, outputs: Self.count, narrowed, into: projection)
    }

    /// Features of a projection at `bandwidth` widths.
    func features(_ projection: UnsafePointer<Float>, bandwidth: Float, into features: UnsafeMutablePointer<Float>) {
        let inverse = 1 / bandwidth
        for i in 0..<Self.count { features[i] = projection[i] * inverse }
        Projection.cosines(features, phase: phase, scale: Float((2 / Double(Self.count)).squareRoot()), count: Self.count)
    }

    mutating func archive(_ archive: inout Archive) { 
        archive.scalar(&width)
        archive.scalar(&formerWidth)
    }
}
