/// A sample of all that a number has been, in order of size.
///
/// A row is kept with the chance that makes every row of the last `memory` equally likely to be held (a reservoir), and takes the
/// place of one that chance picks: so the sample reaches back as far as the life of the stream, where a ring of the newest rows
/// takes a bad week for normal. What comes in waits a while first: a slow mean is always near to what it was just before, and
/// that says nothing about the life of the stream.
///
/// Source: reservoir sampling, Vitter (1985).
struct LifeSample: BitwiseCopyable {
    /// Values that the sample stands for, at the most.
    static let memory = 32_768
    /// How many values wait.
    static let waiting = 16

    private(set) var count: Int32 = 0
    private var seen: Int32 = 0
    private var waited: Int32 = 0
    private var pace: Int32 = 0

    /// What was one value all the time: a sample full of it.
    mutating func begin(with value: Float, _ sorted: UnsafeMutablePointer<Float>, _ queue: UnsafeMutablePointer<Float>, capacity: Int) {
        sorted.update(repeating: value, count: capacity)
        queue.update(repeating: value, count: Self.waiting)
        (count, seen, waited) = (Int32(capacity), Int32(capacity), Int32(Self.waiting))
    }

    /// What waits is gone, and comes in no more.
    mutating func forgetWaiting() { waited = 0 }

    /// How many of the sample are below a value.
    func below(_ value: Float, _ sorted: UnsafePointer<Float>) -> Int {
        var low = 0
        var high = Int(count)
        while low < high {
            let middle = (low + high) / 2
            if sorted[middle] < value { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Distance of a value to the third nearest of the sample; nil where there are not three.
    func distance(_ value: Float, _ sorted: UnsafePointer<Float>) -> Float? {
        guard count >= 3 else { return nil }
        var after = below(value, sorted)
        var before = after - 1
        var distance: Float = 0
        for _ in 0..<3 {
            let down = before >= 0 ? value - sorted[before] : .infinity
            let up = after < Int(count) ? sorted[after] - value : .infinity
            distance = min(down, up)
            if down <= up { before -= 1 } else { after += 1 }
        }
        return distance
    }

    /// Takes in a value, every `stride`th time it is told one.
    mutating func take(
        _ value: Float, stride: Int32, _ sorted: UnsafeMutablePointer<Float>, _ queue: UnsafeMutablePointer<Float>, capacity: Int,
        _ random: inout Random
    ) {
        pace += 1
        guard pace >= stride else { return }
        pace = 0
        let place = Int(waited) % Self.waiting
        let oldest = queue[place]
        queue[place] = value
        waited += 1
        guard waited > Int32(Self.waiting) else { return }
        // The count of what waited goes round, so that it never overflows.
        if waited >= Int32(3 * Self.waiting) { waited -= Int32(Self.waiting) }
        seen = min(seen + 1, Int32(Self.memory))
        let turn = random.below(Int(seen))
        if Int(count) < capacity || turn < capacity { insert(oldest, leaving: turn, sorted, capacity: capacity) }
    }

    /// Takes in a value, in place of the one of rank `leaving` when the sample is full.
    mutating func insert(_ value: Float, leaving: Int, _ sorted: UnsafeMutablePointer<Float>, capacity: Int) {
        var place = below(value, sorted)
        let count = Int(count)
        if count < capacity {
            (sorted + place + 1).update(from: sorted + place, count: count - place)
            self.count += 1
        } else if place > leaving {
            place -= 1
            (sorted + leaving).update(from: sorted + leaving + 1, count: place - leaving)
        } else {
            (sorted + place + 1).update(from: sorted + place, count: leaving - place)
        }
        sorted[place] = value
    }
}
