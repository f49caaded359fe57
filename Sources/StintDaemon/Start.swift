import StintConfig
import StintStore

/// By which config a process begins: the file on the device, what was pushed since, or the last one that was good.
///
/// Nothing is written here: another process may hold the folder.
package struct Start {
    package let launch: Launch
    package let keeper: ConfigKeeper

    /// - Parameter stateHint: where the state lies if the file cannot even tell that.
    /// - Throws: there is nothing to go by.
    package init(_ run: Arguments.Run, _ surroundings: Surroundings, stateHint: String?, disk: Disk = Disk()) throws(Failure) {
        var file: Launch?, refusal: LaunchRefusal?
        do throws(LaunchRefusal) { file = try Launch(file: run) } catch { refusal = error }
        let text = (try? Launch.read(run.configPath)) ?? []
        guard let folder = run.stateFolder ?? file?.config.state.directory ?? Config.stateFolder(of: text) ?? stateHint else {
            throw refusal?.failure ?? .refused("\(run.configPath): there is no state.directory")
        }
        let vault = ConfigVault(folder: folder + "/config", disk: disk)
        let found = vault.load()
        for note in found.notes { surroundings.say(note) }
        guard var ledger = found.ledger else {
            guard let file else { throw refusal?.failure ?? .refused("\(run.configPath) is refused") }
            if found.isDamaged { vault.setAside() }
            let ledger = ConfigLedger(local: ConfigLedger.Document(revision: 0, hash: file.hash, origin: .local))
            launch = file
            keeper = ConfigKeeper(ledger, local: file.text, vault, owed: [(0, file.text)], isNew: true, hasRelapsed: false)
            return
        }
        let now = Int64(surroundings.wallTime())
        var owed: [(slot: Int, text: [UInt8])] = [], isChanged = false, hasRelapsed = false
        if let file, file.hash != ledger.local.hash {
            let slot = ledger.freeSlot
            ledger.takeLocal(file.hash, slot: slot, at: now)
            owed.append((slot, file.text))
            launch = file
            keeper = ConfigKeeper(ledger, local: file.text, vault, owed: owed, isNew: true, hasRelapsed: false)
            return
        }
        let local: [UInt8]
        if let file { local = file.text } else {
            do throws(StateError) { local = try vault.text(of: ledger.local) } catch {
                surroundings.say("\(error)")
                throw refusal?.failure ?? .refused("\(run.configPath) is refused")
            }
        }
        switch ledger.relapse {
        case nil: break
        case .diedOnProbation:
            let reason = "the process ended while it was on probation"
            surroundings.say("revision \(ledger.inForce.revision) is rolled back: \(reason)")
            ledger.rollBack(reason, at: now)
            (isChanged, hasRelapsed) = (true, true)
        case .crashLoop:
            let reason = "\(ledger.boots) starts in a row ended before they had lasted a minute"
            surroundings.say("revision \(ledger.inForce.revision) is rolled back: \(reason)")
            _ = ledger.rollBackGood(reason, at: now)
            (isChanged, hasRelapsed) = (true, true)
        }
        // What was good may be none any more: a guard that was tightened, a calibration that is gone, another version of this program.
        var chosen: Launch?
        while chosen == nil {
            do throws(LaunchRefusal) {
                chosen = try Self.launch(ledger.good, ledger, file, local, vault, run)
            } catch {
                let reason = error.failure.description
                surroundings.say("\(reason)\nstintd: revision \(ledger.good.revision) cannot be had any more")
                isChanged = true
                if ledger.rollBackGood(reason, at: now) { continue }
                guard let file else { throw refusal?.failure ?? .refused(reason) }
                let slot = ledger.freeSlot
                ledger.takeLocal(file.hash, slot: slot, at: now)
                owed.append((slot, file.text))
                chosen = file
            }
        }
        guard let chosen else { preconditionFailure("there is a config or there was an end") }
        launch = chosen
        keeper = ConfigKeeper(ledger, local: local, vault, owed: owed, isNew: isChanged, hasRelapsed: hasRelapsed)
        if let refusal {
            surroundings.say("\(refusal.failure)\nstintd: \(run.configPath) is refused; going on with the last good config, revision \(ledger.good.revision)")
            keeper.refusal = ConfigKeeper.Refusal(
                revision: ledger.seen, hash: text.withUnsafeBytes { Fingerprint(of: $0) }.hexadecimal, outcome: .rejected,
                reason: "\(refusal.failure)", problems: refusal.problems, isOfFile: true)
        } else if let record = ledger.records.last, record.outcome != .applied, ledger.candidate == nil {
            // It was told before the start, and is told again: who pushed may not have heard it.
            keeper.refusal = ConfigKeeper.Refusal(
                revision: record.revision, hash: record.hash.hexadecimal, outcome: record.outcome, reason: record.reason)
        }
    }

    private static func launch(
        _ document: ConfigLedger.Document, _ ledger: ConfigLedger, _ file: Launch?, _ local: [UInt8], _ vault: ConfigVault, _ run: Arguments.Run
    ) throws(LaunchRefusal) -> Launch {
        if let file, document.hash == file.hash, document.origin == .local { return file }
        let text: [UInt8]
        do throws(StateError) { text = try vault.text(of: document) } catch { throw LaunchRefusal("\(error)", at: "config") }
        if document.origin == .local { return try Launch(local: text, run) }
        let rules: PushRules
        if let file { rules = file.rules } else { rules = try Launch(local: local, run).rules }
        return try Launch(pushed: text, revision: document.revision, local: local, rules, run)
    }
}
