/// The episodic memory: a bounded number of labelled rows, as int8 latents with what became known of them.
///
/// Three lanes of slots in one store:
///
/// - `recent`: the newest rows, in a ring. What falls out of it is offered to the sample, so no row is in both.
/// - `sample`: a sample of everything older, by one of `SamplerKind`.
/// - `audit`: a tenth of the slots, for rows that no head ever learns: what a head says of them is a fair judge of it. The lane
///   is a uniform sample in itself, filled slowly: a row is withheld with probability min(1/128, slots/rows), the first 32
///   with 1/32, after the warm-up. So withholding costs less than one row in a hundred of the learning, ever less as time goes on.
///
/// A row comes in when its first label does (in a stream without labels, when it is predicted). Labels that come later find it
/// by its serial number. A latent is an `EpisodicLatent`: the scaled channels first, then what else helps a search; when the scaling is fitted anew, slots are encoded again
/// from the raw rows, which are all still kept during the warm-up.
///
/// Shapes: D numbers a latent, the first C of them the channels; of each label of the specification the row's own value and the newest that was delivered before the row
/// was predicted, float32, NaN while unknown, a class as its index.
/// Cost: a row D bytes written and, when it leaves the ring, D moved; a search reads at most `searchBytes`.
public struct Reservoir {
    /// Rows of the ring; with fewer bytes, half of the slots.
    static let recentRows = 1008
    /// Most bytes of latents that one search reads; what does not fit is searched in turn.
    static let searchBytes = 256 << 10
    static let searchRows = 8192
    /// Neighbours of a search.
    static let neighbours = 5
    private static let auditShare = 1.0 / 128
    /// Until there are so many rows to judge by, more are withheld.
    private static let firstShare = 1.0 / 32
    private static let firstAudits = 32
    private static let auditStream: UInt64 = 0x4155_4454

    /// D.
    public let width: Int
    let labels: Int
    /// Slots of the three lanes; whole blocks, in this order.
    let audit: Range<Int>
    let sample: Range<Int>
    let recent: Range<Int>
    private let warmUp: Int
    private let seed: UInt64
    let ring: Int
    /// The label whose classes the sample balances, −1 for none.
    let balancedLabel: Int

    var latents: LatentBlocks
    var sampler: Sampler
    /// Labels, and those before them; by blocks of 16 slots, label by label, as the latents are.
    let targets: UnsafeMutablePointer<Float>
    let befores: UnsafeMutablePointer<Float>
    let times: UnsafeMutablePointer<Double>
    let serials: UnsafeMutablePointer<Int>
    let regimes: UnsafeMutablePointer<Int32>
    let weights: UnsafeMutablePointer<Float>
    /// Of each pending row the slot that it is in, or −1.
    let whereabouts: UnsafeMutablePointer<Int32>
    /// Of the newest search: the nearest of ring and sample by their latents.
    let found: Neighbours
    /// Those of the ring alone by their latents, where labels are no numbers.
    let foundRecently: Neighbours
    /// More of the ring alone, by their latents and the newest labels before them.
    let around: Neighbourhood
    let ringOnly: Neighbours
    let composed: UnsafeMutablePointer<Float>
    let wantedLabel: UnsafeMutablePointer<Int>

    /// What new rows are marked with: the regime of the head that changed last.
    private(set) var regime = 0
    var recentNext = 0
    var recentCount = 0
    var auditCount = 0
    private var auditSeen = 0
    private var random: Random
    private var stale: Int

    /// Bytes of one slot.
    static func bytesPerSlot(width: Int, labels: Int, _ kind: SamplerKind) -> Int {
        LatentBlocks.bytes(width: width) + 2 * labels * MemoryLayout<Float>.stride + MemoryLayout<Double>.stride + MemoryLayout<Int>.stride
            + MemoryLayout<Int32>.stride + MemoryLayout<Float>.stride + Sampler.bytesPerSlot(kind)
    }

