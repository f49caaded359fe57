/// Products and cosines in float32: what the encoder does to every row.
enum Projection {
    typealias Lanes = SIMD8<Float>

    /// From here on OpenBLAS is the faster of the two (measured, `docs/numerics.md`): number of matrix elements.
    static let blasFromElements = 1024

    /// out ← Aᵀx for A (inputs × outputs, by rows): each input's row is added in, so that no sum is taken across lanes.
    /// `outputs` is a multiple of eight.
    static func multiply(
        _ a: UnsafePointer<Float>, inputs: Int, outputs: Int, _ x: UnsafePointer<Float>, into out: UnsafeMutablePointer<Float>
    ) {
        if inputs * outputs >= blasFromElements, BLAS.multiply(a, inputs: inputs, outputs: outputs, x, into: out) { return }
        multiplyInLanes(a, inputs: inputs, outputs: outputs, x, into: out)
    }

    static func multiplyInLanes(
        _ a: UnsafePointer<Float>, inputs: Int, outputs: Int, _ x: UnsafePointer<Float>, into out: UnsafeMutablePointer<Float>
    ) {
        var j = 0
        while j < outputs {
            var sum = Lanes.zero
            for i in 0..<inputs {
                sum += Lanes(repeating: x[i]) * UnsafeRawPointer(a + i * outputs + j).loadUnaligned(as: Lanes.self)
            }
            UnsafeMutableRawPointer(out + j).storeBytes(of: sum, as: Lanes.self)
            j += 8
        }
    }

    /// values ← scale · cos(values + phase). `count` is a multiple of eight.
    static func cosines(_ values: UnsafeMutablePointer<Float>, phase: UnsafePointer<Float>, scale: Float, count: Int) {
        var i = 0
        while i < count {
            let x = UnsafeRawPointer(values + i).loadUnaligned(as: Lanes.self) + UnsafeRawPointer(phase + i).loadUnaligned(as: Lanes.self)
            UnsafeMutableRawPointer(values + i).storeBytes(of: scale * cosine(x), as: Lanes.self)
            i += 8
        }
    }

    /// cos x for |x| < 10⁶, absolute error below 1e-6 + 2e-7 |x|, eight at a time.
    ///
    /// With u = x/2π reduced to the nearest whole turn, cos 2πu = sin 2π(¼ − |u|); the odd polynomial of degree nine is a
    /// least-squares fit on Chebyshev nodes of [−¼, ¼]. Rounding is by adding and taking away 1.5·2²³, since the baseline
    /// instruction set has no rounding of vectors.
    @inline(__always)
    static func cosine(_ x: Lanes) -> Lanes {
        let turns = x * Lanes(repeating: 0.15915494)
        let whole = (turns + Lanes(repeating: 12_582_912)) - Lanes(repeating: 12_582_912)
        let u = turns - whole
        let magnitude = u.replacing(with: -u, where: u .< 0)
        let y = Lanes(repeating: 0.25) - magnitude
        let w = y * y
        var p = Lanes(repeating: 39.535812)
        p = p * w + Lanes(repeating: -76.54966)
        p = p * w + Lanes(repeating: 81.600998)
        p = p * w + Lanes(repeating: -41.341656)
        p = p * w + Lanes(repeating: 6.283185)
        return p * y
    }
}
