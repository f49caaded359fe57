import StintConfig
import StintStore

/// The configs of a device while it runs: the ledger as the loop knows it, and the way to the disk.
///
/// There is one step at a time. It is written by a thread of its own, since flash that is tired holds an `fsync` for seconds; the loop goes on
/// by the old ledger until the new one is on disk. What does not get there did not happen, except a way back, which is taken at once
/// and written when it can be.
package final class ConfigKeeper {
    /// What is waiting for the disk.
    struct Job {
        /// Texts, and the slots that they go to.
        var puts: [(slot: Int, text: [UInt8])] = []
        var ledger: ConfigLedger
    }

    /// What the newest push, or look at the file, came to; told until the next one.
    struct Refusal {
        var revision: UInt64
        var hash: String
        var outcome: ConfigLedger.Outcome
        var reason: String
        var problems: [ConfigProblem] = []
        /// Of the file on the device, not of a push.
        var isOfFile = false
    }

    private(set) var ledger: ConfigLedger { didSet { changes &+= 1 } }
    /// Counts whatever can be told of it.
    private(set) var changes: UInt64 = 0
    /// The text of what the file on the device said when it was last taken.
    private(set) var local: [UInt8]
    var refusal: Refusal? { didSet { changes &+= 1 } }
    /// The state to go on from is the one before the config that was taken back.
    var takesBack: Bool
    /// Between two lives of the daemon in one process.
    var handover: Handover?

    struct Handover {
        let former: Launch
        let baseline: Probation.Baseline
    }

    /// What could not be written, and is to be tried again.
    private(set) var failing: DiskError? { didSet { changes &+= 1 } }
    /// Of pushes, since the start of the process.
    var counts = Counts() { didSet { changes &+= 1 } }
    let vault: ConfigVault
    private var writer: Errand<DiskError?>?
    private var job: Job?
    private let bell = Bell()
    private var retryDue: UInt64 = 0

    struct Counts {
        var received: UInt64 = 0
        var applied: UInt64 = 0
        var rejected: UInt64 = 0
        var rolledBack: UInt64 = 0
    }

    private static let retryPause: UInt64 = 5_000_000_000

    /// - Parameter owed: texts that are not in the vault yet.
    init(_ ledger: ConfigLedger, local: [UInt8], _ vault: ConfigVault, owed: [(slot: Int, text: [UInt8])], isNew: Bool, hasRelapsed: Bool) {
        self.ledger = ledger
        self.local = local
        self.vault = vault
        takesBack = hasRelapsed
        self.owed = owed
        isDirty = isNew
    }

    deinit { _ = writer?.wait() }

    /// Texts and a ledger that the disk does not have.
    private var owed: [(slot: Int, text: [UInt8])]
    private(set) var isDirty: Bool

    private var isCounted = false

    /// Readable when the disk has answered.
    var doneDescriptor: Int32 { bell.fileDescriptor }
    var isWriting: Bool { writer != nil }

    /// At a start, once the folder is ours: what was settled before is written before anything is said to be so.
    func settle(_ surroundings: Surroundings) {
        // Once in a process, however often it makes its daemon anew.
        if ledger.countsBoots, !isCounted, !ledger.isOnProbation {
            ledger.noteStart()
            isDirty = true
        }
        isCounted = true
        guard isDirty else { return }
        let error = Self.write(Job(puts: owed, ledger: ledger), vault)
        note(error, surroundings)
        if error == nil { (owed, isDirty) = ([], false) }
    }

    /// Sends a step to the disk; it is in force when `finish` says so.
    func begin(_ ledger: ConfigLedger, put text: [UInt8]? = nil, in slot: Int = 0) {
        precondition(writer == nil, "one step at a time")
        var job = Job(puts: owed, ledger: ledger)
        if let text { job.puts.append((slot, text)) }
        self.job = job
        let vault = vault
        let made = Errand(done: bell.writer) { Self.write(job, vault) }
        writer = made
        made.start()
    }

    /// A step that is in force whatever the disk says; it is told as soon as it can be.
    func force(_ ledger: ConfigLedger) {
        self.ledger = ledger
        isDirty = true
    }

    /// The file on the device was taken: this is what it says.
    func takeLocal(_ text: [UInt8], at time: Int64) {
        var next = ledger
        let slot = next.freeSlot
        next.takeLocal(text.withUnsafeBytes { Fingerprint(of: $0) }, slot: slot, at: time)
        owed.append((slot, text))
        local = text
        force(next)
    }

    /// What came of the step; nil if there was none.
    func finish(_ surroundings: Surroundings) -> Result<ConfigLedger, DiskError>? {
        guard let writer, let job else { return nil }
        let error = writer.wait()
        self.writer = nil
        self.job = nil
        bell.silence()
        note(error, surroundings)
        if let error {
            // The rename may have happened all the same: the old ledger is put back as soon as that is possible.
            isDirty = true
            return .failure(error)
        }
        owed = []
        isDirty = false
        ledger = job.ledger
        return .success(ledger)
    }

    /// What is on probation is given up, whatever the disk says.
    func noteRolledBack(_ reason: String, at time: Int64) {
        var next = ledger
        let document = next.inForce
        next.rollBack(reason, at: time)
        force(next)
        noteRefusal(of: document, reason)
    }

    /// What is told of a config that was taken back.
    func noteRefusal(of document: ConfigLedger.Document, _ reason: String) {
        counts.rolledBack += 1
        refusal = Refusal(revision: document.revision, hash: document.hash.hexadecimal, outcome: .rolledBack, reason: reason)
    }

    /// The daemon cannot go on by what is on probation. - Returns: by what it can; nil: nothing is on probation.
    package func retreat(_ reason: String, _ surroundings: Surroundings) -> Launch? {
        guard ledger.isOnProbation, let handover else { return nil }
        surroundings.say("revision \(ledger.inForce.revision) is rolled back: \(reason)")
        noteRolledBack(reason, at: Int64(surroundings.wallTime()))
        takesBack = true
        self.handover = nil
        return handover.former
    }

    /// Whether something is owed to the disk, and it is time to try.
    func isDue(_ now: UInt64) -> Bool { isDirty && writer == nil && now >= retryDue }

    /// When it is; nil: nothing is owed.
    var due: UInt64? { isDirty && writer == nil ? retryDue : nil }

    /// It has lasted, or ends in order.
    func noteLasting() {
        guard ledger.boots > 0, !ledger.isOnProbation else { return }
        var next = ledger
        next.noteLasting()
        force(next)
    }

    /// To the end of what is under way, and of what is owed; at the end of the process.
    func close(_ surroundings: Surroundings) {
        _ = finish(surroundings)
        if isDirty { note(Self.write(Job(puts: owed, ledger: ledger), vault), surroundings) }
    }

    private func note(_ error: DiskError?, _ surroundings: Surroundings) {
        if let error {
            retryDue = surroundings.monotonic() + Self.retryPause
            if failing != error { surroundings.say("configs cannot be kept: \(error); going on, and trying again") }
        } else if failing != nil {
            surroundings.say("configs are kept again, in \(vault.folder)")
        }
        failing = error
    }

    private static func write(_ job: Job, _ vault: ConfigVault) -> DiskError? {
        do throws(DiskError) {
            for put in job.puts { try vault.put(put.text, in: put.slot) }
            try vault.commit(job.ledger)
            return nil
        } catch {
            return error
        }
    }
}
