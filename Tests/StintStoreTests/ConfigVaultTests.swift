import Testing

@testable import StintStore
#if canImport(Glibc)
import Glibc
#else
import Musl
#endif

/// A disk of a process that is killed, or loses its power, at the Nth operation.
private final class Cut {
    private let folder: Folder
    private var left: Int
    private(set) var wasMade = false
    private var isFolderSynced = true
    private var isWritten = false
    private var durable: [String: [UInt8]] = [:]

    init(_ folder: Folder, at operation: Int) {
        self.folder = folder
        left = operation
        durable = files
    }

    func fault(_ operation: Disk.Operation) -> Int32? {
        if wasMade { return EIO }
        if isFolderSynced { durable = files }
        isFolderSynced = operation == .syncFolder
        if operation == .create { isWritten = true }
        if operation == .sync { isWritten = false }
        left -= 1
        if left == 0 {
            wasMade = true
            return EIO
        }
        return nil
    }

    private var files: [String: [UInt8]] {
        var files: [String: [UInt8]] = [:]
        for name in folder.names { files[name] = (try? folder.bytes(name)) ?? [] }
        return files
    }

    /// Killed; killed with bytes that no fsync has seen lost; and what the folder's last fsync made sure of.
    var aftermaths: [[String: [UInt8]]] {
        let done = files
        var torn = done
        if isWritten { for name in done.keys where durable[name] != done[name] { torn[name] = [] } }
        return [done, torn, durable]
    }
}

@Suite struct ConfigVaultTests {
    private func text(_ document: ConfigLedger.Document) -> [UInt8] { Array("config \(document.revision)".utf8) }

    /// A vault that knows a file and a good push.
    private func prepared(_ folder: Folder) throws -> ConfigLedger {
        let vault = ConfigVault(folder: folder.path)
        var ledger = ConfigLedger(local: document(0, "config 0", origin: .local))
        try vault.put(Array("config 0".utf8), in: 0)
        try vault.commit(ledger)
        let pushed = document(1, slot: ledger.freeSlot)
        try vault.put(text(pushed), in: pushed.slot)
        ledger.begin(pushed, confirmWithin: 0)
        ledger.confirm(at: 0)
        try vault.commit(ledger)
        return ledger
    }

    /// What a push does to the disk, step by step; the ledgers that it goes through.
    private func push(_ ledger: ConfigLedger, _ vault: ConfigVault, _ end: Int, _ through: inout [ConfigLedger]) throws {
        var ledger = ledger
        let pushed = document(2, slot: ledger.freeSlot)
        try vault.put(text(pushed), in: pushed.slot)
        if end == 0 {
            ledger.reject(pushed, "no", at: 0)
        } else if end == 1 {
            ledger.stage(pushed)
            try vault.commit(ledger)
            through.append(ledger)
            ledger.begin(pushed, confirmWithin: 9)
        } else {
            ledger.begin(pushed, confirmWithin: 0)
        }
        try vault.commit(ledger)
        through.append(ledger)
        if end == 2 { ledger.confirm(at: 0) } else if end == 3 { ledger.rollBack("worse", at: 0) } else { return }
        try vault.commit(ledger)
        through.append(ledger)
    }

    @Test("killed or cut from power at every operation of a push, a device finds the old ledger or the new one, with every text that it names", arguments: 0..<4)
    func everyOperation(_ end: Int) throws {
        var operation = 1
        while true {
            let folder = Folder()
            let old = try prepared(folder)
            let cut = Cut(folder, at: operation)
            var through = [old]
            let isDone = (try? push(old, ConfigVault(folder: folder.path, disk: Disk(fault: cut.fault)), end, &through)) != nil
            guard cut.wasMade else {
                #expect(isDone)
                break
            }
            // What it was about to write when it was cut may be there, and nothing but that.
            var whole = [old]
            try push(old, ConfigVault(folder: Folder().path), end, &whole)
            let possible = whole.prefix(through.count + 1).suffix(2)
            for files in cut.aftermaths {
                let place = Folder()
                for (name, bytes) in files { try place.put(bytes, name) }
                let vault = ConfigVault(folder: place.path), found = vault.load()
                #expect(found.notes.isEmpty && possible.contains { $0 == found.ledger }, "operation \(operation): \(String(describing: found.ledger))")
                let ledger = found.ledger ?? old
                for document in [ledger.local, ledger.good, ledger.previous, ledger.candidate?.document].compactMap({ $0 }) {
                    #expect((try? vault.text(of: document)) == text(document), "operation \(operation), revision \(document.revision)")
                }
                // And it goes on from there.
                var next = ledger
                if !next.isOnProbation {
                    let later = ConfigLedger.Document(revision: 9, hash: Fingerprint(of: "config 9"), origin: .pushed, slot: next.freeSlot)
                    try vault.put(text(later), in: later.slot)
                    next.begin(later, confirmWithin: 0)
                    try vault.commit(next)
                    #expect(vault.load().ledger == next)
                }
            }
            operation += 1
        }
        #expect(operation > 8)
    }

    @Test("a text that is not what its hash says is not taken, and a ledger that is none is said to be so")
    func damage() throws {
        let folder = Folder(), ledger = try prepared(folder), vault = ConfigVault(folder: folder.path)
        try folder.put(Array("config 8".utf8), "\(ledger.good.slot).toml")
        #expect((try? vault.text(of: ledger.good)) == nil)
        try folder.put([1, 2, 3], "ledger")
        let found = vault.load()
        #expect(found.ledger == nil && found.isDamaged && found.notes.count == 1)
        vault.setAside()
        #expect(folder.names.contains("ledger.bad") && vault.load().notes.isEmpty)
    }

    @Test("any fault of any operation leaves what was there, and is told")
    func everyFault() throws {
        for operation in 1...11 {
            let folder = Folder(), old = try prepared(folder)
            var left = operation
            let disk = Disk { _ in
                left -= 1
                return left == 0 ? ENOSPC : nil
            }
            var through: [ConfigLedger] = []
            let vault = ConfigVault(folder: folder.path, disk: disk)
            #expect(throws: DiskError.self) { try push(old, vault, 9, &through) }
            let found = ConfigVault(folder: folder.path).load().ledger
            // The last step, the folder's fsync, may fail when the new ledger lies there already.
            #expect(found == old || (operation == 11 && found?.isOnProbation == true), "operation \(operation)")
        }
    }
}
