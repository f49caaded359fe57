/// Regimes that are not live: what a head's long memory knew of them, frozen, as exact sums.
///
/// Each slot holds the packed factor of a long memory with its targets, in float32, and its weights W, so that a regime says
/// what it would have said at the cost of D·K. How much better it would have been is kept as evidence: a CUSUM of the
/// differences of log-losses, max(0, G + loss of the head − loss of the regime − margin), each cut at ±3. Where the head's
/// own distribution is true, E exp(difference) ≤ 1, so that G ≥ h happens at most once in eʰ labels (Page 1954; Lorden 1971);
/// the evidence began where G last was zero: no window has to be guessed.
///
/// A library that is full merges its nearest two, exactly: the factor of the sum of both scatters and targets. Distance is the
/// mean squared difference of their predictions on the rows that they have seen. One pair is compared, or 16 rows are
/// merged, at a time (`advance`), since a whole merge is O(D³).
///
/// Shapes: S slots, D × K weights. Cost of a label: S·D·K. Storing and loading: D²/2 + D²K/2.
struct RegimeLibrary {
    /// Margin, cut and threshold h of the evidence, in nats. e¹⁰ is 22,000 labels; with the margin it is far more.
    static let margin = 0.1
    static let cut = 3.0
    static let threshold = 10.0
    /// Rows merged at a time.
    private static let slice = 16

    let slots: Int
    let width: Int
    let outputs: Int
    let ridge: Real
    /// Packed factor and targets of each slot.
    private let stored: UnsafeMutablePointer<Float>
    private let weights: UnsafeMutablePointer<Real>
    /// Number of the regime, −1 for a free slot.
    private let numbers: UnsafeMutablePointer<Int32>
    private let masses: UnsafeMutablePointer<Double>
    private let evidence: UnsafeMutablePointer<Double>
    private let onsets: UnsafeMutablePointer<Int32>
    /// Losses of the head and of the regime since the onset.
    private let lost: UnsafeMutablePointer<Double>
    /// Whether W is of what is stored; it is found when it is first asked for.
    private let areFresh: UnsafeMutablePointer<Bool>
    private var work = Work()

    /// What is being done about a full library.
    private struct Work: BitwiseCopyable {
        enum Phase: Int { case none, comparing, merging }
        /// A whole word, so that the archived bytes have no padding.
        private var phaseCode = 0
        var phase: Phase {
            get { Phase(rawValue: phaseCode) ?? .none }
            set { phaseCode = newValue.rawValue }
        }
        /// Pair and row that are next.
        var first = 0
        var second = 1
        var row = 0
        var best = (first: 0, second: 1, distance: Double.infinity)
    }

    init(slots: Int, like memory: Factor, _ carver: inout Carver) {
        self.slots = slots
        width = memory.width
        outputs = memory.outputs
        ridge = memory.ridge
        stored = carver.carve(Float.self, slots * (Factor.packed(width) + width * outputs))
        weights = carver.carve(Real.self, slots * width * outputs)
        numbers = carver.carve(Int32.self, slots)
        masses = carver.carve(Double.self, slots)
        evidence = carver.carve(Double.self, slots)
        onsets = carver.carve(Int32.self, slots)
        lost = carver.carve(Double.self, 2 * slots)
        areFresh = carver.carve(Bool.self, slots)
    }

    mutating func reset() {
        numbers.update(repeating: -1, count: slots)
        areFresh.update(repeating: false, count: slots)
        forgetEvidence()
        work = Work()
    }

    /// Regimes that are kept.
    var count: Int {
        var n = 0
        for s in 0..<slots where numbers[s] >= 0 { n += 1 }
        return n
    }

