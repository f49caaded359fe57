import Testing

@testable import Stint

private final class Strip {
    private let arena: Arena
    var track: Track
    private let values = UnsafeMutableBufferPointer<Float>.allocate(capacity: 2)
    private let row = UnsafeMutablePointer<Float>.allocate(capacity: 2)
    private let isNew = UnsafeMutablePointer<UInt8>.allocate(capacity: 2)

    /// Two channels at 10 Hz.
    init(_ resampling: StreamSpecification.Resampling, maxHold: Int = 3) {
        var specification = StreamSpecification(channels: 2, rateHz: 10)
        specification.resampling = resampling
        specification.maxHold = maxHold
        var counter = Carver()
        _ = Track(specification, slowestPeriod: 0.1, &counter)
        arena = Arena(bytes: counter.carved)
        var carver = Carver(over: arena)
        track = Track(specification, slowestPeriod: 0.1, &carver)
    }

    deinit {
        values.deallocate()
        row.deallocate()
        isNew.deallocate()
    }

    @discardableResult
    func put(_ time: Double, _ a: Float, _ b: Float = 0) -> Bool {
        (values[0], values[1]) = (a, b)
        return track.insert(Frame(time: time, sequence: nil, values: UnsafeBufferPointer(values)))
    }

    /// The first channel, whether it is new, and how many channels are held.
    func at(_ time: Double, after before: Double = .nan) -> (value: Float, isNew: Bool, held: Int) {
        let held = track.sample(at: time, after: before, into: row, isNew: isNew)
        return (row[0], isNew[0] == 1, held)
    }

    func second(_ time: Double) -> Float {
        _ = track.sample(at: time, after: .nan, into: row, isNew: isNew)
        return row[1]
    }
}

@Suite struct TrackTests {
    @Test("hold gives the newest value at or before a time, never a later one")
    func hold() {
        let strip = Strip(.hold)
        #expect(strip.at(5).value.isNaN)
        strip.put(1, 10)
        strip.put(1.1, 11)
        #expect(strip.at(0.99).value.isNaN)
        #expect(strip.at(1).value == 10 && strip.at(1.09).value == 10 && strip.at(1.1).value == 11)
    }

    @Test("a value is no gap in its own period, held after it, and masked after max_hold periods")
    func ages() {
        let strip = Strip(.hold, maxHold: 3)
        strip.put(1, 10, 20)
        #expect(strip.at(1.099).held == 0)
        #expect(strip.at(1.2).held == 2 && strip.at(1.2).value == 10)
        #expect(strip.at(1.34).held == 2)
        #expect(strip.at(1.36).held == 0 && strip.at(1.36).value.isNaN)
    }

    @Test("a cell that is missing is stood in for by the channel's own last value")
    func cells() {
        let strip = Strip(.hold)
        strip.put(1, 10, 20)
        strip.put(1.1, .nan, 21)
        #expect(strip.at(1.12).value == 10 && strip.second(1.12) == 21)
        #expect(strip.at(1.12).held == 0)
        strip.put(1.2, .nan, 22)
        #expect(strip.at(1.2).held == 1)
    }

    @Test("a value is new once: at the first step at or after it")
    func new() {
        let strip = Strip(.hold)
        strip.put(1, 10)
        #expect(strip.at(1.01, after: 0.99).isNew)
        #expect(!strip.at(1.03, after: 1.01).isNew)
        #expect(strip.at(1.0, after: 0.99).isNew && !strip.at(1.01, after: 1.0).isNew)
    }

    @Test("linear lies on the line between its neighbours, and holds where there is no later one")
    func linear() {
        let strip = Strip(.linear)
        strip.put(1, 10)
        #expect(strip.at(1.05).value == 10)
        strip.put(1.1, 20)
        #expect(abs(strip.at(1.05).value - 15) < 1e-5 && strip.at(1.05).isNew && strip.at(1.05).held == 0)
        #expect(strip.at(1).value == 10 && strip.at(1.1).value == 20)
        strip.put(1.3, 40)
        #expect(abs(strip.at(1.2).value - 30) < 1e-4 && strip.at(1.2).held == 2)
        strip.put(1.8, 50)
        #expect(strip.at(1.5).value == 40)
    }

    @Test("a step waits for a later neighbour, but not of a stream that is silent or held")
    func settled() {
        let strip = Strip(.linear, maxHold: 3)
        #expect(strip.track.isSettled(at: 1))
        strip.put(1, 10)
        #expect(strip.track.isSettled(at: 1) && !strip.track.isSettled(at: 1.01))
        #expect(strip.track.isSettled(at: 1.36))
        let held = Strip(.hold)
        held.put(1, 10)
        #expect(held.track.isSettled(at: 1.01))
    }

    @Test("frames in any order give the same track, and equal times leave the newest", arguments: [1, 2, 3] as [UInt64])
    func order(seed: UInt64) {
        var random = Random(seed: seed)
        let (sorted, mixed) = (Strip(.hold), Strip(.hold))
        var times = (0..<12).map { Double($0) / 10 }
        for time in times { sorted.put(time, Float(time * 10)) }
        for i in times.indices.reversed() { times.swapAt(i, Int(random.next() % UInt64(i + 1))) }
        for time in times { mixed.put(time, -1) }
        for time in times { mixed.put(time, Float(time * 10)) }
        for i in 0..<130 {
            let (a, b) = (sorted.at(Double(i) / 100).value, mixed.at(Double(i) / 100).value)
            #expect(a == b || (a.isNaN && b.isNaN))
        }
    }

    @Test("the ring keeps the newest, refuses what is older than all of them, and begins anew when the clock goes back for good")
    func bounds() {
        let strip = Strip(.hold)
        let capacity = strip.track.capacity
        for i in 0..<10 * capacity { strip.put(Double(i) / 10, Float(i)) }
        let newest = Double(10 * capacity - 1) / 10
        #expect(strip.at(newest).value == Float(10 * capacity - 1))
        #expect(!strip.put(newest - Double(capacity) / 10 + 0.01, -1))
        #expect(strip.put(-1e9, 5) && strip.at(-1e9).value == 5 && strip.at(newest).value.isNaN)
        #expect(strip.put(1e18, 6) && strip.at(1e18).value == 6)
        #expect(strip.put(2, 7) && strip.at(2.05).value == 7)
    }
}
