import Testing

@testable import Stint

/// A library with its memory, and factors to fill it with.
final class Shelf {
    var library: RegimeLibrary
    let scratch: Scratch
    let factors: [Factor]
    private let arena: Arena

    static let width = 21
    static let outputs = 3

    init(slots: Int, factors count: Int) {
        func make(_ carver: inout Carver) -> (RegimeLibrary, Scratch, [Factor]) {
            var factors: [Factor] = []
            for _ in 0..<count { factors.append(Factor(width: Self.width, outputs: Self.outputs, ridge: 0.5, &carver)) }
            let library = RegimeLibrary(slots: slots, like: factors[0], &carver)
            let room = Factor.packed(Self.width) + Self.width * Self.outputs
            return (library, Scratch(width: Self.width, outputs: Self.outputs, factor: room, &carver), factors)
        }
        var counter = Carver()
        _ = make(&counter)
        arena = Arena(bytes: counter.carved)
        var carver = Carver(over: arena)
        (library, scratch, factors) = make(&carver)
        library.reset()
        for factor in factors { factor.reset() }
    }

    /// Rows of a linear map with weights of its own.
    func teach(_ factor: Int, rows: Int, map: UInt64, seed: UInt64) {
        var (random, weights) = (Random(seed: seed, stream: 21), Random(seed: map, stream: 22))
        let w = (0..<(Self.width * Self.outputs)).map { _ in weights.normal() }
        for _ in 0..<rows {
            for i in 0..<Self.width { scratch.latent[i] = random.normal() }
            for k in 0..<Self.outputs {
                scratch.target[k] = 0.1 * random.normal()
                for i in 0..<Self.width { scratch.target[k] += w[i * Self.outputs + k] * scratch.latent[i] }
            }
            factors[factor].append(scratch.latent, scratch.target, width: Self.width, outputs: Self.outputs)
        }
    }

    func weights(_ factor: Factor) -> [Double] {
        [Double](unsafeUninitializedCapacity: Self.width * Self.outputs) { buffer, count in
            factor.weights(into: buffer.baseAddress!, width: Self.width)
            count = Self.width * Self.outputs
        }
    }

    /// W of a slot, as it answers.
    func weights(slot: Int) -> [Double] {
        var all: [Double] = []
        for i in 0..<Self.width {
            let one = UnsafeMutablePointer<Real>.allocate(capacity: Self.width + Self.outputs)
            defer { one.deallocate() }
            one.update(repeating: 0, count: Self.width)
            one[i] = 1
            library.predict(slot, one, width: Self.width, into: one + Self.width, active: Self.outputs, scratch)
            for k in 0..<Self.outputs { all.append(one[Self.width + k]) }
        }
        return all
    }

    func makeRoom() {
        library.makeRoom()
        var slices = 0
        while library.isMerging, slices < 1000 {
            library.advance(scratch)
            slices += 1
        }
        #expect(slices < 1000)
    }
}

func farthest(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).map { abs($0 - $1) }.max() ?? .infinity }

@Suite struct RegimeLibraryTests {
    @Test("what is stored says what it said, and comes back as it was, to float32")
    func stored() {
        let shelf = Shelf(slots: 2, factors: 2)
        shelf.teach(0, rows: 200, map: 1, seed: 1)
        let before = shelf.weights(shelf.factors[0])
        shelf.library.store(shelf.factors[0], number: 7, mass: 200, in: 1)
        #expect(shelf.library.number(1) == 7 && shelf.library.count == 1 && shelf.library.freeSlot == 0)
        // 21 roundings of 6e-8 of weights around 1, times the condition of a well-excited factor.
        #expect(farthest(shelf.weights(slot: 1), before) < 1e-5)
        shelf.library.load(1, into: shelf.factors[1])
        #expect(farthest(shelf.weights(shelf.factors[1]), before) < 1e-5)
    }

    @Test("a full library merges the nearest two, into what both have learned; the third stays to the bit")
    func merged() {
        let shelf = Shelf(slots: 3, factors: 4)
        shelf.teach(0, rows: 150, map: 1, seed: 1)
        shelf.teach(1, rows: 150, map: 2, seed: 2)
        shelf.teach(2, rows: 90, map: 1, seed: 3)
        for i in 0..<3 { shelf.library.store(shelf.factors[i], number: i, mass: i == 2 ? 90 : 150, in: i) }
        let other = shelf.weights(slot: 1)
        shelf.makeRoom()
        #expect(shelf.library.count == 2 && shelf.library.freeSlot == 2)
        #expect(shelf.library.number(0) == 0 && shelf.library.number(1) == 1)
        #expect(shelf.library.mass(0) == 240)
        #expect(shelf.weights(slot: 1) == other)
        // The same sums, taken one after the other, and the prior twice as a merge has it.
        shelf.factors[3].copy(from: shelf.factors[0])
        shelf.factors[3].merge(shelf.factors[2], scratch: shelf.scratch.sweep)
        #expect(farthest(shelf.weights(slot: 0), shelf.weights(shelf.factors[3])) < 2e-5)
    }