    func number(_ slot: Int) -> Int { Int(numbers[slot]) }
    func mass(_ slot: Int) -> Double { masses[slot] }
    func isUsed(_ slot: Int) -> Bool { numbers[slot] >= 0 }
    /// Whether the regime can be asked: two that are being merged sleep meanwhile.
    func isAwake(_ slot: Int) -> Bool {
        isUsed(slot) && !(work.phase == .merging && (slot == work.best.first || slot == work.best.second))
    }
    var freeSlot: Int? {
        for s in 0..<slots where numbers[s] < 0 { return s }
        return nil
    }

    // MARK: Evidence

    func forgetEvidence() {
        evidence.update(repeating: 0, count: slots)
        onsets.update(repeating: 0, count: slots)
        lost.update(repeating: 0, count: 2 * slots)
    }

    /// Wᵀz of a regime, the first `active` outputs.
    func predict(_ slot: Int, _ latent: UnsafePointer<Real>, width n: Int, into said: UnsafeMutablePointer<Real>, active: Int, _ scratch: Scratch) {
        if !areFresh[slot] { refresh(slot, scratch) }
        said.update(repeating: 0, count: active)
        let w = weights + slot * width * outputs
        for i in 0..<n { RowKernels.axpy(latent[i], w + i * outputs, said, active) }
    }

    /// Takes in the log-losses of the head, and of a regime that would have been asked in its place.
    func note(_ slot: Int, head: Double, regime: Double) {
        guard head.isFinite, regime.isFinite else { return }
        evidence[slot] += min(max(head - regime, -Self.cut), Self.cut) - Self.margin
        onsets[slot] += 1
        lost[2 * slot] += head
        lost[2 * slot + 1] += regime
        if evidence[slot] <= 0 {
            (evidence[slot], onsets[slot]) = (0, 0)
            (lost[2 * slot], lost[2 * slot + 1]) = (0, 0)
        }
    }

    /// The regime with the most evidence, and the labels since it began; nil where there is none. Less wrong than a head that is
    /// confidently wrong is not enough: a regime that explains has lost less than half of what the head has.
    var best: (slot: Int, evidence: Double, onset: Int)? {
        var found: (slot: Int, evidence: Double, onset: Int)?
        for s in 0..<slots where isAwake(s) && 2 * lost[2 * s + 1] < lost[2 * s] && evidence[s] > found?.evidence ?? 0 { found = (s, evidence[s], Int(onsets[s])) }
        return found
    }

    // MARK: Storing

    private func base(_ slot: Int) -> UnsafeMutablePointer<Float> { stored + slot * (Factor.packed(width) + width * outputs) }

    /// Freezes a memory into a slot.
    func store(_ memory: Factor, number: Int, mass: Double, in slot: Int) {
        keep(memory, in: slot)
        numbers[slot] = Int32(number)
        masses[slot] = mass
    }

    private func keep(_ memory: Factor, in slot: Int) {
        let out = base(slot)
        let packed = Factor.packed(width)
        for i in 0..<packed { out[i] = Float(memory.r[i]) }
        for i in 0..<(width * outputs) { out[packed + i] = Float(memory.z[i]) }
        areFresh[slot] = false
    }

    /// Makes a memory what a regime was.
    func load(_ slot: Int, into memory: Factor) {
        let from = base(slot)
        let packed = Factor.packed(width)
        for i in 0..<packed { memory.r[i] = Real(from[i]) }
        for i in 0..<(width * outputs) { memory.z[i] = Real(from[packed + i]) }
    }

    func clear(_ slot: Int) { numbers[slot] = -1 }

    /// Whether a stored regime has rows whose target was 1 in this output.
    func holds(_ output: Int) -> Bool {
        for slot in 0..<slots where isUsed(slot) && base(slot)[0] * base(slot)[Factor.packed(width) + output] > 1e-6 { return true }
        return false
    }

    /// All regimes are gone, with their bytes.
    mutating func erase() {
        stored.update(repeating: 0, count: slots * (Factor.packed(width) + width * outputs))
        weights.update(repeating: 0, count: slots * width * outputs)
        reset()
    }

