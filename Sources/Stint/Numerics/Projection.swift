/// Products and cosines in float32: what the encoder does to every row.
enum Projection {
    typealias Lanes = SIMD8<Float>

    /// From here on OpenBLAS is the faster of the two (measured, `docs/numerics.md`): number of matrix elements.
    static let blasFromElements = 4096

    /// out ← Ax for A (rows × columns, by rows).
    static func multiply(_ a: UnsafePointer<Float>, rows: Int, columns: Int, _ x: UnsafePointer<Float>, into out: UnsafeMutablePointer<Float>) {
        if rows * columns >= blasFromElements, BLAS.multiply(a, rows: rows, columns: columns, x, into: out) { return }
        for i in 0..<rows { out[i] = dot(a + i * columns, x, columns) }
    }

    @inline(__always)
    static func dot(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ count: Int) -> Float {
        var partial = Lanes.zero
        var i = 0
        while i + 8 <= count {
            partial += UnsafeRawPointer(a + i).loadUnaligned(as: Lanes.self) * UnsafeRawPointer(b + i).loadUnaligned(as: Lanes.self)
            i += 8
        }
        var sum = partial.sum()
        while i < count {
            sum += a[i] * b[i]
            i += 1
        }
        return sum
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
