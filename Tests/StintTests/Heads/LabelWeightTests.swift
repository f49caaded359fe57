import Testing

@testable import Stint

@Suite struct LabelWeightTests {
    @Test func `an error of more than eight deviations counts as one of eight, once the deviation is known`() {
        func make(_ carver: inout Carver) -> RelativeLoss { RelativeLoss(targets: 1, &carver) }
        var counter = Carver()
        _ = make(&counter)
        let arena = Arena(bytes: counter.carved)
        var carver = Carver(over: arena)
        var losses = make(&carver)
        losses.reset()
        #expect(losses.weight(0, error: 1e9, spread: 1) == 1)
        for step in 0..<400 { losses.learn(0, error: step % 2 == 0 ? 1 : -1, spread: 1) }
        #expect(losses.weight(0, error: 8, spread: 1) == 1)
        #expect((losses.weight(0, error: 80, spread: 1) - 0.01).magnitude < 1e-12)
    }

    @Test func `a label that nobody foresaw does not change who is believed`() {
        let experts = 6
        func make(_ carver: inout Carver) -> RegressionMixture { RegressionMixture(experts: experts, labelsOnly: 4, targets: 1, &carver) }
        func loss(of expert: Int, heeding share: Double) -> Double {
            var counter = Carver()
            _ = make(&counter)
            let arena = Arena(bytes: counter.carved)
            var carver = Carver(over: arena)
            var mixture = make(&carver)
            mixture.reset()
            mixture.begin(0, lateBy: 0)
            var random = Random(seed: 6)
            let said = UnsafeMutablePointer<Double>.allocate(capacity: experts), reach = UnsafeMutablePointer<Double>.allocate(capacity: experts)
            let kept = UnsafeMutablePointer<Float>.allocate(capacity: RegressionMixture.candidates)
            defer { said.deallocate(); reach.deallocate(); kept.deallocate() }
            for i in 0..<experts { reach[i] = 1 }
            for step in 0..<601 {
                let truth = random.normal()
                for i in 0..<experts { said[i] = truth + (i == 5 ? 0.1 : 1) * random.normal() }
                for i in 0..<RegressionMixture.candidates { kept[i] = Float(said[5]) }
                mixture.learn(0, step < 600 ? truth : truth + 100, said, reach: reach, candidates: kept, weight: step < 600 ? 1 : share)
            }
            return mixture.standing(0, expert).loss ?? .nan
        }
        // A hundred deviations of the one that is right, of which eight count.
        #expect(loss(of: 5, heeding: 1) > 100 * loss(of: 5, heeding: 0.64 / 10_000))
        #expect(loss(of: 0, heeding: 0.64 / 10_000) > 50 * loss(of: 5, heeding: 0.64 / 10_000))
    }
}
