import Testing

@testable import Stint

/// A sequencer over an arena of its own, and the numbers it has let through.
private final class Line {
    private let arena: Arena
    var sequencer: Sequencer
    private(set) var out: [UInt64] = []
    private(set) var lost: [Int] = []
    private(set) var refused: [DropReason] = []
    private let values = UnsafeMutableBufferPointer<Float>.allocate(capacity: 1)
    private(set) var payloads: [Float] = []

    init(reorder: Int, wait: Double? = nil) {
        var specification = StreamSpecification(channels: 1, rateHz: 10)
        specification.reorder = reorder
        specification.waitSeconds = wait
        var counter = Carver()
        _ = Sequencer(specification, &counter)
        arena = Arena(bytes: counter.carved)
        var carver = Carver(over: arena)
        sequencer = Sequencer(specification, &carver)
        sequencer.reset()
    }

    deinit { values.deallocate() }

    func send(_ numbers: [UInt64]) {
        for number in numbers {
            values[0] = Float(number % 1000)
            let frame = Frame(time: Double(number % 100_000) / 10, sequence: number, values: UnsafeBufferPointer(values))
            switch sequencer.admit(frame, number) {
            case .due(let missing): pass(frame, missing)
            case .held: break
            case .refused(let reason): refused.append(reason)
            }
            while let (frame, missing) = sequencer.release(stream: 0) { pass(frame, missing) }
        }
    }

    func giveUp() {
        sequencer.giveUp()
        while let (frame, missing) = sequencer.release(stream: 0) { pass(frame, missing) }
    }

    private func pass(_ frame: Frame, _ missing: Int) {
        out.append(frame.sequence!)
        payloads.append(frame.values[0])
        if missing > 0 { lost.append(missing) }
    }
}

@Suite struct SequencerTests {
    @Test("frames in order go on at once, and nothing is held")
    func inOrder() {
        let line = Line(reorder: 4)
        line.send(Array(7..<1000))
        #expect(line.out == Array(7..<1000))
        #expect(line.lost == [] && line.refused == [] && line.sequencer.count == 0)
    }

    @Test("any order within the bound comes out sorted, once, with its own values", arguments: [1, 2, 4, 16])
    func sorted(depth: Int) {
        var random = Random(seed: UInt64(depth))
        // Each frame is late by less than the bound: sorted by its number plus a whole number below depth + 1.
        let keyed = (0..<2000).map { (UInt64($0), $0 + Int(random.next() % UInt64(depth + 1))) }
        let shuffled = keyed.enumerated().sorted { ($0.element.1, $1.offset) < ($1.element.1, $0.offset) }.map(\.element.0)
        let isShuffled = shuffled != Array(0..<2000)
        #expect(isShuffled)
        let line = Line(reorder: depth)
        // Whatever comes first is taken for the first.
        line.send([0] + shuffled.filter { $0 != 0 })
        let (isSorted, isWhole) = (line.out == Array(0..<2000), line.payloads == (0..<2000).map { Float($0 % 1000) })
        #expect(isSorted && isWhole)
        #expect(line.lost == [] && line.refused == [])
    }

    @Test("a frame that never comes is given up after so many others, and counted as one gap")
    func lost() {
        let line = Line(reorder: 3)
        line.send([0, 1, 3, 4, 5])
        #expect(line.out == [0, 1])
        line.send([6])
        #expect(line.out == [0, 1, 3, 4, 5, 6] && line.lost == [1])
        line.send([2])
        #expect(line.refused == [.late])
        line.send([2])
        #expect(line.refused == [.late, .late] && line.sequencer.lost == 1)
    }

    @Test("two holes are two gaps, each given up in its own time")
    func twoHoles() {
        let line = Line(reorder: 3)
        line.send([0, 2, 3, 5, 6])
        #expect(line.out == [0, 2, 3] && line.lost == [1])
        line.send([4, 7])
        #expect(line.out == [0, 2, 3, 4, 5, 6, 7] && line.lost == [1])
    }

    @Test("a repeat is a duplicate, whether its number went on or is held")
    func duplicates() {
        let line = Line(reorder: 4)
        line.send([0, 1, 1, 0, 3, 3, 2, 3])
        #expect(line.out == [0, 1, 2, 3])
        #expect(line.refused == [.duplicate, .duplicate, .duplicate, .duplicate])
    }

    @Test("without reordering what is late is refused and what is missing is not waited for")
    func none() {
        let line = Line(reorder: 0)
        line.send([0, 2, 1, 3])
        #expect(line.out == [0, 2, 3] && line.lost == [1] && line.refused == [.late])
    }

    @Test("a jump ahead goes on at once with all that it leaves behind, in order; one gap each")
    func jump() {
        let line = Line(reorder: 4)
        line.send([0, 2, 1_000_000, 1_000_001])
        #expect(line.out == [0, 2, 1_000_000, 1_000_001])
        #expect(line.lost == [1, 999_997])
    }

    @Test("numbers that begin anew far back are taken at once; near by, after a run of them")
    func restart() {
        let far = Line(reorder: 4)
        far.send(Array(1000..<1010) + [0, 1, 2])
        #expect(far.out.suffix(3) == [0, 1, 2] && far.refused == [] && far.lost == [])
        let near = Line(reorder: 4)
        near.send(Array(0..<100) + Array(0..<100) + Array(100..<110))
        #expect(near.refused == [DropReason](repeating: .duplicate, count: Sequencer.restart - 1))
        #expect(near.out.suffix(47) == Array(63..<110))
    }

    @Test("a burst of repeats shorter than a run is refused to the last, and what follows goes on")
    func burst() {
        let line = Line(reorder: 4)
        line.send(Array(0..<200) + Array(140..<200) + Array(200..<210))
        #expect(line.refused.count == 60 && line.out == Array(0..<210))
    }

    @Test("the wrap at 2⁶⁴ is a step like any other, and the largest number is no trap")
    func wrap() {
        let line = Line(reorder: 4)
        line.send([.max - 2, .max, .max - 1])
        line.send([0, 2, 1])
        #expect(line.out == [.max - 2, .max - 1, .max, 0, 1, 2])
        #expect(line.lost == [] && line.refused == [])
        let odd = Line(reorder: 4)
        odd.send([50, .max, 51, 0, 1_000_002, 1 << 63, 1_000_003, 1_000_004])
        #expect(odd.out.suffix(2) == [1_000_003, 1_000_004])
    }

    @Test("after the time that a missing frame is waited for, what is held goes on")
    func patience() {
        let line = Line(reorder: 100, wait: 0.25)
        line.send([0, 2, 3, 4])
        #expect(line.out == [0])
        line.send([5])
        #expect(line.out == [0, 2, 3, 4, 5] && line.lost == [1])
    }

    @Test("giving up lets all that is held go on, over every hole")
    func giveUp() {
        let line = Line(reorder: 8)
        line.send([0, 2, 4, 7])
        line.giveUp()
        #expect(line.out == [0, 2, 4, 7] && line.lost == [1, 1, 2])
        line.send([8, 10])
        #expect(line.out.last == 8)
    }
}
