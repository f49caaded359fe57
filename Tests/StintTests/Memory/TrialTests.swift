import Testing

@testable import Stint

@Suite struct TrialTests {
    /// A trial over an arena of its own.
    final class Made {
        let arena: Arena
        var trial: Trial
        private var row = 0
        private let lost = UnsafeMutablePointer<Double>.allocate(capacity: 2)

        init(targets: Int = 1, experts: Int = 2) {
            var counter = Carver()
            _ = Trial(targets: targets, experts: experts, &counter)
            arena = Arena(bytes: counter.carved)
            var carver = Carver(over: arena)
            trial = Trial(targets: targets, experts: experts, &carver)
            trial.reset()
        }

        /// Rows at which the mixture loses 1 and the experts so much; how many were asked, and how often they woke.
        @discardableResult
        func rows(_ count: Int, _ losses: (Double, Double)) -> (asked: Int, woke: Int) {
            var (asked, woke) = (0, 0)
            (lost[0], lost[1]) = losses
            for _ in 0..<count {
                let wasAwake = trial.isAwake
                if trial.isDue(row) {
                    asked += 1
                    for j in 0..<trial.targets { trial.note(j, mixture: 1, lost, wasAwake: wasAwake) }
                }
                row += 1
                woke += trial.decide() ? 1 : 0
            }
            return (asked, woke)
        }

        deinit { lost.deallocate() }
    }

    @Test("what is twice as bad as the mixture sleeps after 256 rows, and is then asked one row in 16")
    func sleeps() {
        let made = Made()
        #expect(made.rows(256, (2, 3)).asked == 256)
        #expect(!made.trial.isAwake)
        #expect(made.rows(1600, (2, 3)).asked == 100)
    }

    @Test("it wakes for one expert of one target, once, and brings its mean loss along")
    func wakes() {
        let made = Made()
        made.rows(2000, (2, 2))
        #expect(!made.trial.isAwake)
        let woke = made.rows(4000, (2, 0.5))
        #expect(made.trial.isAwake && woke.woke == 1)
        // About four τ of 0.5 behind it: of the 2 there is 1.5·e⁻⁴ ≈ .03 left.
        #expect(abs(made.trial.meanLoss(0, 1) - 0.5) < 0.03 && abs(made.trial.meanLoss(0, 0) - 2) < 1e-9)
    }

    @Test("between the bounds nothing changes, whichever way it came")
    func hysteresis() {
        let made = Made()
        made.rows(3000, (1.4, 1.5))
        #expect(made.trial.isAwake)
        made.rows(3000, (2, 2))
        #expect(!made.trial.isAwake)
        made.rows(20_000, (1.4, 1.5))
        #expect(!made.trial.isAwake)
    }

    @Test("a mixture that is perfect is not joined by what is not")
    func perfect() {
        let made = Made()
        let lost = UnsafeMutablePointer<Double>.allocate(capacity: 2)
        defer { lost.deallocate() }
        (lost[0], lost[1]) = (0.1, 0)
        for _ in 0..<300 {
            made.trial.note(0, mixture: 0, lost, wasAwake: true)
            _ = made.trial.decide()
        }
        #expect(made.trial.ratio(0, 0) == .infinity && made.trial.ratio(0, 1) == 1 && made.trial.isAwake)
    }
}
