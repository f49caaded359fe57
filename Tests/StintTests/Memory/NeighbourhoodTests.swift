import Testing

@testable import Stint

@Suite struct NeighbourhoodTests {
    /// A neighbourhood over an arena of its own, and what it takes of some distances.
    func taken(_ distances: [Float], capacity: Int) -> (slots: [Int], squares: [Float]) {
        let blocks = (distances.count + LatentBlocks.block - 1) / LatentBlocks.block
        var counter = Carver()
        _ = Neighbourhood(capacity: capacity, of: blocks, &counter)
        let arena = Arena(bytes: counter.carved)
        var carver = Carver(over: arena)
        let near = Neighbourhood(capacity: capacity, of: blocks, &carver)
        for b in 0..<blocks {
            var lanes = LatentBlocks.Distances(repeating: .infinity)
            for lane in 0..<LatentBlocks.block where b * LatentBlocks.block + lane < distances.count { lanes[lane] = distances[b * LatentBlocks.block + lane] }
            near.write(lanes, block: b)
        }
        near.select(blocks: blocks, from: 100)
        return ((0..<near.count).map(near.slot), (0..<near.count).map(near.square))
    }

    @Test("the k nearest are those of a sort, whatever the distances are like", arguments: [1, 5, 64])
    func nearest(k: Int) {
        var random = Random(seed: 3)
        for kind in 0..<6 {
            for size in [0, 1, 15, 16, 63, 64, 65, 500, 1008] {
                let distances: [Float] = (0..<size).map { i in
                    switch kind {
                    case 0: Float(random.normal() * random.normal())
                    case 1: 7 + 0.001 * Float(random.uniform())
                    case 2: Float(random.below(4))
                    case 3: Float(i) * 1e-30
                    case 4: random.uniform() < 0.5 ? .infinity : Float(random.uniform()) * 1e30
                    default: [0, -1e-6, .nan, 3][random.below(4)]
                    }
                }
                let real = distances.map { max($0.isNaN ? .infinity : $0, 0) }
                let best = real.filter(\.isFinite).sorted().prefix(k)
                let found = taken(distances, capacity: k)
                #expect(found.squares.sorted() == Array(best))
                #expect(Set(found.slots).count == found.slots.count)
                for (slot, square) in zip(found.slots, found.squares) { #expect(real[slot - 100] == square) }
            }
        }
    }

    @Test("of equally far ones the first are taken")
    func ties() {
        let found = taken([2, 2, 1, 2, 2, 1], capacity: 4)
        #expect(Set(found.slots) == [100, 101, 102, 105])
    }
}