    /// - Parameter capacity: rows of the ring of pending latents.
    init(_ specification: Specification, capacity: Int, _ carver: inout Carver) {
        width = EpisodicLatent.width(specification)
        labels = specification.labels
        seed = specification.seed
        ring = capacity
        warmUp = specification.encoder.warmUp
        let kind = specification.memory.sampler ?? specification.memory.usual(specification.heads)
        var (balancedLabel, classes) = (-1, 0)
        for head in specification.heads {
            if case .classification(let label, let most) = head.kind, balancedLabel < 0 { (balancedLabel, classes) = (label, most) }
        }
        self.balancedLabel = balancedLabel
        let block = LatentBlocks.block
        let bytes = specification.memory.keepsSamples ? specification.memory.reservoirBytes : 0
        let blocks = bytes / (block * Self.bytesPerSlot(width: width, labels: labels, kind))
        // One for each lane at least, or none at all.
        let whole = blocks < 3 ? 0 : blocks
        let recentBlocks = min(Self.recentRows / block, whole / 2)
        let auditBlocks = (whole + 9) / 10
        audit = 0..<(auditBlocks * block)
        sample = audit.upperBound..<((whole - recentBlocks) * block)
        recent = sample.upperBound..<(whole * block)
        latents = LatentBlocks(width: width, slots: whole * block, &carver)
        sampler = Sampler(
            kind, slots: sample.count, classes: classes, halfLife: specification.memory.halfLife, seed: specification.seed, &carver)
        targets = carver.carve(Float.self, whole * block * labels)
        befores = carver.carve(Float.self, whole * block * labels)
        times = carver.carve(Double.self, whole * block)
        serials = carver.carve(Int.self, whole * block)
        regimes = carver.carve(Int32.self, whole * block)
        weights = carver.carve(Float.self, whole * block)
        whereabouts = carver.carve(Int32.self, whole > 0 ? capacity : 0)
        found = Neighbours(capacity: Self.neighbours, &carver)
        foundRecently = Neighbours(capacity: Self.neighbours, &carver)
        var hasNumbers = false
        for head in specification.heads { if case .regression = head.kind { hasNumbers = true } }
        around = Neighbourhood(capacity: LocalRidge.neighbours, of: hasNumbers ? recentBlocks : 0, &carver)
        ringOnly = Neighbours(capacity: Self.neighbours, &carver)
        composed = carver.carve(Float.self, width)
        wantedLabel = carver.carve(Int.self, 1)
        random = Random(seed: seed, stream: Self.auditStream)
        stale = whole * block
    }

    mutating func reset() {
        latents.reset()
        sampler.reset()
        if slots > 0 { whereabouts.update(repeating: -1, count: ring) }
        (regime, recentNext, recentCount, auditCount, auditSeen) = (0, 0, 0, 0, 0)
        random = Random(seed: seed, stream: Self.auditStream)
        stale = slots
        found.clear()
        foundRecently.clear()
        around.clear()
    }

    func cell(_ slot: Int, _ label: Int) -> Int {
        (slot / LatentBlocks.block * labels + label) * LatentBlocks.block + slot % LatentBlocks.block
    }

    // MARK: What is in it

    /// All slots, taken or not.
    var slots: Int { recent.upperBound }
    /// Rows that are kept, of all lanes.
    public var count: Int { auditCount + sampler.taken + recentCount }

    /// Whether no lane claims more rows than it has room for; what was read from a file may.
    var isSound: Bool {
        (0...audit.count).contains(auditCount) && (0...sample.count).contains(sampler.taken) && (0...recent.count).contains(recentCount)
            && (0..<max(recent.count, 1)).contains(recentNext)
    }
    /// Rows that no head has learned.
    public var auditedRows: Int { auditCount }
    /// All slots, taken or not; and each lane with its own.
    public var slotCount: Int { slots }
    public var lanes: [(name: StaticString, slots: Range<Int>)] { [("audit", audit), ("sample", sample), ("recent", recent)] }
    /// Rows that heads may learn from.
    public var learnableCount: Int { sampler.taken + recentCount }

    /// Whether a slot holds a row.
    public func isTaken(_ slot: Int) -> Bool {
        if audit.contains(slot) { return slot < auditCount }
        if sample.contains(slot) { return slot - sample.lowerBound < sampler.taken }
        return slot - recent.lowerBound < recentCount
    }

