import Stint

/// One row of a recording. The values hold until the next row.
public struct CSVRow {
    /// Data rows from 0.
    public var index: Int
    /// Seconds since the epoch; nil without a clock, and where its cell says no time.
    public var time: Double?
    /// C values in the order of the selected channels; NaN is a gap.
    public var values: UnsafeBufferPointer<Float>
    /// The row has another number of cells than the header, or ends inside quotes: all values are gaps and it has no labels.
    public var isRagged: Bool
}

/// A recording, row by row, over bytes that the caller mapped and keeps.
///
/// The header decides what columns are; `select` then says which channels and labels are wanted, in which order, so that files with
/// different columns give rows of one shape. Without it all are, in header order.
///
/// ```swift
/// var recording = try CSVReader(bytes)
/// recording.select(channels: ["q1", "q2"], labels: ["tau"])
/// while let row = recording.next(counts: &dropped) { … recording.labelNumber(0) … }
/// ```
///
/// Cost: opening checks the whole file for UTF-8; a row costs one look at each byte and allocates nothing.
/// Edge cases: empty lines are no rows; a cell that is no usable number is a gap, and counted unless it is empty, `nan` or `null`.
/// Throws `CSVProblem` for a file that is empty, is not UTF-8, or names a column twice.
public struct CSVReader: ~Copyable {
    public let columns: [CSVColumn]
    let bytes: UnsafeRawBufferPointer
    let separator: UInt8
    /// Where the first data row begins.
    let dataStart: Int
    private var splitter: CSVSplitter
    private var row: Int
    private var isRagged: Bool
    private let clock: Int?
    /// What to do with the cell of a column, in header order.
    private var slots: [Slot]
    private var values: UnsafeMutableBufferPointer<Float>
    /// Columns of the selected labels and of their delays.
    private var labels: [(column: Int?, delay: Int?)]

    private enum Slot { case skip, channel(Int) }

    public init(_ bytes: UnsafeRawBufferPointer, roles: CSVRoles = CSVRoles()) throws(CSVProblem) {
        if let place = UTF8Text.firstInvalid(bytes) {
            var line = 1
            for byte in bytes[..<place] where byte == .lineFeed { line += 1 }
            throw .notUTF8(line: line, offset: place)
        }
        let hasMark = bytes.count >= 3 && bytes[0] == 0xEF && bytes[1] == 0xBB && bytes[2] == 0xBF
        let start = hasMark ? 3 : 0
        let separator = Self.separator(of: bytes, from: start)
        var splitter = CSVSplitter(bytes, separator: separator, from: start)
        guard splitter.next() else { throw .empty }
        var header: [String] = []
        for i in 0..<splitter.count { header.append(String(decoding: splitter.cell(i), as: UTF8.self)) }
        let columns = try roles.columns(of: header)
        splitter.mostCells = header.count
        self.columns = columns
        self.bytes = bytes
        self.separator = separator
        dataStart = splitter.offset
        clock = columns.firstIndex { $0.role == .clock }
        self.splitter = splitter
        // All set here, after the last throw: Swift 6.0 cannot undo half of a value that cannot be copied, nor call `select`.
        row = -1
        isRagged = false
        let names = columns.filter { $0.role == .channel }.map(\.name)
        let labelNames = columns.compactMap { column in
            if case .label(let name) = column.role { name } else { nil }
        }
        values = .allocate(capacity: names.count)
        values.initialize(repeating: .nan)
        slots = Self.slots(columns, names)
        labels = Self.places(columns, labelNames)
    }

    deinit { values.deallocate() }

    /// The names of the channels, in header order.
    public var channels: [String] { columns.filter { $0.role == .channel }.map(\.name) }

    /// The names of the labels, in header order.
    public var labelNames: [String] {
        columns.compactMap {
            guard case .label(let name) = $0.role else { return nil }
            return name
        }
    }

    public var hasClock: Bool { clock != nil }

