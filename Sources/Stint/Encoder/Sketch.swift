/// A few rows of the warm-up for the median rule: what the Fourier features are fed, once it can be scaled.
///
/// Without a block `stats` the raw rows are kept here, each as likely as any other (Vitter's algorithm R); with it they come
/// from the ring of pending latents at the moment of the fit.
struct Sketch {
    static let capacity = 64

    let channels: Int
    let width: Int
    private let keepsRows: Bool
    private let rows: UnsafeMutablePointer<Float>
    private let scaled: UnsafeMutablePointer<Float>
    private let distances: UnsafeMutablePointer<Float>
    private var seen = 0
    private var count = 0
    private var random: Random
    private let seed: UInt64

    /// - Parameters:
    ///   - width: inputs of the Fourier features.
    ///   - keepsRows: whether rows are given one by one; then `width` is `channels`.
    init(channels: Int, width: Int, keepsRows: Bool, seed: UInt64, _ carver: inout Carver) {
        self.channels = channels
        self.width = width
        self.keepsRows = keepsRows
        self.seed = seed
        random = Random(seed: seed, stream: 2)
        rows = carver.carve(Float.self, keepsRows ? Self.capacity * channels : 0)
        scaled = carver.carve(Float.self, Self.capacity * width)
        distances = carver.carve(Float.self, Self.capacity * (Self.capacity - 1) / 2)
    }

    mutating func reset() {
        (seen, count) = (0, 0)
        random = Random(seed: seed, stream: 2)
    }

    mutating func observe(_ row: UnsafePointer<Float>) {
        guard keepsRows else { return }
        let slot = seen < Self.capacity ? seen : random.below(seen + 1)
        if slot < Self.capacity { (rows + slot * channels).update(from: row, count: channels) }
        seen += 1
    }

    /// The rows are gone; it is not asked any more.
    func wipe() {
        rows.update(repeating: 0, count: keepsRows ? Self.capacity * channels : 0)
        scaled.update(repeating: 0, count: Self.capacity * width)
        distances.update(repeating: 0, count: Self.capacity * (Self.capacity - 1) / 2)
    }

    /// The rows that were observed, by the scaling now in force.
    mutating func scale(by scaling: Scaling) {
        count = min(seen, Self.capacity)
        for i in 0..<count { scaling.apply(rows + i * channels, into: scaled + i * width) }
    }

    /// The rows that were observed, each as `bring` writes it.
    mutating func scale(_ bring: (UnsafePointer<Float>, UnsafeMutablePointer<Float>) -> Void) {
        count = min(seen, Self.capacity)
        for i in 0..<count { bring(rows + i * channels, scaled + i * width) }
    }

    /// What it was for is done: nothing of the rows is left.
    mutating func forget() {
        rows.update(repeating: 0, count: keepsRows ? Self.capacity * channels : 0)
        scaled.update(repeating: 0, count: Self.capacity * width)
        distances.update(repeating: 0, count: Self.capacity * (Self.capacity - 1) / 2)
        count = 0
    }

    /// One of `count` rows from elsewhere, the first one first.
    mutating func place(_ row: UnsafePointer<Float>, at i: Int) {
        (scaled + i * width).update(from: row, count: width)
        count = i + 1
    }

    /// The median distance between two of them in some of their inputs; at least a thousandth.
    func medianDistance(in inputs: Range<Int>) -> Float {
        guard count > 1 else { return 1 }
        var pairs = 0
        for i in 1..<count {
            let a = scaled + i * width
            for j in 0..<i {
                let b = scaled + j * width
                var sum: Float = 0
                for c in inputs { sum += (a[c] - b[c]) * (a[c] - b[c]) }
                distances[pairs] = sum
                pairs += 1
            }
        }
        return max(Selection.nth(distances, pairs, pairs / 2).squareRoot(), 1e-3)
    }

    mutating func archive(_ archive: inout Archive) {
        archive.scalar(&seen)
        random.archive(&archive)
        archive.present(rows, keepsRows ? Self.capacity * channels : 0)
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
