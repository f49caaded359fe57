import Testing

@testable import Stint

/// A learner of several streams, and what it has said, step by step.
private final class Bus {
    let learner: Learner
    struct Step: Equatable {
        var time: Double
        var sequence: UInt64
        var gaps: Int
        var row: [Float]
        var value: UInt32
    }
    private(set) var steps: [Step] = []
    private(set) var gaps: [(stream: Int?, count: Int?)] = []
    private let buffer = UnsafeMutableBufferPointer<Float>.allocate(capacity: 8)

    init(_ specification: Specification) { learner = Learner(Plan(specification)) }
    deinit { buffer.deallocate() }

    @discardableResult
    func frame(_ stream: Int, _ time: Double, _ values: [Float], sequence: UInt64? = nil) -> Outcome {
        for i in values.indices { buffer[i] = values[i] }
        let outcome = learner.push(
            .frame(Frame(time: time, sequence: sequence, values: UnsafeBufferPointer(rebasing: buffer[..<values.count]), stream: stream)))
        note(outcome)
        collect()
        return outcome
    }

    func flush() {
        learner.push(.command(.flush))
        collect()
    }

    @discardableResult
    func label(_ number: Float, _ moment: Label.Moment) -> Outcome {
        learner.push(.label(Label(target: .label(0), moment: moment, value: .number(number))))
    }

    private func collect() { while let outcome = learner.next() { note(outcome) } }

    private func note(_ outcome: Outcome) {
        for event in learner.events where event.kind == .gap { gaps.append((event.stream, event.count)) }
        guard outcome == .predicted, case .regression(let said) = learner.prediction(of: 0) else { return }
        let row = (0..<learner.plan.specification.channels).map { learner.state.row[$0] }
        steps.append(Step(time: learner.time, sequence: learner.sequence, gaps: learner.gapCount, row: row, value: said.value[0].bitPattern))
    }
}

extension Specification {
    /// `arm` of two channels at 100 Hz, the clock, and `imu` of one at 20 Hz.
    fileprivate static func two(_ resampling: StreamSpecification.Resampling = .hold, clock: Int = 0) -> Specification {
        var specification = Specification(
            channels: 1, rateHz: 1, labels: 1, heads: [HeadSpecification(kind: .regression(targets: [0]))])
        var imu = StreamSpecification(channels: 1, rateHz: 20)
        imu.resampling = resampling
        let arm = StreamSpecification(channels: 2, rateHz: 100)
        specification.join(clock == 0 ? [arm, imu] : [imu, arm], clock: clock)
        return specification
    }
}

@Suite struct StreamsTests {
    @Test("each frame of the clock's stream is one step, with the other stream's newest value beside its own")
    func hold() {
        let bus = Bus(.two())
        bus.frame(1, 10, [7])
        #expect(bus.steps.isEmpty)
        for i in 0..<12 {
            if i > 0, i % 5 == 0 { bus.frame(1, 10 + Double(i) / 100, [7 + Float(i)]) }
            bus.frame(0, 10 + Double(i) / 100, [Float(i), -Float(i)])
        }
        let rows = (0..<12).map { (i: Int) -> [Float] in
            let held: Float = i < 5 ? 7 : i < 10 ? 12 : 17
            return [Float(i), -Float(i), held]
        }
        #expect(bus.steps.map(\.row) == rows)
        #expect(bus.steps.map(\.sequence) == (0..<12).map(UInt64.init))
        #expect(bus.steps.allSatisfy { $0.gaps == 0 })
    }

    @Test("the clock may be any of them: then the faster one is sampled")
    func slowClock() {
        let bus = Bus(.two(clock: 1))
        // The second stream, arm, is the clock here; the first channel is imu's.
        bus.frame(0, 1, [5])
        bus.frame(1, 1.01, [1, 2])
        #expect(bus.steps.map(\.row) == [[5, 1, 2]])
    }

