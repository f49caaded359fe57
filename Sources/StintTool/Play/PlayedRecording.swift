import Stint
import StintWire

/// A recording as the messages of a sensor: each row as a frame, each label as many rows after its own as it is late.
///
/// Numbers go out as the cells have them, so that they read back to the same bits as from the file.
///
/// ```swift
/// var played = try PlayedRecording(recording, as: PlayedStream(), delay: 0)
/// while let row = played.next() {
///     while let topic = played.nextFrame() { send(topic, played.frame) }
///     while let label = played.nextLabel() { send(label.topic, label.payload) }
/// }
/// ```
///
/// Edge cases: a gap is `null`, and so is a cell that is no number; a ragged row has no frame, but its number is used up; a row whose
/// clock says nothing comes one period after the one before; labels that are not due by the end are never sent. Of several streams
/// one without a number in a row has no frame in it; where that is the clock's, the row's labels go by its time.
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
    /// Of each stream its topic, how many frames it has had, and of its channels the place among the row's values, the column, and the JSON
    /// key with a comma before and a colon after it.
    private var parts: [(topic: String, frames: Int, channels: [(place: Int, column: Int, key: [UInt8])])]
    /// Of the newest row: those that have a frame, and the next to be asked for.
    private var hasFrame: [Bool]
    private var nextPart: Int
    private let labelForms: [LabelForm]
    private let topics: [String]
    private var buffer: ByteWriter
    /// Labels on their way, and the newest row that was given out.
    private var waiting: DueQueue<(label: Int, payload: [UInt8])>
    private var newestRow: Int
    private var newestTime: Double
    private var lastTime: Double
    private var counts: DropCounts

    init(_ recording: Recording, as stream: PlayedStream, delay: Int) throws(Failure) {
        let parts = try stream.parts(of: recording)
        let reader = try recording.reader(channels: parts.flatMap(\.columns), labels: recording.labels)
        // Nothing is set before the last throw: Swift 6.0 cannot undo half of a value that cannot be copied.
        (rows, labels, raggedRows, lastTime) = (0, 0, 0, .nan)
        buffer = ByteWriter()
        waiting = DueQueue()
        newestRow = -1
        newestTime = 0
        counts = DropCounts()
        hasFrame = parts.map { _ in false }
        nextPart = parts.count
        var place = 0
        self.parts = parts.map { part in
            var channels: [(place: Int, column: Int, key: [UInt8])] = []
            for (column, name) in zip(part.columns, part.keys) {
                var key = ByteWriter(capacity: 64)
                key.append(byte: UInt8(ascii: ","))
                key.append(quoted: name)
                key.append(byte: UInt8(ascii: ":"))
                channels.append((place, reader.columns.firstIndex { $0.name == column }!, [UInt8](key.bytes)))
                place += 1
            }
            return (part.topic, 0, channels)
        }
        labelForms = recording.survey.labels.map { stream.form(of: $0) }
        topics = recording.labels.map { "label/" + $0 }
        hasClock = recording.hasClock
        rateHz = stream.rateHz ?? recording.survey.spacing.map { 1 / $0 } ?? 1
        self.reader = reader
        self.delay = delay
    }

    /// The next row; its frames come from `nextFrame`, and the labels that are due from `nextLabel`. nil at the end.
    mutating func next() -> Row? {
        guard let row = reader.next(counts: &counts) else { return nil }
        let time = self.time(of: row)
        lastTime = time
        newestTime = time
        nextPart = 0
        let clock = parts.count - 1
        for part in parts.indices {
            hasFrame[part] = !row.isRagged && (parts.count == 1 || parts[part].channels.contains { row.values[$0.place].isFinite })
        }
        if row.isRagged {
            raggedRows += 1
            // In a replay it is a step that nothing is known of; here its number is missing.
            parts[clock].frames += 1
        } else {
            rows += 1
            takeLabels(row.index, isStep: hasFrame[clock], step: parts[clock].frames, time)
        }
        newestRow = row.index
        return Row(index: row.index, time: time, isRagged: row.isRagged)
    }

    /// Writes the next frame of the newest row to `frame` and gives its topic; nil when there are no more.
    mutating func nextFrame() -> String? {
        while nextPart < parts.count {
            let part = nextPart
            nextPart += 1
            guard hasFrame[part] else { continue }
            writeFrame(part, newestTime)
            parts[part].frames += 1
            return parts[part].topic
        }
        return nil
    }

    /// The frame that was written last; holds until the next one.
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

    private mutating func writeFrame(_ part: Int, _ time: Double) {
        buffer.clear()
        buffer.append("{\"t\":")
        buffer.append(time)
        buffer.append(",\"seq\":")
        buffer.append(parts[part].frames)
        for channel in parts[part].channels {
            channel.key.withUnsafeBytes { buffer.append(bytes: $0) }
            if let cell = reader.text(column: channel.column) { CellText.write(number: cell, into: &buffer) } else { buffer.append("null") }
        }
        buffer.append(byte: UInt8(ascii: "}"))
    }

    private mutating func takeLabels(_ index: Int, isStep: Bool, step: Int, _ time: Double) {
        for label in labelForms.indices {
            guard let cell = reader.label(label),
                let payload = labelForms[label].payload(cell, isStep ? .sequence(UInt64(step)) : .time(time))
            else { continue }
            // A delay beyond the end of any recording is as good as never.
            waiting.add((label, payload), due: index + min(reader.delay(label) ?? delay, 1 << 48))
        }
    }
}
