import Stint
import StintWire

/// Frames in every form: JSON, CBOR, SenML in both, packed. The payload's first byte tells, so one target reaches them all.
enum FrameFuzz {
    private static let channels = ["a", "b", "c"]
    private static let good: [UInt8] = Array(#"[{"t":1,"seq":2,"values":[0.5,1,2]},{"t":2,"a":3}]"#.utf8)

    private struct Taken: Equatable {
        var time: Double
        var sequence: UInt64?
        /// Bits, so that a gap equals a gap.
        var values: [UInt32]

        init(_ frame: Frame) {
            (time, sequence) = (frame.time, frame.sequence)
            values = frame.values.map { $0.isNaN ? Float.nan.bitPattern : $0.bitPattern }
        }
    }

    static func run(_ bytes: UnsafeRawBufferPointer) -> String? {
        var decoder = FrameDecoder(channels: channels, stream: "s"), counts = DropCounts()
        let count = decoder.decode(bytes, arrival: 1_700_000_000, counts: &counts)
        // A packed message may be long; its head is like the rest.
        var frames: [Taken] = [], given = 0
        while let frame = decoder.next() {
            given += 1
            guard frame.time.isFinite else { return "a frame's time is \(frame.time)" }
            for value in frame.values where !value.isNaN && value.magnitude > 1e15 { return "a frame has the value \(value)" }
            if frames.count < 64 { frames.append(Taken(frame)) }
        }
        guard given == count else { return "\(count) frames were announced, \(given) came" }
        let reasons = counts[.malformed] + counts[.wrongShape]
        guard (count == 0) == (reasons == 1), reasons <= 1 else { return "\(count) frames, \(reasons) refusals" }
        if count == 0, counts.total != 1 { return "a message that was refused counts \(counts.total) times" }

        // Whatever came before, the next message means what it means.
        var after: [Taken] = []
        good.withUnsafeBytes { good in
            _ = decoder.decode(good, arrival: 0, counts: &counts)
            while let frame = decoder.next() { after.append(Taken(frame)) }
        }
        guard after.count == 2, after[0].values == [0.5, 1, 2].map(\Float.bitPattern), after[1].time == 2 else { return "the message after it means something else" }

        // Written again, in other forms, a frame reads as the same.
        for frame in frames {
            for form in [json(frame), cbor(frame), packed(frame)] {
                guard let form else { continue }
                let again = form.withUnsafeBytes { bytes -> [Taken] in
                    var frames: [Taken] = []
                    _ = decoder.decode(bytes, arrival: frame.time, counts: &counts)
                    while let frame = decoder.next() { frames.append(Taken(frame)) }
                    return frames
                }
                guard again == [frame] else { return "\(frame) written again reads as \(again)" }
            }
        }
        return nil
    }

    private static func json(_ frame: Taken) -> [UInt8] {
        var out = ByteWriter()
        out.append("{\"t\":")
        out.append(frame.time)
        if let sequence = frame.sequence {
            out.append(",\"seq\":")
            out.append(sequence)
        }
        out.append(",\"values\":[")
        for (i, bits) in frame.values.enumerated() {
            if i > 0 { out.append(",") }
            out.append(Float(bitPattern: bits))
        }
        out.append("]}")
        return Array(out.bytes)
    }

    /// With the values in one piece. NaN is a gap there, too.
    private static func cbor(_ frame: Taken) -> [UInt8] {
        func big(_ value: UInt64) -> [UInt8] { withUnsafeBytes(of: value.bigEndian, Array.init) }
        var out: [UInt8] = [frame.sequence == nil ? 0xA2 : 0xA3, 0x61, 0x74, 0xFB] + big(frame.time.bitPattern)
        if let sequence = frame.sequence { out += [0x63, 0x73, 0x65, 0x71, 0x1B] + big(sequence) }
        out += [0x66] + Array("values".utf8) + [0xD8, 85, 0x4C]
        for bits in frame.values { withUnsafeBytes(of: bits.littleEndian) { out += $0 } }
        return out
    }

    /// nil where nanoseconds cannot say the time, or there is no number.
    private static func packed(_ frame: Taken) -> [UInt8]? {
        guard let sequence = frame.sequence, frame.time == frame.time.rounded(), frame.time != 0, frame.time.magnitude < 9e9 else { return nil }
        var out: [UInt8] = [0xF5, 1, 3, 0, 1, 0, 0, 0]
        withUnsafeBytes(of: sequence.littleEndian) { out += $0 }
        withUnsafeBytes(of: (Int64(frame.time) * 1_000_000_000).littleEndian) { out += $0 }
        out += [UInt8](repeating: 0, count: 8)
        for bits in frame.values { withUnsafeBytes(of: bits.littleEndian) { out += $0 } }
        return out
    }
}

/// Labels in JSON and CBOR.
enum LabelFuzz {
    static func run(_ bytes: UnsafeRawBufferPointer) -> String? {
        var decoder = LabelDecoder(targets: 3), counts = DropCounts()
        guard let label = decoder.decode(bytes, counts: &counts) else {
            return counts.total == 1 ? nil : "a label that was refused counts \(counts.total) times"
        }
        guard counts.total == 0 else { return "a label that was taken is counted" }
        return check(label)
    }

