/// How long steps took, as a histogram of fixed size: eight buckets an octave, so a quantile is at most 12.5 % too high.
struct StepTimes {
    private var counts = [UInt64](repeating: 0, count: 64 * 8)
    private var total: UInt64 = 0
    private var longest: UInt64 = 0

    mutating func add(nanoseconds: UInt64) {
        counts[Self.bucket(nanoseconds)] &+= 1
        total &+= 1
        longest = max(longest, nanoseconds)
    }

    /// As before the first.
    mutating func clear() {
        for bucket in counts.indices { counts[bucket] = 0 }
        (total, longest) = (0, 0)
    }

    /// Microseconds that a share of all steps did not exceed; nil before the first.
    func quantile(_ share: Double) -> Double? {
        guard total > 0 else { return nil }
        let wanted = UInt64((share * Double(total)).rounded(.up))
        var seen: UInt64 = 0
        for bucket in counts.indices {
            seen += counts[bucket]
            if seen >= max(wanted, 1) { return min(Self.upperBound(bucket), Double(longest)) / 1000 }
        }
        return maximum
    }

    /// Microseconds; nil before the first.
    var maximum: Double? { total > 0 ? Double(longest) / 1000 : nil }

    /// The octave in the upper bits, the next three bits of the number below.
    private static func bucket(_ nanoseconds: UInt64) -> Int {
        guard nanoseconds >= 8 else { return Int(nanoseconds) }
        let octave = 63 - nanoseconds.leadingZeroBitCount
        return octave * 8 + Int(nanoseconds >> UInt64(octave - 3) & 7)
    }

    private static func upperBound(_ bucket: Int) -> Double {
        guard bucket >= 24 else { return Double(bucket) }
        return Double(sign: .plus, exponent: bucket / 8 - 3, significand: Double(8 + bucket % 8 + 1)) - 1
    }
}
