@testable import Stint

/// Ωx for 128 features: SIMD Swift against OpenBLAS, for more and more channels; then the cosines.
func benchmarkProjection() {
    print("\nprojection of C channels to 128 features, float32, ns a call (least of 7)")
    print("    C     Swift  OpenBLAS")
    let rows = Waves.total
    for columns in [2, 4, 8, 16, 32, 64, 128] {
        let a = UnsafeMutablePointer<Float>.allocate(capacity: rows * columns)
        let x = UnsafeMutablePointer<Float>.allocate(capacity: columns)
        let out = UnsafeMutablePointer<Float>.allocate(capacity: rows)
        var random = Random(seed: 1)
        for i in 0..<(rows * columns) { a[i] = Float(random.normal()) }
        for i in 0..<columns { x[i] = Float(random.normal()) }
        let swift = nanoseconds(5000) { Projection.multiplyInLanes(a, inputs: columns, outputs: rows, x, into: out) }
        let blas = nanoseconds(5000) { _ = BLAS.multiply(a, inputs: columns, outputs: rows, x, into: out) }
        print(padded("\(columns)", 5), padded(swift, 9), padded(blas, 9))
        for p in [a, x, out] { p.deallocate() }
    }
    let values = UnsafeMutablePointer<Float>.allocate(capacity: rows)
    let phase = UnsafeMutablePointer<Float>.allocate(capacity: rows)
    for i in 0..<rows { (values[i], phase[i]) = (Float(i) * 0.1, 1) }
    print("128 cosines:", padded(nanoseconds(5000) { Projection.cosines(values, phase: phase, scale: 1, count: rows) }, 0), "ns")
    values.deallocate()
    phase.deallocate()
}
