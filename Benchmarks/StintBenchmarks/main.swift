@testable import Stint

func nanoseconds(_ times: Int, _ body: () -> Void) -> Double {
    var best = Double.infinity
    for _ in 0..<7 {
        let clock = ContinuousClock()
        let d = clock.measure { for _ in 0..<times { body() } }
        best = min(best, Double(d.components.attoseconds) / 1e9 / Double(times) + Double(d.components.seconds) * 1e9 / Double(times))
    }
    return best
}

func bench(_ d: Int, _ k: Int) {
    var counter = Carver()
    _ = Factor(width: d, outputs: k, ridge: 1, &counter)
    let arena = Arena(bytes: counter.carved)
    var carver = Carver(over: arena)
    let f = Factor(width: d, outputs: k, ridge: 1, &carver)
    f.reset()
    var random = Random(seed: 1)
    let n = 512
    let rows = UnsafeMutablePointer<Real>.allocate(capacity: n * d)
    for i in 0..<(n * d) { rows[i] = Real(Float(random.normal())) }
    let z = UnsafeMutablePointer<Real>.allocate(capacity: d)
    let y = UnsafeMutablePointer<Real>.allocate(capacity: k)
    let s = UnsafeMutablePointer<Real>.allocate(capacity: 3 * d + k)
    var i = 0
    func next() { z.update(from: rows + (i % n) * d, count: d); for j in 0..<k { y[j] = rows[(i * 7 + j) % (n * d)] }; i += 1 }
    let copy = nanoseconds(2000) { next() }
    let app = nanoseconds(2000) { next(); f.append(z, y, width: d, outputs: k) } - copy
    f.reset()
    let dir = nanoseconds(2000) { next(); f.forgetAndAppend(z, y, keep: 0.8, scratch: s, width: d, outputs: k) } - copy
    var sink: Real = 0
    let solve = nanoseconds(2000) { next(); sink += f.solve(z, into: s, width: d); f.predict(s, into: y, width: d, outputs: k) } - copy
    print("d=\(d) k=\(k): solve \(Int(solve)) append \(Int(app)) directional \(Int(dir)) ns", sink > 1e30 ? "!" : "")
}
for d in [12, 32, 64, 140, 263] { bench(d, 1) }
bench(140, 5)
bench(140, 3)
