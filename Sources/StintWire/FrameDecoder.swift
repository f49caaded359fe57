import Stint

/// Payloads of a stream's topic to frames; the only place where untrusted bytes become samples.
///
/// Two steps: `decode` checks a whole message and says how many frames it holds, then `next` hands them out one by one. A message is
/// taken whole or not at all: a batch with one bad element gives no frame and one count. Cells that are no usable number are gaps,
/// counted one by one when the message is taken.
///
/// ```swift
/// var decoder = FrameDecoder(channels: ["q1", "q2"])
/// _ = decoder.decode(payload, arrival: now, counts: &dropped)
/// while let frame = decoder.next() { learner.push(.frame(frame)) }
/// ```
///
/// Forms: a JSON object keyed by channel or with `values`, an array of them, and the packed form (first byte 0xF5).
/// The payload must stay where it is until `next` gives nil; a frame's values hold until the next call.
///
/// Cost: O(bytes), and batches are read twice, so that memory does not grow with the payload: C floats and the longest escaped key.
/// Edge cases: `t` missing is the arrival, `seq` missing is nil; a missing channel or `null` is a gap that is not counted; `values` wins
/// over channels by name; of two equal keys the last wins, but each must fit; keys nobody knows are ignored.
public struct FrameDecoder: ~Copyable {
    private let names: NameTable
    private let row: UnsafeMutableBufferPointer<Float>
    private var scratch = ByteWriter(capacity: 256)
    private var source = Source.none

    private enum Source {
        case none
        /// The row is filled.
        case single(time: Double, sequence: UInt64?)
        case batch(JSONElements, arrival: Double)
        case packed(PackedFrames, next: Int)
    }

    public init(channels: [String]) {
        precondition(!channels.isEmpty, "a stream needs a channel")
        names = NameTable(channels)
        row = .allocate(capacity: channels.count)
        row.initialize(repeating: .nan)
    }

    deinit { row.deallocate() }

    /// Checks a message. Shape: the number of frames that `next` will give; 0 when it was refused, and then counted once.
    public mutating func decode(_ payload: UnsafeRawBufferPointer, arrival: Double, counts: inout DropCounts) -> Int {
        source = .none
        do throws(Refusal) {
            if payload.first == PackedFrames.mark { return try openPacked(payload, arrival: arrival, counts: &counts) }
            guard let text = JSONText(payload) else { throw Refusal.malformed }
            switch text.root.kind {
            case .object:
                let stamp = try read(text.root, arrival: arrival)
                counts.count(.outOfRange, times: turnInfiniteIntoGaps())
                source = .single(time: stamp.time, sequence: stamp.sequence)
                return 1
            case .array: return try openBatch(text.root, arrival: arrival, counts: &counts)
            default: throw Refusal.wrongShape
            }
        } catch {
            counts.count(error.reason)
            return 0
        }
    }

    /// The next frame of the message that was decoded last.
    public mutating func next() -> Frame? {
        switch source {
        case .none: return nil
        case .single(let time, let sequence):
            source = .none
            return Frame(time: time, sequence: sequence, values: UnsafeBufferPointer(row))
        case .batch(var elements, let arrival):
            // Every element was read once before, so nothing is refused here.
            guard let element = elements.next(), let stamp = try? read(element, arrival: arrival) else {
                source = .none
                return nil
            }
            source = .batch(elements, arrival: arrival)
            _ = turnInfiniteIntoGaps()
            return Frame(time: stamp.time, sequence: stamp.sequence, values: UnsafeBufferPointer(row))
        case .packed(let frames, let i):
            guard i < frames.samples else {
                source = .none
                return nil
            }
            source = .packed(frames, next: i + 1)
            frames.copy(sample: i, to: row)
            return Frame(time: frames.time(i), sequence: frames.sequence + UInt64(i), values: UnsafeBufferPointer(row))
        }
    }

    private mutating func openPacked(
        _ payload: UnsafeRawBufferPointer, arrival: Double, counts: inout DropCounts
    ) throws(Refusal) -> Int {
        let frames = try PackedFrames(payload, channels: names.count, arrival: arrival)
        let gaps = frames.gaps()
        counts.count(.nonFinite, times: gaps.nonFinite)
        counts.count(.outOfRange, times: gaps.outOfRange)
        source = .packed(frames, next: 0)
        return frames.samples
    }

    private mutating func openBatch(_ array: JSONValue, arrival: Double, counts: inout DropCounts) throws(Refusal) -> Int {
        var elements = array.elements, frames = 0, gaps: UInt64 = 0
        while let element = elements.next() {
            _ = try read(element, arrival: arrival)
            gaps += turnInfiniteIntoGaps()
            frames += 1
        }
        guard frames > 0 else { throw Refusal.wrongShape }
        counts.count(.outOfRange, times: gaps)
        source = .batch(array.elements, arrival: arrival)
        return frames
    }

    /// One object into the row; a number out of range is left as an infinity, which JSON cannot say.
    private mutating func read(_ object: JSONValue, arrival: Double) throws(Refusal) -> (time: Double, sequence: UInt64?) {
        guard object.kind == .object else { throw Refusal.wrongShape }
        row.update(repeating: .nan)
        var time = arrival, sequence: UInt64?, hasValues = false, hasChannel = false, expected = 0
        var members = object.members
        while let (name, value) = members.next() {
            let key = name.name(in: &scratch)
            if key.equals("t") {
                guard let number = value.number, number.isFinite else { throw Refusal.wrongShape }
                time = number
            } else if key.equals("seq") {
                guard let number = value.natural else { throw Refusal.wrongShape }
                sequence = number
            } else if key.equals("values") {
                try read(values: value)
                hasValues = true
            } else if let channel = names.index(of: key, expected: expected) {
                expected = channel + 1
                let cell = try Self.cell(value)
                hasChannel = true
                if !hasValues { row[channel] = cell }
            }
        }
        guard hasValues || hasChannel else { throw Refusal.wrongShape }
        return (time, sequence)
    }

    private mutating func read(values: JSONValue) throws(Refusal) {
        guard values.kind == .array else { throw Refusal.wrongShape }
        var elements = values.elements, i = 0
        while let element = elements.next() {
            guard i < row.count else { throw Refusal.wrongShape }
            row[i] = try Self.cell(element)
            i += 1
        }
        guard i == row.count else { throw Refusal.wrongShape }
    }

    private static func cell(_ value: JSONValue) throws(Refusal) -> Float {
        switch value.kind {
        case .null: return .nan
        case .number:
            guard let number = value.float else { throw Refusal.malformed }
            return Magnitude.isUsable(number) ? number : .infinity
        default: throw Refusal.wrongShape
        }
    }

    private func turnInfiniteIntoGaps() -> UInt64 {
        var gaps: UInt64 = 0
        for i in row.indices where row[i].isInfinite {
            row[i] = .nan
            gaps += 1
        }
        return gaps
    }
}
