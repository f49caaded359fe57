import Stint

/// The memory plan as text: what takes how much.
public struct PlanTable {
    private let plan: Plan
    private let heads: [String]

    public init(_ plan: Plan, _ assembly: Assembly) {
        self.plan = plan
        heads = assembly.heads.map(\.name)
    }

    /// One line a part, then the sum.
    public var text: String {
        let rows = plan.parts.map { (name(of: $0), $0.bytes) } + [("total", plan.bytes)]
        let width = rows.map(\.0.count).max() ?? 0
        return rows.map { name, bytes in "  \(name.padded(to: width))  \(Self.size(bytes).padded(before: 11))" }.joined(separator: "\n")
    }

    /// What a frame costs on the board that is modelled, part by part, and what sleeps at first.
    public var costText: String {
        let rows = plan.cost.parts.map { part in
            (self.name(of: part), Self.tenths(part.microseconds), part.beginsAsleep ? "  asleep at first" : "")
        } + [("total, all awake", Self.tenths(plan.cost.most), "")]
        let width = rows.map(\.0.count).max() ?? 0
        return rows.map { "  \($0.padded(to: width))  \($1.padded(before: 8)) µs\($2)" }.joined(separator: "\n")
    }

    private static func tenths(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }

    public func name(of part: FrameCost.Part) -> String { part.head.map { "head \(heads[$0]): \(part.name)" } ?? "\(part.name)" }

    public func name(of part: PlanPart) -> String { part.head.map { "head \(heads[$0]): \(part.name)" } ?? "\(part.name)" }

    /// One sentence for a plan that is over the budget.
    public func refusal(_ config: Config) -> String {
        let place = config.place(of: "memory.budget")
        return "\(place): memory.budget is \(Self.size(config.memory.budgetBytes)), and the plan needs \(Self.size(plan.bytes)); "
            + "raise it, or lower \(advice)"
    }

    /// The setting that the largest part grows with; a snapshot is as large as what it is of.
    private var advice: String {
        let largest = plan.parts.filter { "\($0.name)" != "snapshot" }.max { $0.bytes < $1.bytes }
        let name = largest.map { "\($0.name)" } ?? ""
        if name == "reservoir" { return "memory.reservoir" }
        if name.hasPrefix("pending") { return "label.pending, or --delay, which raises it" }
        let growsWithHeads = name == "memories" || name == "aggregation"
        return growsWithHeads ? "the number of channels, targets or classes" : "the number of channels or heads"
    }

    public static func size(_ bytes: Int) -> String {
        func tenths(_ unit: Double, _ name: String) -> String {
            let tenths = Int((Double(bytes) / unit * 10).rounded())
            return "\(tenths / 10).\(tenths % 10) \(name)"
        }
        return bytes < 1 << 10 ? "\(bytes) B" : bytes < 1 << 20 ? tenths(0x1p10, "KiB") : tenths(0x1p20, "MiB")
    }
}

extension String {
    public func padded(to width: Int) -> String { self + String(repeating: " ", count: Swift.max(0, width - count)) }
    public func padded(before width: Int) -> String { String(repeating: " ", count: Swift.max(0, width - count)) + self }
}