    /// Writes a slot's latent, `width` numbers, each within half a step of what it was; the first C are the scaled channels.
    public func latent(_ slot: Int, into out: UnsafeMutablePointer<Float>) { latents.read(slot, into: out) }
    /// Stream time of the row.
    public func time(_ slot: Int) -> Double { times[slot] }
    /// A label of the row, by its index in the specification; NaN while unknown, a class as its index.
    public func label(_ slot: Int, _ index: Int) -> Float { targets[cell(slot, index)] }
    /// The newest value of that label that had been delivered when the row was predicted; NaN for none.
    public func labelBefore(_ slot: Int, _ index: Int) -> Float { befores[cell(slot, index)] }
    /// The row's number in order of prediction.
    func serial(_ slot: Int) -> Int { serials[slot] }
    public func regime(_ slot: Int) -> Int { Int(regimes[slot]) }
    /// How much a row counts; 1 unless it was marked.
    public func weight(_ slot: Int) -> Float { weights[slot] }
    func mark(_ slot: Int, weight: Float) { weights[slot] = weight }
    /// Another regime began with a row: it and what came after it are marked, and what will come. Cost: a look at each slot.
    mutating func enter(regime: Int, from serial: Int) {
        self.regime = regime
        for slot in 0..<slots where latents.isTaken(slot) && serials[slot] >= serial { regimes[slot] = Int32(truncatingIfNeeded: regime) }
    }

    // MARK: Taking in

    /// Whether a row is to be withheld from all learning. Asked once a row, when its first label comes.
    private mutating func draws(_ serial: Int) -> Bool {
        guard serial >= warmUp, !audit.isEmpty else { return false }
        auditSeen += 1
        let share = auditCount < Self.firstAudits ? Self.firstShare : Self.auditShare
        return random.uniform() < min(share, Double(audit.count) / Double(auditSeen))
    }

    /// Whether a row is not yet in it. One that has gone again before its next label comes in as new: rows wait as long as labels do.
    func wants(_ serial: Int) -> Bool { slots > 0 && find(serial) == nil }

    /// Takes in the row that the encoder holds. True when it is withheld: then no head may learn it.
    mutating func admit(_ serial: Int, time: Double, _ encoder: Encoder) -> Bool {
        EpisodicLatent.compose(encoder, width: width, into: composed)
        return admit(serial, time: time, composed)
    }

    mutating func admit(_ serial: Int, time: Double, _ latent: UnsafePointer<Float>) -> Bool {
        if draws(serial) {
            let slot = auditCount < audit.count ? auditCount : random.below(audit.count)
            if auditCount < audit.count { auditCount += 1 } else { forget(slot) }
            write(serial, time, latent, into: slot)
            return true
        }
        write(serial, time, latent, into: nextOfRing())
        return false
    }

    /// Makes room for the newest row.
    private mutating func nextOfRing() -> Int {
        let slot = recent.lowerBound + recentNext
        if recentCount == recent.count { handOver(slot) } else { recentCount += 1 }
        recentNext = recentNext + 1 == recent.count ? 0 : recentNext + 1
        return slot
    }

    private func write(_ serial: Int, _ time: Double, _ latent: UnsafePointer<Float>, into slot: Int, isPending: Bool = true) {
        latents.write(latent, into: slot)
        for j in 0..<labels { (targets[cell(slot, j)], befores[cell(slot, j)]) = (.nan, .nan) }
        times[slot] = time
        serials[slot] = serial
        regimes[slot] = Int32(truncatingIfNeeded: regime)
        weights[slot] = 1
        if isPending { whereabouts[serial % ring] = Int32(slot) }
    }

    /// The oldest row of the ring goes to the sample, or nowhere.
    private mutating func handOver(_ slot: Int) {
        var category = -1
        if balancedLabel >= 0 {
            let name = label(slot, balancedLabel)
            if name.isFinite { category = Int(name) }
        }
        guard let place = sampler.place(category: category) else {
            forget(slot)
            return
        }
        let to = sample.lowerBound + place
        if latents.isTaken(to) { forget(to) }
        copy(slot, to: to)
    }

