/// The inner loops of the factor: what is done with one packed row. Each has its plain twin below, and a test holds them together.
///
/// A reduction or a two-dimensional update written on arrays does not vectorise in Swift; on pointers and SIMD it does. On
/// x86-64's baseline a lane group is two SSE2 registers, on arm64 two NEON registers, with the fused product where there is one.
/// Shapes: every pointer holds `count` numbers; the rows may overlap nothing.
enum RowKernels {
    typealias Lanes = RealLanes
    typealias Row = UnsafeMutablePointer<Real>

    /// Σ aᵢbᵢ, in as many partial sums as there are lanes.
    @inline(__always)
    static func dot(_ a: UnsafePointer<Real>, _ b: UnsafePointer<Real>, _ count: Int) -> Real {
        let width = Lanes.scalarCount
        var i = 0
        var partial = Lanes.zero
        while i + width <= count {
            partial += load(a + i) * load(b + i)
            i += width
        }
        var sum = partial.sum()
        while i < count {
            sum += a[i] * b[i]
            i += 1
        }
        return sum
    }

    /// y ← y + αx
    @inline(__always)
    static func axpy(_ alpha: Real, _ x: UnsafePointer<Real>, _ y: Row, _ count: Int) {
        let width = Lanes.scalarCount
        let factor = Lanes(repeating: alpha)
        var i = 0
        while i + width <= count {
            store(load(y + i) + factor * load(x + i), y + i)
            i += width
        }
        while i < count {
            y[i] += alpha * x[i]
            i += 1
        }
    }

    /// y ← y + αa + βb: two rows at once, so that y is loaded and stored half as often.
    @inline(__always)
    static func axpy2(_ alpha: Real, _ a: UnsafePointer<Real>, _ beta: Real, _ b: UnsafePointer<Real>, _ y: Row, _ count: Int) {
        let width = Lanes.scalarCount
        let (va, vb) = (Lanes(repeating: alpha), Lanes(repeating: beta))
        var i = 0
        while i + width <= count {
            store(load(y + i) + va * load(a + i) + vb * load(b + i), y + i)
            i += width
        }
        while i < count {
            y[i] = y[i] + alpha * a[i] + beta * b[i]
            i += 1
        }
    }

    /// e ← e − ar;  r ← δr + γe: one row of an append, after which `e` is what the rows above have not explained.
    @inline(__always)
    static func append(_ row: Row, _ rest: Row, _ a: Real, _ delta: Real, _ gamma: Real, _ count: Int) {
        let width = Lanes.scalarCount
        let (va, vd, vg) = (Lanes(repeating: a), Lanes(repeating: delta), Lanes(repeating: gamma))
        var i = 0
        while i + width <= count {
            let r = load(row + i)
            let e = load(rest + i) - va * r
            store(e, rest + i)
            store(vd * r + vg * e, row + i)
            i += width
        }
        while i < count {
            let e = rest[i] - a * row[i]
            rest[i] = e
            row[i] = delta * row[i] + gamma * e
            i += 1
        }
    }

    /// v ← v − qr;  f ← φr + κv;  then `append` on f: one row of forgetting and appending in one sweep.
    @inline(__always)
    static func forgetAndAppend(
        _ row: Row, _ along: Row, _ rest: Row, q: Real, phi: Real, kappa: Real, a: Real, delta: Real, gamma: Real, _ count: Int
    ) {
        let width = Lanes.scalarCount
        let (vq, vp, vk) = (Lanes(repeating: q), Lanes(repeating: phi), Lanes(repeating: kappa))
        let (va, vd, vg) = (Lanes(repeating: a), Lanes(repeating: delta), Lanes(repeating: gamma))
        var i = 0
        while i + width <= count {
            let r = load(row + i)
            let v = load(along + i) - vq * r
            store(v, along + i)
            let f = vp * r + vk * v
            let e = load(rest + i) - va * f
            store(e, rest + i)
            store(vd * f + vg * e, row + i)
            i += width
        }
        while i < count {
            let r = row[i]
            let v = along[i] - q * r
            along[i] = v
            let f = phi * r + kappa * v
            let e = rest[i] - a * f
            rest[i] = e
            row[i] = delta * f + gamma * e
            i += 1
        }
    }
}

/// The same, one number at a time, in the order that one would write down.
enum PlainRowKernels {
    static func dot(_ a: UnsafePointer<Real>, _ b: UnsafePointer<Real>, _ count: Int) -> Real {
        var sum: Real = 0
        for i in 0..<count { sum += a[i] * b[i] }
        return sum
    }

    static func axpy(_ alpha: Real, _ x: UnsafePointer<Real>, _ y: UnsafeMutablePointer<Real>, _ count: Int) {
        for i in 0..<count { y[i] += alpha * x[i] }
    }

    static func append(
        _ row: UnsafeMutablePointer<Real>, _ rest: UnsafeMutablePointer<Real>, _ a: Real, _ delta: Real, _ gamma: Real, _ count: Int
    ) {
        for i in 0..<count {
            rest[i] -= a * row[i]
            row[i] = delta * row[i] + gamma * rest[i]
        }
    }

    static func forget(
        _ row: UnsafeMutablePointer<Real>, _ along: UnsafeMutablePointer<Real>, _ q: Real, _ phi: Real, _ kappa: Real, _ count: Int
    ) {
        for i in 0..<count {
            along[i] -= q * row[i]
            row[i] = phi * row[i] + kappa * along[i]
        }
    }
}
