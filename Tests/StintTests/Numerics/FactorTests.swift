import Testing

@testable import Stint

/// A factor on its own arena, with the working room that its calls want.
final class FactorBench {
    let arena: Arena
    let factor: Factor
    let latent, target, solved, sweep, prediction: UnsafeMutablePointer<Real>

    init(width: Int, outputs: Int, ridge: Real = 1) {
        func carve(_ carver: inout Carver) -> (Factor, [UnsafeMutablePointer<Real>]) {
            let factor = Factor(width: width, outputs: outputs, ridge: ridge, &carver)
            let sizes = [width + outputs, outputs, width, 3 * width + outputs, outputs]
            return (factor, sizes.map { carver.carve(Real.self, $0) })
        }
        var counter = Carver()
        _ = carve(&counter)
        arena = Arena(bytes: counter.carved)
        var carver = Carver(over: arena)
        let (factor, room) = carve(&carver)
        self.factor = factor
        (latent, target, solved, sweep, prediction) = (room[0], room[1], room[2], room[3], room[4])
        factor.reset()
    }

    func load(_ z: [Real], _ y: [Real] = []) {
        for i in z.indices { latent[i] = z[i] }
        for i in y.indices { target[i] = y[i] }
    }

    @discardableResult
    func learn(_ z: [Real], _ y: [Real], keep: Real = 1) -> [Real] {
        load(z, y)
        if keep < 1 {
            factor.forgetAndAppend(latent, target, keep: keep, scratch: sweep, width: z.count, outputs: y.count)
        } else {
            factor.append(latent, target, width: z.count, outputs: y.count)
        }
        return y.indices.map { target[$0] }
    }

    func predict(_ z: [Real], outputs: Int) -> (value: [Real], leverage: Real) {
        load(z)
        let leverage = factor.solve(latent, into: solved, width: z.count)
        factor.predict(solved, into: prediction, width: z.count, outputs: outputs)
        return ((0..<outputs).map { prediction[$0] }, leverage)
    }

    /// UᵀDU, in full.
    func gram() -> [[Real]] {
        let d = factor.width
        func u(_ k: Int, _ j: Int) -> Real { j == k ? 1 : factor.row(k)[j - k] }
        return (0..<d).map { i in
            (0..<d).map { j in (0...min(i, j)).reduce(0) { $0 + factor.row($1)[0] * u($1, i) * u($1, j) } }
        }
    }

    func weights() -> [Real] {
        let w = UnsafeMutablePointer<Real>.allocate(capacity: factor.width * factor.outputs)
        defer { w.deallocate() }
        factor.weights(into: w, width: factor.width)
        return (0..<factor.width * factor.outputs).map { w[$0] }
    }
}

/// Solves Ax = b for small dense A by Gauss–Jordan with pivoting: the plain twin of everything below.
func solvePlainly(_ a: [[Real]], _ b: [Real]) -> [Real] {
    var m = zip(a, b).map { $0 + [$1] }
    let n = b.count
    for i in 0..<n {
        let pivot = (i..<n).max { abs(m[$0][i]) < abs(m[$1][i]) }!
        m.swapAt(i, pivot)
        for r in 0..<n where r != i {
            let f = m[r][i] / m[i][i]
            for c in i...n { m[r][c] -= f * m[i][c] }
        }
    }
    return (0..<n).map { m[$0][n] / m[$0][$0] }
}

func rows(_ count: Int, _ width: Int, seed: UInt64) -> [[Real]] {
    var random = Random(seed: seed)
    return (0..<count).map { _ in [1] + (1..<width).map { _ in Real(random.normal()) } }
}

