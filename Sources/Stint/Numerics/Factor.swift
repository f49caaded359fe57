/// The factor of a ridge regression: A = UᵀDU = Λ₀ + Σ zzᵀ with U unit upper triangular and D diagonal, and Z with W = U⁻¹Z.
///
/// From these bytes come the prediction Zᵀx, the leverage Σ xᵢ²/dᵢ and, when somebody asks, the weights W, with x = U⁻ᵀz from
/// one forward substitution. No inverse is ever kept, and no weight is updated beside the factor, so that nothing can drift
/// apart (W from a gain drifts; P by Sherman and Morrison loses its sign after 10⁴ rows in float32). D^½U is the Cholesky
/// factor; keeping D apart saves a third of the multiplications and all square roots.
///
/// Invariants: D stays positive; forgetting alone changes neither W nor what is not excited.
///
/// Shapes: D the full width, n ≤ D the columns in use (classes appear one by one; what has never been other than zero needs
/// no arithmetic), K outputs. Packed by rows: row i is dᵢ, then U's columns i+1…D−1. Z is D × K by rows.
/// Cost: predicting n²/2 multiply-adds; an append n², directional forgetting with it 3n².
///
/// Source: the rank-one update of UᵀDU is Bennett (1965), method C1 of Gill, Golub, Murray & Saunders (1974); its running
/// residual is the forward substitution itself, and a target is one more column. Directional forgetting is Kulhavý (1987),
/// Cao & Schwartz (2000): A ← A − (1−λ) Azzᵀ A / zᵀAz + zzᵀ. The first part is a rank-one downdate, dangerous in general; but
/// here U⁻ᵀAz = DUz is known without substitution, and its running sums stay within [λ, 1], so that no pivot falls below λ
/// times what it was. Both parts go through the rows in one sweep.
struct Factor {
    typealias Kernels = RowKernels

    let width: Int
    let outputs: Int
    let ridge: Real
    let r: UnsafeMutablePointer<Real>
    let z: UnsafeMutablePointer<Real>

    init(width: Int, outputs: Int, ridge: Real, _ carver: inout Carver) {
        precondition(width > 0 && outputs > 0 && ridge > 0)
        self.width = width
        self.outputs = outputs
        self.ridge = ridge
        r = carver.carve(Real.self, Self.packed(width))
        z = carver.carve(Real.self, width * outputs)
    }

    /// Over numbers that are another's.
    init(width: Int, outputs: Int, ridge: Real, over numbers: UnsafeMutablePointer<Real>) {
        self.width = width
        self.outputs = outputs
        self.ridge = ridge
        r = numbers
        z = numbers + Self.packed(width)
    }

    static func packed(_ width: Int) -> Int { width * (width + 1) / 2 }

    /// Row i: its pivot, then its columns i+1…D−1.
    @inline(__always)
    func row(_ i: Int) -> UnsafeMutablePointer<Real> { r + (i * width - i * (i - 1) / 2) }

    @inline(__always)
    func targets(_ i: Int) -> UnsafeMutablePointer<Real> { z + i * outputs }

    /// Back to the prior: D = ridge, U = I, Z = 0.
    func reset() {
        r.update(repeating: 0, count: Self.packed(width))
        z.update(repeating: 0, count: width * outputs)
        for i in 0..<width { row(i)[0] = ridge }
    }

    func copy(from other: Factor) {
        r.update(from: other.r, count: Self.packed(width))
        z.update(from: other.z, count: width * outputs)
    }

    /// Counts what has been learned for a share of what it was. W stays: it does not hang on the pivots.
    func loosen(to share: Real) {
        for i in 0..<width { row(i)[0] = ridge + (max(row(i)[0], ridge) - ridge) * share }
    }

    /// x = U⁻ᵀz; returns the leverage zᵀA⁻¹z. `latent` (n) is consumed: it becomes the residual of the substitution.
    func solve(_ latent: UnsafeMutablePointer<Real>, into x: UnsafeMutablePointer<Real>, width n: Int) -> Real {
        var leverage: Real = 0
        var i = 0
        while i + 1 < n {
            let (first, second) = (row(i), row(i + 1))
            let x0 = latent[i]
            let x1 = latent[i + 1] - x0 * first[1]
            x[i] = x0
            x[i + 1] = x1
            leverage += x0 * x0 / first[0] + x1 * x1 / second[0]
            Kernels.axpy2(-x0, first + 2, -x1, second + 1, latent + i + 2, n - i - 2)
            i += 2
        }
        if i < n {
            x[i] = latent[i]
            leverage += x[i] * x[i] / row(i)[0]
        }
        return leverage
    }

