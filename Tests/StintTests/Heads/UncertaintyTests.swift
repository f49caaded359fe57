import Testing

@testable import Stint

@Suite struct UncertaintyTests {
    private struct Sides {
        var below = 0.0, above = 0.0, width = 0.0, score = 0.0
    }

    /// Intervals around 0 for errors of one's own, each known `delay` rows later: shares beyond each side, mean width and interval score.
    private func track(_ rows: Int, delay: Int = 0, _ error: (Int, inout Random) -> Double) -> Sides {
        var counter = Carver()
        _ = IntervalTracker(targets: 1, &counter)
        let arena = Arena(bytes: counter.carved)
        var carver = Carver(over: arena)
        let tracker = IntervalTracker(targets: 1, &carver)
        tracker.reset()
        var random = Random(seed: 4)
        let kept = UnsafeMutablePointer<Float>.allocate(capacity: rows * IntervalTracker.keptWidth)
        defer { kept.deallocate() }
        var given: [(IntervalTracker.Width, Double)] = []
        var sides = Sides()
        for row in 0..<rows {
            let width = tracker.width(0, reach: 1, spread: 1, into: kept + row * IntervalTracker.keptWidth)
            let truth = error(row, &random)
            given.append((width, truth))
            if row >= delay {
                let (width, truth) = given[row - delay]
                tracker.learn(
                    0, error: truth, below: width.below, above: width.above, reach: 1, kept + (row - delay) * IntervalTracker.keptWidth)
            }
            guard row >= rows / 10 else { continue }
            let n = Double(rows - rows / 10)
            sides.below += -truth > width.below ? 1 / n : 0
            sides.above += truth > width.above ? 1 / n : 0
            sides.width += (width.below + width.above) / n
            sides.score += (width.below + width.above + 20 * (max(0, truth - width.above) + max(0, -truth - width.below))) / n
        }
        return sides
    }

    @Test("each side keeps its own coverage, on even and on skewed errors, at once and late", arguments: [0, 100])
    func sides(delay: Int) {
        for skew in [false, true] {
            let said = track(20_000, delay: delay) { _, random in
                let e = random.normal()
                // χ² of one degree, less its mean: mostly a little below, now and then far above.
                return skew ? e * e - 1 : e
            }
            #expect((0.04...0.06).contains(said.below) && (0.04...0.06).contains(said.above), "\(skew) \(said)")
        }
    }

    @Test("a scale that moves a hundredfold is followed by both sides")
    func moving() {
        let said = track(20_000) { row, random in random.normal() * (row / 2000 % 2 == 0 ? 1 : 100) }
        #expect((0.035...0.065).contains(said.below) && (0.035...0.065).contains(said.above), "\(said)")
    }

    @Test("skewed errors cost a tenth less than the best interval that is the same to both sides")
    func skewed() {
        let said = track(20_000) { _, random in
            let e = random.normal()
            return e * e - 1
        }
        // The best even half-width by its 90 % quantile of |χ² − 1|, from the same errors.
        var random = Random(seed: 4)
        var errors: [Double] = []
        for _ in 0..<20_000 {
            let e = random.normal()
            errors.append(e * e - 1)
        }
        let tested = errors[2000...]
        let half = tested.map(\.magnitude).sorted()[Int(0.9 * Double(tested.count))]
        let even = tested.reduce(0) { $0 + (2 * half + 20 * max(0, $1.magnitude - half)) / Double(tested.count) }
        #expect(said.score < 0.9 * even, "\(said.score) \(even)")
    }

    @Test("novelty rises on inputs that were never seen, and falls as they become known")
    func novelty() {
        let session = Session(Specification(channels: 2, rateHz: 10, labels: 1, heads: [HeadSpecification(kind: .regression(targets: [0]))]))
        var random = Random(seed: 6)
        func mean(_ rows: Int, around center: Float) -> Float {
            var sum: Float = 0
            for _ in 0..<rows {
                let x = [Float(random.normal()) + center, Float(random.normal()) - center]
                session.frame(x)
                sum += session.regression().novelty / Float(rows)
                session.label(0, x[0] - x[1], sequence: session.learner.sequence)
            }
            return sum
        }
        _ = mean(1500, around: 0)
        let (known, new) = (mean(100, around: 0), mean(20, around: 5))
        #expect(new > 3 * known && known < 0.2, "\(known) \(new)")
        _ = mean(600, around: 5)
        let learned = mean(100, around: 5)
        #expect(learned < 0.5 * new, "\(new) \(learned)")
    }
}

@Suite struct EncoderLimitTests {
    /// Events of a regression on a function of two channels, by row.
    private func events(_ rows: Int, _ function: (Double, Double) -> Double) -> [Int] {
        let session = Session(Specification(channels: 2, rateHz: 10, labels: 1, heads: [HeadSpecification(kind: .regression(targets: [0]))]))
        var random = Random(seed: 2)
        var said: [Int] = []
        for row in 0..<rows {
            let x = (random.uniform() * 2 - 1, random.uniform() * 2 - 1)
            session.frame([Float(x.0), Float(x.1)])
            session.label(0, Float(function(x.0, x.1)), sequence: session.learner.sequence)
            if session.learner.events.contains(where: { $0.kind == .encoderLimit && $0.head == 0 }) { said.append(row) }
        }
        return said
    }

    @Test("a function too fine for the latents, and not for rows that are alike, is told of once")
    func told() {
        #expect(events(6000) { sin(9 * $0) * sin(9 * $1) }.count == 1)
    }

    @Test("what the latents can express is not told of")
    func silent() {
        #expect(events(4000) { 2 * $0 - $1 + $0 * $1 } == [])
    }

    @Test("it is told of again only after the memories have caught up")
    func hysteresis() {
        var counter = Carver()
        _ = EncoderLimit(targets: 1, &counter)
        let arena = Arena(bytes: counter.carved)
        var carver = Carver(over: arena)
        var limit = EncoderLimit(targets: 1, &carver)
        limit.reset()
        func told(_ rows: Int, neighbours: Double) -> Int {
            var told = 0
            for _ in 0..<rows {
                limit.note(0, truth: 0, neighbours: neighbours, long: (1, 2), weight: 1)
                told += limit.decide() ? 1 : 0
            }
            return told
        }
        #expect(told(1999, neighbours: 0.5) == 0)
        #expect(told(10_000, neighbours: 0.5) == 1)
        // Between the two bounds nothing changes.
        #expect(told(20_000, neighbours: 0.93) == 0 && told(20_000, neighbours: 0.5) == 0)
        #expect(told(20_000, neighbours: 1.2) == 0 && told(20_000, neighbours: 0.5) == 1)
    }
}
