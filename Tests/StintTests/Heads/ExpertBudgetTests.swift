import Testing

@testable import Stint

@Suite struct ExpertBudgetTests {
    private func specification(perFrame microseconds: Double?) -> Specification {
        var specification = Specification(
            channels: 3, rateHz: 1000, labels: 1, heads: [HeadSpecification(kind: .regression(targets: [0]))])
        specification.perFrameSeconds = microseconds.map { $0 / 1e6 }
        return specification
    }

    /// What sleeps after each of `rows` labelled rows, as one word whenever it changes, and everything that was said.
    private func run(perFrame microseconds: Double?, rows: Int = 1500) -> (asleep: [String], session: Session) {
        let session = Session(specification(perFrame: microseconds))
        var stream = TestStream(seed: 12)
        var asleep: [String] = []
        for _ in 0..<rows {
            let row = stream.next()
            session.frame(row.x)
            session.label(0, row.y, sequence: session.learner.sequence)
            let names = session.learner.report(of: 0).asleep.map { "\($0)" }.joined(separator: " ")
            if names != asleep.last { asleep.append(names) }
        }
        return (asleep, session)
    }

    private var cost: FrameCost { Plan(specification(perFrame: nil)).cost }

    @Test("where a frame has room for all nobody sleeps, and a limit that is wide enough changes no bit")
    func room() {
        let (free, wide) = (run(perFrame: nil, rows: 700), run(perFrame: cost.most + 1, rows: 700))
        #expect(free.asleep == [""] && wide.asleep == [""])
        #expect(free.session.said == wide.session.said)
    }

    @Test("the less a frame may cost, the more sleeps, and never more works than there is room for")
    func tight() {
        var sleeping: [Int] = []
        for share in [1.01, 0.7, 0.4, 0.1, 0] {
            let allowed = cost.least + share * (cost.most - cost.least)
            let (asleep, session) = run(perFrame: allowed)
            let last = asleep.last ?? ""
            sleeping.append(last.split(separator: " ").count)
            let plan = session.learner.plan
            #expect(plan.cost.allowed == allowed)
            let used = plan.cost.parts.reduce(0) { sum, part in
                let sleeps = part.canSleep && last.split(separator: " ").contains { $0 == "\(part.name)" }
                return sum + part.microseconds * (sleeps ? FrameCost.asleep : 1)
            }
            #expect(used <= allowed * 1.000001, "\(last): \(used) of \(allowed)")
        }
        #expect(sleeping == sleeping.sorted() && sleeping.first == 0 && sleeping.last == 4, "\(sleeping)")
    }

    @Test("the same rows put the same experts to sleep in the same order, and a state goes on from there")
    func deterministic() throws {
        let allowed = cost.least + 0.45 * (cost.most - cost.least)
        let (first, second) = (run(perFrame: allowed), run(perFrame: allowed))
        #expect(first.asleep == second.asleep && first.session.said == second.session.said)
        let resumed = Session(specification(perFrame: allowed))
        let snapshot = first.session.snapshot
        try snapshot.withUnsafeBytes { try resumed.learner.restore($0) }
        #expect(resumed.learner.report(of: 0).asleep.map { "\($0)" } == first.session.learner.report(of: 0).asleep.map { "\($0)" })
        var streams = (TestStream(seed: 9), TestStream(seed: 9))
        let before = first.session.said.count
        for _ in 0..<600 {
            for (session, row) in [(first.session, streams.0.next()), (resumed, streams.1.next())] {
                session.frame(row.x)
                session.label(0, row.y, sequence: session.learner.sequence)
            }
        }
        #expect(Array(first.session.said[before...]) == resumed.said)
    }

    @Test("who earns most for what it costs works, whoever was cheapest at first")
    func earning() {
        var counter = Carver()
        _ = ExpertBudget(costs: [10, 40, 20, 10], &counter)
        let arena = Arena(bytes: counter.carved)
        var carver = Carver(over: arena)
        var budget = ExpertBudget(costs: [10, 40, 20, 10], &carver)
        // The sixteenths of all come to 5; then there is room for 40 at its full cost, or for the other three.
        budget.allowance = 45
        budget.reset()
        #expect([0, 1, 2, 3].map { budget.isAwake(ExpertBudget.Part(rawValue: $0)!) } == [true, false, true, true])
        for _ in 0..<(4 * ExpertBudget.period) {
            for part in ExpertBudget.Part.allCases { budget.note(part, risen: part == .fourierShort ? 1 : 0.01) }
            budget.decide()
        }
        #expect([0, 1, 2, 3].map { budget.isAwake(ExpertBudget.Part(rawValue: $0)!) } == [false, true, false, false])
        #expect(budget.works(.linearShort, on: 32) && !budget.works(.linearShort, on: 33) && budget.works(.fourierShort, on: 33))
    }

    @Test("nobody says what a frame may cost: half of the time between two predictions, and what 1 kHz leaves at least")
    func usual() {
        #expect(FrameCost.usual(rateHz: 1000, every: 1) == 500 && FrameCost.usual(rateHz: 10_000, every: 1) == 500)
        #expect(FrameCost.usual(rateHz: 10, every: 1) == 50_000 && FrameCost.usual(rateHz: 100, every: 100) == 500_000)
    }
}
