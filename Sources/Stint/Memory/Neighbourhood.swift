/// The k nearest of many: chosen when all distances are there.
///
/// Of floats that are not negative the bits are in the order of the numbers. So their upper bits are counted first; whatever lies below the
/// bin that holds the k-th is taken, in the order of slots; of that bin the nearest that there is still room for, in order of distance, of
/// equally near ones the first.
///
/// Shapes: k slots of n, in blocks of 16. Cost: a few operations a slot, whatever k; for the last bin at most its size times what is taken of it.
struct Neighbourhood {
    typealias Distances = LatentBlocks.Distances
    let capacity: Int
    /// An eighth of an octave of d² a bin; what is not finite has none.
    private static let shift: UInt32 = 20
    private static let bins = Int(Float.infinity.bitPattern >> shift)

    private let blocks: Int
    private let taken: UnsafeMutablePointer<Int32>
    private let slots: UnsafeMutablePointer<Int32>
    /// Of what was taken.
    private let squares: UnsafeMutablePointer<Float>
    private let all: UnsafeMutablePointer<Float>
    private let counts: UnsafeMutablePointer<UInt16>

    init(capacity: Int, of blocks: Int, _ carver: inout Carver) {
        self.capacity = capacity
        self.blocks = blocks
        taken = carver.carve(Int32.self, 1)
        slots = carver.carve(Int32.self, blocks > 0 ? capacity : 0)
        squares = carver.carve(Float.self, blocks > 0 ? capacity : 0)
        all = carver.carve(Float.self, blocks * LatentBlocks.block)
        counts = carver.carve(UInt16.self, blocks > 0 ? Self.bins : 0)
    }

    func clear() { taken[0] = 0 }

    var count: Int { Int(taken[0]) }
    func slot(_ i: Int) -> Int { Int(slots[i]) }
    func square(_ i: Int) -> Float { squares[i] }
    /// d² of the farthest that was taken.
    var widest: Float {
        var widest: Float = 0
        for i in 0..<count { widest = max(widest, squares[i]) }
        return widest
    }

    /// d² of a block's slots; what is not finite is not there. Below 0 is rounding.
    func write(_ distances: Distances, block: Int) {
        var distances = distances
        distances.replace(with: 0, where: distances .< 0)
        distances.replace(with: .infinity, where: distances .!= distances)
        UnsafeMutableRawPointer(all + block * LatentBlocks.block).storeBytes(of: distances, as: Distances.self)
    }

    private func bin(_ square: Float) -> Int { Int(square.bitPattern >> Self.shift) }

    /// Takes the nearest of the first blocks.
    ///
    /// - Parameter first: the slot that the first of them begins with.
    func select(blocks: Int, from first: Int) {
        clear()
        let size = blocks * LatentBlocks.block
        guard size > 0 else { return }
        counts.update(repeating: 0, count: Self.bins)
        for i in 0..<size where all[i] < .infinity { counts[bin(all[i])] &+= 1 }
        var (last, below) = (0, 0)
        while last < Self.bins, below + Int(counts[last]) < capacity {
            below += Int(counts[last])
            last += 1
        }
        let bound = last < Self.bins ? Float(bitPattern: UInt32(last + 1) << Self.shift) : .infinity
        var next = 0
        for block in 0..<blocks {
            let at = block &* LatentBlocks.block
            let lanes = UnsafeRawPointer(all + at).loadUnaligned(as: Distances.self)
            guard any(lanes .< Distances(repeating: bound)) else { continue }
            for i in at..<(at &+ LatentBlocks.block) where all[i] < bound {
                if bin(all[i]) < last {
                    (slots[next], squares[next]) = (Int32(truncatingIfNeeded: first &+ i), all[i])
                    next &+= 1
                } else {
                    insert(Int32(truncatingIfNeeded: first &+ i), all[i], from: below)
                }
            }
        }
        taken[0] = max(taken[0], Int32(below))
    }

    /// Into the part that begins with `from`, which is kept in order of distance.
    private func insert(_ slot: Int32, _ square: Float, from: Int) {
        var at = max(count, from)
        if at == capacity {
            guard square < squares[capacity - 1] else { return }
            at -= 1
        }
        taken[0] = Int32(at + 1)
        while at > from, squares[at - 1] > square {
            (slots[at], squares[at]) = (slots[at - 1], squares[at - 1])
            at -= 1
        }
        (slots[at], squares[at]) = (slot, square)
    }
}
