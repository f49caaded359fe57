import Stint
import StintWire

/// A recording as the messages of a sensor: each row as a frame, each label as many rows after its own as it is late.
///
/// Numbers go out as the cells have them, so that they read back to the same bits as from the file.
///
/// ```swift
/// var played = try PlayedRecording(recording, as: PlayedStream(), delay: 0)
/// while let row = played.next() {
///     if !row.isRagged { send(topic, played.frame) }
///     while let label = played.nextLabel() { send(label.topic, label.payload) }
/// }
/// ```
///
/// Edge cases: a gap is `null`, and so is a cell that is no number; a ragged row has no frame, but its number is used up; a row whose
/// clock says nothing comes one period after the one before; labels that are not due by the end are never sent.
struct PlayedRecording: ~Copyable {
    struct Row {
        var index: Int
        /// Seconds since the epoch.
        var time: Double
        var isRagged: Bool
    }

    /// Rows and labels that have been given out, and those that were not.
    private(set) var rows: Int
    private(set) var labels: Int
    private(set) var raggedRows: Int
    var pendingLabels: Int { waiting.count }
    /// Infinities and texts among the numbers, which JSON cannot say.
    var unsayableCells: UInt64 { counts[.nonFinite] + counts[.malformed] }

    private var reader: CSVReader
    private let hasClock: Bool
    private let rateHz: Double
    private let delay: Int
    /// Column and JSON key of each channel, a comma before and a colon after it.
    private let channels: [(column: Int, key: [UInt8])]
    private let labelForms: [LabelForm]
    private let topics: [String]
    private var buffer: ByteWriter
    private var waiting: WaitingLabels
    private var lastTime: Double
    private var counts: DropCounts

    init(_ recording: Recording, as stream: PlayedStream, delay: Int) throws(Failure) {
        let names = try stream.channels(of: recording)
        let reader = try recording.reader(channels: names, labels: recording.labels)
        // Nothing is set before the last throw: Swift 6.0 cannot undo half of a value that cannot be copied.
        (rows, labels, raggedRows, lastTime) = (0, 0, 0, .nan)
        buffer = ByteWriter()
        waiting = WaitingLabels()
        counts = DropCounts()
        channels = names.map { name in
            var key = ByteWriter(capacity: 64)
            key.append(byte: UInt8(ascii: ","))
            key.append(quoted: name)
            key.append(byte: UInt8(ascii: ":"))
            return (reader.columns.firstIndex { $0.name == name }!, [UInt8](key.bytes))
        }
        labelForms = recording.survey.labels.map { stream.form(of: $0) }
        topics = recording.labels.map { "label/" + $0 }
        hasClock = recording.hasClock
        rateHz = stream.rateHz ?? recording.survey.spacing.map { 1 / $0 } ?? 1
        self.reader = reader
        self.delay = delay
    }

    /// The next row; its frame is in `frame`, and the labels that are due come from `nextLabel`. nil at the end.
    mutating func next() -> Row? {
        guard let row = reader.next(counts: &counts) else { return nil }
        let time = self.time(of: row)
        lastTime = time
        if row.isRagged {
            raggedRows += 1
        } else {
            rows += 1
            writeFrame(row.index, time)
            takeLabels(row.index)
        }
        waiting.row = row.index
        return Row(index: row.index, time: time, isRagged: row.isRagged)
    }

    /// The newest row's message; holds until the next row.
    var frame: UnsafeRawBufferPointer { buffer.bytes }

    /// The next label that is due after the newest row.
    mutating func nextLabel() -> (topic: String, payload: [UInt8])? {
        guard let label = waiting.next() else { return nil }
        labels += 1
        return (topics[label.label], label.payload)
    }

    /// As the learner's clock has it, so that live and replay are the same.
    private func time(of row: CSVRow) -> Double {
        guard hasClock else { return Double(row.index) / rateHz }
        return row.time ?? (lastTime.isFinite ? lastTime + 1 / rateHz : 0)
    }

    private mutating func writeFrame(_ index: Int, _ time: Double) {
        buffer.clear()
        buffer.append("{\"t\":")
        buffer.append(time)
        buffer.append(",\"seq\":")
        buffer.append(index)
        for channel in channels {
            channel.key.withUnsafeBytes { buffer.append(bytes: $0) }
            if let cell = reader.text(column: channel.column) { CellText.write(number: cell, into: &buffer) } else { buffer.append("null") }
        }
        buffer.append(byte: UInt8(ascii: "}"))
    }

    private mutating func takeLabels(_ index: Int) {
        for label in labelForms.indices {
            guard let cell = reader.label(label), let payload = labelForms[label].payload(cell, sequence: index) else { continue }
            // A delay beyond the end of any recording is as good as never.
            waiting.add(.init(due: index + min(reader.delay(label) ?? delay, 1 << 48), label: label, payload: payload))
        }
    }
}

/// Labels that are on their way: in order of the rows after which they are due, then of the rows that they belong to.
private struct WaitingLabels {
    struct Item {
        var due: Int
        var label: Int
        var payload: [UInt8]
    }

    /// The newest row that was given out.
    var row = -1
    private var items: [Item] = []
    private var first = 0

    var count: Int { items.count - first }

    /// With one delay for all a label goes to the end; an earlier one moves those behind it.
    mutating func add(_ item: Item) {
        var place = items.count
        while place > first, items[place - 1].due > item.due { place -= 1 }
        items.insert(item, at: place)
    }

    mutating func next() -> Item? {
        guard first < items.count, items[first].due <= row else { return nil }
        let item = items[first]
        first += 1
        // Half of it is gone: as many moves as there were takings.
        if 2 * first >= items.count {
            items.removeFirst(first)
            first = 0
        }
        return item
    }
}
