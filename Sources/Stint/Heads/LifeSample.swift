import CMath

/// A sample of all that a number has been, in order of size, and where its tails begin.
///
/// A row is kept with the chance that makes every row of the last `memory` equally likely to be held (a reservoir), and takes the
/// place of one that chance picks: so the sample reaches back as far as the life of the stream, where a ring of the newest rows
/// takes a bad week for normal. The order of size is all there is to store.
///
/// The tails begin at the largest and smallest fiftieth, but not nearer to the median than one deviation: a channel of few
/// values has its median and its quantiles in one place, and everything else would be far away from that.
///
/// Source: reservoir sampling, Vitter (1985).
struct LifeSample: BitwiseCopyable {
    /// Rows that the sample stands for, at the most.
    static let memory = 32_768
    static let fewest: Int32 = 64
    static let tailShare = 0.02

    private(set) var count: Int32 = 0
    private(set) var median: Float = 0
    /// Where the tails begin; without a spread there are none.
    private(set) var upper: Float = 0
    private(set) var lower: Float = 0
    /// Less than nothing until it is known.
    private(set) var deviation: Float = -1

    var isMeasured: Bool { deviation >= 0 }
    var hasTails: Bool { deviation > 0 }

    /// How far a value is out, as the logarithm of its distance from the median over the threshold's; positive in a tail.
    ///
    /// - Parameter side: 1 for the upper tail, −1 for the lower.
    func excess(_ value: Float, side: Float) -> Double {
        let reach = side * ((side > 0 ? upper : lower) - median)
        let distance = side * (value - median)
        return distance > reach ? log(Double(distance / reach)) : -1
    }

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

    /// Finds again where the tails begin.
    mutating func measure(_ sorted: UnsafePointer<Float>) {
        var moments = Moments()
        for i in 0..<Int(count) { moments.add(Double(sorted[i])) }
        median = sorted[Int(count) / 2]
        deviation = moments.isConstant ? 0 : Float(moments.deviation)
        let share = Int(Double(count) * Self.tailShare)
        upper = max(sorted[Int(count) - 1 - share], median + deviation)
        lower = min(sorted[share], median - deviation)
    }
}
