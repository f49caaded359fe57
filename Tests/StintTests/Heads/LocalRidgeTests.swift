import Testing

@testable import Stint

/// The planes through what was near.
@Suite struct LocalRidgeTests {
    /// A reservoir and a local ridge over an arena of their own.
    final class Place {
        let arena: Arena
        var reservoir: Reservoir
        let ridge: LocalRidge
        let targets: Int
        let newest: UnsafeMutablePointer<Float>
        let inverse: UnsafeMutablePointer<Double>

        init(channels: Int, targets: Int, lags: Bool = false) {
            var specification = Specification(
                channels: channels, rateHz: 1, labels: targets, heads: [HeadSpecification(kind: .regression(targets: Array(0..<targets)))])
            specification.encoder.lags = lags
            specification.memory.reservoirBytes = 512 << 10
            self.targets = targets
            var counter = Carver()
            _ = Reservoir(specification, capacity: 2000, &counter)
            _ = LocalRidge(specification, targets: targets, &counter)
            arena = Arena(bytes: counter.carved)
            var carver = Carver(over: arena)
            reservoir = Reservoir(specification, capacity: 2000, &carver)
            ridge = LocalRidge(specification, targets: targets, &carver)
            reservoir.reset()
            newest = .allocate(capacity: targets)
            inverse = .allocate(capacity: targets)
            newest.update(repeating: 100, count: targets)
            inverse.update(repeating: 1, count: targets)
        }

        deinit {
            newest.deallocate()
            inverse.deallocate()
        }

        func keep(_ serial: Int, _ latent: [Float], _ labels: [Float], before: [Float]) {
            _ = reservoir.admit(serial, time: Double(serial), latent)
            for j in 0..<targets { reservoir.learn(serial, label: j, labels[j], before: before[j]) }
        }

        /// Both planes' heights, target by target.
        func predict(_ latent: [Float]) -> [[Double]] {
            let wanted = Array(0..<targets)
            reservoir.search(latent, knowing: wanted, own: Reservoir.Own(newest: newest, inverse: inverse), turn: 0, .around)
            var said = [Double](repeating: .nan, count: targets * LocalRidge.count)
            latent.withUnsafeBufferPointer {
                let place = LocalRidge.Place(latent: $0.baseAddress!, newest: newest, inverse: inverse)
                ridge.predict(reservoir.around, reservoir, wanted, at: place, into: &said, step: LocalRidge.count)
            }
            return wanted.map { j in (0..<LocalRidge.count).map { said[j * LocalRidge.count + $0] } }
        }

        /// The same, as one would write it down: the rows around, weighed, with slopes that are shrunk by a tenth of their block's mean square.
        func plain(_ latent: [Float], withOwn: Bool) -> [Double] {
            let around = reservoir.around, c = latent.count, d = 1 + c + (withOwn ? targets : 0)
            var widest = 0.0
            for i in 0..<around.count { widest = max(widest, Double(around.square(i))) }
            var a = [[Double]](repeating: [Double](repeating: 0, count: d + targets), count: d)
            for i in 0..<around.count {
                let distance = (Double(around.square(i)) / (1.01 * widest)).squareRoot()
                let tricube = 1 - distance * distance * distance
                let weight = tricube * tricube * tricube
                var x = [Float](repeating: 0, count: c)
                x.withUnsafeMutableBufferPointer { reservoir.latent(around.slot(i), into: $0.baseAddress!) }
                var z = [1.0] + zip(x, latent).map { Double($0) - Double($1) }
                if withOwn { for j in 0..<targets { z.append((Double(reservoir.labelBefore(around.slot(i), j)) - Double(newest[j])) * inverse[j]) } }
                z += (0..<targets).map { Double(reservoir.label(around.slot(i), $0)) - Double(newest[$0]) }
                for p in 0..<d { for q in 0..<(d + targets) { a[p][q] += weight * z[p] * z[q] } }
            }
            for block in [1..<(1 + c), (1 + c)..<d] where !block.isEmpty {
                let ridge = 0.1 * block.reduce(0) { $0 + a[$1][$1] } / Double(block.count)
                for p in block { a[p][p] += ridge }
            }
            // Gauss–Jordan, the height last.
            for p in (0..<d).reversed() {
                for q in 0..<d where q != p {
                    let factor = a[q][p] / a[p][p]
                    for r in 0..<(d + targets) { a[q][r] -= factor * a[p][r] }
                }
            }
            return (0..<targets).map { Double(newest[$0]) + a[0][d + $0] / a[0][0] }
        }
    }

