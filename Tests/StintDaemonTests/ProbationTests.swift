import Stint
import Testing

@testable import StintDaemon

@Suite struct ProbationTests {
    private static let second: UInt64 = 1_000_000_000

    /// A meter that has seen losses around a mean, spread evenly by a tenth of it.
    private func meter(_ mean: Double, labels: Int) -> LossMeter {
        var meter = LossMeter()
        for i in 0..<labels { meter.add(mean * (0.9 + 0.2 * Double(i % 11) / 10)) }
        return meter
    }

    private func baseline(_ mean: Double = 1, labels: Int = 300, rate: Double = 100) -> Probation.Baseline {
        var baseline = Probation.Baseline()
        baseline.heads = [Probation.Baseline.Head(name: "a", isReady: true, meter: meter(mean, labels: labels), labels: UInt64(labels))]
        baseline.framesPerSecond = rate
        baseline.seconds = 100
        baseline.residentBytes = 20 << 20
        baseline.planBytes = 4 << 20
        return baseline
    }

    private func present(
        _ mean: Double = 1, labels: Int = 300, shadow: LossMeter? = nil, isReady: Bool = true, isKept: Bool = true, frames: UInt64 = 3000,
        resident: Int = 22 << 20
    ) -> Probation.Present {
        let head = Probation.Present.Head(
            name: "a", isReady: isReady, meter: meter(mean, labels: labels), labels: UInt64(labels), shadow: shadow, isKept: isKept)
        return Probation.Present(heads: [head], frames: frames, residentBytes: resident, planBytes: 4 << 20)
    }

    private func judge(_ present: Probation.Present, _ baseline: Probation.Baseline? = nil, after seconds: UInt64 = 30, confirmWithin: Int = 0) -> Probation.Verdict {
        let probation = Probation(baseline ?? self.baseline(), at: 5 * Self.second, seconds: 30, confirmWithin: confirmWithin)
        return probation.judge(present, at: (5 + seconds) * Self.second)
    }

    private func fails(_ verdict: Probation.Verdict, _ words: String) -> Bool {
        if case .failed(let reason) = verdict { return reason.contains(words) }
        return false
    }

    @Test("one that does as well as before goes on to the end, and passes there, also by a clock that stands before the switch")
    func passes() {
        #expect(judge(present(), after: 29) == .goesOn)
        #expect(judge(present(), after: 30) == .passed)
        let probation = Probation(baseline(), at: 5 * Self.second, seconds: 30, confirmWithin: 0)
        #expect(probation.judge(present(), at: 4 * Self.second) == .goesOn)
    }

    @Test("a head that is worse than its shadow on the same rows fails, whatever the world does")
    func worse() {
        #expect(fails(judge(present(1.3, shadow: meter(1, labels: 300)), after: 3), "worse"))
        // Five times as hard as before, for both.
        #expect(judge(present(5, shadow: meter(5, labels: 300)), after: 3) == .goesOn)
        #expect(judge(present(1.2, shadow: meter(1, labels: 300)), after: 3) == .goesOn)
        // Too few labels to tell.
        #expect(judge(present(9, labels: 20, shadow: meter(1, labels: 20)), after: 3) == .goesOn)
    }

    @Test("without a shadow a head is held against its own past, with a wider bound")
    func worseThanBefore() {
        #expect(judge(present(2), after: 3) == .goesOn)
        #expect(fails(judge(present(4), after: 3), "before"))
        // A part of a stretch says nothing.
        #expect(judge(present(4, labels: 199), after: 3) == .goesOn)
    }

    @Test("a stretch that is as hard as one before it is no fault of the config's")
    func hardStretch() {
        var baseline = baseline()
        for loss in [5.0, 1.0] { for i in 0..<600 { baseline.heads[0].meter.add(loss * (0.9 + 0.02 * Double(i % 11))) } }
        #expect(baseline.heads[0].meter.recentMean < 1.3)
        #expect(judge(present(5), baseline, after: 3) == .goesOn)
        #expect(fails(judge(present(9), baseline, after: 3), "before"))
    }

    @Test("a frame that takes longer than the next one leaves is a fault, unless there was no time before either")
    func time() {
        var baseline = baseline(), present = present()
        (baseline.stepSeconds, present.stepSeconds) = (0.001, 0.02)
        #expect(fails(judge(present, baseline), "time"))
        // A head that is new learns from what is kept meanwhile.
        #expect(judge(present, baseline, after: 29) == .goesOn)
        present.frames = 50
        #expect(judge(present, baseline) == .passed)
        present.frames = 3000
        present.stepSeconds = 0.008
        #expect(judge(present, baseline) == .passed)
        (baseline.stepSeconds, present.stepSeconds) = (0.0095, 0.02)
        #expect(judge(present, baseline) == .passed)
    }

    @Test("a head that gets no labels any more, or is not ready any more, is starved")
    func starved() {
        #expect(fails(judge(present(labels: 0)), "no labels"))
        #expect(fails(judge(present(labels: 0, shadow: meter(1, labels: 50))), "no labels"))
        // Where nobody sends any, it is no fault of the config's.
        #expect(judge(present(labels: 0, shadow: LossMeter())) == .passed)
        #expect(judge(present(labels: 0), baseline(labels: 0)) == .passed)
        #expect(fails(judge(present(isReady: false)), "not"))
        // Of no frame nothing was said yet.
        #expect(judge(present(labels: 0, isReady: false, frames: 0), baseline(rate: 0)) == .passed)
        // A head that began anew has the time that its labels take.
        #expect(judge(present(labels: 40, isReady: false, isKept: false)) == .passed)
    }

    @Test("frames that stop with the switch are a fault; a stream that was silent before is none")
    func frames() {
        #expect(fails(judge(present(frames: 0)), "no frame"))
        #expect(judge(present(frames: 0), baseline(rate: 0)) == .passed)
        // A network that stands still, while nothing of the input was touched.
        var untouched = present(frames: 0)
        untouched.isReopened = false
        #expect(judge(untouched) == .passed)
    }

    @Test("memory that grows beyond both plans is a fault at once")
    func memory() {
        #expect(judge(present(resident: 38 << 20), after: 1) == .goesOn)
        #expect(fails(judge(present(resident: 48 << 20), after: 1), "memory"))
    }

    @Test("one that must be confirmed waits for it beyond its health, and is given up in the end")
    func confirmed() {
        #expect(judge(present(), after: 31, confirmWithin: 60) == .goesOn)
        #expect(fails(judge(present(), after: 60, confirmWithin: 60), "nobody confirmed"))
        #expect(fails(judge(present(9), after: 10, confirmWithin: 60), "worse"))
    }
}
