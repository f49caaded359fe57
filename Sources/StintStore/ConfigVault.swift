/// Where a device keeps its configs: a folder with a ledger and the few documents that it names.
///
/// ```swift
/// let vault = ConfigVault(folder: "/var/lib/stint/config")
/// let found = vault.load()
/// var ledger = found.ledger ?? …
/// let document = try vault.put(text, for: ledger, …)   // a document that nobody names yet
/// ledger.begin(document, confirmWithin: 0)
/// try vault.commit(ledger)                             // from here on it is the candidate
/// ```
///
/// A document is on disk before the ledger names it, and the ledger is replaced by a rename: killed or cut from power anywhere, a device
/// finds the old ledger or the new one, with all the documents that it names. There are `ConfigLedger.slots` files for documents, and a new one goes
/// to a slot that the ledger does not name; so nothing is ever left over, and nothing needs to be swept up.
public struct ConfigVault {
    public let folder: String
    private let disk: Disk

    public init(folder: String, disk: Disk = Disk()) {
        self.folder = folder
        self.disk = disk
    }

    public struct Found {
        /// nil: there is none, or it is no ledger.
        public var ledger: ConfigLedger?
        /// What could not be read, one sentence each.
        public var notes: [String] = []
        /// It is there and no good: set aside before another is written.
        public var isDamaged = false
    }

    public func load() -> Found {
        var found = Found()
        do throws(DiskError) {
            let bytes = try disk.read(path)
            defer { bytes.deallocate() }
            found.ledger = LedgerText.read(UnsafeRawBufferPointer(bytes))
            if found.ledger == nil {
                found.isDamaged = true
                found.notes.append("\(path): damaged: no ledger of configs; the device goes on with its own file")
            }
        } catch {
            if !error.isMissing { found.notes.append("\(error)") }
        }
        return found
    }

    /// Keeps a ledger that is damaged for whoever wants to look at it.
    public func setAside() { try? disk.rename(path, to: path + ".bad") }

    /// The text of a document, as it was put there.
    ///
    /// - Throws: it cannot be read, or is not what its hash says.
    public func text(of document: ConfigLedger.Document) throws(StateError) -> [UInt8] {
        let path = slot(document.slot)
        let text: [UInt8]
        do throws(DiskError) {
            let bytes = try disk.read(path)
            defer { bytes.deallocate() }
            text = Array(bytes)
        } catch {
            throw .disk(error)
        }
        guard text.withUnsafeBytes({ Fingerprint(of: $0) }) == document.hash else { throw .badChecksum(path: path, part: "config") }
        return text
    }

    /// Writes a text to a slot that a ledger does not need.
    public func put(_ text: [UInt8], in slot: Int) throws(DiskError) {
        try disk.makeFolder(folder)
        let path = self.slot(slot)
        let failure: DiskError? = text.withUnsafeBytes { bytes in
            do throws(DiskError) {
                try disk.write([bytes], to: path)
                return nil
            } catch {
                return error
            }
        }
        if let failure { throw failure }
    }

    /// Makes a ledger the one that the next start finds.
    public func commit(_ ledger: ConfigLedger) throws(DiskError) {
        try disk.makeFolder(folder)
        var text = LedgerText.write(ledger)
        let failure: DiskError? = text.withUTF8 { bytes in
            do throws(DiskError) {
                try disk.write([UnsafeRawBufferPointer(bytes)], to: path)
                return nil
            } catch {
                return error
            }
        }
        if let failure { throw failure }
    }

    private var path: String { folder + "/ledger" }
    private func slot(_ number: Int) -> String { folder + "/\(number).toml" }

    // MARK: The state before a push

    /// What was learned before a config with other heads came into force, for the way back.
    public var formerState: String { folder + "/before.state" }

    /// Keeps a state file under a second name.
    public func keepState(_ path: String) throws(DiskError) {
        try disk.makeFolder(folder)
        try disk.link(path, to: formerState)
        try disk.syncFolder(of: formerState)
    }

    public func dropState() { try? disk.remove(formerState) }
}
