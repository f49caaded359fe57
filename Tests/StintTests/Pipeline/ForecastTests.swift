import Testing

@testable import Stint

/// Forecasts of a channel of one stream at 10 Hz, and what came of them.
private final class Oracle {
    let learner: Learner
    private(set) var said: [Float] = []
    private(set) var arrived: [Float] = []
    private let buffer = UnsafeMutableBufferPointer<Float>.allocate(capacity: 2)

    init(steps: Int, channels: [Int] = [0], every: Int = 1) {
        var specification = Specification(
            channels: 2, rateHz: 10, labels: channels.count,
            heads: [.forecast(.init(channels: channels, steps: steps), label: 0)])
        specification.window = .init(length: every == 1 ? 64 : 4, every: every)
        learner = Learner(Plan(specification))
    }
    deinit { buffer.deallocate() }

    func row(_ a: Float, _ b: Float = 0, time: Double? = nil, unreadable: Bool = false) {
        (buffer[0], buffer[1]) = (a, b)
        let time = time ?? Double(learner.steps) / 10
        learner.push(.frame(Frame(time: time, sequence: nil, values: UnsafeBufferPointer(buffer), isUnreadable: unreadable)))
        arrived.append(learner.arrived(of: 0)![0])
        if case .regression(let p) = learner.prediction(of: 0) { said.append(p.value[0]) }
    }
}

@Suite struct ForecastTests {
    @Test("it learns a channel's own future without labels: a sine to a hundredth of what repeating the newest value costs", arguments: [1, 5])
    func learns(steps: Int) {
        let oracle = Oracle(steps: steps)
        let wave = (0..<1500).map { Float(cos(Double($0) * 0.3)) }
        for i in wave.indices { oracle.row(wave[i], wave[i] * 0.5) }
        var (error, before) = (0.0, 0.0)
        for i in 800..<wave.count - steps {
            error += Double((oracle.said[i] - wave[i + steps]) * (oracle.said[i] - wave[i + steps]))
            before += Double((wave[i] - wave[i + steps]) * (wave[i] - wave[i + steps]))
        }
        #expect(error < 0.01 * before)
    }

    @Test("what is said of a row depends on nothing after it", arguments: [1, 7])
    func causal(steps: Int) {
        func run(_ future: Float) -> [Float] {
            let oracle = Oracle(steps: steps)
            var random = Random(seed: 4)
            for i in 0..<700 { oracle.row(i < 600 ? Float(random.normal()) : future) }
            return Array(oracle.said[..<600])
        }
        let isEqual = run(5) == run(-500)
        #expect(isEqual)
    }

    @Test("each value says something of the row a horizon before, once; none does before, or across a seam")
    func arrivals() {
        let oracle = Oracle(steps: 3)
        for i in 0..<10 { oracle.row(Float(i)) }
        oracle.learner.push(.command(.seam))
        for i in 10..<20 { oracle.row(Float(i)) }
        let known = oracle.arrived.enumerated().filter { !$0.element.isNaN }.map(\.offset)
        #expect(known == [3, 4, 5, 6, 7, 8, 9, 13, 14, 15, 16, 17, 18, 19])
        #expect(known.allSatisfy { oracle.arrived[$0] == Float($0) })
    }

    @Test("a held value, an unreadable row and a row that lost ones have moved are no labels")
    func gaps() {
        let oracle = Oracle(steps: 2)
        for i in 0..<6 { oracle.row(Float(i)) }
        oracle.row(.nan)
        oracle.row(7)
        oracle.row(0, unreadable: true)
        oracle.row(9)
        // One row is lost here: two rows that span it are three periods apart.
        for i in 10..<15 { oracle.row(Float(i), time: Double(i + 1) / 10) }
        let known = oracle.arrived.enumerated().filter { !$0.element.isNaN }.map(\.offset)
        #expect(known == [2, 3, 4, 5, 7, 9, 12, 13, 14])
    }

    @Test("windows that end every so many rows are told of by the row a horizon later, whatever row that is")
    func windows() {
        let oracle = Oracle(steps: 2, every: 3)
        for i in 0..<20 { oracle.row(Float(i)) }
        let known = oracle.arrived.enumerated().filter { !$0.element.isNaN }.map(\.offset)
        // Lines at rows 3, 6, 9, …
        #expect(known == [5, 8, 11, 14, 17])
    }

    @Test("a snapshot with forecasts under way goes on bit by bit")
    func snapshot() throws {
        let whole = Oracle(steps: 5, channels: [0, 1])
        var random = Random(seed: 8)
        let rows = (0..<900).map { _ in (Float(random.normal()), Float(random.normal())) }
        for row in rows[..<333] { whole.row(row.0, row.1) }
        let bytes = Array(whole.learner.snapshot())
        let resumed = Oracle(steps: 5, channels: [0, 1])
        try bytes.withUnsafeBytes { raw in try resumed.learner.restore(raw) }
        for row in rows[333...] {
            whole.row(row.0, row.1)
            resumed.row(row.0, row.1)
        }
        let isEqual = Array(whole.said[333...]) == resumed.said && Array(whole.learner.snapshot()) == Array(resumed.learner.snapshot())
        #expect(isEqual)
    }
}
