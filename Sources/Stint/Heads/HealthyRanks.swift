/// Ranks a number among the newest healthy ones.
///
/// A ring in order of time and the same numbers in order of size: a rank is a binary search, the newest number takes the
/// oldest one's place in one move. Invariant: `sorted` is a permutation of the ring.
///
/// Cost: 10 comparisons a rank; an insertion two searches and one move of a third of the capacity on average.
struct HealthyRanks {
    static let capacity = 1000

    private let ring: UnsafeMutablePointer<Float>
    private let sorted: UnsafeMutablePointer<Float>
    private(set) var count = 0
    private var next = 0

    init(_ carver: inout Carver) {
        ring = carver.carve(Float.self, Self.capacity)
        sorted = carver.carve(Float.self, Self.capacity)
    }

    mutating func reset() {
        ring.update(repeating: 0, count: Self.capacity)
        sorted.update(repeating: 0, count: Self.capacity)
        (count, next) = (0, 0)
    }

    /// How many are below `value`.
    func below(_ value: Float) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if sorted[middle] < value { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// How many are at least as large.
    func atLeast(_ value: Float) -> Int { count - below(value) }

    /// How many are larger.
    func above(_ value: Float) -> Int { count - below(value.nextUp) }

    /// The number that a share of `upper` lies above.
    func quantile(upper: Double) -> Float { sorted[min(Int(Double(count) * (1 - upper)), count - 1)] }

    mutating func insert(_ value: Float) {
        var place = below(value)
        if count < Self.capacity {
            (sorted + place + 1).update(from: sorted + place, count: count - place)
            count += 1
        } else {
            let hole = below(ring[next])
            if place > hole {
                place -= 1
                (sorted + hole).update(from: sorted + hole + 1, count: place - hole)
            } else {
                (sorted + place + 1).update(from: sorted + place, count: hole - place)
            }
        }
        sorted[place] = value
        ring[next] = value
        next = (next + 1) % Self.capacity
    }

    mutating func archive(_ archive: inout Archive) {
        archive.array(ring, Self.capacity)
        archive.array(sorted, Self.capacity)
        archive.scalar(&count)
        archive.scalar(&next)
    }
}
