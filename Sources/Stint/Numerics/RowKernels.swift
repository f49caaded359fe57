/// The inner loops of the factor: what is done with packed rows. Each has its plain twin below, and a test holds them together.
///
/// A reduction or a two-dimensional update written on arrays does not vectorise in Swift; on pointers and SIMD it does. On
/// x86-64's baseline a lane group is two SSE2 registers, on arm64 two NEON registers. Products and sums are written apart:
/// a fused product is a library call per lane where the processor has none. Rows go in pairs, so that what runs along them
/// is loaded and stored half as often. Shapes: every pointer holds `count` numbers; none overlap.
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

    /// y ← y + αa + βb
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

    /// One row of an update: e ← e − pr, then r ← r + βe. Afterwards e is what the rows so far have not explained.
    @inline(__always)
    static func update(_ row: Row, _ rest: Row, _ s: Step, _ count: Int) {
        let width = Lanes.scalarCount
        let (vp, vb) = (Lanes(repeating: s.p), Lanes(repeating: s.beta))
        var i = 0
        while i + width <= count {
            let r = load(row + i)
            let e = load(rest + i) - vp * r
            store(e, rest + i)
            store(r + vb * e, row + i)
            i += width
        }
        while i < count {
            let e = rest[i] - s.p * row[i]
            rest[i] = e
            row[i] += s.beta * e
            i += 1
        }
    }

    /// Two rows of an update, one after the other.
    @inline(__always)
    static func update2(_ row0: Row, _ s0: Step, _ row1: Row, _ s1: Step, _ rest: Row, _ count: Int) {
        let width = Lanes.scalarCount
        let (p0, b0) = (Lanes(repeating: s0.p), Lanes(repeating: s0.beta))
        let (p1, b1) = (Lanes(repeating: s1.p), Lanes(repeating: s1.beta))
        var i = 0
        while i + width <= count {
            let r0 = load(row0 + i)
            let r1 = load(row1 + i)
            let e0 = load(rest + i) - p0 * r0
            let e1 = e0 - p1 * r1
            store(r0 + b0 * e0, row0 + i)
            store(r1 + b1 * e1, row1 + i)
            store(e1, rest + i)
            i += width
        }
        while i < count {
            let e0 = rest[i] - s0.p * row0[i]
            let e1 = e0 - s1.p * row1[i]
            row0[i] += s0.beta * e0
            row1[i] += s1.beta * e1
            rest[i] = e1
            i += 1
        }
    }

    /// Two updates of one row: along v, then along e.
    @inline(__always)
    static func twice(_ row: Row, _ along: Row, _ f: Step, _ rest: Row, _ s: Step, _ count: Int) {
        let width = Lanes.scalarCount
        let (pf, bf) = (Lanes(repeating: f.p), Lanes(repeating: f.beta))
        let (ps, bs) = (Lanes(repeating: s.p), Lanes(repeating: s.beta))
        var i = 0
        while i + width <= count {
            let r = load(row + i)
            let v = load(along + i) - pf * r
            let kept = r + bf * v
            let e = load(rest + i) - ps * kept
            store(v, along + i)
            store(e, rest + i)
            store(kept + bs * e, row + i)
            i += width
        }
        while i < count {
            let v = along[i] - f.p * row[i]
            let kept = row[i] + f.beta * v
            let e = rest[i] - s.p * kept
            along[i] = v
            rest[i] = e
            row[i] = kept + s.beta * e
            i += 1
        }
    }

    /// Two updates of two rows.
    @inline(__always)
    static func twice2(_ row0: Row, _ f0: Step, _ s0: Step, _ row1: Row, _ f1: Step, _ s1: Step, _ along: Row, _ rest: Row, _ count: Int) {
        let width = Lanes.scalarCount
        let (pf0, bf0) = (Lanes(repeating: f0.p), Lanes(repeating: f0.beta))
        let (ps0, bs0) = (Lanes(repeating: s0.p), Lanes(repeating: s0.beta))
        let (pf1, bf1) = (Lanes(repeating: f1.p), Lanes(repeating: f1.beta))
        let (ps1, bs1) = (Lanes(repeating: s1.p), Lanes(repeating: s1.beta))
        var i = 0
        while i + width <= count {
            let r0 = load(row0 + i)
            let r1 = load(row1 + i)
            let v0 = load(along + i) - pf0 * r0
            let kept0 = r0 + bf0 * v0
            let e0 = load(rest + i) - ps0 * kept0
            let v1 = v0 - pf1 * r1
            let kept1 = r1 + bf1 * v1
            let e1 = e0 - ps1 * kept1
            store(kept0 + bs0 * e0, row0 + i)
            store(kept1 + bs1 * e1, row1 + i)
            store(v1, along + i)
            store(e1, rest + i)
            i += width
        }
        while i < count {
            let v0 = along[i] - f0.p * row0[i]
            let kept0 = row0[i] + f0.beta * v0
            let e0 = rest[i] - s0.p * kept0
            let v1 = v0 - f1.p * row1[i]
            let kept1 = row1[i] + f1.beta * v1
            let e1 = e0 - s1.p * kept1
            row0[i] = kept0 + s0.beta * e0
            row1[i] = kept1 + s1.beta * e1
            along[i] = v1
            rest[i] = e1
            i += 1
        }
    }
}

/// What one row of a rank-one update needs: the component p that the row explains, and how much of the rest goes into it.
struct Step {
    var p: Real
    var beta: Real
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

    static func update(_ row: UnsafeMutablePointer<Real>, _ rest: UnsafeMutablePointer<Real>, _ s: Step, _ count: Int) {
        for i in 0..<count {
            rest[i] -= s.p * row[i]
            row[i] += s.beta * rest[i]
        }
    }
}
