import CMath

/// The square-root factor of a ridge regression: upper triangular R and Z with RᵀR = Λ₀ + Σ zzᵀ and RᵀZ = Σ zyᵀ.
///
/// From these bytes come the prediction Zᵀa, the leverage ‖a‖² and, when somebody asks, the weights W = R⁻¹Z, with a = R⁻ᵀz
/// from one forward substitution. No inverse is ever kept, and no weight is updated beside the factor, so that nothing can
/// drift apart (W from a gain drifts; P by Sherman and Morrison loses its sign after 10⁴ rows in float32).
///
/// Invariants: the diagonal of R stays positive; forgetting alone changes neither W nor what is not excited.
///
/// Shapes: D the full width, n ≤ D the columns in use (classes appear one by one; what has never been other than zero needs
/// no arithmetic), K outputs. R is packed by rows, row i holding columns i…D−1; Z is D × K by rows.
/// Cost: predicting n²/2 multiply-adds; an append 3n²/2, directional forgetting with it 8n²/2.
///
/// Source: an append is the square-root-free Givens update (Gentleman 1973; Gill, Golub, Murray & Saunders 1974, method C1),
/// written so that its running residual is the forward substitution itself. Directional forgetting is Kulhavý (1987), Cao &
/// Schwartz (2000): A ← A − (1−λ) Azzᵀ A / zᵀAz + zzᵀ. With q = Rz/‖Rz‖ that is Rᵀ(I − (1−λ)qqᵀ)R, and the factor of the
/// identity minus a rank-one matrix has rows that need two running sums (as in C1); so both go through R in one sweep. Its
/// partial sums stay within [λ, 1], which is why this is safe where a general downdate is not.
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

    static func packed(_ width: Int) -> Int { width * (width + 1) / 2 }

    /// Row i from its diagonal on.
    @inline(__always)
    func row(_ i: Int) -> UnsafeMutablePointer<Real> { r + (i * width - i * (i - 1) / 2) }

    @inline(__always)
    func targets(_ i: Int) -> UnsafeMutablePointer<Real> { z + i * outputs }

    /// Back to the prior: R = √ridge I, Z = 0.
    func reset() {
        r.update(repeating: 0, count: Self.packed(width))
        z.update(repeating: 0, count: width * outputs)
        for i in 0..<width { row(i)[0] = ridge.squareRoot() }
    }

    /// a = R⁻ᵀz; returns the leverage ‖a‖² = zᵀA⁻¹z. `latent` (n) is consumed: it becomes the residual of the substitution.
    func solve(_ latent: UnsafeMutablePointer<Real>, into a: UnsafeMutablePointer<Real>, width n: Int) -> Real {
        var leverage: Real = 0
        var i = 0
        // Two rows at a time: the residual is loaded and stored half as often.
        while i + 1 < n {
            let first = row(i)
            let second = row(i + 1)
            let a0 = latent[i] / first[0]
            let a1 = (latent[i + 1] - a0 * first[1]) / second[0]
            a[i] = a0
            a[i + 1] = a1
            leverage += a0 * a0 + a1 * a1
            Kernels.axpy2(-a0, first + 2, -a1, second + 1, latent + i + 2, n - i - 2)
            i += 2
        }
        if i < n {
            let last = latent[i] / row(i)[0]
            a[i] = last
            leverage += last * last
        }
        return leverage
    }

    /// Zᵀa: the prediction of `count` outputs from a solved latent.
    func predict(_ a: UnsafePointer<Real>, into prediction: UnsafeMutablePointer<Real>, width n: Int, outputs count: Int) {
        if outputs == 1 {
            prediction[0] = Kernels.dot(a, z, n)
            return
        }
        prediction.update(repeating: 0, count: count)
        for i in 0..<n { Kernels.axpy(a[i], targets(i), prediction, count) }
    }

    /// Takes in one row (z, y). Afterwards `target` holds the error y − ŷ that was made before learning.
    ///
    /// - Parameters:
    ///   - latent: n numbers; consumed.
    ///   - target: `count` numbers; consumed, becomes the residual.
    func append(_ latent: UnsafeMutablePointer<Real>, _ target: UnsafeMutablePointer<Real>, width n: Int, outputs count: Int) {
        var t: Real = 1
        for i in 0..<n {
            let row = row(i)
            let a = latent[i] / row[0]
            if a == 0 { continue }
            let grown = t + a * a
            let scale = 1 / (t * grown).squareRoot()
            let (delta, gamma) = (grown * scale, a * scale)
            row[0] *= delta
            Kernels.append(row + 1, latent + i + 1, a, delta, gamma, n - i - 1)
            Kernels.append(targets(i), target, a, delta, gamma, count)
            t = grown
        }
    }

    /// Forgets by `keep` = λ along z only, then takes in (z, y): W moves by the new row alone.
    ///
    /// - Parameter scratch: room for 3·D + K numbers.
    func forgetAndAppend(
        _ latent: UnsafeMutablePointer<Real>, _ target: UnsafeMutablePointer<Real>, keep: Real, scratch: UnsafeMutablePointer<Real>,
        width n: Int, outputs count: Int
    ) {
        let q = scratch
        let along = scratch + width
        let remaining = along + width
        let alongTargets = remaining + width
        // q = Rz and v = Rᵀq in one pass, two rows at a time: they are still in the first-level cache the second time.
        along.update(repeating: 0, count: n)
        alongTargets.update(repeating: 0, count: count)
        var energy: Real = 0
        var i = 0
        while i < n {
            let first = row(i)
            let isLast = i + 1 == n
            let second = isLast ? first : row(i + 1)
            let w0 = Kernels.dot(first, latent + i, n - i)
            let w1 = isLast ? 0 : Kernels.dot(second, latent + i + 1, n - i - 1)
            q[i] = w0
            if !isLast { q[i + 1] = w1 }
            energy += w0 * w0 + w1 * w1
            along[i] += w0 * first[0]
            if !isLast {
                along[i + 1] += w0 * first[1] + w1 * second[0]
                Kernels.axpy2(w0, first + 2, w1, second + 1, along + i + 2, n - i - 2)
                Kernels.axpy(w1, targets(i + 1), alongTargets, count)
            }
            Kernels.axpy(w0, targets(i), alongTargets, count)
            i += 2
        }
        // Nothing known along z: nothing to forget. The bound is relative to the prior, which is the least that R ever holds.
        guard energy > 1e-9 * ridge, keep < 1 else {
            append(latent, target, width: n, outputs: count)
            return
        }
        let norm = 1 / energy.squareRoot()
        let loss = 1 - keep
        var left: Real = 1
        for i in 0..<n {
            q[i] *= norm
            along[i] *= norm
            // Rounding may push the running 1 − (1−λ)Σq² below its limit λ by a few ulp, never further.
            left = max(left - loss * q[i] * q[i], keep * (1 - 1e-6))
            remaining[i] = left
        }
        for k in 0..<count { alongTargets[k] *= norm }

        left = 1
        var t: Real = 1
        for i in 0..<n {
            let row = row(i)
            let qi = q[i]
            let leaves = remaining[i]
            let shrink = 1 / (left * leaves).squareRoot()
            let (phi, kappa) = (leaves * shrink, -loss * qi * shrink)
            left = leaves
            let kept = phi * row[0]
            let a = latent[i] / kept
            let grown = t + a * a
            let scale = 1 / (t * grown).squareRoot()
            let (delta, gamma) = (grown * scale, a * scale)
            t = grown
            row[0] = delta * kept
            Kernels.forgetAndAppend(
                row + 1, along + i + 1, latent + i + 1, q: qi, phi: phi, kappa: kappa, a: a, delta: delta, gamma: gamma, n - i - 1)
            Kernels.forgetAndAppend(
                targets(i), alongTargets, target, q: qi, phi: phi, kappa: kappa, a: a, delta: delta, gamma: gamma, count)
        }
    }

    /// Adds what another factor has learned: RᵀR and RᵀZ become the sums, the other's prior counted with it.
    ///
    /// - Parameter scratch: D + K numbers.
    func merge(_ other: Factor, scratch: UnsafeMutablePointer<Real>) {
        precondition(other.width == width && other.outputs == outputs)
        for i in 0..<width {
            scratch.update(repeating: 0, count: i)
            (scratch + i).update(from: other.row(i), count: width - i)
            (scratch + width).update(from: other.targets(i), count: outputs)
            append(scratch, scratch + width, width: width, outputs: outputs)
        }
    }

    /// W = R⁻¹Z (n × K, by rows), by back substitution.
    func weights(into w: UnsafeMutablePointer<Real>, width n: Int) {
        for i in stride(from: n - 1, through: 0, by: -1) {
            let row = row(i)
            let wi = w + i * outputs
            wi.update(from: targets(i), count: outputs)
            for j in (i + 1)..<max(n, i + 1) { Kernels.axpy(-row[j - i], w + j * outputs, wi, outputs) }
            for k in 0..<outputs { wi[k] /= row[0] }
        }
    }

    /// Columns whose diagonal is at the prior or lost in rounding against the largest: directions never seen.
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
