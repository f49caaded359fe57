import CMath

/// What a detector says when it has noticed something.
struct Rise: Equatable {
    /// Losses since the change.
    var onset: Int
    /// Their mean before it, and since.
    var before: Double
    var since: Double
}

/// Notices that the mean of a bounded loss has risen, and since when.
///
/// Keeps a window of the losses as an exponential histogram: at most M = 5 buckets of each power of two. Wherever the window
/// can be cut in two parts whose means differ by more than chance allows, the older part is dropped. A rise is reported with
/// the number of losses behind the sharpest cut, the onset; a fall only shortens the window, since it is what learning does.
///
/// Losses of a stream are rarely independent: the variance is taken times the inflation that the caller has measured, the
/// variance of a mean of losses over what it would be without correlation, and the range times its root.
///
/// Shapes: 24 levels × 6 buckets of sum and squared deviations, float64: 2.4 KiB. Cost: a pass over the buckets in use, some
/// 5 log₂(n) of them, a loss. NaN is ignored.
///
/// Source: Bifet & Gavaldà, Learning from time-changing data with adaptive windowing (2007), algorithm ADWIN2 with the cut
/// of theorem 3.2 in its normal form, with the variance within the two parts; reported one-sidedly.
struct ADWIN {
    /// M.
    static let buckets = 5
    static let levels = 24
    /// Losses that a part must hold at least.
    static let least = 8
    /// δ, over all cuts of one window.
    let confidence: Double

    private let counts: UnsafeMutablePointer<Int32>
    private let sums: UnsafeMutablePointer<Double>
    private let squares: UnsafeMutablePointer<Double>
    private(set) var width = 0
    private var sum = 0.0
    private var square = 0.0

    init(confidence: Double = 0.002, _ carver: inout Carver) {
        self.confidence = confidence
        counts = carver.carve(Int32.self, Self.levels)
        sums = carver.carve(Double.self, Self.levels * (Self.buckets + 1))
        squares = carver.carve(Double.self, Self.levels * (Self.buckets + 1))
    }

    mutating func reset() {
        counts.update(repeating: 0, count: Self.levels)
        (width, sum, square) = (0, 0, 0)
    }

    var mean: Double { width > 0 ? sum / Double(width) : 0 }

    /// Takes in a loss in [0, 1].
    ///
    /// - Parameter inflation: 1 for independent losses.
    mutating func observe(_ loss: Double, inflation: Double = 1) -> Rise? {
        guard loss.isFinite else { return nil }
        insert(loss)
        var newest: Rise?
        // Each cut drops the oldest bucket, so this ends.
        while width >= 2 * Self.least, let cut = sharpest(inflation) {
            if cut.since > cut.before, newest == nil { newest = cut }
            drop(to: cut.onset)
        }
        return newest
    }

    private func bucket(_ level: Int, _ i: Int) -> Int { level * (Self.buckets + 1) + i }

    private mutating func insert(_ loss: Double) {
        let deviation = width > 0 ? loss - sum / Double(width) : 0
        square += deviation * deviation * Double(width) / Double(width + 1)
        sum += loss
        width += 1
        push(0, loss, 0)
        var level = 0
        while Int(counts[level]) > Self.buckets {
            if level == Self.levels - 1 {
                dropOldest(level)
                break
            }
            // The two oldest become one of twice the size.
            let (a, b) = (bucket(level, 0), bucket(level, 1))
            let size = Double(1 << level)
            let difference = (sums[a] - sums[b]) / size
            let joined = (sums[a] + sums[b], squares[a] + squares[b] + difference * difference * size / 2)
            shift(level, by: 2)
            push(level + 1, joined.0, joined.1)
            level += 1
        }
    }

    private func push(_ level: Int, _ sum: Double, _ square: Double) {
        let at = bucket(level, Int(counts[level]))
        sums[at] = sum
        squares[at] = square
        counts[level] += 1
    }

    private func shift(_ level: Int, by n: Int) {
        let count = Int(counts[level])
        for i in n..<max(count, n) {
            sums[bucket(level, i - n)] = sums[bucket(level, i)]
            squares[bucket(level, i - n)] = squares[bucket(level, i)]
        }
        counts[level] = Int32(count - n)
    }

    private mutating func dropOldest(_ level: Int) {
        let at = bucket(level, 0)
        let size = 1 << level
        let rest = width - size
        let difference = rest > 0 ? sums[at] / Double(size) - (sum - sums[at]) / Double(rest) : 0
        sum -= sums[at]
        square -= squares[at] + difference * difference * Double(size) * Double(rest) / Double(max(width, 1))
        square = max(square, 0)
        width = rest
        shift(level, by: 1)
        if width == 0 { (sum, square) = (0, 0) }
    }

    private mutating func drop(to onset: Int) {
        for level in stride(from: Self.levels - 1, through: 0, by: -1) {
            while counts[level] > 0, width > onset { dropOldest(level) }
        }
    }

    /// The cut whose difference exceeds what chance allows the most; nil where none does.
    private func sharpest(_ inflation: Double) -> Rise? {
        let n = Double(width)
        let evidence = log(2 * log(n) / confidence)
        var (olderCount, olderSum) = (0.0, 0.0)
        var best: Rise?
        var sharpness = 1.0
        for level in stride(from: Self.levels - 1, through: 0, by: -1) {
            for i in 0..<Int(counts[level]) {
                olderCount += Double(1 << level)
                olderSum += sums[bucket(level, i)]
                let newerCount = n - olderCount
                guard olderCount >= Double(Self.least) else { continue }
                guard newerCount >= Double(Self.least) else { return best }
                let (before, since) = (olderSum / olderCount, (sum - olderSum) / newerCount)
                let inverse = 1 / olderCount + 1 / newerCount
                // Within the two parts, not of the whole window: what is between them is the change, and would hide it.
                let between = (since - before) * (since - before) * olderCount * newerCount / n
                let variance = inflation * max(square - between, 0) / n
                let bound = (2 * inverse * variance * evidence).squareRoot() + 2 / 3 * inverse * inflation.squareRoot() * evidence
                let ratio = abs(since - before) / bound
                if ratio > sharpness {
                    sharpness = ratio
                    best = Rise(onset: Int(newerCount), before: before, since: since)
                }
            }
        }
        return best
    }

    mutating func archive(_ archive: inout Archive) {
        archive.array(counts, Self.levels)
        archive.array(sums, Self.levels * (Self.buckets + 1))
        archive.array(squares, Self.levels * (Self.buckets + 1))
        archive.scalar(&width)
        archive.scalar(&sum)
        archive.scalar(&square)
    }
}
