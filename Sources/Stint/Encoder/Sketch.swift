/// A few rows of the warm-up, each as likely as any other (Vitter's algorithm R), for the median rule.
struct Sketch {
    static let capacity = 64

    let channels: Int
    private let rows: UnsafeMutablePointer<Float>
    private let distances: UnsafeMutablePointer<Float>
    private var seen = 0
    private var random: Random
    private let seed: UInt64

    init(channels: Int, seed: UInt64, _ carver: inout Carver) {
        self.channels = channels
        self.seed = seed
        random = Random(seed: seed, stream: 2)
        rows = carver.carve(Float.self, Self.capacity * channels)
        distances = carver.carve(Float.self, Self.capacity * (Self.capacity - 1) / 2)
    }

    mutating func reset() {
        seen = 0
        random = Random(seed: seed, stream: 2)
    }

    mutating func observe(_ row: UnsafePointer<Float>) {
        let slot = seen < Self.capacity ? seen : random.below(seen + 1)
        if slot < Self.capacity { (rows + slot * channels).update(from: row, count: channels) }
        seen += 1
    }

    /// The median distance between two kept rows after scaling; at least a thousandth.
    func medianDistance(_ scaling: Scaling, scratch: UnsafeMutablePointer<Float>) -> Float {
        let kept = min(seen, Self.capacity)
        guard kept > 1 else { return 1 }
        let other = scratch + channels
        var count = 0
        for i in 1..<kept {
            scaling.apply(rows + i * channels, into: scratch)
            for j in 0..<i {
                scaling.apply(rows + j * channels, into: other)
                var sum: Float = 0
                for c in 0..<channels { sum += (scratch[c] - other[c]) * (scratch[c] - other[c]) }
                distances[count] = sum
                count += 1
            }
        }
        return max(Selection.nth(distances, count, count / 2).squareRoot(), 1e-3)
    }

    mutating func archive(_ archive: inout Archive) {
        archive.scalar(&seen)
        random.archive(&archive)
        archive.array(rows, Self.capacity * channels)
    }
}

/// The n-th smallest of a buffer, in place (Hoare's selection with the middle as pivot); expected O(count).
enum Selection {
    static func nth(_ values: UnsafeMutablePointer<Float>, _ count: Int, _ n: Int) -> Float {
        precondition(n >= 0 && n < count)
        var low = 0
        var high = count - 1
        while low < high {
            let pivot = values[(low + high) / 2]
            var i = low
            var j = high
            while i <= j {
                while values[i] < pivot { i += 1 }
                while values[j] > pivot { j -= 1 }
                if i <= j {
                    swap(&values[i], &values[j])
                    i += 1
                    j -= 1
                }
            }
            if n <= j {
                high = j
            } else if n >= i {
                low = i
            } else {
                break
            }
        }
        return values[n]
    }
}
