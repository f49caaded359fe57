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
        let capacity = 256
        let sorted = UnsafeMutablePointer<Float>.allocate(capacity: capacity)
        defer { sorted.deallocate() }
        var sample = LifeSample()
        var random = Random(seed: 61)
        for i in 0..<10_000 {
            let turn = random.below(i + 1)
            guard sample.count < capacity || turn < capacity else { continue }
            sample.insert(Float(i), leaving: turn, sorted, capacity: capacity)
        }
        #expect(Int(sample.count) == capacity)
        #expect((1..<capacity).allSatisfy { sorted[$0 - 1] < sorted[$0] })
        // The mean of 256 uniform numbers has a standard error of 10 000/√(12·256) = 180; four of them.
        var sum: Float = 0
        for i in 0..<capacity { sum += sorted[i] }
        #expect(abs(sum / Float(capacity) - 5000) < 720)
    }

    @Test("the tails begin no nearer to the median than one deviation, and nowhere where nothing ever moved", arguments: [0, 1e6] as [Float])
    func tails(offset: Float) {
        let capacity = 256
        let sorted = UnsafeMutablePointer<Float>.allocate(capacity: capacity)
        defer { sorted.deallocate() }
        var sample = LifeSample()
        // One value in 64 is another one: all quantiles up to the last fiftieth are the median.
        for i in 0..<capacity { sample.insert(offset + (i % 64 == 0 ? 8 : 0), leaving: 0, sorted, capacity: capacity) }
        sample.measure(sorted)
        // The deviation is 8·√(p(1 − p)) with p = 1/64.
        #expect(abs(sample.upper - offset - 0.992) < 0.07)
        #expect(sample.excess(offset, side: 1) < 0 && sample.excess(offset + 8, side: 1) > 1)
        var still = LifeSample()
        for _ in 0..<capacity { still.insert(offset, leaving: 0, sorted, capacity: capacity) }
        still.measure(sorted)
        #expect(still.isMeasured && !still.hasTails)
    }

    @Test("a spike and a lasting change of noise stand out from ten thousand healthy rows", arguments: [0, 1e6] as [Float])
    func standsOut(offset: Float) {
        view(3) { view, row in
            var random = Random(seed: 62)
            func next(_ i: Int) -> Double {
                for c in 0..<3 { row[c] = offset + Float(random.normal()) * (c == 2 && i >= 11_000 ? 4 : 1) }
                if i == 10_500 { row[1] += 12 }
                return view.surprise(row, learns: true)
            }
            var healthy: [Double] = [], spike = 0.0, noisy = 0.0
            for i in 0..<11_060 {
                let surprise = next(i)
                if i >= 1000, i < 10_000 { healthy.append(surprise) }
                if i == 10_500 { spike = surprise }
                if i >= 11_000 { noisy = max(noisy, surprise) }
            }
            healthy.sort()
            let rare = healthy[healthy.count - 9]  // one in a thousand
            #expect(spike > rare + 2 && noisy > rare + 2, "spike \(spike), noise \(noisy), one in 1000 \(rare)")
        }
    }

    @Test("a constant channel that moves by one step does not scream; a missing one has no say")
    func quiet() {
        view(2) { view, row in
            var random = Random(seed: 63)
            for i in 0..<3000 {
                (row[0], row[1]) = (i < 2000 ? 45 : 46, i % 100 == 7 ? .nan : Float(random.normal()))
                let surprise = view.surprise(row, learns: true)
                #expect(surprise.isFinite && surprise >= 0)
                // One of a sample of 256 at the most, averaged with the other channel.
                if i == 2000 { #expect(surprise > 2 && surprise < 5.6) }
            }
            (row[0], row[1]) = (.nan, .nan)
            #expect(view.surprise(row, learns: true) == 0)
        }
    }

    @Test("within an episode only what is stranger than all of it is news; after thirty quiet rows the next one is")
    func news() {
        view(1) { view, _ in
            #expect(view.news(9) == 9)
            #expect(view.news(8) == LifetimeView.strange)
            #expect(view.news(10) == 10)
            for _ in 0..<LifetimeView.quietRows { #expect(view.news(1) == 1) }
            #expect(view.news(8) == 8)
        }
    }

    @Test("what is told to be scored only leaves no trace")
    func frozen() {
        func last(_ extra: Int) -> Double {
            var said = 0.0
            view(1) { view, row in
                var random = Random(seed: 64)
                for _ in 0..<1000 {
                    row[0] = Float(random.normal())
                    _ = view.surprise(row, learns: true)
                }
                // The lags move on, so the two that come last are the same.
                for x in [Float](repeating: 50, count: extra) + [0.5, -0.25, 9] {
                    row[0] = x
                    said = view.surprise(row, learns: false)
                }
            }
            return said
        }
        #expect(last(0) == last(200))
    }
}
