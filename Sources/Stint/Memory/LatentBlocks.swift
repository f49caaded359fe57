/// Latents as int8 in blocks of 16, component by component, and the distances from one latent to all of a block at once.
///
/// A block lies transposed: 16 bytes of component 0, one a slot, then 16 of component 1. So a search has no sums across lanes,
/// whatever the width, and narrow latents are as fast a byte as wide ones. d² = |a|² + |b|² − 2 s_a s_b Σ q_a q_b, with the
/// norms of what was kept, not of what came: the distance of a latent to itself is 0 up to rounding.
///
/// Shapes: D components, padded to an even number; slots padded to whole blocks. An empty slot is infinitely far away.
/// Cost: D·slots multiply-adds of int16, about 60 ns for 16 slots of 64.
struct LatentBlocks {
    typealias Distances = SIMD16<Float>
    /// Slots of a block.
    static let block = 16

    let width: Int
    let slots: Int
    private let padded: Int
    private let components: UnsafeMutablePointer<Int8>
    private let scales: UnsafeMutablePointer<Float>
    private let norms: UnsafeMutablePointer<Float>
    // What is searched for.
    private let query: UnsafeMutablePointer<Int8>
    private let querySize: UnsafeMutablePointer<Float>
    private var queryScale: Float { querySize[0] }
    private var queryNorm: Float { querySize[1] }

    /// Bytes of one slot.
    static func bytes(width: Int) -> Int { (width + 1) / 2 * 2 + 2 * MemoryLayout<Float>.stride }

    init(width: Int, slots: Int, _ carver: inout Carver) {
        precondition(slots % Self.block == 0, "\(slots) slots are no whole blocks of \(Self.block)")
        self.width = width
        self.slots = slots
        padded = (width + 1) / 2 * 2
        components = carver.carve(Int8.self, slots * padded)
        scales = carver.carve(Float.self, slots)
        norms = carver.carve(Float.self, slots)
        query = carver.carve(Int8.self, padded)
        querySize = carver.carve(Float.self, 2)
    }

    func reset() {
        components.update(repeating: 0, count: slots * padded)
        scales.update(repeating: 0, count: slots)
        norms.update(repeating: .infinity, count: slots)
    }

    private func start(_ slot: Int) -> UnsafeMutablePointer<Int8> {
        components + slot / Self.block * Self.block * padded + slot % Self.block
    }

    func write(_ latent: UnsafePointer<Float>, into slot: Int) {
        scales[slot] = QuantisedLatent.quantise(latent, width, into: start(slot), stride: Self.block)
        norms[slot] = Self.norm(start(slot), width, stride: Self.block, scales[slot])
    }

    /// Moves what is kept from one slot to another, bit by bit.
    func copy(_ from: Int, to: Int) {
        let (source, target) = (start(from), start(to))
        for i in 0..<width { target[i * Self.block] = source[i * Self.block] }
        scales[to] = scales[from]
        norms[to] = norms[from]
    }

    /// Nothing of a row stays.
    func erase(_ slot: Int) {
        let target = start(slot)
        for i in 0..<padded { target[i * Self.block] = 0 }
        (scales[slot], norms[slot]) = (0, .infinity)
    }

    /// Nor of what was searched for.
    func wipe() {
        query.update(repeating: 0, count: padded)
        querySize.update(repeating: 0, count: 2)
    }

    func isTaken(_ slot: Int) -> Bool { norms[slot].isFinite }

    /// Writes s·q, `width` numbers.
    func read(_ slot: Int, into latent: UnsafeMutablePointer<Float>) { read(slot, width, into: latent) }

    /// The first `count` of them.
    func read(_ slot: Int, _ count: Int, into latent: UnsafeMutablePointer<Float>) {
        let source = start(slot)
        for i in 0..<count { latent[i] = scales[slot] * Float(source[i * Self.block]) }
    }

    private static func norm(_ q: UnsafePointer<Int8>, _ count: Int, stride: Int, _ scale: Float) -> Float {
        var sum: Int32 = 0
        for i in 0..<count { sum += Int32(q[i * stride]) * Int32(q[i * stride]) }
        return scale * scale * Float(sum)
    }

    // MARK: Distances

    /// What the next calls of `distances` are from.
    func ask(_ latent: UnsafePointer<Float>) {
        querySize[0] = QuantisedLatent.quantise(latent, width, into: query)
        querySize[1] = Self.norm(query, width, stride: 1, queryScale)
    }

    /// Squared distances to the 16 slots of a block.
    @inline(__always)
    func distances(block: Int) -> Distances {
        // Two int8 lie in an int16 lane: shifts part them, those of even slots from those of odd ones, and so on with what is summed.
        // Widening by conversion is a function call a vector.
        var sums = (SIMD4<Int32>.zero, SIMD4<Int32>.zero, SIMD4<Int32>.zero, SIMD4<Int32>.zero)
        let base = UnsafeRawPointer(components + block * Self.block * padded)
        var i = 0
        while i < padded {
            let a = (base + i * Self.block).loadUnaligned(as: SIMD8<Int16>.self)
            let b = (base + (i + 1) * Self.block).loadUnaligned(as: SIMD8<Int16>.self)
            let qa = SIMD8<Int16>(repeating: Int16(query[i])), qb = SIMD8<Int16>(repeating: Int16(query[i + 1]))
            // Two products of numbers up to 127 are 32 258: they fit into 16 bits.
            let even = unsafeBitCast(((a &<< 8) &>> 8) &* qa &+ ((b &<< 8) &>> 8) &* qb, to: SIMD4<Int32>.self)
            let odd = unsafeBitCast((a &>> 8) &* qa &+ (b &>> 8) &* qb, to: SIMD4<Int32>.self)
            sums.0 &+= (even &<< 16) &>> 16
            sums.1 &+= (odd &<< 16) &>> 16
            sums.2 &+= even &>> 16
            sums.3 &+= odd &>> 16
            i += 2
        }
        var sum = SIMD16<Int32>.zero
        sum.evenHalf.evenHalf = sums.0
        sum.oddHalf.evenHalf = sums.1
        sum.evenHalf.oddHalf = sums.2
        sum.oddHalf.oddHalf = sums.3
        let at = block * Self.block
        let scale = UnsafeRawPointer(scales + at).loadUnaligned(as: Distances.self)
        let norm = UnsafeRawPointer(norms + at).loadUnaligned(as: Distances.self)
        return norm + Distances(repeating: queryNorm) - Distances(repeating: 2 * queryScale) * scale * Distances(sum)
    }

    /// The same for one slot, one component at a time, in the order that one would write down.
    func plainDistance(_ slot: Int) -> Float {
        let q = start(slot)
        var sum: Int32 = 0
        for i in 0..<width { sum += Int32(q[i * Self.block]) * Int32(query[i]) }
        return norms[slot] + queryNorm - 2 * queryScale * scales[slot] * Float(sum)
    }

    mutating func archive(_ archive: inout Archive) {
        archive.array(components, slots * padded)
        archive.array(scales, slots)
        archive.array(norms, slots)
    }
}
