import Testing

@testable import Stint

@Suite struct ClassificationScoreTests {
    private func score(_ rows: [(truth: Int, guess: Int)], noChange: Int = -1) -> ClassificationScore {
        var score = ClassificationScore()
        for row in rows {
            score.add(truth: row.truth, guess: row.guess, noChange: noChange, probability: 0.5, isInSet: true, setSize: 2)
        }
        return score
    }

    @Test("before the first row there is no figure")
    func empty() {
        let score = ClassificationScore()
        #expect(score.accuracy == nil && score.kappa == nil && score.kappaTemporal == nil && score.f1Macro == nil && score.logLoss == nil)
        #expect(score.setCoverage == nil && score.setSize == nil && score.classes.isEmpty)
    }

    @Test("four rows by hand")
    func byHand() {
        let score = score([(0, 0), (0, 1), (1, 1), (1, 1)], noChange: 0)
        #expect(score.accuracy == 0.75)
        #expect(score.accuracyOfNoChange == 0.5)
        #expect(score.kappaTemporal == 0.5)
        // By chance: ½·¼ + ½·¾ = ½.
        #expect(score.kappa == 0.5)
        // F1: 2·1/(2 + 1) and 2·2/(2 + 3).
        #expect(score.f1Macro == (2.0 / 3 + 0.8) / 2)
        #expect(score.confusion(truth: 0, guess: 1) == 1 && score.confusion(truth: 1, guess: 0) == 0)
    }

    @Test("no guess agrees with nothing, and a class that no row has is not averaged")
    func noGuess() {
        let score = score([(0, -1), (0, 0), (0, 4)])
        #expect(score.accuracy == 1.0 / 3)
        #expect(score.f1Macro == 2.0 / 4)
        #expect(score.classes == [0, 4])
    }

    @Test("one class throughout has no kappa, and nothing beats a no-change that is always right")
    func degenerate() {
        let score = score([(0, 0), (0, 0)], noChange: 0)
        #expect(score.kappa == nil && score.kappaTemporal == nil)
        #expect(score.accuracy == 1)
    }

    @Test("a probability of 0 costs as much as 1e-6")
    func clipped() throws {
        var score = ClassificationScore()
        score.add(truth: 0, guess: 0, noChange: 0, probability: 0, isInSet: false, setSize: 0)
        #expect((try #require(score.logLoss) - 13.815_510_557_964_274).magnitude < 1e-12)
    }

    @Test("the table of confusions grows with its content, up to so many classes")
    func capacity() {
        let most = ClassificationScore.confusionCapacity
        var score = score((0..<most).flatMap { [($0, $0), ($0, 0)] })
        #expect(score.confusion(truth: 0, guess: 0) == 2 && score.confusion(truth: most - 1, guess: 0) == 1)
        #expect(score.confusion(truth: 1, guess: most - 1) == 0)
        score.add(truth: most, guess: 0, noChange: 0, probability: 1, isInSet: true, setSize: 1)
        #expect(score.confusion(truth: 0, guess: 0) == nil)
        #expect(score.classes.count == most + 1)
    }
}
