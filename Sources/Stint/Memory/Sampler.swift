import CMath

/// Which rows a bounded sample keeps of a stream without end.
public enum SamplerKind: Int, Sendable {
    /// Every row that was ever offered with the same probability: slots/rows.
    case uniform
    /// As many of each class as there are, as far as they came; within a class, each row with the same probability.
    case balanced
    /// The newer the likelier: a row's chance to be there halves with every half-life.
    case recent
}

/// Decides row by row which slot of a sample is taken, if any. It sees classes and its own random numbers, never the rows.
///
/// - `uniform`: Algorithm L (Li 1994). The number of rows to pass over until the next one that is taken is drawn at once, so a
///   row costs a decrement, and logarithms only where one is taken.
/// - `balanced`: CBRS (Chrysakis & Moens 2020). A class that has ever been the largest is full, and its rows compete among
///   themselves; a row of any other class displaces one of the largest.
/// - `recent`: Aggarwal (2006), Algorithm 3.1. A row is taken with probability p = slots·ln 2/half-life and displaces a slot
///   drawn at random among as many as there can be, a free one included. With a half-life below slots·ln 2 fewer slots
///   would be in use; then p = 1, and the half-life is slots·ln 2.
///
/// Cost: O(1) a row; `balanced` reads the classes of all slots where one is displaced.
struct Sampler {
    let kind: SamplerKind
    let slots: Int
    /// Classes that can be told apart; one more stands for "no class".
    let classes: Int
    private let probability: Double

    private(set) var taken = 0
    private var random: Random
    private let seed: UInt64
    // Algorithm L: W, and rows to pass over.
    private var largest = 1.0
    private var skip: UInt64 = 0
    // CBRS: class of each slot; of each class how many are kept, how many were offered, whether it is full.
    private let classOf: UnsafeMutablePointer<Int16>
    private let kept: UnsafeMutablePointer<Int32>
    private let offered: UnsafeMutablePointer<UInt64>
    private let isFull: UnsafeMutablePointer<UInt8>

    static func bytesPerSlot(_ kind: SamplerKind) -> Int { kind == .balanced ? MemoryLayout<Int16>.stride : 0 }

    init(_ kind: SamplerKind, slots: Int, classes: Int, halfLife: Double, seed: UInt64, _ carver: inout Carver) {
        self.kind = kind
        self.slots = slots
        self.classes = kind == .balanced ? classes + 1 : 0
        self.seed = seed
        probability = min(Double(slots) * 0.6931471805599453 / max(halfLife, 1), 1)
        random = Random(seed: seed, stream: Self.stream)
        classOf = carver.carve(Int16.self, kind == .balanced ? slots : 0)
        kept = carver.carve(Int32.self, self.classes)
        offered = carver.carve(UInt64.self, self.classes)
        isFull = carver.carve(UInt8.self, self.classes)
    }

    /// Of the generators that hang on one seed.
    private static let stream: UInt64 = 0x5253_5652

    mutating func reset() {
        taken = 0
        random = Random(seed: seed, stream: Self.stream)
        (largest, skip) = (1, 0)
        kept.update(repeating: 0, count: classes)
        offered.update(repeating: 0, count: classes)
        isFull.update(repeating: 0, count: classes)
    }

    /// The slot that the next row of the stream goes to; nil where it is passed over.
    ///
    /// - Parameter category: the row's class, −1 for none; only `balanced` looks at it.
    mutating func place(category: Int) -> Int? {
        guard slots > 0 else { return nil }
        switch kind {
        case .uniform: return placeUniform()
        case .balanced: return placeBalanced(category >= 0 && category < classes - 1 ? category : classes - 1)
        case .recent: return placeRecent()
        }
    }

    /// Begins with slots that are taken already, of these classes, after so many rows.
    mutating func begin(with categories: [Int], after rows: Double) {
        precondition(categories.count <= slots, "\(categories.count) rows for \(slots) slots")
        reset()
        taken = categories.count
        switch kind {
        case .recent: break
        case .uniform:
            guard taken == slots, slots > 0 else { break }
            // W after n rows is the slots-largest of n uniform numbers: about 1 − slots/n (Li 1994).
            largest = max(1 - Double(slots) / max(rows, Double(slots + 1)), 1e-12)
            drawSkip()
        case .balanced:
            for (slot, category) in categories.enumerated() {
                let c = category >= 0 && category < classes - 1 ? category : classes - 1
                _ = settle(slot, c)
                offered[c] += 1
            }
            for c in 0..<classes { offered[c] = UInt64(Double(offered[c]) * max(rows / Double(max(taken, 1)), 1)) }
        }
    }

    private mutating func append() -> Int {
        taken += 1
        return taken - 1
    }

    private mutating func placeUniform() -> Int? {
        if taken < slots {
            let slot = append()
            if taken == slots { drawSkip() }
            return slot
        }
        guard skip == 0 else {
            skip -= 1
            return nil
        }
        let slot = random.below(slots)
        drawSkip()
        return slot
    }

    private mutating func drawSkip() {
        largest *= exp(log(1 - random.uniform()) / Double(slots))
        // 1 − W through log1p: W falls towards 0 for as long as the device lives.
        let rows = log(1 - random.uniform()) / log1p(-largest)
        skip = rows < 1e18 ? UInt64(rows) : 1_000_000_000_000_000_000
    }

    private mutating func placeRecent() -> Int? {
        guard probability >= 1 || random.uniform() < probability else { return nil }
        let slot = random.below(slots)
        return slot < taken ? slot : append()
    }

    private mutating func placeBalanced(_ c: Int) -> Int? {
        offered[c] += 1
        if taken < slots {
            let slot = append()
            return settle(slot, c)
        }
        if isFull[c] == 0 {
            var most = 0
            for k in 1..<max(classes, 1) where kept[k] > kept[most] { most = k }
            isFull[most] = 1
            // A class that has just become one of the largest competes with itself.
            if kept[c] < kept[most] {
                let slot = find(class: most, rank: random.below(Int(kept[most])))
                kept[most] -= 1
                return settle(slot, c)
            }
            isFull[c] = 1
        }
        guard random.uniform() * Double(offered[c]) < Double(kept[c]) else { return nil }
        return find(class: c, rank: random.below(Int(kept[c])))
    }

    /// A slot is empty again; the last that is taken moves there.
    mutating func remove(_ slot: Int) {
        taken -= 1
        guard kind == .balanced else { return }
        kept[Int(classOf[slot])] -= 1
        classOf[slot] = classOf[taken]
    }

    private func settle(_ slot: Int, _ c: Int) -> Int {
        classOf[slot] = Int16(c)
        kept[c] += 1
        return slot
    }

    private func find(class c: Int, rank: Int) -> Int {
        var left = rank
        for slot in 0..<taken where classOf[slot] == Int16(c) {
            if left == 0 { return slot }
            left -= 1
        }
        preconditionFailure("a class has as many slots as are counted")
    }

    mutating func archive(_ archive: inout Archive) {
        archive.scalar(&taken)
        random.archive(&archive)
        archive.scalar(&largest)
        archive.scalar(&skip)
        archive.array(classOf, kind == .balanced ? slots : 0)
        archive.array(kept, classes)
        archive.array(offered, classes)
        archive.array(isFull, classes)
    }
}
