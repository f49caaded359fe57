import Testing

@testable import Stint

@Suite struct ReservoirTests {
    /// A reservoir over an arena of its own; row s is [s, −s, 1] and its label s/2.
    final class Kept {
        let arena: Arena
        var reservoir: Reservoir
        let capacity: Int
        var withheld: [Int] = []

        init(bytes: Int = 64 << 10, _ sampler: SamplerKind = .uniform, capacity: Int = 200, seed: UInt64 = 1) {
            var specification = Specification(channels: 3, rateHz: 1, labels: 1, heads: [HeadSpecification(kind: .regression(targets: [0]))])
            specification.encoder.lags = false
            specification.memory.reservoirBytes = bytes
            specification.memory.sampler = sampler
            specification.encoder.warmUp = 100
            specification.seed = seed
            self.capacity = capacity
            var counter = Carver()
            _ = Reservoir(specification, capacity: capacity, &counter)
            arena = Arena(bytes: counter.carved)
            var carver = Carver(over: arena)
            reservoir = Reservoir(specification, capacity: capacity, &carver)
            reservoir.reset()
        }

        func latent(_ serial: Int) -> [Float] {
            let x = Float(serial % 1000) / 125
            return [x, -x, 1]
        }

        func row(_ serial: Int, labelled: Bool = true) {
            if reservoir.admit(serial, time: Double(serial), latent(serial)) { withheld.append(serial) }
            if labelled { reservoir.learn(serial, label: 0, Float(serial) / 2, before: Float(serial - 1) / 2) }
        }

        var taken: [Int] { (0..<reservoir.slots).filter(reservoir.isTaken) }
    }

    @Test("it stays within its bytes, and a tenth of the slots is for rows that are never learned")
    func bounds() {
        for bytes in [0, 1000, 10_000, 64 << 10, 1 << 20] {
            var specification = Specification(channels: 3, rateHz: 1, labels: 2, heads: [])
            specification.encoder.lags = false
            specification.memory.reservoirBytes = bytes
            var carver = Carver()
            let reservoir = Reservoir(specification, capacity: 500, &carver)
            let each = Reservoir.bytesPerSlot(width: 3, labels: 2, .recent)
            #expect(reservoir.slots * each <= bytes)
            // Beside the slots: whereabouts, and the ends of pieces to whole cache lines.
            #expect(carver.carved <= reservoir.slots * each + 500 * 4 + 20 * 64)
            #expect(reservoir.slots == 0 || abs(reservoir.audit.count - reservoir.slots / 10) <= 16)
            #expect(reservoir.recent.count <= Reservoir.recentRows)
        }
    }

