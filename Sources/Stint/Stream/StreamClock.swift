/// Watches the sender's clock. Times are counted when they are odd, never corrected: the order of rows is the order of time.
struct StreamClock: BitwiseCopyable {
    /// A step of more than this many periods is a jump.
    static let jumpPeriods = 10.0

    let period: Double
    private(set) var last = Double.nan
    private(set) var equal: UInt64 = 0
    private(set) var backward: UInt64 = 0
    private(set) var jumps: UInt64 = 0

    init(rateHz: Double) { period = 1 / rateHz }

    /// The time of the row: what it says, or one period after the last where it says nothing.
    mutating func observe(_ said: Double) -> Double {
        let time = said.isFinite ? said : (last.isFinite ? last + period : 0)
        if last.isFinite {
            let step = time - last
            if step == 0 {
                equal += 1
            } else if step < 0 {
                backward += 1
            } else if step > Self.jumpPeriods * period {
                jumps += 1
            }
        }
        last = time
        return time
    }

    mutating func archive(_ archive: inout Archive) {
        archive.scalar(&last)
        archive.scalar(&equal)
        archive.scalar(&backward)
        archive.scalar(&jumps)
    }
}

/// Knows the last sequence numbers that were taken, so that a frame that comes twice is learned once.
struct SequenceWindow {
    /// A power of two. Senders number their frames one by one, so this is also how far back a duplicate is recognised.
    static let size = 256
    private let seen: UnsafeMutablePointer<UInt64>
    private let isTaken: UnsafeMutablePointer<UInt8>

    init(_ carver: inout Carver) {
        seen = carver.carve(UInt64.self, Self.size)
        isTaken = carver.carve(UInt8.self, Self.size)
    }

    func reset() {
        seen.update(repeating: 0, count: Self.size)
        isTaken.update(repeating: 0, count: Self.size)
    }

    /// False when this number was taken before.
    func take(_ sequence: UInt64) -> Bool {
        let slot = Int(sequence % UInt64(Self.size))
        if isTaken[slot] == 1, seen[slot] == sequence { return false }
        seen[slot] = sequence
        isTaken[slot] = 1
        return true
    }

    func has(_ sequence: UInt64) -> Bool {
        let slot = Int(sequence % UInt64(Self.size))
        return isTaken[slot] == 1 && seen[slot] == sequence
    }

    mutating func archive(_ archive: inout Archive) {
        archive.array(seen, Self.size)
        archive.array(isTaken, Self.size)
    }
}
