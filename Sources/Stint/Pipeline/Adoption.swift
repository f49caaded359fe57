/// The learner that a snapshot is of, as one with another config sees it. Both have the same encoder: their latents mean the same.
public struct FormerLearner {
    public let specification: Specification
    /// Rows that it has lived.
    public let steps: UInt64
    /// Of each of our heads the one that was the same in every respect; nil: none was.
    public let heads: [Int?]
    /// Of each of its labels what it is here; nil: nothing.
    public let labels: [Int?]

    public init(_ specification: Specification, steps: UInt64, heads: [Int?], labels: [Int?]) {
        precondition(labels.count == specification.labels, "\(labels.count) labels are given for a learner with \(specification.labels)")
        self.specification = specification
        self.steps = steps
        self.heads = heads
        self.labels = labels
    }
}

/// What became of a head when a state was taken over under another config, or from another version.
public enum HeadFate: Equatable, Sendable {
    /// It goes on, bit by bit.
    case kept
    /// It begins anew, and learns from so many rows of the reservoir.
    case warmed(rows: Int)
    /// It begins anew.
    case cold
}

/// What became of a state.
public struct Adoption: Equatable, Sendable {
    public var heads: [HeadFate]
    /// Rows of the reservoir that came over, and that there were.
    public var rows: (kept: Int, were: Int) = (0, 0)

    public init(heads: [HeadFate], rows: (kept: Int, were: Int) = (0, 0)) {
        self.heads = heads
        self.rows = rows
    }

    public static func == (a: Adoption, b: Adoption) -> Bool { a.heads == b.heads && a.rows == b.rows }
}

extension LearnerState {
    /// Takes in the snapshot of a learner with another config, section by section: what lies as it does here goes on bit by bit, rings of
    /// another length move over row by row, the reservoir is drawn anew where its slots are others, and a head that is not to be
    /// had learns from the reservoir what that knows of its labels.
    ///
    /// - Returns: nil where the bytes are damaged, or the encoder itself is not to be had: then nothing that was learned means anything.
    mutating func adopt(_ bytes: UnsafeRawBufferPointer, from former: FormerLearner, _ specification: Specification) -> Adoption? {
        guard Archive.isWhole(bytes) else { return nil }
        var rings = Archive.Rings(capacity: former.specification.ringCapacity, next: 0)
        let rows = former.specification.memory.keepsSamples ? (keepsSamples ? Archive.Rows.kept : .skipped) : .absent
        guard Archive.take("ENCO", 0, version: StateVersion.encoder, of: bytes, rings: nil, rows: rows, { encoder.archive(&$0) }) else { return nil }
        if !Archive.take("STRM", 0, version: StateVersion.stream, of: bytes, rings: nil, rows: rows, { archiveStream(&$0) }) { steps = former.steps }
        if !Archive.take("LIFE", 0, version: StateVersion.life, of: bytes, rings: nil, { $0.scalar(&firstTime) }) { firstTime = -.infinity }
        let hasPending = Archive.take("PEND", 0, version: StateVersion.pending, of: bytes, rings: rings, rows: rows) { pending.archive(&$0) }
        // Until it is frozen, the encoder hangs on rows that only the ring has.
        guard hasPending || encoder.isFrozen else { return nil }
        rings.next = pending.next
        let adopted = adoptReservoir(bytes, former, rings)
        if !hasPending {
            // Later than any row that is kept, or that a head has heard of: a step is one row at most.
            pending.goOn(from: max(reservoir.end, Int(min(steps, 1 << 52))) + pending.capacity)
            rings.next = 0
        }
        return Adoption(heads: adoptHeads(bytes, former, specification, rings, rows), rows: adopted)
    }

    private mutating func adoptReservoir(
        _ bytes: UnsafeRawBufferPointer, _ former: FormerLearner, _ rings: Archive.Rings
    ) -> (kept: Int, were: Int) {
        var isSame = former.labels.count == reservoir.labels
        for (label, here) in former.labels.enumerated() where here != label { isSame = false }
        if isSame, reservoir.isLaidOut(as: former.specification) {
            let isTaken = Archive.take("RSVR", 0, version: Reservoir.version, of: bytes, rings: rings) { reservoir.archive(&$0) }
            if isTaken, reservoir.isSound { return (reservoir.count, reservoir.count) }
            if isTaken { reservoir.reset() }
            return (0, 0)
        }
        guard keepsSamples else { return (0, 0) }
        // As it was laid out before, over memory of its own; no more of it than the snapshot can fill.
        var counter = Carver()
        _ = Reservoir(former.specification, capacity: former.specification.ringCapacity, &counter)
        guard counter.carved <= 2 * bytes.count + 1 << 16 else { return (0, 0) }
        let arena = Arena(bytes: counter.carved)
        var carver = Carver(over: arena)
        var kept = Reservoir(former.specification, capacity: former.specification.ringCapacity, &carver)
        kept.reset()
        guard Archive.take("RSVR", 0, version: Reservoir.version, of: bytes, rings: nil, { kept.archive(&$0) }), kept.isSound else { return (0, 0) }
        reservoir.take(from: kept, labels: former.labels, oldest: pending.oldest)
        return (reservoir.count, kept.count)
    }

