/// The bounded ring of what has been predicted and may still be labelled, addressed by serial number.
///
/// Kept is the raw row, not the latent: it is smaller, and it can be encoded again when the scaling is fitted anew. The same
/// ring is the buffer of the warm-up. Beside it are the statistics of its window, if the encoder has any: they could not be
/// computed again, since the rows of the window are not kept.
struct PendingLatents {
    let capacity: Int
    let channels: Int
    let statisticsWidth: Int
    /// The next serial number; serial s lives in slot s mod capacity while s ≥ next − capacity.
    private(set) var next = 0
    private let rows: UnsafeMutablePointer<Float>
    private let statistics: UnsafeMutablePointer<Float>
    private let sequences: UnsafeMutablePointer<UInt64>
    private let times: UnsafeMutablePointer<Double>
    private let learnable: UnsafeMutablePointer<UInt8>
    private let recordings: UnsafeMutablePointer<Int32>
    private var recording: Int32 = 0
    /// All rows from here on are kept as they came; of older ones some have been wiped.
    private(set) var firstWhole = 0

    init(capacity: Int, channels: Int, statistics: Int = 0, _ carver: inout Carver) {
        self.capacity = capacity
        self.channels = channels
        statisticsWidth = statistics
        rows = carver.carve(Float.self, capacity * channels)
        self.statistics = carver.carve(Float.self, capacity * statistics)
        sequences = carver.carve(UInt64.self, capacity)
        times = carver.carve(Double.self, capacity)
        learnable = carver.carve(UInt8.self, capacity)
        recordings = carver.carve(Int32.self, capacity)
    }

    mutating func reset() { (next, recording, firstWhole) = (0, 0, 0) }

    /// Whether a row is gone, or was never fit to be learned from: then its numbers are not looked at, but as another's lag.
    func isGone(_ serial: Int) -> Bool { learnable[slot(serial)] == 0 }

    /// Nothing of the row is left but its number and its time.
    mutating func release(_ serial: Int) {
        row(serial).update(repeating: .nan, count: channels)
        statistics(serial).update(repeating: .nan, count: statisticsWidth)
        learnable[slot(serial)] = 0
        firstWhole = max(firstWhole, serial + 1)
    }

    /// Goes on with a serial number, without the rows before it: none of them is found, or fit to be learned from.
    mutating func goOn(from serial: Int) {
        (next, firstWhole) = (serial, serial)
        rows.update(repeating: .nan, count: capacity * channels)
        statistics.update(repeating: .nan, count: capacity * statisticsWidth)
        sequences.update(repeating: .max, count: capacity)
        times.update(repeating: .infinity, count: capacity)
        learnable.update(repeating: 0, count: capacity)
        recordings.update(repeating: recording, count: capacity)
        recording &+= 1
    }

    /// Nothing is left of a row: it is not found, not learned from, and no other row's lag.
    mutating func wipe(_ serial: Int) {
        row(serial).update(repeating: .nan, count: channels)
        statistics(serial).update(repeating: .nan, count: statisticsWidth)
        sequences[slot(serial)] = .max
        times[slot(serial)] = .infinity
        learnable[slot(serial)] = 0
        recordings[slot(serial)] = Self.nowhere
    }

    func isWiped(_ serial: Int) -> Bool { recordings[slot(serial)] == Self.nowhere }
    private static let nowhere: Int32 = -1

    /// Whether a row and those before it that its latent needs are still as they were when it was opened.
    func isComposable(_ serial: Int) -> Bool { serial >= next - capacity + Encoder.lagDepth }

    /// A recording ends: what comes is not a continuation of what was.
    mutating func cut() { recording &+= 1 }

    /// Whether both rows are kept and no seam lies between them.
    func areConnected(_ earlier: Int, _ later: Int) -> Bool {
        earlier >= oldest && !isWiped(earlier) && recordings[slot(earlier)] == recordings[slot(later)]
    }

    var oldest: Int { max(0, next - capacity) }

    @inline(__always)
    func slot(_ serial: Int) -> Int { serial % capacity }

    func row(_ serial: Int) -> UnsafeMutablePointer<Float> { rows + slot(serial) * channels }
    func statistics(_ serial: Int) -> UnsafeMutablePointer<Float> { statistics + slot(serial) * statisticsWidth }
    func sequence(_ serial: Int) -> UInt64 { sequences[slot(serial)] }
    /// Whether the row is fit to be learned from: every value of it was there.
    func time(_ serial: Int) -> Double { times[slot(serial)] }
    func isLearnable(_ serial: Int) -> Bool { learnable[slot(serial)] != 0 }
    /// Whether heads may take it into their memories; a row that is kept to judge them by is learnable, and is not.
    func isTrainable(_ serial: Int) -> Bool { learnable[slot(serial)] == 1 }
    func withhold(_ serial: Int) { learnable[slot(serial)] = 2 }

    /// Makes room for one more and returns its serial number; the caller fills `row`.
    mutating func open(sequence: UInt64, time: Double, isLearnable: Bool) -> Int {
        let serial = next
        sequences[slot(serial)] = sequence
        times[slot(serial)] = time
        learnable[slot(serial)] = isLearnable ? 1 : 0
        recordings[slot(serial)] = recording
        next += 1
        return serial
    }

    /// The latent of the frame with this number. Frames are numbered one by one as a rule, so the first guess is right;
    /// else the ring is searched backwards.
    func find(sequence: UInt64) -> Int? {
        guard next > 0 else { return nil }
        let newest = sequences[slot(next - 1)]
        if newest >= sequence, newest - sequence < UInt64(next - oldest) {
            let guess = next - 1 - Int(newest - sequence)
            if sequences[slot(guess)] == sequence { return guess }
        }
        for serial in stride(from: next - 1, through: oldest, by: -1) where sequences[slot(serial)] == sequence { return serial }
        return nil
    }

    /// The newest latent at or before `time`, unless it is more than `tolerance` older.
    func find(time: Double, tolerance: Double) -> Int? {
        for serial in stride(from: next - 1, through: oldest, by: -1) where times[slot(serial)] <= time {
            return time - times[slot(serial)] <= tolerance ? serial : nil
        }
        return nil
    }

    /// Whether a frame of this number may have been between two kept latents (windows that end every so many rows).
    func spans(sequence: UInt64) -> Bool { next > 0 && sequence >= sequences[slot(oldest)] }

    mutating func archive(_ archive: inout Archive) {
        archive.scalar(&next)
        archive.endRings(at: next)
        archive.ring(rows, capacity, each: channels)
        archive.ring(statistics, capacity, each: statisticsWidth)
        archive.ring(sequences, capacity)
        archive.ring(times, capacity)
        archive.ring(learnable, capacity)
        archive.ring(recordings, capacity)
        archive.scalar(&recording)
    }
}
