/// What must be known of a recording before its first row is replayed.
public struct CSVSurvey: Equatable, Sendable {
    public enum LabelKind: Equatable, Sendable {
        /// Every one of its first 100 filled cells is a number.
        case numeric
        /// Some of them are.
        case mixed
        /// None of them is.
        case text
        /// No cell is filled.
        case empty
    }

    public struct LabelColumn: Equatable, Sendable {
        public var name: String
        public var kind: LabelKind

        public init(name: String, kind: LabelKind) { (self.name, self.kind) = (name, kind) }
    }

    /// Data rows, ragged ones too.
    public var rows = 0
    /// Channels with text among their first 100 filled cells: to be ignored, and named.
    public var textColumns: [String] = []
    /// Median step of the first 100 times, in seconds; nil without a clock, with fewer than two times, or when time stands still.
    public var spacing: Double?
    /// The longest delay, in rows, that a column `delay:NAME` says; 0 without one.
    public var longestDelay = 0
    /// In header order.
    public var labels: [LabelColumn] = []

    /// Filled cells that are looked at in a column, and times of the clock.
    static let sample = 100

    public init() {}

    /// The median step of times in seconds; nil for fewer than two, or when time stands still.
    static func median(stepsOf times: [Double]) -> Double? {
        guard times.count > 1 else { return nil }
        let steps = zip(times.dropFirst(), times).map { $0 - $1 }.sorted()
        let middle = steps.count / 2
        let median = steps.count % 2 == 1 ? steps[middle] : (steps[middle - 1] + steps[middle]) / 2
        return median > 0 ? median : nil
    }
}

extension CSVReader {
    /// Reads the whole recording once, apart from the rows that `next` gives.
    public func survey() -> CSVSurvey {
        var survey = CSVSurvey(), times: [Double] = []
        var filled = [Int](repeating: 0, count: columns.count), texts = filled
        let roles = columns.map(\.role)
        var splitter = CSVSplitter(bytes, separator: separator, from: dataStart)
        splitter.mostCells = columns.count
        while splitter.next() {
            survey.rows += 1
            guard splitter.count == columns.count && !splitter.isOpen else { continue }
            for i in roles.indices {
                switch roles[i] {
                case .clock:
                    if times.count < CSVSurvey.sample, let time = ClockText.seconds(splitter.cell(i)) { times.append(time) }
                case .channel, .label:
                    if filled[i] == CSVSurvey.sample { continue }
                    Self.look(at: NumberText.cell(splitter.cell(i)), filled: &filled[i], texts: &texts[i])
                case .delay: survey.longestDelay = max(survey.longestDelay, Self.delay(splitter.cell(i)) ?? 0)
                case .ignored: continue
                }
            }
        }
        for (i, column) in columns.enumerated() {
            if column.role == .channel && texts[i] > 0 { survey.textColumns.append(column.name) }
            if case .label(let name) = column.role {
                let kind: CSVSurvey.LabelKind = filled[i] == 0 ? .empty : texts[i] == 0 ? .numeric : texts[i] < filled[i] ? .mixed : .text
                survey.labels.append(.init(name: name, kind: kind))
            }
        }
        survey.spacing = CSVSurvey.median(stepsOf: times)
        return survey
    }

    private static func look(at cell: NumberText.Cell, filled: inout Int, texts: inout Int) {
        guard cell != .gap else { return }
        filled += 1
        if cell == .text { texts += 1 }
    }
}