    /// A row is found in another slot from now on.
    func copy(_ slot: Int, to: Int) {
        latents.copy(slot, to: to)
        for j in 0..<labels {
            targets[cell(to, j)] = targets[cell(slot, j)]
            befores[cell(to, j)] = befores[cell(slot, j)]
        }
        (times[to], serials[to], regimes[to], weights[to]) = (times[slot], serials[slot], regimes[slot], weights[slot])
        if whereabouts[serials[slot] % ring] == Int32(slot) { whereabouts[serials[slot] % ring] = Int32(to) }
    }

    private func forget(_ slot: Int) {
        if whereabouts[serials[slot] % ring] == Int32(slot) { whereabouts[serials[slot] % ring] = -1 }
    }

    /// The slot of a row, if it is kept and still among the pending ones.
    private func find(_ serial: Int) -> Int? {
        let slot = Int(whereabouts[serial % ring])
        return slot >= 0 && serials[slot] == serial ? slot : nil
    }

    /// A label of a row that was taken in; the first one counts.
    ///
    /// - Parameter before: the newest value of it that had been delivered when the row was predicted, NaN for none.
    mutating func learn(_ serial: Int, label: Int, _ value: Float, before: Float = .nan) {
        guard slots > 0, let slot = find(serial), targets[cell(slot, label)].isNaN else { return }
        targets[cell(slot, label)] = value
        befores[cell(slot, label)] = before
    }

    /// A label of these rows is believed no longer: what it said of them is gone. Cost: a look at each slot.
    func distrust(_ rows: Range<Int>, label: Int) {
        for slot in 0..<slots where isTaken(slot) && rows.contains(serials[slot]) { targets[cell(slot, label)] = .nan }
    }

    // MARK: Moving

    /// Of the section of a snapshot.
    static let version: UInt32 = 1

    /// Whether another one's section could be this one's, but for rings of pending rows.
    func hasLayout(of other: Reservoir) -> Bool {
        width == other.width && labels == other.labels && audit == other.audit && sample == other.sample && recent == other.recent
            && balancedLabel == other.balancedLabel && sampler.kind == other.sampler.kind && sampler.classes == other.sampler.classes
    }

    /// Takes the rows of another reservoir, lane by lane, in their order.
    ///
    /// - Parameter labels: of each of its labels the index here.
    ///
    /// The sample is drawn anew from what the other one's was: it stands for what that had seen, as far as slots go round.
    mutating func take(from other: Reservoir, labels: [Int?], oldest: Int) {
        guard slots > 0, other.width == width else { return }
        let balanced = balancedLabel >= 0 ? labels.firstIndex(of: balancedLabel) : nil
        for slot in other.audit where other.isTaken(slot) && auditCount < audit.count {
            move(slot, of: other, labels, to: auditCount, oldest)
            auditCount += 1
        }
        auditSeen = other.auditSeen
        for slot in other.sample where other.isTaken(slot) {
            let name = balanced.map { other.label(slot, $0) } ?? .nan
            guard let place = sampler.place(category: name.isFinite ? Int(name) : -1) else { continue }
            move(slot, of: other, labels, to: sample.lowerBound + place, oldest)
        }
        for i in 0..<other.recentCount {
            let slot = other.recent.lowerBound + (other.layout.oldest + i) % other.recent.count
            move(slot, of: other, labels, to: nextOfRing(), oldest)
        }
        (regime, random, stale) = (other.regime, other.random, other.isWhole ? slots : 0)
    }

    private func move(_ from: Int, of other: Reservoir, _ labels: [Int?], to: Int, _ oldest: Int) {
        other.latents.read(from, into: composed)
        write(other.serials[from], other.times[from], composed, into: to, isPending: other.serials[from] >= oldest)
        for (j, place) in labels.enumerated() {
            guard let here = place else { continue }
            (targets[cell(to, here)], befores[cell(to, here)]) = (other.label(from, j), other.labelBefore(from, j))
        }
        (regimes[to], weights[to]) = (other.regimes[from], other.weights[from])
    }

    /// Rows that were copied out, to be pasted elsewhere.
    struct CopiedRows {
        fileprivate var latents: [[Float]] = []
        fileprivate var labels: [[(own: Float, before: Float)]] = []
        fileprivate var facts: [(time: Double, serial: Int, regime: Int32, weight: Float)] = []

