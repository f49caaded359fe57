/// The newest frames of a stream that is not the clock, in order of time, so that its channels can be had at any time near now.
///
/// A value is held within its own period without being a gap; half a period more is granted for jitter. After that it is
/// a held value, and after `maxHold` periods the channel is masked. Frames that come late are put in their place; a clock that goes
/// back beyond all that is kept begins anew.
struct Track {
    /// In periods: up to this age a value is as good as new.
    private static let freshPeriods = 1.5

    let channels: Int
    let capacity: Int
    let resampling: StreamSpecification.Resampling
    /// Seconds of stream time that a step waits for a frame of this stream.
    let wait: Double
    private let period: Double
    private let fresh: Double
    private let oldest: Double
    private let times: UnsafeMutablePointer<Double>
    private let rows: UnsafeMutablePointer<Float>
    private var head = 0
    private var count = 0

    /// - Parameter slowestPeriod: of all streams; a frame may be ahead of the clock by two of them, or by what the stream may wait.
    init(_ specification: StreamSpecification, slowestPeriod: Double, _ carver: inout Carver) {
        channels = specification.channels
        resampling = specification.resampling
        wait = specification.wait
        period = 1 / specification.rateHz
        fresh = Self.freshPeriods * period
        oldest = (Double(specification.maxHold) + 0.5) * period
        capacity = 16 + Int(min((wait + 2 * slowestPeriod) * specification.rateHz, 65_536))
        times = carver.carve(Double.self, capacity)
        rows = carver.carve(Float.self, capacity * channels)
    }

    mutating func reset() { (head, count) = (0, 0) }

    private func slot(_ i: Int) -> Int { (head + i) % capacity }
    private func time(_ i: Int) -> Double { times[slot(i)] }
    private func value(_ i: Int, _ c: Int) -> Float { rows[slot(i) * channels + c] }

    /// Takes in a frame; false when it is older than all that is kept.
    mutating func insert(_ frame: Frame) -> Bool {
        var time = frame.time
        if !time.isFinite { time = count > 0 ? self.time(count - 1) + period : 0 }
        if count > 0, time < self.time(count - 1) - Double(capacity) * period { count = 0 }
        var place = count
        while place > 0, self.time(place - 1) >= time { place -= 1 }
        if place < count, self.time(place) == time {
            write(frame, time, at: place)
            return true
        }
        if count == capacity {
            guard place > 0 else { return false }
            head = slot(1)
            count -= 1
            place -= 1
        }
        var i = count
        while i > place {
            let (to, from) = (slot(i), slot(i - 1))
            times[to] = times[from]
            (rows + to * channels).update(from: rows + from * channels, count: channels)
            i -= 1
        }
        count += 1
        write(frame, time, at: place)
        return true
    }

    private func write(_ frame: Frame, _ time: Double, at i: Int) {
        times[slot(i)] = time
        let row = rows + slot(i) * channels
        for c in 0..<channels { row[c] = frame.values[c] }
    }

    /// Frames of these times say nothing any more, and nothing is left of those that went before.
    func wipe(_ gone: ClosedRange<Double>) {
        for i in 0..<capacity where i >= count || gone.contains(time(i)) {
            (rows + slot(i) * channels).update(repeating: .nan, count: channels)
        }
    }

    /// Whether nothing that a step at `time` could use is still to come: there is a frame at or after it, or the stream is silent.
    func isSettled(at time: Double) -> Bool {
        guard resampling == .linear, count > 0 else { return true }
        let newest = self.time(count - 1)
        return newest >= time || time - newest > oldest
    }

    /// The channels at a time; returns how many of them are held.
    ///
    /// - Parameter before: the time of the step before, to tell what is new.
    /// - Parameter isNew: 1 for a channel that has been measured since then.
    func sample(
        at time: Double, after before: Double, into row: UnsafeMutablePointer<Float>, isNew: UnsafeMutablePointer<UInt8>
    ) -> Int {
        var newest = count - 1
        while newest >= 0, self.time(newest) > time { newest -= 1 }
        var held = 0
        for c in 0..<channels {
            (row[c], isNew[c]) = (.nan, 0)
            if let (value, isFresh) = between(newest, c, at: time) {
                row[c] = value
                isNew[c] = isFresh ? 1 : 0
                held += isFresh ? 0 : 1
                continue
            }
            var i = newest
            while i >= 0, time - self.time(i) <= oldest {
                if value(i, c).isFinite {
                    row[c] = value(i, c)
                    isNew[c] = !(self.time(i) <= before) ? 1 : 0
                    held += time - self.time(i) > fresh ? 1 : 0
                    break
                }
                i -= 1
            }
        }
        return held
    }

    /// The value on the line between two neighbours; nil where there are none, or a value alone is nearer to the truth.
    private func between(_ i: Int, _ c: Int, at time: Double) -> (value: Float, isFresh: Bool)? {
        guard resampling == .linear, i >= 0, i + 1 < count, self.time(i) < time else { return nil }
        let (before, after) = (value(i, c), value(i + 1, c))
        let span = self.time(i + 1) - self.time(i)
        guard before.isFinite, after.isFinite, span <= oldest else { return nil }
        let share = Float((time - self.time(i)) / span)
        return (before + (after - before) * share, span <= fresh)
    }

    mutating func archive(_ archive: inout Archive) {
        archive.present(times, capacity)
        archive.present(rows, capacity * channels)
        archive.scalar(&head)
        archive.scalar(&count)
    }
}