    private func refresh(_ slot: Int, _ scratch: Scratch) {
        let memory = scratch.factor(width: width, outputs: outputs, ridge: ridge)
        load(slot, into: memory)
        memory.weights(into: weights + slot * width * outputs, width: width)
        areFresh[slot] = true
    }

    // MARK: A full library

    var isMerging: Bool { work.phase != .none }

    /// What is kept has changed: when it is full, the nearest two are to become one, so that there is room for the next.
    mutating func makeRoom() {
        work = Work()
        if slots > 1, freeSlot == nil { work.phase = .comparing }
    }

    /// A slice of that work.
    mutating func advance(_ scratch: Scratch) {
        switch work.phase {
        case .none: break
        case .comparing: compare(scratch)
        case .merging: merge(scratch)
        }
    }

    private mutating func compare(_ scratch: Scratch) {
        let distance = distance(work.first, work.second, scratch) + distance(work.second, work.first, scratch)
        if distance < work.best.distance { work.best = (work.first, work.second, distance) }
        work.second += 1
        if work.second == slots {
            work.first += 1
            work.second = work.first + 1
        }
        guard work.second == slots else { return }
        work.phase = .merging
        work.row = 0
    }

    /// Mean squared difference of two regimes' predictions on the rows of the first: Σ dᵢ (UΔW)ᵢ² / n.
    private func distance(_ a: Int, _ b: Int, _ scratch: Scratch) -> Double {
        if !areFresh[a] { refresh(a, scratch) }
        if !areFresh[b] { refresh(b, scratch) }
        let memory = scratch.factor(width: width, outputs: outputs, ridge: ridge)
        load(a, into: memory)
        let (wa, wb) = (weights + a * width * outputs, weights + b * width * outputs)
        var total = 0.0
        for i in 0..<width {
            let row = memory.row(i)
            for k in 0..<outputs { scratch.prediction[k] = wa[i * outputs + k] - wb[i * outputs + k] }
            for j in (i + 1)..<max(width, i + 1) {
                RowKernels.axpy(row[j - i], wa + j * outputs, scratch.prediction, outputs)
                RowKernels.axpy(-row[j - i], wb + j * outputs, scratch.prediction, outputs)
            }
            total += Double(row[0] * RowKernels.dot(scratch.prediction, scratch.prediction, outputs))
        }
        return total / max(masses[a], 1)
    }

    private mutating func merge(_ scratch: Scratch) {
        let (a, b) = (work.best.first, work.best.second)
        let memory = scratch.factor(width: width, outputs: outputs, ridge: ridge)
        load(a, into: memory)
        let (packed, from) = (Factor.packed(width), base(b))
        let end = min(work.row + Self.slice, width)
        for i in work.row..<end {
            let row = from + (i * width - i * (i - 1) / 2)
            scratch.latent.update(repeating: 0, count: i)
            scratch.latent[i] = 1
            for j in (i + 1)..<max(width, i + 1) { scratch.latent[j] = Real(row[j - i]) }
            for k in 0..<outputs { scratch.target[k] = Real(from[packed + i * outputs + k]) }
            memory.append(scratch.latent, scratch.target, weight: Real(row[0]), width: width, outputs: outputs)
        }
        keep(memory, in: a)
        work.row = end
        guard end == width else { return }
        masses[a] += masses[b]
        // The merged regime goes on under the number that has seen more.
        if masses[b] > masses[a] - masses[b] { numbers[a] = numbers[b] }
        clear(b)
        evidence[a] = 0
        evidence[b] = 0
        work = Work()
    }

    mutating func archive(_ archive: inout Archive) {
        archive.array(stored, slots * (Factor.packed(width) + width * outputs))
        archive.array(numbers, slots)
        archive.array(masses, slots)
        archive.array(evidence, slots)
        archive.array(onsets, slots)
        archive.array(lost, 2 * slots)
        archive.scalar(&work)
        if archive.isReading { areFresh.update(repeating: false, count: slots) }
    }
}
