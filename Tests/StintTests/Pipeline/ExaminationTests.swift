import Testing

@testable import Stint

@Suite struct ExaminationTests {
    private static var specification: Specification {
        var specification = Specification(
            channels: 2, rateHz: 100, labels: 2,
            heads: [HeadSpecification(kind: .regression(targets: [0])), HeadSpecification(kind: .classification(label: 1, classes: 4))])
        specification.encoder.warmUp = 200
        return specification
    }

    /// A learner that has lived `rows` rows of a law; `sign` −1: where everything is the other way round.
    private func learner(_ rows: Int, sign: Float = 1, from first: Int = 0) -> Learner {
        let learner = Learner(Plan(Self.specification))
        live(learner, first..<first + rows, sign: sign)
        return learner
    }

    private func live(_ learner: Learner, _ rows: Range<Int>, sign: Float = 1) {
        // The same frames everywhere, so that the encoders are one.
        var random = Random(seed: 5, stream: 1)
        for row in 0..<rows.upperBound {
            let values = [Float(random.uniform() * 2 - 1), Float(random.uniform() * 2 - 1)]
            guard rows.contains(row) else { continue }
            let at = UInt64(row)
            _ = values.withUnsafeBufferPointer { learner.push(.frame(Frame(time: Double(row) / 100, sequence: at, values: $0))) }
            learner.push(.label(Label(target: .label(0), moment: .sequence(at), value: .number(sign * (values[0] - 2 * values[1])))))
            let name: StaticString = (sign * values[0] > 0) ? "left" : "right"
            let category = Label.Value.category(UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
            learner.push(.label(Label(target: .label(1), moment: .sequence(at), value: category)))
        }
    }

    @Test("a learner knows its own rows; one that learned the opposite is wrong about them, and one that learned nothing is as ignorant as can be")
    func judges() throws {
        let known = learner(800), rows = Examination(known), own = known.errors(in: rows)
        #expect(rows.count == Examination.most)
        let (y, side) = (try #require(own[0]), try #require(own[1]))
        #expect(y.rows == rows.count && y.error < 0.05 && side.error < 0.1 && side.ignorance > 0.4)
        let wrong = learner(800, sign: -1).errors(in: rows)
        let (wrongY, wrongSide) = (try #require(wrong[0]), try #require(wrong[1]))
        #expect(wrongY.error > 1 && wrongSide.error > 0.8)
        #expect(!wrongY.isGoodEnough(for: y) && !wrongSide.isGoodEnough(for: side))
        #expect(y.isGoodEnough(for: wrongY) && side.isGoodEnough(for: wrongSide))
        let nobody = Learner(Plan(Self.specification)).errors(in: rows)
        #expect(nobody[0]?.error == 1 && nobody[1]?.error == 1)
        #expect(!(try #require(nobody[0]).isGoodEnough(for: y)))
        // Asking has changed nothing.
        #expect(known.errors(in: rows) == own)
    }

    @Test("one that knows the law as well takes the place; of too few rows nothing is said")
    func agrees() throws {
        let known = learner(800), other = learner(1600), rows = Examination(known)
        for (its, own) in zip(other.errors(in: rows), known.errors(in: rows)) {
            let (its, own) = (try #require(its), try #require(own))
            #expect(its.isGoodEnough(for: own))
        }
        let young = learner(20), few = Examination(young)
        #expect(few.count < Examination.fewest && young.errors(in: few).allSatisfy { $0 == nil })
    }

    @Test("a state of elsewhere goes on with the stream of here: its clock and counts, none of the other's rows, and what the other has learned")
    func goesOnHere() throws {
        let here = learner(400), there = learner(800)
        let own = Array(here.snapshot()), rows = Examination(there), knowledge = there.errors(in: rows)
        try here.restore(there.snapshot())
        own.withUnsafeBytes { here.goOnHere($0) }
        #expect(here.steps == 400 && here.sequence == 399 && here.time == 3.99)
        #expect(here.errors(in: rows) == knowledge)
        // A row of elsewhere that would still wait for a label there is not found.
        let late = here.push(.label(Label(target: .label(0), moment: .sequence(799), value: .number(1))))
        #expect(late == .refused(.labelLate))
        live(here, 400..<700)
        #expect(here.steps == 700)
        let after = here.errors(in: rows)
        for (its, before) in zip(after, knowledge) {
            let (its, before) = (try #require(its), try #require(before))
            #expect(its.isGoodEnough(for: before))
        }
        let copy = Learner(Plan(Self.specification))
        try copy.restore(here.snapshot())
        live(here, 700..<760)
        live(copy, 700..<760)
        #expect(Array(here.snapshot()) == Array(copy.snapshot()))
    }
}
