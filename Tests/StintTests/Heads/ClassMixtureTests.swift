import Testing

@testable import Stint

/// The mixture inside whole learners.
@Suite struct ClassMixtureTests {
    /// Four channels of noise about the class, which stays for 60 rows on average: one row tells it in three of four cases, many tell it all.
    private func accuracy(late: Int, rows: Int = 3000) -> (mixture: Double, noChange: Double) {
        let specification = Specification(
            channels: 4, rateHz: 1, labels: 1, heads: [HeadSpecification(kind: .classification(label: 0, classes: 4))])
        let session = Session(specification)
        var random = Random(seed: 8)
        let centers: [[Float]] = (0..<3).map { one in (0..<4).map { $0 == one ? 1.2 : 0 } }
        var truth: [Int] = []
        var state = 0
        var right = (mixture: 0.0, noChange: 0.0)
        for i in 0..<rows {
            if random.below(40) == 0 { state = random.below(3) }
            truth.append(state)
            session.frame(centers[state].map { $0 + Float(random.normal()) })
            if i >= rows / 3 {
                let said = session.classification(0)
                let name = said.classID < 0 ? "" : String(decoding: session.learner.classes(of: 0).name(said.classID), as: UTF8.self)
                right.mixture += name == "c\(state)" ? 1 : 0
                right.noChange += truth[i - 1 - late] == state ? 1 : 0
            }
            if i >= late { session.label(0, "c\(truth[i - late])", sequence: UInt64(i - late)) }
        }
        let scored = Double(rows - rows / 3)
        return (right.mixture / scored, right.noChange / scored)
    }

    @Test("rows that still wait for their label are used: with sticky classes and labels 100 rows late, they bring more than they could alone")
    func waitingRows() {
        let late = accuracy(late: 100)
        // The best of the experts that look at a row alone has .74 to .78, whatever the seed.
        #expect(late.mixture > 0.85, "\(late)")
    }

    @Test("when labels stop, the newest of them is not believed for ever: what the rows say is heard again")
    func labelsStop() {
        let specification = Specification(
            channels: 4, rateHz: 1, labels: 1, heads: [HeadSpecification(kind: .classification(label: 0, classes: 4))])
        let session = Session(specification)
        var random = Random(seed: 8)
        var (state, right, rows, kept) = (0, 0, 0, 0)
        var last = 0
        for i in 0..<3000 {
            if random.below(40) == 0 { state = random.below(3) }
            session.frame((0..<4).map { Float(($0 == state ? 3 : 0) + random.normal()) })
            if i < 2000 {
                session.label(0, "c\(state)", sequence: UInt64(i))
                last = state
            } else {
                let said = session.classification(0)
                let name = String(decoding: session.learner.classes(of: 0).name(said.classID), as: UTF8.self)
                right += name == "c\(state)" ? 1 : 0
                kept += state == last ? 1 : 0
                rows += 1
            }
        }
        // Who holds on to the last label is right as often as its class comes; who never saw one, on nine rows of ten.
        #expect(Double(right) > 0.6 * Double(rows) && Double(kept) < 0.5 * Double(rows), "\(right) and \(kept) of \(rows)")
    }

    @Test("at once it is no worse than repeating the newest label")
    func atOnce() {
        let now = accuracy(late: 0)
        #expect(now.mixture > now.noChange - 0.003, "\(now)")
    }
}
