import Testing

@testable import StintDaemon

@Suite struct OverloadTests {
    /// Which of these frames, by their numbers, are not learned from.
    private func shed(_ sequences: [UInt64], limit: Double? = nil) -> (shed: [UInt64], lost: UInt64) {
        var overload = Overload(limit: limit)
        var shed: [UInt64] = []
        for sequence in sequences {
            overload.observe(sequence: sequence, time: 0, arrival: 0)
            if overload.isShedding { shed.append(sequence) }
        }
        #expect(overload.shed == UInt64(shed.count))
        return (shed, overload.lost)
    }

    @Test("as many frames as were lost are predicted without learning, and then it learns again")
    func proportional() {
        let (shed, lost) = shed([5, 6, 10, 11, 12, 13, 14])
        #expect(shed == [10, 11, 12])
        #expect(lost == 3)
    }

    @Test("a wide gap sheds no more than its bound")
    func bounded() {
        let (shed, lost) = shed([0] + (5001..<5200).map { UInt64($0) })
        #expect(shed.count == Int(Overload.longest))
        #expect(lost == 5000)
    }

    @Test(
        "what is no loss sheds nothing: order, a late frame, a sender that begins anew, a jump beyond all bounds",
        arguments: [[1, 2, 3, 4], [5, 4, 3, 6, 7], [100_000, 0, 1, 2], [1, 1 << 60, (1 << 60) + 1], [7]])
    func noLoss(sequences: [UInt64]) {
        let (shed, lost) = shed(sequences)
        #expect(shed.isEmpty && lost == 0)
    }

    @Test("frames older than the limit are shed as long as they are; without a limit age is nothing")
    func age() {
        var overload = Overload(limit: 0.5)
        let now = 1_700_000_000.0
        overload.observe(sequence: nil, time: now - 0.4, arrival: now)
        #expect(!overload.isShedding)
        overload.observe(sequence: nil, time: now - 0.6, arrival: now)
        #expect(overload.isShedding)
        overload.observe(sequence: nil, time: now, arrival: now)
        #expect(!overload.isShedding)
        // A board whose clock has not been set cannot tell.
        overload.observe(sequence: nil, time: now, arrival: 100 + now - 1_700_000_000)
        #expect(!overload.isShedding)
        overload.limit = nil
        overload.observe(sequence: nil, time: 0, arrival: now)
        #expect(!overload.isShedding)
    }

    @Test("it is told once in ten seconds, with all that came to pass since")
    func told() {
        var overload = Overload(limit: nil)
        let second: UInt64 = 1_000_000_000
        let before = overload.due(0)
        #expect(before == nil)
        for sequence: UInt64 in [0, 2, 4] { overload.observe(sequence: sequence, time: 0, arrival: 0) }
        let first = overload.due(second)
        #expect(first == Overload.Report(cause: .lost, lost: 2, shed: 2, age: nil))
        for sequence: UInt64 in [5, 9] { overload.observe(sequence: sequence, time: 0, arrival: 0) }
        let tooEarly = overload.due(11 * second - 1), later = overload.due(11 * second), none = overload.due(30 * second)
        #expect(tooEarly == nil && none == nil)
        #expect(later?.lost == 3)
    }
}
