import Testing

@testable import Stint

@Suite struct LatentBlocksTests {
    /// Blocks over an arena of their own.
    final class Blocks {
        let arena: Arena
        var blocks: LatentBlocks
        init(width: Int, slots: Int) {
            var counter = Carver()
            _ = LatentBlocks(width: width, slots: slots, &counter)
            arena = Arena(bytes: counter.carved)
            var carver = Carver(over: arena)
            blocks = LatentBlocks(width: width, slots: slots, &carver)
            blocks.reset()
        }
    }

    @Test("sixteen distances at once are the plain ones, and those of the numbers read back", arguments: [1, 2, 3, 7, 16, 63, 64, 128])
    func distances(width: Int) {
        let made = Blocks(width: width, slots: 48)
        var random = Random(seed: 11)
        var read: [[Float]] = []
        for slot in 0..<48 {
            // Some as large as they can be in every component: the sums of 16 bits are at their limit there.
            let size = slot % 5 == 0 ? 8 : 1.0
            made.blocks.write((0..<width).map { _ in Float(slot % 5 == 0 ? (slot % 2 == 0 ? size : -size) : random.normal()) }, into: slot)
            read.append([Float](repeating: 0, count: width))
            read[slot].withUnsafeMutableBufferPointer { made.blocks.read(slot, into: $0.baseAddress!) }
        }
        made.blocks.ask(read[10])
        for block in 0..<3 {
            let squares = made.blocks.distances(block: block)
            for lane in 0..<16 {
                let slot = block * 16 + lane
                #expect(squares[lane] == made.blocks.plainDistance(slot))
                var truth = 0.0
                for i in 0..<width { truth += Double(read[slot][i] - read[10][i]) * Double(read[slot][i] - read[10][i]) }
                // Three terms of at most 64·width each, each rounded a few times.
                #expect(abs(Double(squares[lane]) - truth) <= 64 * Double(width) * 3 * 4 * Double(Float.ulpOfOne))
            }
        }
        // A latent that was read back is quantised to itself.
        #expect(made.blocks.distances(block: 0)[10] < 1e-3 * Float(width))
    }

    @Test("an empty slot is infinitely far away, and a moved latent is the same to the bit")
    func slots() {
        let made = Blocks(width: 3, slots: 16)
        made.blocks.ask([1, 2, 3])
        #expect(made.blocks.distances(block: 0)[4] == .infinity && !made.blocks.isTaken(4))
        made.blocks.write([0.5, -2, 1], into: 4)
        made.blocks.copy(4, to: 9)
        let squares = made.blocks.distances(block: 0)
        #expect(squares[4] == squares[9] && squares[4].isFinite && made.blocks.isTaken(9))
    }
}