    @Test("two that are being merged are not asked, and a library that is not full merges nothing")
    func asleep() {
        let shelf = Shelf(slots: 2, factors: 2)
        shelf.teach(0, rows: 50, map: 1, seed: 1)
        shelf.library.store(shelf.factors[0], number: 0, mass: 50, in: 0)
        shelf.makeRoom()
        #expect(shelf.library.count == 1)
        shelf.library.store(shelf.factors[1], number: 1, mass: 1, in: 1)
        shelf.library.makeRoom()
        #expect(shelf.library.isAwake(0) && shelf.library.isAwake(1))
        shelf.library.advance(shelf.scratch)
        #expect(shelf.library.isMerging && !shelf.library.isAwake(0) && !shelf.library.isAwake(1))
    }

    @Test("evidence for a regime that is no better than the head comes to a recall less than once in 20,000 labels")
    func evidence() {
        let shelf = Shelf(slots: 1, factors: 1)
        shelf.library.store(shelf.factors[0], number: 0, mass: 1, in: 0)
        var random = Random(seed: 8)
        var recalls = 0
        for _ in 0..<200_000 {
            // The head's distribution is true; the regime's is as sharp, and half a deviation off.
            let error = random.normal()
            shelf.library.note(0, head: error * error / 2, regime: (error - 0.5) * (error - 0.5) / 2)
            if let best = shelf.library.best, best.evidence >= RegimeLibrary.threshold {
                recalls += 1
                shelf.library.forgetEvidence()
            }
        }
        #expect(recalls < 10)
    }
}

/// Worlds that come back: six clusters in four channels, whose names another permutation mixes up in each of three concepts.
struct RecurringStream {
    static let order = [0, 1, 2, 0, 1, 2, 0, 1, 2]
    static let segment = 700
    var random: Random
    let centers: [[Double]]
    let permutations: [[Int]]
    let maps: [[Double]]
    let first: Int

    /// - Parameter first: rows of the first segment, which the warm-up lies in.
    init(seed: UInt64, first: Int = 1200) {
        self.first = first
        random = Random(seed: seed, stream: 31)
        var centers: [[Double]] = []
        for k in 0..<6 {
            // Corners of a cube; the fourth channel tells the rest.
            let corner = (0..<3).map { c in Double((k >> c) & 1) * 2 }
            centers.append(corner + [Double(k & 1) * 2 + Double(k) * 0.5])
        }
        self.centers = centers
        // Rotations by different steps: no class has the same name in two concepts.
        var permutations: [[Int]] = []
        for concept in 0..<3 {
            let step = concept == 0 ? 0 : concept + Int(seed % 2)
            permutations.append((0..<6).map { k in (k + step) % 6 })
        }
        self.permutations = permutations
        maps = [[1, 1, 1, 1], [-1, 1, -1, 0.5], [0.2, -1.5, 1, -1]]
    }

    func segment(_ row: Int) -> (concept: Int, place: Int, visit: Int) {
        guard row >= first else { return (0, row, 0) }
        let i = 1 + (row - first) / Self.segment
        return (Self.order[i], (row - first) % Self.segment, i / 3)
    }
    var rows: Int { first + 8 * Self.segment }

    mutating func next(_ row: Int) -> (x: [Float], name: String, y: [Float]) {
        let concept = segment(row).concept
        let k = random.below(6)
        let x = centers[k].map { $0 + 0.25 * random.normal() }
        let signal = zip(maps[concept], x).map { $0 * $1 }.reduce(0, +)
        let bent = maps[concept][0] * x[1] * x[2]
        return (
            x.map(Float.init), "class\(permutations[concept][k])",
            [Float(signal + 0.05 * random.normal()), Float(bent + 0.05 * random.normal())]
        )
    }
}

@Suite struct RecurringRegimeTests {
    static func specification(classes: Bool) -> Specification {
        Specification(
            channels: 4, rateHz: 10, labels: 3,
            heads: [HeadSpecification(kind: classes ? .classification(label: 2, classes: 8) : .regression(targets: [0, 1]))])
    }