    @Test("a silent stream is held, said to be held, then masked; the steps go on, and it comes back")
    func silent() {
        let bus = Bus(.two())
        bus.frame(1, 0, [3])
        for i in 0..<80 { bus.frame(0, Double(i) / 100, [1, 2]) }
        // 50 ms a period: up to 1.5 of them it is no gap, up to 10.5 it is held.
        #expect(bus.steps.map { $0.gaps == 0 }.firstIndex(of: false) == 8)
        #expect(bus.steps.firstIndex { $0.row[2].isNaN } == 53)
        #expect(bus.steps.count == 80)
        bus.frame(1, 0.8, [4])
        bus.frame(0, 0.8, [1, 2])
        #expect(bus.steps[80].row[2] == 4 && bus.steps[80].gaps == 0)
    }

    @Test("a linear stream's step waits for the neighbour, in order, and takes what lies on the line")
    func linear() {
        let bus = Bus(.two(.linear))
        bus.frame(1, 0, [0])
        for i in 0..<5 { #expect(bus.frame(0, Double(i) / 100, [Float(i), 0]) == .held) }
        #expect(bus.steps.count == 1)
        bus.frame(1, 0.05, [50])
        #expect(bus.steps.count == 5)
        for (i, step) in bus.steps.enumerated() { #expect(abs(step.row[2] - 10 * Float(i)) < 1e-3 && step.time == Double(i) / 100) }
    }

    @Test("a linear stream that stops keeps no step for longer than it may wait")
    func bounded() {
        let bus = Bus(.two(.linear))
        bus.frame(1, 0, [1])
        var worst = 0
        for i in 0..<300 {
            bus.frame(0, Double(i) / 100, [1, 2])
            worst = max(worst, i + 1 - bus.steps.count)
        }
        // Two periods of 50 ms are ten steps; the one that is over it is let go.
        #expect(worst == 11)
        bus.flush()
        #expect(bus.steps.count == 300)
        #expect(bus.steps.map(\.time) == (0..<300).map { Double($0) / 100 })
    }

    @Test("a label of a frame that waits is learned after its own prediction and before the next, as if nothing had waited", arguments: [false, true])
    func labelsWait(byTime: Bool) {
        func run(_ resampling: StreamSpecification.Resampling) -> [UInt32] {
            let bus = Bus(.two(resampling))
            var random = Random(seed: 3)
            // The imu stands still, so that both ways of sampling it say the same.
            for i in 0..<600 {
                let time = Double(i) / 100
                if i % 5 == 0 { bus.frame(1, time, [1]) }
                let x = [Float(random.normal()), Float(random.normal())]
                bus.frame(0, time, x, sequence: UInt64(i))
                bus.label(2 * x[0] - x[1], byTime ? .time(time) : .sequence(UInt64(i)))
            }
            bus.flush()
            #expect(bus.learner.labelsLearned == 600 && bus.learner.dropped.total == 0)
            return bus.steps.map(\.value)
        }
        let (direct, waiting) = (run(.hold), run(.linear))
        #expect(direct.count == 600)
        let isEqual = direct == waiting
        #expect(isEqual)
    }

    @Test("frames that overtake each other are steps in order, and every label finds its own")
    func reordered() {
        func run(_ swaps: Bool) -> [[Float]] {
            let bus = Bus(.ofOneStream)
            var random = Random(seed: 3)
            let rows = (0..<500).map { _ in [Float(random.normal()), Float(random.normal())] }
            var order = Array(0..<500)
            if swaps { for i in stride(from: 1, to: 497, by: 7) { order.swapAt(i, i + 2) } }
            for i in order {
                bus.frame(0, Double(i) / 100, rows[i], sequence: UInt64(i))
                bus.label(rows[i][0] - rows[i][1], .sequence(UInt64(i)))
            }
            #expect(bus.learner.dropped.total == 0 && bus.learner.labelsLearned == 500)
            #expect(bus.steps.map(\.sequence) == (0..<500).map { UInt64($0) })
            return bus.steps.map(\.row)
        }
        let isEqual = run(false) == run(true)
        #expect(isEqual)
    }

    @Test("lost frames are one event a gap, with their count; a frame that comes too late is counted")
    func gaps() {
        let bus = Bus(.ofOneStream)
        for i in [0, 1, 2, 9, 10, 11, 5, 13, 14, 15, 16, 17, 18] as [UInt64] { bus.frame(0, Double(i), [1, 2], sequence: i) }
        #expect(bus.gaps.map(\.count) == [6, 1] && bus.gaps.map(\.stream) == [0, 0])
        #expect(bus.learner.dropped[.late] == 1 && bus.learner.lost(ofStream: 0) == 7)
    }

    @Test("a clock that jumps from 1970 to now, and back, is counted and predictions go on at once", arguments: [false, true])
    func jumps(linear: Bool) {
        let bus = Bus(.two(linear ? .linear : .hold))
        let now = 1.7e9
        var sequence: UInt64 = 0
        var sent = 0
        func second(from start: Double) {
            for i in 0..<100 {
                let time = start + Double(i) / 100
                if i % 5 == 0 { bus.frame(1, time, [Float(i)]) }
                bus.frame(0, time, [1, 2], sequence: sequence)
                sequence += 1
                sent += 1
            }
        }
        for start in [0, now, 1, now + 10] {
            let before = bus.steps.count
            second(from: start)
            #expect(sent - bus.steps.count <= 11, "\(start)")
            #expect(bus.steps.count - before >= 89)
            // Joined again: the other stream is there, and is its own.
            #expect(bus.steps.last?.row[2].isNaN == false)
        }
        bus.flush()
        #expect(bus.steps.count == sent && bus.learner.clock.jump == 2 && bus.learner.clock.backward == 1 && bus.learner.dropped.total == 0)
    }

    @Test("a snapshot in the midst of waiting frames and labels goes on bit by bit", arguments: [3, 47, 402])
    func snapshot(at cut: Int) throws {
        func feed(_ bus: Bus, _ range: Range<Int>, _ random: inout Random) {
            for i in range {
                let time = Double(i) / 100
                let x = [Float(random.normal()), Float(random.normal())]
                if i % 5 == 0 { bus.frame(1, time, [x[0]], sequence: UInt64(i / 5)) }
                // Every eleventh frame is lost, so that others wait for it.
                if i % 11 != 10 { bus.frame(0, time, x, sequence: UInt64(i)) }
                bus.label(x[0] + x[1], .sequence(UInt64(i)))
            }
        }
        let whole = Bus(.two(.linear))
        var random = Random(seed: 9)
        feed(whole, 0..<cut, &random)
        let bytes = Array(whole.learner.snapshot())
        let resumed = Bus(.two(.linear))
        try bytes.withUnsafeBytes { raw in try resumed.learner.restore(raw) }
        let before = whole.steps.count
        var again = random
        feed(whole, cut..<cut + 300, &random)
        feed(resumed, cut..<cut + 300, &again)
        let isEqual = Array(whole.steps[before...]) == resumed.steps && Array(whole.learner.snapshot()) == Array(resumed.learner.snapshot())
        #expect(isEqual && resumed.steps.count > 270)
    }

    @Test("a seam lets all that waits be a step, and the other stream's values do not span it")
    func seam() {
        let bus = Bus(.two())
        bus.frame(1, 0, [3])
        bus.frame(0, 0, [1, 2])
        bus.learner.push(.command(.seam))
        bus.frame(0, 0.01, [1, 2])
        #expect(bus.steps[0].row[2] == 3 && bus.steps[1].row[2].isNaN)
    }
}

extension Specification {
    /// One stream of two channels, one regression.
    fileprivate static var ofOneStream: Specification {
        Specification(channels: 2, rateHz: 100, labels: 1, heads: [HeadSpecification(kind: .regression(targets: [0]))])
    }
}
