/// Which configs a device has been given, which of them is in force, and how it may come back from it: a pure state machine.
///
/// One document is *good*: it has shown that it runs. A *candidate* may stand beside it, staged or on probation; it ends as the good one, or
/// as a refusal. What was good before is kept for a way back. Nothing here knows files or clocks: `ConfigVault` keeps it on disk, where
/// one rename moves it from one state to the next, so a device that loses power is in one of them and never between.
///
/// ```swift
/// guard case .fresh = ledger.verdict(on: document) else { … }      // a replay is no push
/// ledger.begin(document, confirmWithin: 120)                       // on probation
/// ledger.confirm(at: now)                                          // it is the good one
/// ```
///
/// Invariant: `seen` never falls, and is at least every revision here; so what was refused once comes back under a higher number only.
public struct ConfigLedger: Equatable, Sendable {
    public enum Origin: String, Sendable, CaseIterable {
        /// The file on the device.
        case local
        case pushed
    }

    /// One config, whole; its text lies in a slot of the vault.
    public struct Document: Equatable, Sendable {
        public var revision: UInt64
        /// Of the text.
        public var hash: Fingerprint
        public var origin: Origin
        /// Whose key signed it; empty: nobody's.
        public var signer: String
        public var slot: Int

        public init(revision: UInt64, hash: Fingerprint, origin: Origin, signer: String = "", slot: Int = 0) {
            self.revision = revision
            self.hash = hash
            self.origin = origin
            self.signer = signer
            self.slot = slot
        }
    }

    public enum Stage: String, Sendable, CaseIterable {
        /// Checked and kept, not in force.
        case staged
        /// In force, and not yet the good one.
        case probation
    }

    public struct Candidate: Equatable, Sendable {
        public var document: Document
        public var stage: Stage
        /// Seconds in which somebody must confirm; 0: its health alone decides.
        public var confirmWithin: Int
    }

    public enum Outcome: String, Sendable, CaseIterable {
        case applied
        case rolledBack = "rolled_back"
        case rejected
    }

    /// What became of a document.
    public struct Record: Equatable, Sendable {
        /// Seconds since the epoch, by the device's clock.
        public var time: Int64
        public var revision: UInt64
        public var hash: Fingerprint
        public var outcome: Outcome
        public var signer: String
        /// Why it was refused; empty for one that was applied.
        public var reason: String
    }

    /// The newest that are remembered.
    public static let mostRecords = 16
    /// Slots for documents: the file's own, the good one, the one before it, a candidate, and one to write to.
    public static let slots = 5
    /// Starts in a row that may end without having lasted.
    public static let mostBoots = 3

    /// The largest revision that was ever taken up.
    public private(set) var seen: UInt64
    /// The file on the device, as it was when it was last taken.
    public private(set) var local: Document
    public private(set) var good: Document
    /// What was good before.
    public private(set) var previous: Document?
    public private(set) var candidate: Candidate?
    /// Oldest first.
    public private(set) var records: [Record]
    /// Starts of what is in force that have not lasted, the present one among them; 0: the last one ended in order.
    public private(set) var boots: Int

    /// A device that knows nothing but its own file.
    public init(local: Document) {
        self.init(seen: local.revision, local: local, good: local, previous: nil, candidate: nil, records: [], boots: 0)
    }

    init(
        seen: UInt64, local: Document, good: Document, previous: Document?, candidate: Candidate?, records: [Record], boots: Int
    ) {
        self.seen = seen
        self.local = local
        self.good = good
        self.previous = previous
        self.candidate = candidate
        self.records = records
        self.boots = boots
    }

    /// What the device runs by.
    public var inForce: Document {
        if let candidate, candidate.stage == .probation { return candidate.document }
        return good
    }

    public var isOnProbation: Bool { candidate?.stage == .probation }

    /// A slot that holds nothing which is still needed.
    public var freeSlot: Int {
        let used = [local.slot, good.slot, previous?.slot, candidate?.document.slot]
        guard let free = (0..<Self.slots).first(where: { !used.contains($0) }) else { preconditionFailure("four documents in \(Self.slots) slots") }
        return free
    }

    // MARK: What may come

