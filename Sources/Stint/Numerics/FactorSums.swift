/// From factors to the sums that they stand for, and back: for what is taken out of a memory as a whole.
///
/// Sums are the packed upper triangle of A, by rows as a factor's, and then UᵀDZ = Λ₀W₀ + Σ zyᵀ, by rows. They add and subtract number by
/// number, as factors do not. Cost: D³/6 + D²K/2 each way; it is done where an operator asks for it, and not on the way of a frame.
extension Factor {
    static func sums(width: Int, outputs: Int) -> Int { packed(width) + width * outputs }

    /// Adds `sign` times what this factor holds, its prior with it.
    func add(_ sign: Real, to sums: UnsafeMutablePointer<Real>) {
        let out = Factor(width: width, outputs: outputs, ridge: ridge, over: sums)
        for i in 0..<width {
            let row = row(i), pivot = sign * row[0]
            for j in i..<width {
                let weight = j == i ? pivot : pivot * row[j - i]
                let target = out.row(j)
                target[0] += j == i ? weight : weight * row[j - i]
                Kernels.axpy(weight, row + (j - i) + 1, target + 1, width - j - 1)
                Kernels.axpy(weight, targets(i), out.targets(j), outputs)
            }
        }
    }

    /// Becomes the factor of sums, which are consumed: Cholesky's outer products, the targets with them.
    ///
    /// A is the prior and sums of squares, so that no pivot is less than the ridge; where rounding says otherwise, it is the ridge.
    func factorise(_ sums: UnsafeMutablePointer<Real>) {
        let a = Factor(width: width, outputs: outputs, ridge: ridge, over: sums)
        for i in 0..<width {
            let from = a.row(i), to = row(i)
            let pivot = max(from[0], ridge)
            to[0] = pivot
            for j in (i + 1)..<max(width, i + 1) { to[j - i] = from[j - i] / pivot }
            for k in 0..<outputs { targets(i)[k] = a.targets(i)[k] / pivot }
            for j in (i + 1)..<max(width, i + 1) where from[j - i] != 0 {
                Kernels.axpy(-to[j - i], from + (j - i), a.row(j), width - j)
                // UᵀDZ: what row i has given to the rows below it.
                Kernels.axpy(-from[j - i], targets(i), a.targets(j), outputs)
            }
        }
    }
}
