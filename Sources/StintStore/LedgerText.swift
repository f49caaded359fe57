/// A ledger as it lies on disk: one line for each fact, tabs between the fields, and a checksum of it all at the end.
///
/// Whoever writes the folder can write this file, checksum and all: it is there for accidents.
enum LedgerText {
    private static let title = "stint-config-ledger 1"

    static func write(_ ledger: ConfigLedger) -> String {
        var lines = [title, "seen\t\(ledger.seen)", "boots\t\(ledger.boots)"]
        lines.append("local\t" + fields(ledger.local))
        lines.append("good\t" + fields(ledger.good))
        if let previous = ledger.previous { lines.append("previous\t" + fields(previous)) }
        if let candidate = ledger.candidate {
            lines.append("candidate\t\(candidate.stage.rawValue)\t\(candidate.confirmWithin)\t" + fields(candidate.document))
        }
        for record in ledger.records {
            let facts = "record\t\(record.time)\t\(record.revision)\t\(record.hash.hexadecimal)\t\(record.outcome.rawValue)"
            lines.append(facts + "\t" + escaped(record.signer) + "\t" + escaped(record.reason))
        }
        let text = lines.reduce("") { $0 + $1 + "\n" }
        return text + "sum\t\(Fingerprint(of: text).hexadecimal)\n"
    }

    /// nil: damaged, or of a later version.
    static func read(_ bytes: UnsafeRawBufferPointer) -> ConfigLedger? {
        guard let whole = String(validating: bytes, as: UTF8.self) else { return nil }
        let lines = whole.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count > 5, lines.last == "", lines.first == title[...] else { return nil }
        let text = lines.dropLast(2).reduce("") { $0 + $1 + "\n" }
        guard lines[lines.count - 2] == "sum\t\(Fingerprint(of: text).hexadecimal)" else { return nil }
        var seen: UInt64?, boots: Int?, local: ConfigLedger.Document?, good: ConfigLedger.Document?
        var previous: ConfigLedger.Document?, candidate: ConfigLedger.Candidate?, records: [ConfigLedger.Record] = []
        for line in lines.dropFirst().dropLast(2) {
            let fields = line.split(separator: "\t", omittingEmptySubsequences: false)
            switch fields[0] {
            case "seen": seen = fields.count == 2 ? UInt64(fields[1]) : nil
            case "boots": boots = fields.count == 2 ? Int(fields[1]) : nil
            case "local": local = document(fields.dropFirst())
            case "good": good = document(fields.dropFirst())
            case "previous":
                guard let it = document(fields.dropFirst()) else { return nil }
                previous = it
            case "candidate":
                guard fields.count > 3, let stage = ConfigLedger.Stage(rawValue: String(fields[1])), let within = Int(fields[2]),
                    let it = document(fields.dropFirst(3))
                else { return nil }
                candidate = ConfigLedger.Candidate(document: it, stage: stage, confirmWithin: within)
            case "record":
                guard fields.count == 7, let time = Int64(fields[1]), let revision = UInt64(fields[2]), let hash = Fingerprint(hexadecimal: fields[3]),
                    let outcome = ConfigLedger.Outcome(rawValue: String(fields[4])), records.count < ConfigLedger.mostRecords
                else { return nil }
                records.append(
                    ConfigLedger.Record(
                        time: time, revision: revision, hash: hash, outcome: outcome, signer: unescaped(fields[5]), reason: unescaped(fields[6])))
            default: return nil
            }
        }
        guard let seen, let boots, let local, let good, boots >= 0 else { return nil }
        return ConfigLedger(seen: seen, local: local, good: good, previous: previous, candidate: candidate, records: records, boots: boots)
    }

    private static func fields(_ document: ConfigLedger.Document) -> String {
        "\(document.revision)\t\(document.hash.hexadecimal)\t\(document.origin.rawValue)\t\(document.slot)\t" + escaped(document.signer)
    }

    private static func document(_ fields: ArraySlice<Substring>) -> ConfigLedger.Document? {
        let fields = Array(fields)
        guard fields.count == 5, let revision = UInt64(fields[0]), let hash = Fingerprint(hexadecimal: fields[1]),
            let origin = ConfigLedger.Origin(rawValue: String(fields[2])), let slot = Int(fields[3]), (0..<ConfigLedger.slots).contains(slot)
        else { return nil }
        return ConfigLedger.Document(revision: revision, hash: hash, origin: origin, signer: unescaped(fields[4]), slot: slot)
    }

    private static func escaped(_ text: String) -> String {
        var out = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": out += "\\\\"
            case "\n": out += "\\n"
            case "\t": out += "\\t"
            case "\r": out += "\\r"
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }

    private static func unescaped(_ text: Substring) -> String {
        var out = "", isEscaped = false
        for scalar in text.unicodeScalars {
            if isEscaped {
                switch scalar {
                case "n": out += "\n"
                case "t": out += "\t"
                case "r": out += "\r"
                default: out.unicodeScalars.append(scalar)
                }
                isEscaped = false
            } else if scalar == "\\" {
                isEscaped = true
            } else {
                out.unicodeScalars.append(scalar)
            }
        }
        return out
    }
}

extension Fingerprint {
    /// From 64 hexadecimal digits.
    public init?(hexadecimal text: some StringProtocol) {
        guard text.utf8.count == 2 * Self.count else { return nil }
        var bytes: [UInt8] = [], high: UInt8?
        for digit in text.utf8 {
            let value: UInt8
            switch digit {
            case 0x30...0x39: value = digit - 0x30
            case 0x61...0x66: value = digit - 0x57
            default: return nil
            }
            if let first = high {
                bytes.append(first << 4 | value)
                high = nil
            } else {
                high = value
            }
        }
        self = bytes.withUnsafeBytes { Fingerprint($0) }
    }
}