        init(_ reservoir: Reservoir, _ slots: [Int]) {
            for slot in slots {
                var latent = [Float](repeating: 0, count: reservoir.width)
                latent.withUnsafeMutableBufferPointer { reservoir.latents.read(slot, into: $0.baseAddress!) }
                latents.append(latent)
                labels.append((0..<reservoir.labels).map { (reservoir.label(slot, $0), reservoir.labelBefore(slot, $0)) })
                facts.append((reservoir.times[slot], reservoir.serials[slot], reservoir.regimes[slot], reservoir.weights[slot]))
            }
        }
    }

    static let mergeStream: UInt64 = 0x4D45_5247

    func paste(_ rows: CopiedRows, _ row: Int, to slot: Int) {
        rows.latents[row].withUnsafeBufferPointer { latents.write($0.baseAddress!, into: slot) }
        for (j, value) in rows.labels[row].enumerated() { (targets[cell(slot, j)], befores[cell(slot, j)]) = (value.own, value.before) }
        (times[slot], serials[slot], regimes[slot], weights[slot]) = rows.facts[row]
    }

    /// A row of another reservoir, under a number of ours; labels as `convert` says.
    func adopt(_ from: Int, of other: Reservoir, serial: Int, to slot: Int, _ convert: (Int, Float) -> Float) {
        other.latents.read(from, into: composed)
        latents.write(composed, into: slot)
        for j in 0..<labels {
            (targets[cell(slot, j)], befores[cell(slot, j)]) = (convert(j, other.label(from, j)), convert(j, other.labelBefore(from, j)))
        }
        (times[slot], serials[slot], regimes[slot], weights[slot]) = (other.times[from], serial, 0, other.weights[from])
    }

    /// Lets go of a slot.
    func release(_ slot: Int) { forget(slot) }

    /// Rows that heads may learn from and of which these labels are known.
    public func rows(knowing wanted: [Int]) -> Int {
        var rows = 0
        for slot in sample.lowerBound..<recent.upperBound where isTaken(slot) {
            var knows = true
            for index in wanted where label(slot, index).isNaN { knows = false }
            rows += knows ? 1 : 0
        }
        return rows
    }

    /// The serial number after the newest of its rows.
    var end: Int {
        var end = 0
        for slot in 0..<slots where isTaken(slot) { end = max(end, serials[slot] + 1) }
        return end
    }

    /// How many slots of sample and ring are taken, and where in the ring the oldest row is.
    var layout: (sampled: Int, recent: Int, oldest: Int) {
        (sampler.taken, recentCount, recentCount == recent.count ? recentNext : 0)
    }

    // MARK: A new scaling

    /// The encoder was fitted anew: every slot is to be encoded again.
    mutating func fit() { stale = 0 }

    /// The next slot that is to be encoded again and the row in it, oldest slot first; nil when there is none.
    mutating func nextStale(_ pending: PendingLatents) -> (slot: Int, serial: Int)? {
        while stale < slots {
            let slot = stale
            stale += 1
            if isTaken(slot), serials[slot] >= pending.oldest { return (slot, serials[slot]) }
        }
        return nil
    }

    func rewrite(_ slot: Int, _ encoder: Encoder) {
        EpisodicLatent.compose(encoder, width: width, into: composed)
        latents.write(composed, into: slot)
    }

    /// Whether all latents are by the newest scaling.
    var isWhole: Bool { stale >= slots }

    /// Lets the encoder hold a kept row again, each number within half a step of what it was.
    func recall(_ slot: Int, into encoder: Encoder) {
        latents.read(slot, into: composed)
        EpisodicLatent.recall(composed, width: width, into: encoder)
    }

    mutating func archive(_ archive: inout Archive) {
        latents.archive(&archive)
        sampler.archive(&archive)
        archive.array(targets, slots * labels)
        archive.array(befores, slots * labels)
        archive.array(times, slots)
        archive.array(serials, slots)
        archive.array(regimes, slots)
        archive.array(weights, slots)
        if slots > 0 { archive.ring(whereabouts, ring) }
        archive.scalar(&regime)
        archive.scalar(&recentNext)
        archive.scalar(&recentCount)
        archive.scalar(&auditCount)
        archive.scalar(&auditSeen)
        random.archive(&archive)
        archive.scalar(&stale)
    }
}
