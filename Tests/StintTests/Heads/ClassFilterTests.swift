import CMath
import Testing

@testable import Stint

@Suite struct ClassFilterTests {
    /// A filter over an arena of its own, asked about two classes that are equally frequent.
    final class Made {
        let arena: Arena
        var filter: ClassFilter
        private let numbers = UnsafeMutablePointer<Double>.allocate(capacity: 6)

        init(classes: Int = 2) {
            var counter = Carver()
            _ = ClassFilter(classes: classes, rows: 512, &counter)
            arena = Arena(bytes: counter.carved)
            var carver = Carver(over: arena)
            filter = ClassFilter(classes: classes, rows: 512, &carver)
            filter.reset()
        }

        /// What it says of a row of which the experts say `vote` for the first class.
        func row(_ serial: Int, vote: Double) -> Double {
            filter.open(serial)
            (numbers[0], numbers[1], numbers[2], numbers[3]) = (vote, 1 - vote, 0.5, 0.5)
            filter.predict(serial, vote: numbers, frequency: numbers + 2, known: 2, into: numbers + 4)
            #expect(abs(numbers[4] + numbers[5] - 1) < 1e-12)
            return numbers[4]
        }

        /// So many rows of runs that last `dwell` rows; returns the next serial number.
        func teach(_ count: Int, dwell: Int) -> Int {
            for i in 0..<count {
                filter.open(i)
                filter.learn(i, i / dwell % 2, before: i > 0 ? (i - 1) / dwell % 2 : -1)
            }
            return count
        }

        deinit { numbers.deallocate() }
    }

    @Test("where classes stay, rows without labels add up: weak votes that agree become a strong one")
    func addsUp() {
        let made = Made()
        let first = made.teach(400, dwell: 50)        // the newest label is of class 1
        var said = 0.0
        for i in 0..<40 { said = made.row(first + i, vote: 0.7) }
        #expect(said > 0.85, "\(said)")
    }

    @Test("where classes follow each other at random, rows say nothing of each other")
    func random() {
        let made = Made()
        var random = Random(seed: 3)
        var before = -1
        for i in 0..<2000 {
            let truth = random.below(2)
            made.filter.open(i)
            made.filter.learn(i, truth, before: before)
            before = truth
        }
        var said = 0.0
        for i in 0..<40 { said = made.row(2000 + i, vote: 0.7) }
        // The evidence of one row alone, .7/.5 over .3/.5 to the power of trust, within what 2000 transitions may be off: 3 · √(¼/1000).
        let alone = pow(0.7, 0.35) / (pow(0.7, 0.35) + pow(0.3, 0.35))
        #expect(abs(said - alone) < 0.05, "\(said), alone \(alone)")
    }

    @Test("labels that are later than it can go back to leave it running by itself")
    func runsOn() {
        let made = Made()
        let first = made.teach(400, dwell: 50)
        var said = 0.0
        for i in 0..<300 { said = made.row(first + i, vote: i < 200 ? 0.8 : 0.2) }
        #expect(said < 0.1, "\(said)")
    }

    @Test("with more classes than it is made for it has no memory and says nothing")
    func tooMany() {
        let made = Made(classes: ClassFilter.most + 1)
        #expect(made.row(0, vote: 0.9) == 0.5)
    }
}
