import Testing

@testable import Stint

@Suite struct KernelTests {
    /// Every length around the lane width, so that body and rest loop are both met.
    static let lengths = Array(0...19) + [63, 64, 65]

    func numbers(_ count: Int, seed: UInt64) -> UnsafeMutablePointer<Real> {
        let p = UnsafeMutablePointer<Real>.allocate(capacity: max(count, 1))
        var random = Random(seed: seed)
        for i in 0..<count { p[i] = Real(random.normal()) }
        return p
    }

    @Test("each fast kernel gives what its plain twin gives", arguments: lengths)
    func twins(count: Int) {
        let (a, b) = (numbers(count, seed: 1), numbers(count, seed: 2))
        // Partial sums in another order: an ulp a term.
        #expect(abs(RowKernels.dot(a, b, count) - PlainRowKernels.dot(a, b, count)) <= 1e-15 * Real(count + 1) * 10)
        let (c, d) = (numbers(count, seed: 3), numbers(count, seed: 3))
        RowKernels.axpy(0.7, a, c, count)
        PlainRowKernels.axpy(0.7, a, d, count)
        for i in 0..<count { #expect(abs(c[i] - d[i]) <= 1e-15) }
        RowKernels.axpy2(0.3, a, -0.4, b, c, count)
        PlainRowKernels.axpy(0.3, a, d, count)
        PlainRowKernels.axpy(-0.4, b, d, count)
        for i in 0..<count { #expect(abs(c[i] - d[i]) <= 1e-14) }
        let (s, t) = (Step(p: 0.6, beta: -0.2), Step(p: -1.1, beta: 0.4))
        let (r0, r1, e) = (numbers(count, seed: 4), numbers(count, seed: 5), numbers(count, seed: 6))
        let (p0, p1, f) = (numbers(count, seed: 4), numbers(count, seed: 5), numbers(count, seed: 6))
        RowKernels.update2(r0, s, r1, t, e, count)
        PlainRowKernels.update(p0, f, s, count)
        PlainRowKernels.update(p1, f, t, count)
        for i in 0..<count { #expect(abs(r0[i] - p0[i]) + abs(r1[i] - p1[i]) + abs(e[i] - f[i]) <= 1e-14) }
        let (v, w) = (numbers(count, seed: 7), numbers(count, seed: 7))
        RowKernels.twice2(r0, s, t, r1, t, s, v, e, count)
        PlainRowKernels.update(p0, w, s, count)
        PlainRowKernels.update(p0, f, t, count)
        PlainRowKernels.update(p1, w, t, count)
        PlainRowKernels.update(p1, f, s, count)
        for i in 0..<count { #expect(abs(r0[i] - p0[i]) + abs(r1[i] - p1[i]) + abs(e[i] - f[i]) + abs(v[i] - w[i]) <= 1e-13) }
        RowKernels.twice(r0, v, s, e, t, count)
        PlainRowKernels.update(p0, w, s, count)
        PlainRowKernels.update(p0, f, t, count)
        for i in 0..<count { #expect(abs(r0[i] - p0[i]) + abs(e[i] - f[i]) + abs(v[i] - w[i]) <= 1e-13) }
    }

    @Test("the vectorised cosine is within 1e-6 + 2e-7|x| of the true one")
    func cosine() {
        var x: Float = -200
        while x < 200 {
            let lanes = SIMD8<Float>((0..<8).map { x + Float($0) * 0.01 })
            let ours = Projection.cosine(lanes)
            for i in 0..<8 {
                let expected = cosOf(Double(lanes[i]))
                #expect(abs(Double(ours[i]) - expected) <= 1e-6 + 2e-7 * Double(abs(lanes[i])))
            }
            x += 0.37
        }
    }

    @Test("the small and the large product agree, below and above the size where OpenBLAS takes over")
    func products() {
        for (rows, columns) in [(8, 5), (128, 6), (128, 32), (128, 33), (64, 200)] {
            var random = Random(seed: 3)
            let a = UnsafeMutablePointer<Float>.allocate(capacity: rows * columns)
            for i in 0..<(rows * columns) { a[i] = Float(random.normal()) }
            let x = UnsafeMutablePointer<Float>.allocate(capacity: columns)
            for i in 0..<columns { x[i] = Float(random.normal()) }
            let out = UnsafeMutablePointer<Float>.allocate(capacity: rows)
            Projection.multiply(a, inputs: columns, outputs: rows, x, into: out)
            for i in 0..<rows {
                let expected = (0..<columns).reduce(0.0) { $0 + Double(a[$1 * rows + i]) * Double(x[$1]) }
                #expect(abs(Double(out[i]) - expected) < 1e-5 * Double(columns))
            }
        }
    }

    @Test("selection finds the n-th smallest of any order")
    func selection() {
        var random = Random(seed: 5)
        for count in [1, 2, 3, 10, 101] {
            let values = (0..<count).map { _ in Float(random.below(20)) }
            let p = UnsafeMutablePointer<Float>.allocate(capacity: count)
            for n in 0..<count {
                for i in 0..<count { p[i] = values[i] }
                #expect(Selection.nth(p, count, n) == values.sorted()[n])
            }
        }
    }
}

/// cos by its series after reduction in float64: nobody's library.
func cosOf(_ x: Double) -> Double {
    let r = x - (x / (2 * Double.pi)).rounded() * 2 * Double.pi
    var term = 1.0
    var sum = 1.0
    for k in 1...20 {
        term *= -r * r / Double((2 * k - 1) * (2 * k))
        sum += term
    }
    return sum
}

@Suite struct RandomTests {
    @Test("the same seed gives the same numbers; another stream of it gives others")
    func seeds() {
        var (a, b, c) = (Random(seed: 1), Random(seed: 1), Random(seed: 1, stream: 1))
        let first = (0..<10).map { _ in a.next() }
        #expect(first == (0..<10).map { _ in b.next() })
        #expect(first != (0..<10).map { _ in c.next() })
    }

    @Test("xoshiro256++ gives the numbers of its authors' code from its state")
    func reference() {
        // SplitMix64 from 0 starts with these (Vigna's test vector), so the state is known; the first output follows by hand.
        let s: [UInt64] = [0xE220_A839_7B1D_CDAF, 0x6E78_9E6A_A1B9_65F4, 0x06C4_5D18_8009_454F, 0xF88B_B8A8_724C_81EC]
        let sum = s[0] &+ s[3]
        var random = Random(seed: 0)
        #expect(random.next() == ((sum << 23) | (sum >> 41)) &+ s[0])
    }

    @Test("normals have mean 0 and variance 1 within four standard errors of 10⁵ draws")
    func normals() {
        var random = Random(seed: 2)
        var moments = Moments()
        for _ in 0..<100_000 { moments.add(random.normal()) }
        #expect(abs(moments.mean) < 4 / 100_000.0.squareRoot())
        #expect(abs(moments.variance - 1) < 4 * (2 / 100_000.0).squareRoot())
    }

    @Test("a draw below a bound reaches every value, evenly")
    func bounded() {
        var random = Random(seed: 3)
        var counts = [Int](repeating: 0, count: 7)
        for _ in 0..<70_000 { counts[random.below(7)] += 1 }
        let chi = counts.reduce(0.0) { $0 + (Double($1) - 10_000) * (Double($1) - 10_000) / 10_000 }
        #expect(chi < 22.5)   // 0.999 quantile of chi² with 6 degrees
    }
}

@Suite struct MomentsTests {
    @Test("variance at an offset of 1e6 is that of the numbers without it")
    func offset() {
        var (plain, moved) = (Moments(), Moments())
        var random = Random(seed: 4)
        for _ in 0..<10_000 {
            let x = random.normal()
            plain.add(x)
            moved.add(x + 1e6)
        }
        #expect(abs(moved.variance - plain.variance) < 1e-8)
        // 10⁴ roundings of a mean of 1e6: an ulp of 1e-10 each, in a random walk.
        #expect(abs(moved.mean - 1e6 - plain.mean) < 1e-8)
    }

    @Test("a constant is seen as constant at any offset, and a value apart is not")
    func constant() {
        for offset in [0.0, 1, -1e6, 1e12] {
            var moments = Moments()
            for _ in 0..<100 { moments.add(offset) }
            #expect(moments.isConstant)
            moments.add(offset + 1 + abs(offset))
            #expect(!moments.isConstant)
        }
    }
}