    static func check(_ label: LabelMessage) -> String? {
        if case .time(let time) = label.moment, !time.isFinite { return "a label's time is \(time)" }
        switch label.value {
        case .number(let value):
            if !value.isFinite || value.magnitude > 1e15 { return "a label says \(value)" }
            if NumberText.json(UnsafeRawBufferPointer(label.text)) == nil { return "a label's number has the text \(String(decoding: label.text, as: UTF8.self))" }
        case .vector(let values):
            if values.isEmpty || values.count > 3 || values.contains(where: { !$0.isFinite }) { return "a label says \(Array(values))" }
        case .category(let name):
            if name.isEmpty || name.count > LabelText.longestClassBytes { return "a class of \(name.count) bytes" }
            if UTF8Text.firstInvalid(UnsafeRawBufferPointer(name)) != nil { return "a class that is no UTF-8" }
        }
        return nil
    }
}

/// Any data item: its JSON is JSON.
enum CBORFuzz {
    static func run(_ bytes: UnsafeRawBufferPointer) -> String? {
        guard let item = CBORItem(bytes) else { return nil }
        var out = ByteWriter()
        item.root.writeJSON(into: &out)
        return JSONText(out.bytes) == nil ? "not JSON: \(String(decoding: out.bytes, as: UTF8.self))" : nil
    }
}

/// Captures: what is read is written and read again as the same.
enum CaptureFuzz {
    static func run(_ bytes: UnsafeRawBufferPointer) -> String? {
        var reader = CaptureReader(bytes), names = FrameNames()
        while true {
            let message: CapturedMessage
            do throws(CaptureProblem) {
                guard let next = try reader.next() else { return nil }
                message = next
            } catch {
                return error.line < 1 ? "a problem in line \(error.line)" : nil
            }
            names.look(at: message.payload)
            let topic = Array(message.topic), payload = Array(message.payload)
            var out = ByteWriter()
            guard CaptureLine.write(message, into: &out) else { return "a topic that was read cannot be written" }
            if out.bytes.contains(0x0A) { return "a line with an end in it" }
            var again = CaptureReader(out.bytes)
            guard let same = try? again.next(), same.at == message.at, same.topic.elementsEqual(topic), same.payload.elementsEqual(payload) else {
                return "written again it reads as something else: \(String(decoding: out.bytes, as: UTF8.self))"
            }
        }
    }
}

/// Requests, and labels among their parameters.
enum ControlFuzz {
    static func run(_ bytes: UnsafeRawBufferPointer) -> String? {
        var decoder = RequestDecoder(), labels = LabelDecoder(targets: 3), counts = DropCounts(), out = ByteWriter()
        switch decoder.decode(bytes) {
        case .refused(let error, let id): ReplyWriter.error(error, id: id, into: &out)
        case .request(let request):
            ReplyWriter.beginResult(id: request.id, into: &out)
            out.append("{}")
            ReplyWriter.endResult(into: &out)
            if let params = request.params, let label = labels.decode(params, counts: &counts), let wrong = LabelFuzz.check(label) { return wrong }
            _ = request.parameter("name")?.contents
        }
        return JSONText(out.bytes) == nil ? "the reply is no JSON: \(String(decoding: out.bytes, as: UTF8.self))" : nil
    }
}
