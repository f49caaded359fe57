import CMath
import Testing

@testable import Stint

@Suite struct ContaminationTestTests {
    /// Errors of which a share is a hundred times as large, in nats.
    private func verdict(of rows: Int, wrong share: Double, seed: UInt64) -> ContaminationTest.Verdict {
        let room = UnsafeMutablePointer<Real>.allocate(capacity: ContaminationTest.most)
        defer { room.deallocate() }
        var test = ContaminationTest(room)
        var random = Random(seed: seed)
        func error() -> Double { log(max(random.normal().magnitude, 1e-9)) }
        for _ in 0..<100 { test.add(before: Real(error())) }
        for _ in 0..<rows { test.add(since: Real(error() + (random.uniform() < share ? log(100) : 0))) }
        return test.verdict
    }

    /// The exact share, in rows that take turns: 16 of 64 before are beyond the upper quartile.
    @Test("a share of a third is contamination, whatever its size; two thirds are a change", arguments: [(16, false), (21, false), (43, true), (64, true)])
    func share(wrong: Int, isChange: Bool) {
        let room = UnsafeMutablePointer<Real>.allocate(capacity: ContaminationTest.most)
        defer { room.deallocate() }
        var test = ContaminationTest(room)
        for i in 0..<64 { test.add(before: Real(i * 37 % 64)) }
        for i in 0..<64 { test.add(since: i * 29 % 64 < wrong ? 1000 : Real(i * 37 % 64)) }
        #expect(test.verdict == (isChange ? .change : .contamination))
    }

    @Test("a regime that is nearer on most rows is recalled though half of them are as before; one that is nearer by chance is not", arguments: [(40, false), (41, true)])
    func nearer(rows: Int, isChange: Bool) {
        let room = UnsafeMutablePointer<Real>.allocate(capacity: ContaminationTest.most)
        defer { room.deallocate() }
        var test = ContaminationTest(room)
        for i in 0..<64 { test.add(before: Real(i * 37 % 64)) }
        for i in 0..<64 { test.add(since: i * 29 % 64 < 21 ? 1000 : 1, regime: i * 29 % 64 < rows ? 0 : 2000) }
        #expect(test.verdict == (isChange ? .change : .contamination))
    }

    @Test("what was known is worth what it explains of the rows since, and nothing where the mean of all labels is nearer")
    func explained() {
        let room = UnsafeMutablePointer<Real>.allocate(capacity: ContaminationTest.most)
        defer { room.deallocate() }
        var test = ContaminationTest(room)
        #expect(test.explained == 1)
        test.compare(known: 1, nothing: 3)
        test.compare(known: .nan, nothing: 3)
        test.compare(known: 0, nothing: 1)
        #expect(test.explained == 0.75)
        test.compare(known: 8, nothing: 1)
        #expect(test.explained == 0)
    }

    @Test("with fewer than eight rows nothing is said, and without rows before them it is what it seems")
    func few() {
        #expect(verdict(of: 7, wrong: 1, seed: 1) == .tooFew)
        #expect(verdict(of: 8, wrong: 1, seed: 1) == .change)
        let room = UnsafeMutablePointer<Real>.allocate(capacity: ContaminationTest.most)
        defer { room.deallocate() }
        var test = ContaminationTest(room)
        for i in 0..<ContaminationTest.leastBefore - 1 { test.add(before: Real(i)) }
        for _ in 0..<20 { test.add(since: 0) }
        #expect(test.verdict == .change)
    }

    /// Beyond the quartile are .325 of them, and 11 of 16 are needed: .007 by the binomial, and some for a quartile of 64 rows.
    @Test("a tenth of wrong labels in sixteen rows is taken for a change less than once in fifty times")
    func tenth() {
        var changes = 0
        for seed in 1...400 where verdict(of: 16, wrong: 0.1, seed: UInt64(seed)) == .change { changes += 1 }
        #expect(changes < 8)
    }
}
