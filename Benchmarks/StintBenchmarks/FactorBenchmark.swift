@testable import Stint
import COpenBLAS

/// The factor at the sizes that heads have, and OpenBLAS's own triangular solve beside ours.
func benchmarkFactor() {
    print("factor, float\(MemoryLayout<Real>.size * 8), ns a call (least of 7)")
    print("    D   K    KiB    solve  OpenBLAS tpsv   append  directional")
    for (d, k) in [(12, 1), (28, 1), (64, 1), (139, 1), (139, 6), (141, 3), (263, 6), (512, 1)] {
        var counter = Carver()
        _ = Factor(width: d, outputs: k, ridge: 1, &counter)
        let arena = Arena(bytes: counter.carved)
        var carver = Carver(over: arena)
        let factor = Factor(width: d, outputs: k, ridge: 1, &carver)
        factor.reset()
        var random = Random(seed: 1)
        let table = 256
        let rows = UnsafeMutablePointer<Real>.allocate(capacity: table * (d + k))
        for i in 0..<(table * (d + k)) { rows[i] = Real(random.normal()) }
        let z = UnsafeMutablePointer<Real>.allocate(capacity: d)
        let y = UnsafeMutablePointer<Real>.allocate(capacity: k)
        let scratch = UnsafeMutablePointer<Real>.allocate(capacity: 3 * d + k)
        var i = 0
        func next() {
            z.update(from: rows + (i % table) * (d + k), count: d)
            y.update(from: rows + (i % table) * (d + k) + d, count: k)
            i += 1
        }
        let calls = max(200, 400_000 / (d * d))
        let copy = nanoseconds(calls, next)
        let append = nanoseconds(calls) {
            next()
            factor.append(z, y, width: d, outputs: k)
        } - copy
        factor.reset()
        let directional = nanoseconds(calls) {
            next()
            factor.forgetAndAppend(z, y, keep: 0.8, scratch: scratch, width: d, outputs: k)
        } - copy
        let solve = nanoseconds(calls) {
            next()
            _ = factor.solve(z, into: scratch, width: d)
            factor.predict(scratch, into: y, width: d, outputs: k)
        } - copy
        // U⁻ᵀz by the library: packed upper by rows is packed lower by columns.
        let blas = nanoseconds(calls) {
            next()
            cblas_dtpsv(CblasRowMajor, CblasUpper, CblasTrans, CblasUnit, blasint(d), factor.r, z, 1)
        } - copy
        let kibibytes = Double(counter.carved) / 1024
        print(padded("\(d)", 5), padded("\(k)", 3), padded(kibibytes, 6), padded(solve, 8), padded(blas, 14), padded(append, 8), padded(directional, 12))
        for p in [rows, z, y, scratch] { p.deallocate() }
    }
}
