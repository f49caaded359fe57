import Testing

@testable import StintStore

/// A document of its own for each number.
func document(_ revision: UInt64, _ text: String? = nil, slot: Int = 0, origin: ConfigLedger.Origin = .pushed) -> ConfigLedger.Document {
    ConfigLedger.Document(
        revision: revision, hash: Fingerprint(of: text ?? "config \(revision)"), origin: origin, signer: origin == .pushed ? "anna" : "", slot: slot)
}

@Suite struct ConfigLedgerTests {
    private var ledger: ConfigLedger { ConfigLedger(local: document(0, "file", origin: .local)) }

    private func verdict(_ ledger: ConfigLedger, _ document: ConfigLedger.Document) -> ConfigLedger.Verdict {
        ledger.verdict(revision: document.revision, hash: document.hash)
    }

    @Test("what is confirmed is good, and what was good before is the way back")
    func applied() {
        var ledger = ledger
        #expect(verdict(ledger, document(3)) == .fresh)
        ledger.begin(document(3, slot: 1), confirmWithin: 0)
        #expect(ledger.inForce == document(3, slot: 1) && ledger.good.revision == 0 && verdict(ledger, document(3)) == .isCandidate(.probation))
        ledger.confirm(at: 10)
        #expect(ledger.inForce == document(3, slot: 1) && ledger.previous?.revision == 0 && ledger.candidate == nil)
        #expect(verdict(ledger, document(3)) == .isGood)
        #expect(ledger.records.map(\.outcome) == [.applied])
    }

    @Test("what was refused or taken back is not tried again under its revision, and is under a higher one")
    func refused() {
        var ledger = ledger
        ledger.reject(document(1), "no head", at: 1)
        ledger.begin(document(2, slot: 1), confirmWithin: 60)
        ledger.rollBack("worse", at: 2)
        for revision in [1, 2] as [UInt64] {
            guard case .wasRefused(let record) = verdict(ledger, document(revision)) else {
                Issue.record("revision \(revision) would be tried again")
                continue
            }
            #expect(record.reason == (revision == 1 ? "no head" : "worse"))
        }
        #expect(verdict(ledger, document(3, "config 2")) == .fresh)
        #expect(ledger.inForce.revision == 0)
    }

    @Test("a revision that was seen is old for every other text, also after its record is forgotten")
    func replayed() {
        var ledger = ledger
        for revision in 1...UInt64(2 * ConfigLedger.mostRecords) { ledger.reject(document(revision), "no", at: 0) }
        #expect(ledger.records.count == ConfigLedger.mostRecords)
        for revision in 0...UInt64(2 * ConfigLedger.mostRecords) { #expect(verdict(ledger, document(revision, "other")) == .isOld) }
        #expect(verdict(ledger, document(1)) == .isOld)
        #expect(verdict(ledger, document(UInt64(2 * ConfigLedger.mostRecords) + 1)) == .fresh)
    }

    @Test("an operator's way back from a good config goes one step, and the config that he took back is not tried again")
    func backwards() {
        var ledger = ledger
        ledger.begin(document(1, slot: 1), confirmWithin: 0)
        ledger.confirm(at: 1)
        let isBack = ledger.rollBackGood("an operator said so", at: 2)
        #expect(isBack && ledger.inForce.revision == 0 && ledger.previous == nil)
        guard case .wasRefused = verdict(ledger, document(1)) else {
            Issue.record("it would be tried again")
            return
        }
        let isFurther = ledger.rollBackGood("again", at: 3)
        #expect(!isFurther)
    }

    @Test("a file that was changed by hand goes before all that was pushed, under a revision of its own")
    func local() {
        var ledger = ledger
        ledger.begin(document(7, slot: 1), confirmWithin: 0)
        ledger.takeLocal(Fingerprint(of: "new file"), slot: 2, at: 5)
        #expect(ledger.inForce.origin == .local && ledger.inForce.revision == 8 && ledger.candidate == nil && ledger.seen == 8)
        #expect(ledger.records.map(\.outcome) == [.rolledBack, .applied])
    }

    @Test("the end of a process on probation is a relapse, and so are three starts of a pushed config that do not last")
    func relapse() {
        var ledger = ledger
        ledger.begin(document(1, slot: 1), confirmWithin: 0)
        #expect(ledger.relapse == .diedOnProbation)
        ledger.confirm(at: 0)
        ledger.noteLasting()
        for _ in 0..<ConfigLedger.mostBoots {
            #expect(ledger.relapse == nil)
            ledger.noteStart()
        }
        #expect(ledger.relapse == .crashLoop)
        ledger.noteLasting()
        #expect(ledger.relapse == nil)
        // Of the device's own file there is no way back.
        var own = self.ledger
        for _ in 0..<10 { own.noteStart() }
        #expect(own.relapse == nil && !own.countsBoots)
    }

    @Test("over any sequence of steps: there is a free slot, seen never falls, and the text of a ledger reads back to it")
    func anySequence() throws {
        var state: UInt64 = 1
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        var ledger = ledger
        for step in 0..<20_000 {
            let seen = ledger.seen, next = document(seen + UInt64(random(3)), "text \(step)", slot: ledger.freeSlot)
            switch random(7) {
            case 0: ledger.reject(next, "reason\twith\n\\lines \(step)", at: Int64(step))
            case 1 where !ledger.isOnProbation: ledger.stage(next)
            case 2 where !ledger.isOnProbation: ledger.begin(next, confirmWithin: random(100))
            case 3 where ledger.isOnProbation: ledger.confirm(at: Int64(step))
            case 4 where ledger.candidate != nil: ledger.rollBack("worse", at: Int64(step))
            case 5: _ = ledger.rollBackGood("back", at: Int64(step))
            case 6 where random(4) == 0: ledger.takeLocal(Fingerprint(of: "local \(step)"), slot: ledger.freeSlot, at: Int64(step))
            default: ledger.noteStart()
            }
            #expect(ledger.seen >= seen && ledger.inForce.revision <= ledger.seen)
            let documents = [ledger.good, ledger.previous, ledger.candidate?.document].compactMap { $0 } + [ledger.local]
            for one in documents { for other in documents where one.hash != other.hash { #expect(one.slot != other.slot) } }
            #expect((0..<ConfigLedger.slots).contains(ledger.freeSlot))
            if step % 16 == 0 {
                let text = LedgerText.write(ledger)
                #expect(Array(text.utf8).withUnsafeBytes { LedgerText.read($0) } == ledger)
            }
        }
    }

    @Test("a ledger that is cut at any byte, or has any bit flipped, is none")
    func damage() {
        var ledger = ledger
        ledger.begin(document(1, slot: 1), confirmWithin: 5)
        let text = Array(LedgerText.write(ledger).utf8)
        for count in 0..<text.count { #expect(Array(text[..<count]).withUnsafeBytes { LedgerText.read($0) } == nil) }
        for bit in 0..<8 * text.count {
            var damaged = text
            damaged[bit / 8] ^= 1 << UInt8(bit % 8)
            if damaged.withUnsafeBytes({ LedgerText.read($0) }) != nil { Issue.record("bit \(bit)") }
        }
    }
}
