import Testing

@testable import Stint

/// The statistics of a window, each against its definition over the window's own values.
@Suite struct WindowStatisticsTests {
    /// A window over an arena of its own, and what went into it.
    private final class Bench {
        var statistics: WindowStatistics
        let scaling: Scaling
        let channels: Int
        var kept: [[Float]] = []
        private let arena: Arena
        private let out: UnsafeMutablePointer<Float>

        init(channels: Int, length: Int) {
            var counter = Carver()
            _ = Self.carve(channels, length, &counter)
            arena = Arena(bytes: counter.carved)
            var carver = Carver(over: arena)
            (statistics, scaling, out) = Self.carve(channels, length, &carver)
            self.channels = channels
            scaling.reset()
            statistics.reset()
        }

        private static func carve(
            _ channels: Int, _ length: Int, _ carver: inout Carver
        ) -> (WindowStatistics, Scaling, UnsafeMutablePointer<Float>) {
            (
                WindowStatistics(channels: channels, length: length, &carver), Scaling(channels: channels, &carver),
                carver.carve(Float.self, WindowStatistics.perChannel * channels)
            )
        }

        func push(_ row: [Float]) { row.withUnsafeBufferPointer { statistics.push($0.baseAddress!, scaling) } }

        /// Mean, deviation, slope times W and change of a channel.
        func said(_ c: Int) -> [Double] {
            statistics.write(into: out)
            return (0..<4).map { Double(out[$0 * channels + c]) }
        }
    }

    /// The same by definition; the mean as it is.
    private func defined(_ values: [Float], length: Int) -> [Double] {
        let present = values.indices.filter { !values[$0].isNaN }
        let n = Double(present.count)
        let mean = present.reduce(0) { $0 + Double(values[$1]) } / n
        let place = present.reduce(0) { $0 + Double($1) } / n
        var (squares, cross, spread, change, steps) = (0.0, 0.0, 0.0, 0.0, 0.0)
        for i in present {
            let d = Double(values[i]) - mean
            squares += d * d
            cross += d * (Double(i) - place)
            spread += (Double(i) - place) * (Double(i) - place)
            guard i > 0, !values[i - 1].isNaN else { continue }
            change += abs(Double(values[i]) - Double(values[i - 1]))
            steps += 1
        }
        return [mean, (squares / n).squareRoot(), cross / spread * Double(length), change / steps]
    }

    /// How far apart, in deviations of the window.
    private func residual(_ said: [Double], _ defined: [Double], origin: Double) -> Double {
        let unit = max(defined[1], 1e-30)
        return max(
            abs(said[0] + origin - defined[0]) / unit, abs(said[1] - defined[1]) / unit, abs(said[2] - defined[2]) / unit,
            abs(said[3] - defined[3]) / unit)
    }

    @Test(
        "they are those of the window's own values, at offset 0 and 1e6, with masked values, before the window is full and after",
        arguments: [Float(0), 1e6], [2, 7, 64])
    func definition(offset: Float, length: Int) {
        let bench = Bench(channels: 2, length: length)
        var random = Random(seed: 3)
        var history: [[Float]] = [[], []]
        for i in 0..<2000 {
            let row = [offset + Float(random.normal()), random.below(5) == 0 ? Float.nan : offset + Float(i % 50) + Float(random.normal())]
            for c in 0..<2 { history[c].append(row[c]) }
            bench.push(row)
            for c in 0..<2 {
                let window = Array(history[c].suffix(length))
                let present = window.filter { !$0.isNaN }
                let said = bench.said(c)
                guard !row[c].isNaN else {
                    #expect(said.allSatisfy { $0.isNaN })
                    continue
                }
                guard present.count > 1 else { continue }
                let defined = defined(window, length: length)
                let origin = Double(bench.statistics.origin(of: c))
                // A change that no two neighbours give is none, in both.
                let pairs = zip(said, defined).filter { !$0.1.isNaN }
                #expect(pairs.count >= 3 && said[3].isNaN == defined[3].isNaN)
                let worst = pairs.map { abs($0.0 - $0.1 + ($0.1 == defined[0] ? origin : 0)) }.max()!
                // What is kept is float32: 6e-8 of values up to some tens.
                #expect(worst < 1e-5 * max(1, present.map { abs($0 - Float(origin)) }.max().map(Double.init)!))
            }
        }
    }