    /// Chooses what rows consist of. A channel that the file lacks is a gap in every row, a label that it lacks is never there.
    public mutating func select(channels wanted: [String], labels wantedLabels: [String]) {
        values.deallocate()
        values = .allocate(capacity: wanted.count)
        values.initialize(repeating: .nan)
        slots = Self.slots(columns, wanted)
        labels = Self.places(columns, wantedLabels)
    }

    private static func slots(_ columns: [CSVColumn], _ wanted: [String]) -> [Slot] {
        columns.map { column in
            guard column.role == .channel, let place = wanted.firstIndex(of: column.name) else { return .skip }
            return .channel(place)
        }
    }

    private static func places(_ columns: [CSVColumn], _ names: [String]) -> [(column: Int?, delay: Int?)] {
        names.map { name in
            (columns.firstIndex { $0.role == .label(name) }, columns.firstIndex { $0.role == .delay(name) })
        }
    }

    /// The next row, or nil at the end. Counts the row when it is ragged, else its unusable cells.
    public mutating func next(counts: inout DropCounts) -> CSVRow? {
        guard splitter.next() else { return nil }
        row += 1
        isRagged = splitter.count != columns.count || splitter.isOpen
        for i in values.indices { values[i] = .nan }
        if isRagged {
            counts.count(.ragged)
        } else {
            for column in slots.indices {
                guard case .channel(let place) = slots[column] else { continue }
                values[place] = Self.value(splitter.cell(column), counts: &counts)
            }
        }
        var time: Double?
        if let clock, clock < splitter.count { time = ClockText.seconds(splitter.cell(clock)) }
        return CSVRow(index: row, time: time, values: UnsafeBufferPointer(values), isRagged: isRagged)
    }

    /// The newest row's cell of a column as it is written, trimmed; nil in a ragged row. Holds until the next row.
    public func text(column: Int) -> UnsafeRawBufferPointer? {
        isRagged || row < 0 ? nil : splitter.cell(column).trimmingBlanks
    }

    /// The newest row's cell of a selected label, trimmed; nil when it says nothing. Holds until the next row.
    public func label(_ index: Int) -> UnsafeRawBufferPointer? {
        guard !isRagged, row >= 0, let column = labels[index].column else { return nil }
        let cell = splitter.cell(column).trimmingBlanks
        return cell.isEmpty ? nil : cell
    }

    /// The same as a number; nil when it says nothing, and when it is no number (ask `label` which).
    public func labelNumber(_ index: Int) -> Float? { label(index).flatMap(LabelText.number) }

    /// The same as a class; nil when it says nothing or too much.
    public func labelCategory(_ index: Int) -> UnsafeBufferPointer<UInt8>? { label(index).flatMap(LabelText.category) }

    /// How many rows later the label of the newest row arrives; nil when no column says so.
    public func delay(_ index: Int) -> Int? {
        guard !isRagged, row >= 0, let column = labels[index].delay else { return nil }
        return Self.delay(splitter.cell(column))
    }

    static func delay(_ cell: UnsafeRawBufferPointer) -> Int? {
        guard case .number(let rows) = NumberText.cell(cell), rows >= 0, rows <= 1e15 else { return nil }
        return Int(rows)
    }

    private static func value(_ cell: UnsafeRawBufferPointer, counts: inout DropCounts) -> Float {
        var value = Float.nan
        switch NumberText.cell(cell, narrowed: &value) {
        case .gap: return .nan
        case .number:
            if Magnitude.isUsable(value) { return value }
            counts.count(.outOfRange)
        case .infinite: counts.count(.nonFinite)
        case .text:
            counts.count(.malformed)
            return .nan
        }
        return Frame.unusable
    }

    /// The semicolon, if the first line has more of them than commas.
    private static func separator(of bytes: UnsafeRawBufferPointer, from start: Int) -> UInt8 {
        var commas = 0, semicolons = 0, i = start
        while i < bytes.count, bytes[i] == .lineFeed || bytes[i] == .carriageReturn { i += 1 }
        while i < bytes.count, bytes[i] != .lineFeed {
            if bytes[i] == .comma { commas += 1 }
            if bytes[i] == .semicolon { semicolons += 1 }
            i += 1
        }
        return semicolons > commas ? .semicolon : .comma
    }
}