    @Test("rows are kept whole: latent within half a step, label, time, and the newest label before", arguments: [SamplerKind.uniform, .recent])
    func contents(kind: SamplerKind) {
        let kept = Kept(bytes: 10_000, kind)
        for serial in 0..<5000 { kept.row(serial) }
        var x = [Float](repeating: 0, count: 3)
        var seen: Set<Int> = []
        for slot in kept.taken {
            let serial = kept.reservoir.serial(slot)
            #expect(seen.insert(serial).inserted, "no row is kept twice")
            #expect(kept.reservoir.time(slot) == Double(serial) && kept.reservoir.label(slot, 0) == Float(serial) / 2)
            #expect(kept.reservoir.labelBefore(slot, 0) == Float(serial - 1) / 2)
            x.withUnsafeMutableBufferPointer { kept.reservoir.latent(slot, into: $0.baseAddress!) }
            for (a, b) in zip(x, kept.latent(serial)) { #expect(abs(a - b) <= 8 / 127 / 2 * 1.001) }
        }
        #expect(kept.reservoir.count == kept.taken.count)
        // The ring holds the newest that were not withheld.
        let newest = kept.reservoir.recent.map(kept.reservoir.serial).max()!
        #expect(newest >= 4998)
    }

    @Test("withheld rows are in the audit lane alone, few, none during the warm-up, and never among neighbours")
    func audit() {
        let kept = Kept(bytes: 20_000)
        var random = Random(seed: 1)
        for serial in 0..<20_000 {
            kept.row(serial)
            kept.reservoir.search(kept.latent(random.below(1000)), knowing: [0], own: nil, turn: serial)
            for rank in 0..<kept.reservoir.found.count { #expect(!kept.reservoir.audit.contains(kept.reservoir.found.slot(rank))) }
        }
        let lane = Set(kept.reservoir.audit.filter(kept.reservoir.isTaken).map(kept.reservoir.serial))
        #expect(lane.count == kept.reservoir.audit.count && lane.isSubset(of: kept.withheld))
        #expect(kept.withheld.allSatisfy { $0 >= 100 })
        // At most 1 in 128: 20 000/128 = 156, four standard errors are 50.
        #expect(kept.withheld.count < 206 && kept.withheld.count > 30)
        for slot in kept.taken where !kept.reservoir.audit.contains(slot) { #expect(!kept.withheld.contains(kept.reservoir.serial(slot))) }
    }

    @Test("the five nearest are those of a plain search over ring and sample, and the ring's own are among the ring's")
    func search() {
        let kept = Kept(bytes: 20_000)
        for serial in 0..<3000 { kept.row(serial, labelled: serial % 3 != 0) }
        var random = Random(seed: 4)
        for _ in 0..<200 {
            let x = [Float(random.normal()), Float(random.normal()), 1]
            kept.reservoir.search(x, knowing: [0], own: nil, turn: 0)
            var squares: [(Float, Int)] = []
            for slot in kept.taken where !kept.reservoir.audit.contains(slot) && !kept.reservoir.label(slot, 0).isNaN {
                squares.append((kept.reservoir.plainDistance(slot), slot))
            }
            let near = squares.map(\.0).sorted().prefix(5).map { max($0, 0) }
            #expect((0..<kept.reservoir.found.count).map(kept.reservoir.found.square) == near)
            let recently = squares.filter { kept.reservoir.recent.contains($0.1) }.map(\.0).sorted().prefix(5).map { max($0, 0) }
            #expect((0..<kept.reservoir.foundRecently.count).map(kept.reservoir.foundRecently.square) == recently)
        }
    }

    @Test("with own labels the ring is searched by latents and labels together, each in its own scale; without a label nothing is near")
    func ownLabels() {
        let kept = Kept(bytes: 20_000)
        for serial in 0..<3000 { kept.row(serial) }
        let inverse = 1.0 / 40
        for newest: Float in [1300, 1400, 1450] {
            let x = kept.latent(2950)
            let own = (UnsafeMutablePointer<Float>.allocate(capacity: 1), UnsafeMutablePointer<Double>.allocate(capacity: 1))
            defer { (own.0.deallocate(), own.1.deallocate()) }
            (own.0[0], own.1[0]) = (newest, inverse)
            kept.reservoir.search(x, knowing: [0], own: Reservoir.Own(newest: own.0, inverse: own.1), turn: 0)
            var squares: [Float] = []
            for slot in kept.taken where kept.reservoir.recent.contains(slot) {
                let d = (kept.reservoir.labelBefore(slot, 0) - newest) * Float(inverse) * 0.5
                squares.append(kept.reservoir.plainDistance(slot) + d * d)
            }
            let near = squares.sorted().prefix(LocalRidge.neighbours)
            let around = kept.reservoir.around
            #expect(around.count == near.count && near.count == 64)
            for (square, found) in zip(near, (0..<around.count).map(around.square).sorted()) { #expect(abs(found - max(square, 0)) < 1e-5) }
            kept.reservoir.search(x, knowing: [0], own: Reservoir.Own(newest: own.0, inverse: own.1), turn: 0, .found)
            #expect(around.count == 0 && kept.reservoir.found.count == 5)
            kept.reservoir.search(x, knowing: [0], own: Reservoir.Own(newest: own.0, inverse: own.1), turn: 0, .around)
            #expect(around.count == 64 && kept.reservoir.found.count == 0)
            own.0[0] = .nan
            kept.reservoir.search(x, knowing: [0], own: Reservoir.Own(newest: own.0, inverse: own.1), turn: 0)
            #expect(around.count == 0 && kept.reservoir.found.count == 5)
        }
    }

    @Test("a label that comes late finds its row wherever it went, and none that is gone")
    func lateLabels() {
        let kept = Kept(bytes: 6000, capacity: 100)
        for serial in 0..<3000 {
            kept.row(serial, labelled: false)
            if serial >= 90 { kept.reservoir.learn(serial - 90, label: 0, Float(serial - 90)) }
        }
        for slot in kept.taken {
            let (serial, label) = (kept.reservoir.serial(slot), kept.reservoir.label(slot, 0))
            #expect(serial > 2909 ? label.isNaN : label == Float(serial))
        }
    }

    @Test("the same seed gives the same slots, another others")
    func seeded() {
        func slots(_ seed: UInt64) -> [Int] {
            let kept = Kept(bytes: 10_000, seed: seed)
            for serial in 0..<4000 { kept.row(serial) }
            return kept.taken.map(kept.reservoir.serial)
        }
        #expect(slots(3) == slots(3) && slots(3) != slots(4))
    }

    @Test("of a reservoir of no bytes nothing is asked and nothing is found")
    func none() {
        let kept = Kept(bytes: 0)
        #expect(!kept.reservoir.wants(3))
        kept.reservoir.search([1, 2, 3], knowing: [0], own: nil, turn: 1)
        #expect(kept.reservoir.found.count == 0 && kept.reservoir.count == 0)
    }
}
