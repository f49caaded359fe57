/// SplitMix64, and small accidents of bytes with it.
public struct Accidents {
    private var state: UInt64

    public init(seed: UInt64) { state = seed }

    mutating func number(below bound: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return Int((z ^ z >> 31) >> 1) % bound
    }

    /// An input, with one to four accidents: a bit, a byte, a piece lost or doubled, a piece of another input put in.
    public mutating func mutate(_ inputs: [[UInt8]]) -> [UInt8] {
        var out = inputs[number(below: inputs.count)]
        for _ in 0...number(below: 4) {
            guard !out.isEmpty else { return out }
            let at = number(below: out.count), end = min(out.count, at + 1 + number(below: 16))
            switch number(below: 6) {
            case 0: out[at] ^= 1 << UInt8(number(below: 8))
            case 1: out[at] = UInt8(number(below: 256))
            case 2: out.removeSubrange(at..<end)
            case 3: out.insert(contentsOf: out[at..<end], at: at)
            case 4:
                let other = inputs[number(below: inputs.count)]
                guard !other.isEmpty else { continue }
                let from = number(below: other.count)
                out.insert(contentsOf: other[from..<min(other.count, from + 1 + number(below: 32))], at: at)
            default: for i in at..<min(out.count, at + 8) { out[i] = [0, 0xFF, 0x7F, 0x80, 0x1B, 0x9F][number(below: 6)] }
            }
        }
        return out
    }
}
