import Testing

@testable import Stint

@Suite struct ClassTableTests {
    @Test("classes without end are refused one by one, counted and told, and those that were first go on being learned")
    func bounded() {
        let specification = Specification(
            channels: 2, rateHz: 1, labels: 1, heads: [HeadSpecification(kind: .classification(label: 0, classes: 3))])
        let session = Session(specification)
        let bytes = session.learner.plan.snapshotBytes
        var random = Random(seed: 2)
        var (refused, told) = (0, 0)
        for i in 0..<4000 {
            session.frame([Float(i % 3) + Float(random.normal()) / 10, 1])
            // Of every four labels one names a class that is there, and three name new ones.
            let name = i % 4 == 0 || i < 3 ? "c\(i % 3)" : "stranger \(i)"
            if session.label(0, name, sequence: UInt64(i)) == .refused(.classRefused) {
                refused += 1
                told += session.learner.events.contains { $0.kind == .classRefused } ? 1 : 0
            }
        }
        #expect(refused > 2900 && told == refused && session.learner.dropped[.classRefused] == UInt64(refused))
        #expect(session.learner.classes(of: 0).count == 3 && session.learner.snapshot().count == bytes)
        // The row that is due.
        session.frame([1, 1])
        let said = session.classification(0)
        #expect(said.isReady && said.probability.count == 3)
        #expect(String(decoding: session.learner.classes(of: 0).name(said.classID), as: UTF8.self) == "c1")
    }
}
