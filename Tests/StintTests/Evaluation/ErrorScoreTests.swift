import Testing

@testable import Stint

@Suite struct ErrorScoreTests {
    @Test("before the first row there is no figure")
    func empty() {
        let score = ErrorScore()
        #expect(score.count == 0)
        #expect(score.meanAbsolute == nil && score.rootMeanSquare == nil && score.normalised == nil && score.explained == nil)
    }

    @Test("three rows by hand")
    func byHand() {
        var score = ErrorScore()
        for (truth, guess) in [(1.0, 2.0), (2.0, 2.0), (3.0, 1.0)] { score.add(truth: truth, guess: guess) }
        #expect(score.count == 3)
        #expect(score.meanAbsolute == 1)
        #expect(score.rootMeanSquare == (5.0 / 3).squareRoot())
        // Σ(y − ȳ)² = 2.
        #expect(score.normalised == 2.5)
        #expect(score.explained == -1.5)
    }

    @Test("a truth that never changes has no normalised error, even far from 0", arguments: [0.1, 1e6 + 0.1, -3])
    func constant(truth: Double) {
        var score = ErrorScore()
        for _ in 0..<1000 { score.add(truth: truth, guess: 0) }
        #expect(score.normalised == nil && score.explained == nil)
        #expect(score.meanAbsolute != nil)
    }

    @Test("an offset of 1e6 changes no normalised error")
    func offset() throws {
        var plain = ErrorScore(), shifted = ErrorScore()
        for i in 0..<10_000 {
            // Halves and quarters, so that adding 1e6 rounds nothing.
            let truth = Double(i % 7) / 2, guess = Double(i % 5) / 4
            plain.add(truth: truth, guess: guess)
            shifted.add(truth: truth + 1e6, guess: guess + 1e6)
        }
        let (a, b) = (try #require(plain.normalised), try #require(shifted.normalised))
        // A unit in the last place of the mean at 1e6, 1e-10, over a deviation of 1.
        #expect((a - b).magnitude <= 1e-9 * a)
    }
}

@Suite struct IntervalScoreTests {
    @Test("before the first interval there is no figure")
    func empty() {
        let score = IntervalScore()
        #expect(score.coverage == nil && score.width == nil && score.score == nil)
    }

    @Test("bounds belong to the interval; what misses costs 2/α times the miss")
    func byHand() throws {
        var score = IntervalScore()
        score.add(truth: 0, lower: 0, upper: 1, nominal: 0.5)
        score.add(truth: 1, lower: 0, upper: 1, nominal: 0.5)
        score.add(truth: 3, lower: 0, upper: 1, nominal: 0.5)
        score.add(truth: -1, lower: 0, upper: 1, nominal: 0.5)
        #expect(score.coverage == 0.5)
        #expect(score.width == 1)
        // (1 + 1 + (1 + 4·2) + (1 + 4·1)) / 4
        #expect(score.score == 4)
    }
}