    func fill(_ place: Place, channels: Int, _ rows: Int, seed: UInt64, _ label: ([Float], inout Random) -> [Float]) {
        var random = Random(seed: seed)
        for i in 0..<rows {
            let x = (0..<channels).map { _ in Float(random.normal()) }
            place.keep(i, x, label(x, &random), before: (0..<place.targets).map { _ in 100 + Float(random.normal()) })
        }
    }

    @Test("both heights of one elimination are those of two ridges that are solved one by one", arguments: [(3, 1), (7, 2), (20, 6)])
    func plain(_ size: (channels: Int, targets: Int)) {
        let place = Place(channels: size.channels, targets: size.targets)
        fill(place, channels: size.channels, 900, seed: 5) { x, random in
            (0..<size.targets).map { 100 + x[0] * x[1] + Float($0) * x[2] + 0.1 * Float(random.normal()) }
        }
        var random = Random(seed: 8)
        for _ in 0..<20 {
            let x = (0..<size.channels).map { _ in Float(random.normal()) }
            for j in 0..<size.targets { (place.newest[j], place.inverse[j]) = (100 + Float(random.normal()), 0.7) }
            let said = place.predict(x)
            #expect(place.reservoir.around.count == 64)
            let (first, all) = (place.plain(x, withOwn: false), place.plain(x, withOwn: true))
            for j in 0..<size.targets {
                #expect(abs(said[j][0] - first[j]) < 2e-3 && abs(said[j][1] - all[j]) < 2e-3, "\(said[j]), not \(first[j]) and \(all[j])")
            }
        }
    }

    @Test("a slope is followed to the edge of what was seen, where a mean falls behind")
    func edge() {
        let place = Place(channels: 2, targets: 1)
        fill(place, channels: 2, 900, seed: 2) { x, _ in [3 * x[0] - x[1]] }
        let x: [Float] = [2.2, -2.2]
        let said = place.predict(x)[0][0]
        var mean = 0.0
        for i in 0..<64 { mean += Double(place.reservoir.label(place.reservoir.around.slot(i), 0)) / 64 }
        let truth = 8.8
        #expect(abs(said - truth) < 0.8 && abs(mean - truth) > 2, "\(said) and \(mean) for \(truth)")
    }

    @Test("what does not move, or is the same in every row, is no slope")
    func constant() {
        let place = Place(channels: 4, targets: 1)
        for i in 0..<300 { place.keep(i, [1, 0, -2, Float(i % 2)], [Float(i % 2)], before: [5]) }
        place.newest[0] = 5
        for said in place.predict([1, 0, -2, 1])[0] + place.predict([1.5, 0, -2, 1])[0] { #expect(abs(said - 1) < 0.2, "\(said)") }
    }

    @Test("latents that are too wide for slopes leave a mean of what is near, and slopes of the newest labels")
    func wide() {
        let place = Place(channels: 100, targets: 1)
        fill(place, channels: 100, 300, seed: 3) { x, _ in [x[0]] }
        let said = place.predict([Float](repeating: 0, count: 100))[0]
        #expect(abs(said[0]) < 0.5 && said[1].isFinite)
    }

    @Test("with fewer than twenty rows near there is no plane")
    func few() {
        let place = Place(channels: 2, targets: 1)
        fill(place, channels: 2, 19, seed: 3) { x, _ in [x[0]] }
        for said in place.predict([0, 0])[0] { #expect(said.isNaN) }
        place.keep(19, [0, 0], [0], before: [100])
        for said in place.predict([0, 0])[0] { #expect(said.isFinite) }
    }
}