    @Test("ten million rows at offset 1e6 leave no rounding behind, not even on a signal that wanders off")
    func years() {
        let length = 100
        let bench = Bench(channels: 1, length: length)
        var random = Random(seed: 4)
        var ring = [Float](repeating: 0, count: length)
        var (level, worst) = (1e6, 0.0)
        for i in 0..<10_000_000 {
            // In steps of 1/8, which float32 holds up to 2²¹; the level moves on by 1 in 16 rows, to 1.6e6 and far beyond.
            if i % 16 == 0, level < 2e6 { level += 1 }
            let x = Float(level) + Float(Int(random.next() & 63)) / 8
            ring[i % length] = x
            withUnsafePointer(to: x) { bench.statistics.push($0, bench.scaling) }
            guard i % 250_007 == 250_006 else { continue }
            let window = (1...length).map { ring[(i + $0) % length] }
            let defined = defined(window, length: length)
            var said = bench.said(0)
            // The mean is kept as a float32 difference of up to 1e6 from its origin, so it is compared to that grain.
            #expect(abs(said[0] + Double(bench.statistics.origin(of: 0)) - defined[0]) <= 0.04)
            said[0] = defined[0]
            worst = max(worst, residual(said, defined, origin: 0))
        }
        #expect(worst < 1e-6)
    }

    @Test("a spike of 1e15 that nothing has clipped is forgotten two windows later")
    func spike() {
        let length = 50
        let bench = Bench(channels: 1, length: length)
        var random = Random(seed: 5)
        var values: [Float] = []
        for i in 0..<400 {
            values.append(i == 130 ? 1e15 : Float(random.normal()))
            bench.push([values[i]])
            guard i >= 130 + 2 * length else { continue }
            let defined = defined(Array(values.suffix(length)), length: length)
            #expect(residual(bench.said(0), defined, origin: Double(bench.statistics.origin(of: 0))) < 1e-5)
        }
    }

    @Test("once there is a scaling, a spike counts as eight deviations")
    func clipped() {
        let bench = Bench(channels: 1, length: 64)
        var random = Random(seed: 6)
        for _ in 0..<300 {
            let x = Float(random.normal())
            withUnsafePointer(to: x) { bench.scaling.observe($0) }
        }
        bench.scaling.fit()
        for _ in 0..<64 { bench.push([Float(random.normal())]) }
        bench.push([1e15])
        // One of 64 values at 8 deviations: the window's deviation is at most √(1 + 64/64) and a little.
        #expect(bench.said(0)[1] < 1.7)
    }

    @Test("nothing of the rows before a seam is in the window after it")
    func seam() {
        let (bench, fresh) = (Bench(channels: 1, length: 16), Bench(channels: 1, length: 16))
        fresh.push([100])
        fresh.statistics.cut()
        var random = Random(seed: 7)
        bench.push([100])
        for _ in 0..<57 { bench.push([100 + Float(random.normal())]) }
        bench.statistics.cut()
        #expect(bench.said(0).allSatisfy { $0.isNaN })
        for i in 0..<40 {
            let x = Float(i * i % 11)
            bench.push([x])
            fresh.push([x])
            #expect(bench.said(0).map(\.bitPattern) == fresh.said(0).map(\.bitPattern))
        }
    }

    @Test("a window of one row has a mean and nothing else")
    func single() {
        let bench = Bench(channels: 1, length: 1)
        for x in [3, 5, Float.nan, 7] {
            bench.push([x])
            let said = bench.said(0)
            #expect(x.isNaN ? said[0].isNaN : said[0] == Double(x) - 3)
            #expect(said[1...].allSatisfy { $0.isNaN })
        }
    }
}
