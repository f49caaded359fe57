/// Copies of frames whose turn has not come, by slot.
struct FrameStore {
    let capacity: Int
    let channels: Int
    private let rows: UnsafeMutablePointer<Float>
    private let times: UnsafeMutablePointer<Double>
    private let sequences: UnsafeMutablePointer<UInt64>
    /// Bit 0: it has a number; bit 1: it could not be read.
    private let flags: UnsafeMutablePointer<UInt8>

    init(capacity: Int, channels: Int, _ carver: inout Carver) {
        self.capacity = capacity
        self.channels = channels
        rows = carver.carve(Float.self, capacity * channels)
        times = carver.carve(Double.self, capacity)
        sequences = carver.carve(UInt64.self, capacity)
        flags = carver.carve(UInt8.self, capacity)
    }

    /// - Parameter number: found by, for a frame that has none of its own.
    func put(_ frame: Frame, number: UInt64 = 0, at slot: Int) {
        let row = rows + slot * channels
        for c in 0..<channels { row[c] = frame.values[c] }
        times[slot] = frame.time
        sequences[slot] = frame.sequence ?? number
        flags[slot] = (frame.sequence != nil ? 1 : 0) | (frame.isUnreadable ? 2 : 0)
    }

    /// Holds until the slot is used again.
    func frame(_ slot: Int, stream: Int) -> Frame {
        Frame(
            time: times[slot], sequence: flags[slot] & 1 == 1 ? sequences[slot] : nil,
            values: UnsafeBufferPointer(start: rows + slot * channels, count: channels), isUnreadable: flags[slot] & 2 == 2,
            stream: stream)
    }

    /// Nothing is left of a frame whose turn has come.
    func wipe(_ slot: Int) { (rows + slot * channels).update(repeating: 0, count: channels) }

    func time(_ slot: Int) -> Double { times[slot] }
    func sequence(_ slot: Int) -> UInt64 { sequences[slot] }

    mutating func archive(_ archive: inout Archive) {
        archive.present(rows, capacity * channels)
        archive.present(times, capacity)
        archive.present(sequences, capacity)
        archive.present(flags, capacity)
    }
}