    /// Zᵀx: the prediction of `count` outputs from a solved latent.
    func predict(_ x: UnsafePointer<Real>, into prediction: UnsafeMutablePointer<Real>, width n: Int, outputs count: Int) {
        if outputs == 1 {
            prediction[0] = Kernels.dot(x, z, n)
            return
        }
        prediction.update(repeating: 0, count: count)
        for i in 0..<n { Kernels.axpy(x[i], targets(i), prediction, count) }
    }

    /// Takes in one row (z, y) with a weight. Afterwards `target` holds the error y − ŷ that was made before learning.
    ///
    /// - Parameters:
    ///   - latent: n numbers; consumed.
    ///   - target: `count` numbers; consumed, becomes the error.
    func append(
        _ latent: UnsafeMutablePointer<Real>, _ target: UnsafeMutablePointer<Real>, weight: Real = 1, width n: Int, outputs count: Int
    ) {
        // t = 1/weight + Σ p²/d over the rows so far.
        var t = 1 / weight
        var i = 0
        while i + 1 < n {
            let (first, second) = (row(i), row(i + 1))
            let s0 = step(latent[i], first, &t)
            let rest = latent[i + 1] - s0.p * first[1]
            first[1] += s0.beta * rest
            let s1 = step(rest, second, &t)
            Kernels.update2(first + 2, s0, second + 1, s1, latent + i + 2, n - i - 2)
            Kernels.update2(targets(i), s0, targets(i + 1), s1, target, count)
            i += 2
        }
        if i < n { Kernels.update(targets(i), target, step(latent[i], row(i), &t), count) }
    }

    /// Takes out one row (z, y) that was taken in before with weight 1: what is left is what would be, had it never come.
    ///
    /// - Parameters:
    ///   - latent: n numbers; kept.
    ///   - target: `count` numbers; consumed.
    ///   - scratch: room for 2·n numbers.
    /// - Returns: false, and nothing is changed, where so much of the factor hangs on this row that its digits would be lost.
    func withdraw(
        _ latent: UnsafePointer<Real>, _ target: UnsafeMutablePointer<Real>, scratch: UnsafeMutablePointer<Real>, width n: Int, outputs count: Int
    ) -> Bool {
        scratch.update(from: latent, count: n)
        guard solve(scratch, into: scratch + n, width: n) < 1 - 1e-6 else { return false }
        scratch.update(from: latent, count: n)
        // The running sum is 1 less than the leverage that is left: below 0 from the first pivot to the last, so that each stays positive.
        append(scratch, target, weight: -1, width: n, outputs: count)
        return true
    }

    /// One pivot of an append: d ← d·t′/t with t′ = t + p²/d; β = p/(d t′).
    @inline(__always)
    private func step(_ p: Real, _ row: UnsafeMutablePointer<Real>, _ t: inout Real) -> Step {
        let pivot = row[0]
        let scaled = p / pivot
        let grown = t + p * scaled
        row[0] = pivot * (grown / t)
        t = grown
        return Step(p: p, beta: scaled / grown)
    }

    /// Forgets by `keep` = λ along z only, then takes in (z, y): W moves by the new row alone.
    ///
    /// - Parameter scratch: room for 3·D + K numbers.
    func forgetAndAppend(
        _ latent: UnsafeMutablePointer<Real>, _ target: UnsafeMutablePointer<Real>, keep: Real, scratch: UnsafeMutablePointer<Real>,
        width n: Int, outputs count: Int
    ) {
        let known = scratch                  // DUz = U⁻ᵀAz
        let along = known + width            // Az, running
        let left = along + width             // 1 − (1−λ) Σ …, by row
        let alongTargets = left + width      // UᵀD-image of the targets along z, running
        let energy = image(latent, known, along, alongTargets, n, count)
        // Nothing known along z: nothing to forget. The bound is relative to the prior, which is the least that A ever holds.
        guard energy > 1e-9 * ridge, keep < 1 else {
            append(latent, target, width: n, outputs: count)
            return
        }
        let loss = (1 - keep) / energy
        var remaining: Real = 1
        for i in 0..<n {
            // Rounding may push the sum past its limit λ by a few ulp, never further.
            remaining = max(remaining - loss * known[i] * known[i] / row(i)[0], keep * (1 - 1e-6))
            left[i] = remaining
        }

        var before: Real = 1
        var t: Real = 1
        var i = 0
        while i + 1 < n {
            let (first, second) = (row(i), row(i + 1))
            let f0 = forget(known[i], first, loss, &before, left[i])
            let s0 = step(latent[i], first, &t)
            // Column i+1 of the first row by hand: the second row's pivot hangs on it.
            let v = along[i + 1] - f0.p * first[1]
            let kept = first[1] + f0.beta * v
            let e = latent[i + 1] - s0.p * kept
            first[1] = kept + s0.beta * e
            let f1 = forget(known[i + 1], second, loss, &before, left[i + 1])
            let s1 = step(e, second, &t)
            Kernels.twice2(first + 2, f0, s0, second + 1, f1, s1, along + i + 2, latent + i + 2, n - i - 2)
            Kernels.twice2(targets(i), f0, s0, targets(i + 1), f1, s1, alongTargets, target, count)
            i += 2
        }
        if i < n {
            let f = forget(known[i], row(i), loss, &before, left[i])
            let s = step(latent[i], row(i), &t)
            Kernels.twice(targets(i), alongTargets, f, target, s, count)
        }
    }

