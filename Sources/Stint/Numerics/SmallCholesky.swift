/// Solves (A + rI)x = b for a symmetric A of at most sixteen columns, by Cholesky, on the stack of its own scratch.
struct SmallCholesky {
    static let limit = 16

    /// - Parameters:
    ///   - a: n × n, by rows; only read.
    ///   - scratch: n² + n numbers.
    ///   - x: the solution, n numbers.
    /// - Returns: false when A + rI is not positive definite; x is then unchanged.
    static func solve(
        _ a: UnsafePointer<Double>, _ n: Int, diagonal: (Int) -> Double, _ b: UnsafePointer<Double>,
        into x: UnsafeMutablePointer<Double>, scratch: UnsafeMutablePointer<Double>
    ) -> Bool {
        precondition(n <= limit)
        let l = scratch
        let y = scratch + n * n
        for i in 0..<n {
            for j in 0...i {
                var sum = a[i * n + j] + (i == j ? diagonal(i) : 0)
                for k in 0..<j { sum -= l[i * n + k] * l[j * n + k] }
                if i == j {
                    guard sum > 0, sum.isFinite else { return false }
                    l[i * n + i] = sum.squareRoot()
                } else {
                    l[i * n + j] = sum / l[j * n + j]
                }
            }
        }
        for i in 0..<n {
            var sum = b[i]
            for k in 0..<i { sum -= l[i * n + k] * y[k] }
            y[i] = sum / l[i * n + i]
        }
        for i in stride(from: n - 1, through: 0, by: -1) {
            var sum = y[i]
            for k in (i + 1)..<max(n, i + 1) { sum -= l[k * n + i] * x[k] }
            x[i] = sum / l[i * n + i]
        }
        return true
    }
}
