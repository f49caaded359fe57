import Testing

@testable import Stint

/// The memory of changes inside whole learners.
@Suite struct ChangeMemoryTests {
    /// Four channels at random; the label is a smooth function of them beside an offset that wanders.
    struct Wandering {
        var random = Random(seed: 31)
        var offset = 0.0
        mutating func next() -> (x: [Float], y: Float) {
            offset += 0.05 * random.normal()
            let x = (0..<4).map { _ in Float(random.normal()) }
            let bent = sin(Double(x[0]) * 1.5) + Double(x[1] * x[2]) * 0.5 + Double(x[3])
            return (x, Float(bent + offset))
        }
    }

    /// Losses of the long experts after a life with labels so many rows late.
    func losses(delay: Int, rows: Int) -> [String: Double] {
        let session = Session(Specification(channels: 4, rateHz: 1, labels: 1, heads: [HeadSpecification(kind: .regression(targets: [0]))]))
        var stream = Wandering()
        var labels: [Float] = []
        for i in 0..<rows {
            let row = stream.next()
            session.frame(row.x)
            labels.append(row.y)
            if i >= delay { session.label(0, labels[i - delay], sequence: UInt64(i - delay)) }
        }
        var losses: [String: Double] = [:]
        for report in session.learner.experts(of: 0) { losses["\(report.name)"] = report.loss }
        return losses
    }

    @Test("an offset that wanders drops out of changes: they are told better than values, at once and late", arguments: [0, 20])
    func offset(delay: Int) throws {
        let losses = losses(delay: delay, rows: 3000)
        let change = try #require(losses["change_long"])
        let values = try #require(losses["fourier_long"])
        let before = try #require(losses["as_before"])
        #expect(change > 0 && change < values * 0.8 && change < before, "\(losses)")
    }

    @Test("when labels are so late that what they start from is gone, it says nothing and the others go on")
    func tooLate() throws {
        let losses = losses(delay: 700, rows: 3000)
        #expect(losses["change_long"] == 0)
        #expect(try #require(losses["fourier_long"]) > 0)
    }
}