    @Test("classes whose names come back: 85 % of the first 100 rows after every return are right, and no more regimes than allowed", arguments: [1, 2, 3] as [UInt64])
    func classes(seed: UInt64) {
        let session = Session(Self.specification(classes: true))
        var stream = RecurringStream(seed: seed)
        var right = [Int](repeating: 0, count: 9)
        for row in 0..<stream.rows {
            let next = stream.next(row)
            session.frame(next.x)
            let p = session.classification(0)
            let (_, place, _) = stream.segment(row)
            let segment = row < stream.first ? 0 : 1 + (row - stream.first) / RecurringStream.segment
            if place < 100, p.classID >= 0, String(decoding: session.learner.classes(of: 0).name(p.classID), as: UTF8.self) == next.name {
                right[segment] += 1
            }
            session.label(2, next.name, sequence: UInt64(row))
            #expect((0...3).contains(p.regime))
        }
        for visit in 3..<9 { #expect(right[visit] >= 85, "seed \(seed), segment \(visit): \(right)") }
        // What the reservoir took in since the last return is marked with its regime, by the row that it began with.
        let reservoir = session.learner.reservoir
        let regime = session.classification(0).regime
        for slot in 0..<reservoir.slots where reservoir.isTaken(slot) {
            if reservoir.serial(slot) >= stream.rows - RecurringStream.segment + 10 { #expect(reservoir.regime(slot) == regime) }
        }
    }

    // Not so of every seed: at 3 a map is learned again before the detector is sure that it is another (`docs/drift.md`, what is weak).
    @Test(
        "maps that were told apart when they came are recalled within 25 rows; the next 100 are half as wrong as at first, or nearly as right as ever",
        arguments: [1, 2, 3, 4, 5] as [UInt64])
    func maps(seed: UInt64) {
        let session = Session(Self.specification(classes: false))
        var stream = RecurringStream(seed: seed)
        var random = Random(seed: seed, stream: 33)
        let maps = (0..<3).map { _ in (0..<4).map { _ in random.normal() } }
        var squares = [Double](repeating: 0, count: 9), late = squares, recalls = [Int](repeating: 0, count: 9)
        for row in 0..<stream.rows {
            let next = stream.next(row)
            let (concept, place, _) = stream.segment(row)
            let segment = row < stream.first ? 0 : 1 + (row - stream.first) / RecurringStream.segment
            let signal = zip(maps[concept], next.x).reduce(0) { $0 + $1.0 * Double($1.1) }
            let y = [Float(signal + 0.05 * random.normal()), Float(maps[concept][0] * Double(next.x[1] * next.x[2]) + 0.05 * random.normal())]
            session.frame(next.x)
            let said = session.regression(0)
            let square = (0..<2).reduce(0.0) { $0 + Double((said.value[$1] - y[$1]) * (said.value[$1] - y[$1])) / 2 }
            if (25..<125).contains(place) { squares[segment] += square / 100 }
            if place >= (segment == 0 ? stream.first : RecurringStream.segment) - 300 { late[segment] += square / 300 }
            for j in 0..<2 {
                session.label(j, y[j], sequence: UInt64(row))
                for event in session.learner.events where event.drift?.reaction == .recall && place < 25 { recalls[segment] += 1 }
            }
        }
        for visit in 3..<9 {
            #expect(recalls[visit] >= 1, "segment \(visit) of \(recalls)")
            let bound = max(squares[visit % 3] / 4, 1.5 * late[visit % 3])
            #expect(squares[visit] <= bound, "segment \(visit): \(squares[visit]) of \(squares), late \(late)")
        }
    }

    @Test("a snapshot among recalls and merges goes on bit by bit", arguments: [1300, 2000, 3450])
    func snapshot(rows: Int) throws {
        let whole = Session(Self.specification(classes: true))
        var stream = RecurringStream(seed: 5)
        func push(_ session: Session, _ row: Int, _ next: (x: [Float], name: String, y: [Float])) {
            session.frame(next.x)
            session.label(2, next.name, sequence: UInt64(row))
        }
        for row in 0..<rows { push(whole, row, stream.next(row)) }
        let resumed = Session(Self.specification(classes: true))
        try whole.snapshot.withUnsafeBytes { raw in try resumed.learner.restore(raw) }
        let before = whole.said.count
        for row in rows..<(rows + 1500) {
            let next = stream.next(row)
            push(whole, row, next)
            push(resumed, row, next)
        }
        #expect(Array(whole.said[before...]) == resumed.said)
        #expect(whole.snapshot == resumed.snapshot)
    }

    @Test("while learning is paused nothing is noticed, and nothing reacts")
    func paused() {
        let session = Session(Self.specification(classes: true))
        var stream = RecurringStream(seed: 2)
        var events = 0
        for row in 0..<2500 {
            if row == 1100 { session.learner.push(.command(.learning(false))) }
            let next = stream.next(row)
            session.frame(next.x)
            events += session.learner.events.count
            session.label(2, next.name, sequence: UInt64(row))
            events += session.learner.events.count
        }
        #expect(events == 0)
        #expect(session.classification(0).regime == 0)
    }
}
