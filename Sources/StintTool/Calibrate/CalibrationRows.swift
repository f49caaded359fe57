import Stint
import StintConfig
import StintIntake
import StintWire

/// The rows of a recording as an encoder has them: those of a table, or a capture's frames, read by the daemon's decoders.
///
/// Of several streams a row is a frame of the clock's, with what the others said since the one before; where one said nothing, NaN.
struct CalibrationRows {
    let recording: Recording
    let assembly: Assembly
    /// Rows of the recordings before it, for rows without a clock.
    var before = 0

    func forEach(_ take: (Frame) -> Void) throws(Failure) {
        if let capture = recording.capture { try forEach(of: capture, take) } else { try forEachOfTable(take) }
    }

    private func forEachOfTable(_ take: (Frame) -> Void) throws(Failure) {
        var counts = DropCounts(), rows = before
        var reader = try recording.reader(channels: assembly.channelNames, labels: [])
        while let row = reader.next(counts: &counts) {
            let time = row.time ?? Double(rows) / assembly.specification.rateHz
            take(Frame(time: time, sequence: nil, values: row.values, isUnreadable: row.isRagged))
            rows += 1
        }
    }

    private func forEach(of capture: Capture, _ take: (Frame) -> Void) throws(Failure) {
        let topics = TopicTable(assembly, stream: capture.topic(of: assembly))
        let ports = assembly.streams.map(CapturePort.init)
        let row = UnsafeMutableBufferPointer<Float>.allocate(capacity: assembly.channelNames.count)
        defer { row.deallocate() }
        row.initialize(repeating: .nan)
        var reader = CaptureReader(capture.bytes), counts = DropCounts()
        while let message = try PlayedCapture.next(&reader, capture.name) {
            guard case .frame(let stream) = topics.purpose(of: message.topic) else { continue }
            _ = ports[stream].decoder.decode(message.payload, arrival: message.time, counts: &counts)
            while let frame = ports[stream].decoder.next() {
                for (place, value) in zip(assembly.streams[stream].places, frame.values) { row[place] = value }
                guard stream == assembly.clock else { continue }
                take(Frame(time: frame.time, sequence: frame.sequence, values: UnsafeBufferPointer(row)))
                row.update(repeating: .nan)
            }
        }
    }
}
