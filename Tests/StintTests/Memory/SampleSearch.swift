@testable import Stint

/// Looks through memory for rows of a stream: the values of a frame, its labels and its latent, as numbers of 4 and 8 bytes and as the reservoir
/// would quantise them, at every byte.
struct SampleSearch {
    /// Raw and scaled values in float64, and in float32 pairs that lie beside each other, by channel or by time; whole latents as int8, side by
    /// side or sixteen apart.
    private var eights: [UInt64: Int] = [:]
    private var bytes: [UInt64: Int] = [:]
    private var latentsAsBytes: [Int: [Int8]] = [:]
    /// By a hash of the first four bytes of each pattern: most of memory is passed over by one look.
    private var begins = [Bool](repeating: false, count: 1 << 22)
    private var beginsInBytes = [Bool](repeating: false, count: 1 << 22)

    /// What the channel's own extremes are, and so may be known.
    private var isExtreme: Set<UInt32> = []

    /// - Parameters:
    ///   - raw: values and labels of each row.
    ///   - latents: scaled channels of each row, then half of the lag before.
    init(raw: [[Float]], latents: [[Float]], channels: Int) {
        for c in raw[0].indices {
            let column = raw.map { $0[c] }
            isExtreme.formUnion([column.min()!.bitPattern, column.max()!.bitPattern])
        }
        for (row, values) in raw.enumerated() {
            for (c, value) in values.enumerated() {
                if !isExtreme.contains(value.bitPattern) { note(Double(value).bitPattern, row) }
                // Four bytes alone are found by chance, in some millions of places.
                if c + 1 < channels { note(value, values[c + 1], row) }
                // A channel's range is known, and its ends may have come one after the other.
                guard row > 0, !isExtreme.contains(value.bitPattern) || !isExtreme.contains(raw[row - 1][c].bitPattern) else { continue }
                note(raw[row - 1][c], value, row - 1)
            }
        }
        for (row, latent) in latents.enumerated() {
            for c in 0..<channels {
                // A channel without a scale is 0.
                if c + 1 < channels, latent[c] != 0 { note(latent[c], latent[c + 1], row) }
                if row > 0, latents[row - 1][c] != 0 { note(latents[row - 1][c], latent[c], row - 1) }
                if latent[c] != 0, latent[c].magnitude != Scaling.clip { note(Double(latent[c]).bitPattern, row) }
            }
            var quantised = [Int8](repeating: 0, count: latent.count)
            _ = latent.withUnsafeBufferPointer { QuantisedLatent.quantise($0.baseAddress!, latent.count, into: &quantised) }
            let key = (0..<8).reduce(UInt64(0)) { $0 | UInt64(UInt8(bitPattern: quantised[$1])) << UInt64(8 * $1) }
            // One number that is far out leaves nothing but zeros of the others, as there are everywhere.
            guard quantised.count(where: { $0 != 0 }) >= 6 else { continue }
            bytes[key] = row
            latentsAsBytes[row] = quantised
            beginsInBytes[Self.hash(UInt32(truncatingIfNeeded: key))] = true
        }
    }

    private mutating func note(_ a: Float, _ b: Float, _ row: Int) { note(UInt64(a.bitPattern) | UInt64(b.bitPattern) << 32, row) }

    private mutating func note(_ pattern: UInt64, _ row: Int) {
        eights[pattern] = row
        begins[Self.hash(UInt32(truncatingIfNeeded: pattern))] = true
    }

    private static func hash(_ word: UInt32) -> Int { Int((word &* 0x9E37_79B1) >> 10) }

    /// Rows of which something is there, and at which bytes.
    func found(in memory: UnsafeRawBufferPointer) -> [Int: [Int]] {
        var found: [Int: [Int]] = [:]
        begins.withUnsafeBufferPointer { begins in
            beginsInBytes.withUnsafeBufferPointer { beginsInBytes in
                for i in 0..<(memory.count - 8) {
                    let word = memory.loadUnaligned(fromByteOffset: i, as: UInt32.self)
                    if begins[Self.hash(word)] {
                        if let row = eights[memory.loadUnaligned(fromByteOffset: i, as: UInt64.self)] { found[row, default: []].append(i) }
                    }
                    for stride in [1, 16] where i + 7 * stride < memory.count {
                        var key = word
                        if stride == 16 { key = UInt32(memory[i]) | UInt32(memory[i + 16]) << 8 | UInt32(memory[i + 32]) << 16 | UInt32(memory[i + 48]) << 24 }
                        guard beginsInBytes[Self.hash(key)] else { continue }
                        var all: UInt64 = 0
                        for k in 0..<8 { all |= UInt64(memory[i + k * stride]) << UInt64(8 * k) }
                        guard let row = bytes[all], let latent = latentsAsBytes[row], i + (latent.count - 1) * stride < memory.count else { continue }
                        let isWhole = latent.indices.allSatisfy { Int8(bitPattern: memory[i + $0 * stride]) == latent[$0] }
                        if isWhole { found[row, default: []].append(i) }
                    }
                }
            }
        }
        return found
    }
}
