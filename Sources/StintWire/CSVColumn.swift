/// A column of a recording and what it is for.
public struct CSVColumn: Equatable, Sendable {
    public enum Role: Equatable, Sendable {
        case clock
        case channel
        /// By the name without `label:`, or the one that was asked for.
        case label(String)
        /// How many rows later the label of this name arrives.
        case delay(String)
        case ignored
    }

    /// As the header has it.
    public var name: String
    public var role: Role

    public init(name: String, role: Role) {
        self.name = name
        self.role = role
    }
}

/// What the command line says about columns; by default the header decides alone.
public struct CSVRoles: Sendable {
    public enum Clock: Equatable, Sendable {
        /// The first column, if it is called `t`, `time`, `timestamp` or `datetime`, in any case.
        case automatic
        /// There is none: t = row / rate.
        case none
        case column(String)
    }

    public var clock: Clock
    /// Names of columns to leave out; those that a file does not have are no problem.
    public var ignored: [String]
    /// Columns that are labels under another name.
    public var labels: [(name: String, column: String)]

    public init(clock: Clock = .automatic, ignored: [String] = [], labels: [(name: String, column: String)] = []) {
        self.clock = clock
        self.ignored = ignored
        self.labels = labels
    }

    /// The roles of a header's columns, in its order.
    func columns(of header: [String]) throws(CSVProblem) -> [CSVColumn] {
        for (second, name) in header.enumerated() {
            if let first = header[..<second].firstIndex(of: name) {
                throw .duplicateColumn(name: name, first: first + 1, second: second + 1)
            }
        }
        var clockName: String?
        switch clock {
        case .automatic:
            if let first = header.first, ["t", "time", "timestamp", "datetime"].contains(first.lowercased()) { clockName = first }
        case .none: break
        case .column(let name):
            guard header.contains(name) else { throw .noColumn(name: name, purpose: .clock) }
            clockName = name
        }
        for label in labels where !header.contains(label.column) { throw .noColumn(name: label.column, purpose: .label) }
        return header.map { CSVColumn(name: $0, role: role(of: $0, clock: clockName)) }
    }

    private func role(of name: String, clock: String?) -> CSVColumn.Role {
        if name == clock { return .clock }
        if let label = labels.first(where: { $0.column == name }) { return .label(label.name) }
        if ignored.contains(name) { return .ignored }
        if name.hasPrefix("label:") { return .label(String(name.dropFirst(6))) }
        if name.hasPrefix("delay:") { return .delay(String(name.dropFirst(6))) }
        return .channel
    }
}