@Suite struct FactorTests {
    @Test("appended rows give the Gram matrix that their sum gives", arguments: [1, 2, 3, 7, 8, 9, 33])
    func appendIsTheSum(width: Int) {
        let bench = FactorBench(width: width, outputs: 2)
        let data = rows(50, width, seed: 3)
        var gram = (0..<width).map { i in (0..<width).map { Real($0 == i ? 1 : 0) } }
        for z in data {
            bench.learn(z, [z[width - 1], 2])
            for i in 0..<width { for j in 0..<width { gram[i][j] += z[i] * z[j] } }
        }
        let ours = bench.gram()
        for i in 0..<width { for j in 0..<width { #expect(abs(ours[i][j] - gram[i][j]) < 1e-11 * gram[i][i]) } }
        for i in 0..<width { #expect(bench.factor.row(i)[0] > 0) }
    }

    @Test("rows that are withdrawn leave what there would be, had they never come; one that all hangs on is refused", arguments: [1, 2, 9, 33])
    func withdrawn(width: Int) {
        let (whole, never) = (FactorBench(width: width, outputs: 2), FactorBench(width: width, outputs: 2))
        let data = rows(120, width, seed: 4)
        for (n, z) in data.enumerated() {
            whole.learn(z, [z[width - 1], Real(n % 5)])
            if n < 80 { never.learn(z, [z[width - 1], Real(n % 5)]) }
        }
        for n in (80..<120).shuffled() {
            whole.load(data[n], [data[n][width - 1], Real(n % 5)])
            #expect(whole.factor.withdraw(whole.latent, whole.target, scratch: whole.sweep, width: width, outputs: 2))
        }
        // 120 sweeps, each some ulps of the largest pivot.
        let (a, b) = (whole.gram(), never.gram())
        for i in 0..<width { for j in 0..<width { #expect(abs(a[i][j] - b[i][j]) < 1e-11 * b[i][i]) } }
        #expect(zip(whole.weights(), never.weights()).allSatisfy { abs($0 - $1) < 1e-10 })
        // A row of 10⁴ deviations is all that is known along it.
        let before = never.weights()
        let far = data[0].map { $0 * 1e4 }
        never.load(far, [1, 1])
        never.factor.append(never.latent, never.target, width: width, outputs: 2)
        let held = never.weights()
        never.load(far, [1, 1])
        #expect(!never.factor.withdraw(never.latent, never.target, scratch: never.sweep, width: width, outputs: 2))
        #expect(never.weights() == held && held != before)
    }

    @Test("the prediction is the ridge solution, and the error handed back is the one made before learning")
    func predictionIsRidge() {
        let width = 12
        let bench = FactorBench(width: width, outputs: 1, ridge: 0.5)
        var gram = (0..<width).map { i in (0..<width).map { Real($0 == i ? 0.5 : 0) } }
        var moment = [Real](repeating: 0, count: width)
        for (n, z) in rows(200, width, seed: 5).enumerated() {
            let y = Real(n % 7) + z[3]
            let w = solvePlainly(gram, moment)
            let expected = zip(w, z).reduce(0) { $0 + $1.0 * $1.1 }
            #expect(abs(bench.predict(z, outputs: 1).value[0] - expected) < 1e-9)
            let error = bench.learn(z, [y])[0]
            #expect(abs(error - (y - expected)) < 1e-9)
            for i in 0..<width {
                moment[i] += z[i] * y
                for j in 0..<width { gram[i][j] += z[i] * z[j] }
            }
        }
    }

    @Test("the leverage is zᵀA⁻¹z")
    func leverage() {
        let width = 9
        let bench = FactorBench(width: width, outputs: 1)
        for z in rows(40, width, seed: 8) { bench.learn(z, [0]) }
        let z = rows(1, width, seed: 9)[0]
        let solved = solvePlainly(bench.gram(), z)
        let expected = zip(solved, z).reduce(0) { $0 + $1.0 * $1.1 }
        #expect(abs(bench.predict(z, outputs: 1).leverage - expected) < 1e-12)
    }

    @Test("directional forgetting is A − (1−λ)Azzᵀ A/zᵀAz + zzᵀ, and forgetting alone leaves W as it was", arguments: [0.5, 0.8, 0.95])
    func directional(keep: Real) {
        let width = 11
        let bench = FactorBench(width: width, outputs: 3)
        let data = rows(120, width, seed: 11)
        for z in data.prefix(60) { bench.learn(z, [z[1], z[2], 1]) }
        for z in data.suffix(60) {
            let before = bench.gram()
            let weights = bench.weights()
            let v = (0..<width).map { i in (0..<width).reduce(0) { $0 + before[i][$1] * z[$1] } }
            let s = zip(z, v).reduce(0) { $0 + $1.0 * $1.1 }
            // A row that says just what W says already: any change of W is forgetting's.
            let y = (0..<3).map { k in (0..<width).reduce(0) { $0 + weights[$1 * 3 + k] * z[$1] } }
            bench.learn(z, y, keep: keep)
            let after = bench.gram()
            for i in 0..<width {
                for j in 0..<width {
                    let expected = before[i][j] - (1 - keep) * v[i] * v[j] / s + z[i] * z[j]
                    #expect(abs(after[i][j] - expected) < 1e-10 * (1 + abs(expected)))
                }
            }
            for (a, b) in zip(bench.weights(), weights) { #expect(abs(a - b) < 1e-10) }
        }
    }

    @Test("columns that are not in use yet cost nothing and change nothing")
    func activeWidth() {
        let narrow = FactorBench(width: 6, outputs: 1)
        let wide = FactorBench(width: 10, outputs: 2)
        for z in rows(80, 6, seed: 13) {
            narrow.learn(z, [z[2]], keep: 0.9)
            wide.learn(z, [z[2]], keep: 0.9)
        }
        for z in rows(5, 6, seed: 14) {
            #expect(narrow.predict(z, outputs: 1).value[0] == wide.predict(z, outputs: 1).value[0])
            #expect(narrow.predict(z, outputs: 1).leverage == wide.predict(z + [0, 0, 0, 0], outputs: 1).leverage)
        }
    }

    @Test("a merge is the factor of all rows, in either order")
    func merge() {
        let (a, b, both) = (FactorBench(width: 7, outputs: 1), FactorBench(width: 7, outputs: 1), FactorBench(width: 7, outputs: 1, ridge: 2))
        for (n, z) in rows(90, 7, seed: 17).enumerated() {
            (n % 3 == 0 ? a : b).learn(z, [z[1] * z[2]])
            both.learn(z, [z[1] * z[2]])
        }
        a.factor.merge(b.factor, scratch: a.latent)
        for (x, y) in zip(a.weights(), both.weights()) { #expect(abs(x - y) < 1e-12) }
    }

    @Test("a singular input is reported as directions never seen, and stays finite")
    func nearSingular() {
        let bench = FactorBench(width: 5, outputs: 1, ridge: 1e-20)
        var random = Random(seed: 21)
        for _ in 0..<1000 {
            let x = Real(random.normal())
            bench.learn([1, x, 2 * x, x + 1e-12 * Real(random.normal()), 0], [x], keep: 0.9)
        }
        #expect(bench.factor.deficiency(width: 5) >= 1)
        #expect(bench.predict([1, 1, 2, 1, 0], outputs: 1).value[0].isFinite)
    }

    @Test("at an offset of 1e6 the slope is found to a thousandth of itself")
    func offset() {
        // A entries are 10¹² here, and float64 has 16 digits: three are left for the slope.
        let bench = FactorBench(width: 2, outputs: 1, ridge: 1e-12)
        var random = Random(seed: 22)
        for _ in 0..<2000 {
            let x = 1e6 + Real(random.normal())
            bench.learn([1, x], [3 * (x - 1e6)])
        }
        let slope = bench.predict([1, 1e6 + 2], outputs: 1).value[0] - bench.predict([1, 1e6 + 1], outputs: 1).value[0]
        #expect(abs(slope - 3) < 3e-3)
    }
}