    public enum Verdict: Equatable, Sendable {
        /// It was never seen.
        case fresh
        /// It is the good one already.
        case isGood
        /// It is the candidate already.
        case isCandidate(Stage)
        /// It was tried, and refused for this reason; it is not tried again.
        case wasRefused(Record)
        /// Its revision, or a higher one, was used.
        case isOld
    }

    public func verdict(revision: UInt64, hash: Fingerprint) -> Verdict {
        func isIt(_ document: Document) -> Bool { document.revision == revision && document.hash == hash }
        if let candidate, isIt(candidate.document) { return .isCandidate(candidate.stage) }
        let newest = records.last { $0.revision == revision && $0.hash == hash }
        if isIt(good), newest?.outcome != .rejected { return .isGood }
        if let newest, newest.outcome != .applied { return .wasRefused(newest) }
        return revision > seen ? .fresh : .isOld
    }

    // MARK: What becomes of it

    /// It came, and cannot be had.
    public mutating func reject(_ document: Document, _ reason: String, at time: Int64) {
        seen = max(seen, document.revision)
        note(document, .rejected, reason, at: time)
    }

    /// It came, and waits to be put in force; one that waited before waits no more.
    public mutating func stage(_ document: Document) {
        precondition(!isOnProbation, "revision \(document.revision) comes while another is on probation")
        seen = max(seen, document.revision)
        candidate = Candidate(document: document, stage: .staged, confirmWithin: 0)
    }

    /// It is in force from now on, until it is confirmed or rolled back.
    public mutating func begin(_ document: Document, confirmWithin: Int) {
        precondition(!isOnProbation, "revision \(document.revision) comes while another is on probation")
        seen = max(seen, document.revision)
        candidate = Candidate(document: document, stage: .probation, confirmWithin: confirmWithin)
        boots = 1
    }

    /// What is on probation is the good one.
    public mutating func confirm(at time: Int64) {
        guard let candidate, candidate.stage == .probation else { preconditionFailure("there is nothing on probation") }
        previous = good
        good = candidate.document
        self.candidate = nil
        note(good, .applied, "", at: time)
    }

    /// The candidate is taken back, and not tried again.
    public mutating func rollBack(_ reason: String, at time: Int64) {
        guard let candidate else { preconditionFailure("there is no candidate") }
        self.candidate = nil
        boots = 0
        note(candidate.document, .rolledBack, reason, at: time)
    }

    /// The good one is taken back for the one before it; false: there is none.
    public mutating func rollBackGood(_ reason: String, at time: Int64) -> Bool {
        guard candidate == nil, let former = previous else { return false }
        note(good, .rolledBack, reason, at: time)
        good = former
        previous = nil
        boots = 0
        return true
    }

    /// The file on the device was changed by hand: it is in force at once, over whatever was pushed before.
    public mutating func takeLocal(_ hash: Fingerprint, slot: Int, at time: Int64) {
        if let candidate {
            self.candidate = nil
            note(candidate.document, .rolledBack, "the file on the device was changed meanwhile", at: time)
        }
        seen += 1
        local = Document(revision: seen, hash: hash, origin: .local, slot: slot)
        previous = good
        good = local
        boots = 0
        note(local, .applied, "", at: time)
    }

    // MARK: Starts and ends

    /// What a start finds that it must not go on with.
    public enum Relapse: Equatable, Sendable {
        /// The process ended while its config was on probation.
        case diedOnProbation
        /// It has ended too often, too soon.
        case crashLoop
    }

    /// What is wrong with what is in force, before it is tried again; nil: nothing.
    public var relapse: Relapse? {
        if isOnProbation, boots > 0 { return .diedOnProbation }
        if candidate?.stage != .probation, good.origin == .pushed, previous != nil, boots >= Self.mostBoots { return .crashLoop }
        return nil
    }

    /// Whether starts are counted: of a device's own file there is no way back.
    public var countsBoots: Bool { isOnProbation || (good.origin == .pushed && previous != nil) }

    public mutating func noteStart() { boots += 1 }

    /// It has lasted, or ends in order.
    public mutating func noteLasting() { boots = 0 }

    private mutating func note(_ document: Document, _ outcome: Outcome, _ reason: String, at time: Int64) {
        if records.count == Self.mostRecords { records.removeFirst() }
        records.append(
            Record(
                time: time, revision: document.revision, hash: document.hash, outcome: outcome, signer: document.signer,
                reason: String(reason.prefix(2000))))
    }
}
