/// Where a state comes from: who began it, how often it was gone on from, and what was done to it on the way.
///
/// ```
/// born 1697040000250000000 "arm-07"
/// restores 12
/// merges 1
/// at 1697126400000000000 merged "arm-08" 5000, "arm-09" 6000
/// at 1697212800000000000 adopted "torque" kept, "surface" warmed from 2614 rows, "health" cold
/// ```
///
/// Text in the header of the file, so that it can be read without a learner. Bounded: of what was done, the newest `most` are kept.
public struct Lineage: Equatable, Sendable {
    /// Of the lines that tell what was done.
    public static let most = 16

    public struct Deed: Equatable, Sendable {
        /// Since the epoch, by the clock of whoever did it.
        public var nanoseconds: Int64
        public var text: String
    }

    /// Since the epoch; nil where an earlier format did not say.
    public var bornNanoseconds: Int64?
    /// `[device] id` where it began, or empty.
    public var birthplace = ""
    /// Starts that went on from a state of this life.
    public var restores = 0
    /// Times that states of others were merged into it.
    public var merges = 0
    public private(set) var deeds: [Deed] = []

    /// Of a state that nobody knows anything about.
    public init() {}

    /// Of a life that begins.
    public init(bornNanoseconds: Int64, birthplace: String) {
        self.bornNanoseconds = bornNanoseconds
        self.birthplace = birthplace
    }

    public mutating func note(_ text: String, at nanoseconds: Int64) {
        deeds.append(Deed(nanoseconds: nanoseconds, text: text.filter { $0 != "\n" }))
        if deeds.count > Self.most { deeds.removeFirst(deeds.count - Self.most) }
    }

    var text: String {
        var text = ""
        if let bornNanoseconds { text += "born \(bornNanoseconds) \(quoted(birthplace))\n" }
        text += "restores \(restores)\nmerges \(merges)\n"
        for deed in deeds { text += "at \(deed.nanoseconds) \(deed.text)\n" }
        return text
    }

    /// What is not understood is passed over: a later version may say more.
    init(text: String) {
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ", maxSplits: 2)
            guard words.count > 1 else { continue }
            switch words[0] {
            case "born":
                bornNanoseconds = Int64(words[1])
                birthplace = ShapeLine(line).quoted.first ?? ""
            case "restores": restores = Int(words[1]) ?? 0
            case "merges": merges = Int(words[1]) ?? 0
            case "at":
                guard let nanoseconds = Int64(words[1]), words.count > 2 else { continue }
                deeds.append(Deed(nanoseconds: nanoseconds, text: String(words[2])))
            default: break
            }
        }
    }
}
