import CMath
import Testing

@testable import Stint

/// The score of an anomaly head: a row against the whole life of its stream.
@Suite struct LifetimeViewTests {
    private func view(_ channels: Int, _ body: (inout LifetimeView, UnsafeMutablePointer<Float>) -> Void) {
        var counter = Carver()
        _ = LifetimeView(channels: channels, seed: 1, &counter)
        let arena = Arena(bytes: counter.carved)
        var carver = Carver(over: arena)
        var view = LifetimeView(channels: channels, seed: 1, &carver)
        view.reset()
        let row = UnsafeMutablePointer<Float>.allocate(capacity: channels)
        defer { row.deallocate() }
        body(&view, row)
        withExtendedLifetime(arena.bytes) {}
    }

    @Test("a sample stays in order and reaches back over all rows alike, not over the newest")
    func sample() {
        let (capacity, rows) = (256, 10_000)
        let sorted = UnsafeMutablePointer<Float>.allocate(capacity: capacity)
        let queue = UnsafeMutablePointer<Float>.allocate(capacity: LifeSample.waiting)
        defer {
            sorted.deallocate()
            queue.deallocate()
        }
        var sample = LifeSample()
        var random = Random(seed: 61)
        for i in 0..<rows {
            sample.take(Float(i), stride: 1, sorted, queue, capacity: capacity, &random)
            // What comes in waits for sixteen others.
            if i == 20 { #expect(sample.count == 5 && sorted[4] == 4) }
        }
        #expect(Int(sample.count) == capacity)
        #expect((1..<capacity).allSatisfy { sorted[$0 - 1] < sorted[$0] })
        // The mean of 256 uniform numbers has a standard error of 10 000/√(12·256) = 180; four of them.
        var sum: Float = 0
        for i in 0..<capacity { sum += sorted[i] }
        #expect(abs(sum / Float(capacity) - 5000) < 720)
    }

    @Test("the third nearest is found among, below and above the sample, and not among two")
    func thirdNearest() {
        let sorted = UnsafeMutablePointer<Float>.allocate(capacity: 8)
        defer { sorted.deallocate() }
        var sample = LifeSample()
        for x in [1, 2] as [Float] { sample.insert(x, leaving: 0, sorted, capacity: 8) }
        #expect(sample.distance(1, sorted) == nil)
        for x in [4, 8, 16] as [Float] { sample.insert(x, leaving: 0, sorted, capacity: 8) }
        #expect(sample.distance(3, sorted) == 2)
        #expect(sample.distance(0, sorted) == 4)
        #expect(sample.distance(20, sorted) == 16)
        #expect(sample.distance(8, sorted) == 6)
    }

    @Test("four episodes may go as far as they like; the fifth is news by what it has beyond the lowest of them")
    func peaks() {
        var peaks = RecordPeaks()
        #expect(peaks.news(0.005) == 0 && peaks.news(1) > 0)
        for (k, height) in [3, 5, 4, 6].enumerated() {
            // The rows of an episode are one peak.
            for row in 0..<20 { peaks.observe(Float(height) - Float(row) * 0.1, row: UInt32(100 * k + row)) }
        }
        #expect(peaks.news(3) == 0)
        #expect(abs(peaks.news(6) - log(2.0).squareRoot()) < 1e-6)
        peaks.observe(3.5, row: 1000)
        #expect(peaks.news(3.5) == 0 && peaks.news(3.6) > 0)
    }

    @Test("a spike and a lasting change of noise stand out from ten thousand healthy rows", arguments: [0, 1e6] as [Float])
    func standsOut(offset: Float) {
        view(3) { view, row in
            var random = Random(seed: 62)
            func next(_ i: Int) -> Double {
                for c in 0..<3 { row[c] = offset + Float(random.normal()) * (c == 2 && i >= 11_000 ? 4 : 1) }
                if i == 10_500 { row[1] += 12 }
                return view.surprise(row, time: Double(i), learns: true)
            }
            var healthy: [Double] = [], spike = 0.0, noisy = 0.0
            for i in 0..<11_060 {
                let surprise = next(i)
                if i >= 1000, i < 10_000 { healthy.append(surprise) }
                if i == 10_500 { (spike, noisy) = (surprise, 0) }
                if i == 10_500 { #expect(view.strangeness[1] > view.strangeness[0] && view.strangeness[1] > view.strangeness[2]) }
                if i >= 11_000 { noisy = max(noisy, surprise) }
            }
            healthy.sort()
            let rare = healthy[healthy.count - 9]  // one in a thousand
            #expect(spike > rare + 0.2 && noisy > rare + 0.2, "spike \(spike), noise \(noisy), one in 1000 \(rare)")
        }
    }

    @Test("a constant channel that moves by one step is news once and does not scream; a missing one has no say")
    func quiet() {
        view(1) { view, row in
            var news: [Int] = []
            for i in 0..<4000 {
                row[0] = i < 2000 ? 45 : 46
                let surprise = view.surprise(row, time: Double(i), learns: true)
                #expect(surprise.isFinite && surprise >= 0)
                if let said = view.news(surprise), said > 0.1 { news.append(i) }
            }
            #expect(news.first == 2000 && news.count <= 3, "news in rows \(news)")
            row[0] = .nan
            #expect(view.surprise(row, time: 4000, learns: true) == 0)
        }
    }

    @Test("a flag that is set after two thousand rows is no news; the same step of a measurement is")
    func flags() {
        func largest(_ levels: (Float, Float)) -> Double {
            var largest = 0.0
            view(1) { view, row in
                for i in 0..<2100 {
                    row[0] = i < 2000 ? levels.0 : levels.1
                    largest = max(largest, view.surprise(row, time: Double(i), learns: true))
                }
            }
            return largest
        }
        #expect(largest((0, 1)) == 0)
        #expect(largest((0, 2)) > 0.5)
    }

    @Test("a value that is usual at noon is news at midnight, after some days")
    func hours() {
        view(1) { view, row in
            var random = Random(seed: 66)
            var healthy = 0.0
            for i in 0..<(288 * 12) {
                let isNoon = i % 288 / 24 == 6
                row[0] = (isNoon ? 5 : 0) + 0.1 * Float(random.normal())
                let surprise = view.surprise(row, time: Double(i) * 300, learns: true)
                if i > 288 * 8 { healthy = max(healthy, surprise) }
            }
            // The noon's value has been there a thousand times, and lasts for as long as it does at noon; only the hour is new.
            var strange = 0.0
            for i in (288 * 12)..<(288 * 12 + 12) {
                row[0] = 5 + 0.1 * Float(random.normal())
                strange = max(strange, view.surprise(row, time: Double(i) * 300, learns: true))
            }
            #expect(strange > healthy, "midnight \(strange), healthy \(healthy)")
        }
    }

    @Test("while something goes on only what is a fifth stranger is news; after fifty quieter rows the next one is")
    func news() {
        view(1) { view, _ in
            #expect(view.news(0.5) == 0.5)
            #expect(view.news(0.55) == nil)
            #expect(view.news(0.7) == 0.7)
            for _ in 0..<LifetimeView.quietRows { #expect(view.news(0.1) == nil) }
            // What went on meanwhile still counts.
            #expect(view.news(0.11) == nil)
            #expect(view.news(0.5) == 0.5)
        }
    }

    @Test("rows of a long fault stay above ordinary ones to its end, and below what is news; afterwards all is as before")
    func state() {
        view(2) { view, row in
            var random = Random(seed: 65)
            var ordinary: [Double] = [], fault: [Double] = [], after: [Double] = []
            for i in 0..<4000 {
                let isFault = (2000..<2500).contains(i)
                row[0] = Float(random.normal()) + (isFault ? 4 : 0)
                row[1] = Float(random.normal())
                _ = view.surprise(row, time: Double(i), learns: true)
                #expect(view.state >= 0 && view.state < LifetimeView.ongoing)
                if (500..<2000).contains(i) { ordinary.append(view.state) }
                if (2250..<2500).contains(i) { fault.append(view.state) }
                if i >= 2510 { after.append(view.state) }
            }
            ordinary.sort()
            after.sort()
            #expect(fault.min()! > ordinary[ordinary.count * 99 / 100], "fault \(fault.min()!), ordinary \(ordinary[1485])")
            #expect(after[after.count / 2] < 2 * ordinary[ordinary.count / 2])
        }
    }

    @Test("a level that never returns is usual in the end; an hour of it at 1 Hz is not")
    func adopted() {
        var level = UsualLevel()
        var random = Random(seed: 67)
        for _ in 0..<5000 { _ = level.distance(random.normal(), learns: true) }
        var said = 0.0
        for i in 0..<200_000 {
            said = level.distance(8 + 0.1 * random.normal(), learns: true) ?? .nan
            if i == 3600 { #expect(said > 2) }
        }
        #expect(said < 1)
        // Scored only: nothing is learned.
        for _ in 0..<100_000 { _ = level.distance(100, learns: false) }
        #expect(level.distance(8, learns: false)! < 2)
    }

    @Test("what is told to be scored only leaves no trace in what is known")
    func frozen() {
        func last(_ extra: Int) -> Double {
            var said = 0.0
            view(1) { view, row in
                var random = Random(seed: 64)
                for i in 0..<1000 {
                    row[0] = Float(random.normal())
                    _ = view.surprise(row, time: Double(i), learns: true)
                }
                // The spans move on, so the values that come last are the same.
                for x in [Float](repeating: 50, count: extra) + [Float](repeating: 0.5, count: 400) + [-0.25, 9] {
                    row[0] = x
                    said = view.surprise(row, time: 1000, learns: false)
                }
            }
            return said
        }
        #expect(last(0) > 0)
        #expect(abs(last(0) - last(200)) < 1e-4)
    }
}