    private mutating func adoptHeads(
        _ bytes: UnsafeRawBufferPointer, _ former: FormerLearner, _ specification: Specification, _ rings: Archive.Rings, _ rows: Archive.Rows
    ) -> [HeadFate] {
        var fates: [HeadFate] = []
        var (regressions, classifications, anomalies) = (0, 0, 0)
        // A row that a shorter ring has lost has not left the longer one as rows do.
        let isSameRing = rings.capacity == pending.capacity && rings.next > 0
        for (index, head) in specification.heads.enumerated() {
            let place = index < former.heads.count ? former.heads[index] : nil
            let ordinal = place.map { former.specification.ordinal($0) } ?? .max
            switch head.kind {
            case .regression(let targets):
                let i = regressions
                regressions += 1
                if Archive.take("REGR", ordinal, version: StateVersion.regression, of: bytes, rings: rings, rows: rows, { regression[i].archive(&$0) }) {
                    _ = Archive.take("RLIB", ordinal, version: StateVersion.regimes, of: bytes, rings: nil) { regression[i].regimes.archive(&$0) }
                    _ = Archive.take("RTXN", ordinal, version: StateVersion.transaction, of: bytes, rings: rings, rows: rows) { regression[i].transaction.archive(&$0) }
                    if !isSameRing || !Archive.take("RSEG", ordinal, version: StateVersion.segments, of: bytes, rings: rings, rows: rows, { regression[i].segments.archive(&$0) }) {
                        regression[i].segments.mix(until: newestTime, from: -.infinity, rows: Double(regression[i].vectors))
                    }
                    fates.append(.kept)
                } else {
                    fates.append(warm(regression: i, targets))
                }
            case .classification(let label, _):
                let i = classifications
                classifications += 1
                if Archive.take("NAME", ordinal, version: StateVersion.names, of: bytes, rings: nil, { classification[i].classes.archive(&$0) }),
                    Archive.take("CLSS", ordinal, version: StateVersion.classification, of: bytes, rings: rings, rows: rows, { classification[i].archive(&$0) })
                {
                    _ = Archive.take("CLIB", ordinal, version: StateVersion.regimes, of: bytes, rings: nil) { classification[i].regimes.archive(&$0) }
                    _ = Archive.take("CTXN", ordinal, version: StateVersion.transaction, of: bytes, rings: rings, rows: rows) { classification[i].transaction.archive(&$0) }
                    if !isSameRing || !Archive.take("CSEG", ordinal, version: StateVersion.segments, of: bytes, rings: rings, rows: rows, { classification[i].segments.archive(&$0) }) {
                        classification[i].segments.mix(until: newestTime, from: -.infinity, rows: classification[i].regimes.mass)
                    }
                    fates.append(.kept)
                } else {
                    fates.append(warm(classification: i, label, bytes, former))
                }
            case .anomaly:
                let i = anomalies
                anomalies += 1
                let isTaken = Archive.take("ANOM", ordinal, version: StateVersion.anomaly, of: bytes, rings: rings, rows: rows) { anomaly[i].archive(&$0) }
                fates.append(isTaken ? .kept : .cold)
            }
            // The detector's memory is of the head that it watches.
            if fates.last == .kept, let place {
                _ = Archive.take("DRFT", place, version: StateVersion.drift, of: bytes, rings: nil) { drift[index].archive(&$0) }
            }
        }
        if twoSample != nil { _ = Archive.take("TWOS", 0, version: StateVersion.twoSample, of: bytes, rings: nil, rows: rows) { twoSample?.archive(&$0) } }
        return fates
    }

    private mutating func warm(regression i: Int, _ targets: [Int]) -> HeadFate {
        let rows = reservoir.rows(knowing: targets)
        guard encoder.isFrozen, rows >= RegressionHead.firstFit else { return .cold }
        regression[i].beginRehearsal(reservoir, pending)
        return .warmed(rows: rows)
    }

    /// The names of its classes are those of a head that had the same label: by them the reservoir's indices mean something.
    private mutating func warm(classification i: Int, _ label: Int, _ bytes: UnsafeRawBufferPointer, _ former: FormerLearner) -> HeadFate {
        classification[i].classes.reset()
        let rows = reservoir.rows(knowing: [label])
        guard encoder.isFrozen, rows > 0 else { return .cold }
        for (index, head) in former.specification.heads.enumerated() {
            guard case .classification(let taught, let classes) = head.kind, former.labels[taught] == label else { continue }
            var counter = Carver()
            _ = ClassTable(capacity: classes, &counter)
            let arena = Arena(bytes: counter.carved)
            var carver = Carver(over: arena)
            var names = ClassTable(capacity: classes, &carver)
            names.reset()
            let ordinal = former.specification.ordinal(index)
            guard Archive.take("NAME", ordinal, version: StateVersion.names, of: bytes, rings: nil, { names.archive(&$0) }) else { continue }
            classification[i].beginRehearsal(reservoir, pending, names: names)
            withExtendedLifetime(arena) {}
            return .warmed(rows: rows)
        }
        return .cold
    }
}

extension Specification {
    /// Rows of the rings: those that may wait for a label, and those of the warm-up.
    var ringCapacity: Int { max(pending, encoder.warmUp + 64) }

    /// How many heads of its kind come before a head: that is where its sections lie.
    fileprivate func ordinal(_ head: Int) -> Int {
        var count = 0
        for before in heads[..<head] {
            switch (before.kind, heads[head].kind) {
            case (.regression, .regression), (.classification, .classification), (.anomaly, .anomaly): count += 1
            default: break
            }
        }
        return count
    }
}

extension Reservoir {
    /// Whether slots, labels and classes lie as they would for another specification.
    fileprivate func isLaidOut(as specification: Specification) -> Bool {
        var counter = Carver()
        let other = Reservoir(specification, capacity: 1, &counter)
        return hasLayout(of: other)
    }
}
