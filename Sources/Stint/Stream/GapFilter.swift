/// Stands in for what a frame lacks: a gap is filled with the channel's last value for a while, then the channel is masked.
///
/// A row with a held value is predicted but not learned from. After `maxHold` rows without a value, and before the first
/// one, the channel is masked (NaN downstream, the mean for every feature), and learning goes on without it.
struct GapFilter {
    let channels: Int
    let maxHold: Int
    private let last: UnsafeMutablePointer<Float>
    private let age: UnsafeMutablePointer<Int32>

    init(channels: Int, maxHold: Int, _ carver: inout Carver) {
        self.channels = channels
        self.maxHold = maxHold
        last = carver.carve(Float.self, channels)
        age = carver.carve(Int32.self, channels)
    }

    func reset() {
        last.update(repeating: .nan, count: channels)
        age.update(repeating: 0, count: channels)
    }

    /// Values that stood in for what a channel lacks are gone; with `newest`, those that may yet do so, too.
    func wipe(newest: Bool) {
        for c in 0..<channels where newest || age[c] > 0 { last[c] = .nan }
    }

    /// Writes the row with gaps filled or masked; returns how many channels are held.
    func fill(_ values: UnsafeBufferPointer<Float>, into row: UnsafeMutablePointer<Float>) -> Int {
        var held = 0
        for c in 0..<channels {
            let value = values[c]
            if value.isFinite {
                last[c] = value
                age[c] = 0
                row[c] = value
                continue
            }
            if age[c] <= Int32(maxHold) { age[c] += 1 }
            if !last[c].isNaN, age[c] <= Int32(maxHold) {
                row[c] = last[c]
                held += 1
            } else {
                row[c] = .nan
            }
        }
        return held
    }

    mutating func archive(_ archive: inout Archive) {
        archive.present(last, channels)
        archive.array(age, channels)
    }
}
