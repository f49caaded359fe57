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
    /// Labels on their way, and the newest row that was given out.
    private var waiting: DueQueue<(label: Int, payload: [UInt8])>
    private var newestRow: Int
    private var lastTime: Double
    private var counts: DropCounts

    init(_ recording: Recording, as stream: PlayedStream, delay: Int) throws(Failure) {
        let names = try stream.channels(of: recording)
        let reader = try recording.reader(channels: names, labels: recording.labels)
        // Nothing is set before the last throw: Swift 6.0 cannot undo half of a value that cannot be copied.
        (rows, labels, raggedRows, lastTime) = (0, 0, 0, .nan)
        buffer = ByteWriter()
        waiting = DueQueue()
        newestRow = -1
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
        newestRow = row.index
        return Row(index: row.index, time: time, isRagged: row.isRagged)
    }

    /// The newest row's message; holds until the next row.
    var frame: UnsafeRawBufferPointer { buffer.bytes }

    /// The next label that is due after the newest row.
    mutating func nextLabel() -> (topic: String, payload: [UInt8])? {
        guard let label = waiting.next(due: newestRow) else { return nil }
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
            waiting.add((label, payload), due: index + min(reader.delay(label) ?? delay, 1 << 48))
        }
    }
}