    /// One pivot of the downdate: d ← d·left/before; β = −(1−λ)/s · p/(d left).
    @inline(__always)
    private func forget(_ p: Real, _ row: UnsafeMutablePointer<Real>, _ loss: Real, _ before: inout Real, _ left: Real) -> Step {
        let pivot = row[0]
        row[0] = pivot * (left / before)
        before = left
        return Step(p: p, beta: -loss * p / (pivot * left))
    }

    /// p = DUz, v = Uᵀp = Az, and what Z has along z; returns zᵀAz. Two rows at a time: each is in the first-level cache
    /// when it is needed for the second time.
    private func image(
        _ latent: UnsafePointer<Real>, _ p: UnsafeMutablePointer<Real>, _ v: UnsafeMutablePointer<Real>,
        _ targetsAlong: UnsafeMutablePointer<Real>, _ n: Int, _ count: Int
    ) -> Real {
        v.update(repeating: 0, count: n)
        targetsAlong.update(repeating: 0, count: count)
        var energy: Real = 0
        var i = 0
        while i + 1 < n {
            let (first, second) = (row(i), row(i + 1))
            let u0 = latent[i] + Kernels.dot(first + 1, latent + i + 1, n - i - 1)
            let u1 = latent[i + 1] + Kernels.dot(second + 1, latent + i + 2, n - i - 2)
            let (p0, p1) = (u0 * first[0], u1 * second[0])
            (p[i], p[i + 1]) = (p0, p1)
            energy += u0 * p0 + u1 * p1
            v[i] += p0
            v[i + 1] += p0 * first[1] + p1
            Kernels.axpy2(p0, first + 2, p1, second + 1, v + i + 2, n - i - 2)
            Kernels.axpy2(p0, targets(i), p1, targets(i + 1), targetsAlong, count)
            i += 2
        }
        if i < n {
            p[i] = latent[i] * row(i)[0]
            energy += latent[i] * p[i]
            v[i] += p[i]
            Kernels.axpy(p[i], targets(i), targetsAlong, count)
        }
        return energy
    }

    /// Adds what another factor has learned: the sums of both, the other's prior counted with it.
    ///
    /// - Parameter scratch: D + K numbers.
    func merge(_ other: Factor, scratch: UnsafeMutablePointer<Real>) {
        precondition(other.width == width && other.outputs == outputs)
        for i in 0..<width {
            scratch.update(repeating: 0, count: i)
            scratch[i] = 1
            (scratch + i + 1).update(from: other.row(i) + 1, count: width - i - 1)
            (scratch + width).update(from: other.targets(i), count: outputs)
            append(scratch, scratch + width, weight: other.row(i)[0], width: width, outputs: outputs)
        }
    }

    /// W = U⁻¹Z (n × K, by rows), by back substitution.
    func weights(into w: UnsafeMutablePointer<Real>, width n: Int) {
        for i in stride(from: n - 1, through: 0, by: -1) {
            let row = row(i)
            let wi = w + i * outputs
            wi.update(from: targets(i), count: outputs)
            for j in (i + 1)..<max(n, i + 1) { Kernels.axpy(-row[j - i], w + j * outputs, wi, outputs) }
        }
    }

    /// Directions lost in rounding against the strongest: their pivot is below its ulp.
    func deficiency(width n: Int) -> Int {
        var largest: Real = 0
        for i in 0..<n { largest = max(largest, row(i)[0]) }
        var count = 0
        for i in 0..<n where row(i)[0] < largest * Real.ulpOfOne { count += 1 }
        return count
    }

    mutating func archive(_ archive: inout Archive) {
        archive.array(r, Self.packed(width))
        archive.array(z, width * outputs)
    }
}
