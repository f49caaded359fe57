@testable import StintSimulation

/// Random states for properties that must hold everywhere: any angles, speeds up to 4 rad/s, payloads up to 3 kg.
struct RandomStates: Sequence {
    struct Case {
        var q, dq, ddq: SIMD2<Double>
        var payload: Double
    }

    var seed: UInt64
    var count = 200

    func makeIterator() -> AnyIterator<Case> {
        var noise = Noise(seed: seed)
        var left = count
        func pair(_ size: Double) -> SIMD2<Double> {
            [size * (2 * noise.uniform() - 1), size * (2 * noise.uniform() - 1)]
        }
        return AnyIterator {
            left -= 1
            guard left >= 0 else { return nil }
            return Case(q: pair(.pi), dq: pair(4), ddq: pair(10), payload: 3 * noise.uniform())
        }
    }
}

/// How far two pairs are apart, in the component that differs more.
func distance(_ a: SIMD2<Double>, _ b: SIMD2<Double>) -> Double { (a - b).size }

extension SIMD2<Double> {
    /// The larger magnitude of the two.
    var size: Double { Swift.max(x.magnitude, y.magnitude) }
}
