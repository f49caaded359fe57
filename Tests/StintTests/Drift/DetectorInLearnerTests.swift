import Testing

@testable import Stint

@Suite struct DetectorInLearnerTests {
    @Test("each detector runs in a learner, frame by frame, through its warm-up and after", arguments: LearnerEvent.Detector.allCases)
    func runs(detector: LearnerEvent.Detector) {
        var specification = Specification.ofEachKind
        specification.drift.detector = detector
        specification.encoder.warmUp = 100
        let session = Session(specification)
        var stream = TestStream()
        for _ in 0..<400 { session.row(stream.next()) }
        #expect(session.learner.steps == 400 && session.regression().isReady)
    }
}
