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
/// Forms: an object keyed by channel or with `values`, and an array of them, in JSON or CBOR, where `values` may be a typed array; a SenML
/// pack in either; the packed form. `PayloadForm` tells the syntax by the first byte, `isPack` a pack from a batch.
/// The payload must stay where it is until `next` gives nil; a frame's values hold until the next call.
///
/// Cost: O(bytes), and batches are read twice, so that memory does not grow with the payload: C floats and the longest escaped key. Packs
/// are read once, into the room of `SenMLPack`.
/// Edge cases: `t` missing is the arrival, `seq` missing is nil; a missing channel or `null` is a gap that is not counted; `values` wins
/// over channels by name; of two equal keys the last wins, but each must fit; keys nobody knows are ignored.
public struct FrameDecoder: ~Copyable {
    private let names: NameTable
    private let row: UnsafeMutableBufferPointer<Float>
    private var scratch = ByteWriter(capacity: 256)
    private var pack: SenMLPack
    private var source = Source.none

    private enum Source {
        case none
        /// The row is filled.
        case single(Stamp)
        case json(JSONElements, arrival: Double)
        case cbor(CBORElements, arrival: Double)
        case packed(PackedFrames, next: Int)
        case pack

        var isUnset: Bool {
            if case .none = self { return true }
            return false
        }
    }

    private struct Stamp {
        var time: Double
        var sequence: UInt64?
    }

    /// - Parameter stream: what names in SenML may begin with.
    public init(channels: [String], stream: String = "") {
        precondition(!channels.isEmpty, "a stream needs a channel")
        names = NameTable(channels)
        row = .allocate(capacity: channels.count)
        row.initialize(repeating: .nan)
        pack = SenMLPack(stream: stream)
    }

    deinit { row.deallocate() }

    /// Nothing is left of the frames that it handed out.
    public mutating func wipe() {
        source = .none
        row.update(repeating: .nan)
        pack.wipe()
    }

    /// Checks a message. Shape: the number of frames that `next` will give; 0 when it was refused, and then counted once.
    public mutating func decode(_ payload: UnsafeRawBufferPointer, arrival: Double, counts: inout DropCounts) -> Int {
        source = .none
        do throws(Refusal) {
            let taken: (frames: Int, gaps: Gaps)
            switch PayloadForm(payload) {
            case .packed:
                let frames = try PackedFrames(payload, channels: names.count, arrival: arrival)
                taken = (frames.samples, frames.gaps())
                source = .packed(frames, next: 0)
            case .json:
                guard let text = JSONText(payload) else { throw Refusal.malformed }
                taken = try open(text.root, arrival: arrival)
                if source.isUnset { source = .json(text.root.elements, arrival: arrival) }
            case .cbor:
                guard let item = CBORItem(payload) else { throw Refusal.malformed }
                taken = try open(item.root, arrival: arrival)
                if source.isUnset { source = .cbor(item.root.elements, arrival: arrival) }
            }
            counts.count(.nonFinite, times: taken.gaps.nonFinite)
            counts.count(.outOfRange, times: taken.gaps.outOfRange)
            return taken.frames
        } catch {
            source = .none
            counts.count(error.reason)
            return 0
        }
    }

    /// The next frame of the message that was decoded last.
    public mutating func next() -> Frame? {
        switch source {
        case .none: return nil
        case .single(let stamp):
            source = .none
            return frame(stamp)
        case .json(var elements, let arrival):
            guard let stamp = nextOfBatch(&elements, arrival) else {
                source = .none
                return nil
            }
            source = .json(elements, arrival: arrival)
            return frame(stamp)
        case .cbor(var elements, let arrival):
            guard let stamp = nextOfBatch(&elements, arrival) else {
                source = .none
                return nil
            }
            source = .cbor(elements, arrival: arrival)
            return frame(stamp)
        case .packed(let frames, let i):
            guard i < frames.samples else {
                source = .none
                return nil
            }
            source = .packed(frames, next: i + 1)
            frames.copy(sample: i, to: row)
            return frame(Stamp(time: frames.time(i), sequence: frames.sequence + UInt64(i)))
        case .pack:
            guard let time = pack.next(into: row) else {
                source = .none
                return nil
            }
            return frame(Stamp(time: time, sequence: nil))
        }
    }

    private func frame(_ stamp: Stamp) -> Frame {
        Frame(time: stamp.time, sequence: stamp.sequence, values: UnsafeBufferPointer(row))
    }

    /// A whole message; sets `source`, except for a batch, which only its own kind of elements can walk.
    private mutating func open<Value: WireValue>(_ root: Value, arrival: Double) throws(Refusal) -> (frames: Int, gaps: Gaps) {
        switch root.form {
        case .object:
            var gaps = Gaps()
            source = .single(try read(root, arrival: arrival))
            Cell.settle(row, &gaps)
            return (1, gaps)
        case .array:
            switch root.isPack(channels: names, scratch: &scratch) {
            case true?:
                let taken = try pack.read(root, arrival: arrival, channels: names)
                source = .pack
                return taken
            case false?: return try openBatch(root, arrival: arrival)
            case nil: throw Refusal.wrongShape
            }
        default: throw Refusal.wrongShape
        }
    }

    private mutating func openBatch<Value: WireValue>(_ array: Value, arrival: Double) throws(Refusal) -> (frames: Int, gaps: Gaps) {
        var elements = array.elements, frames = 0, gaps = Gaps()
        while let element = elements.next() {
            _ = try read(element, arrival: arrival)
            Cell.settle(row, &gaps)
            frames += 1
        }
        guard frames > 0 else { throw Refusal.wrongShape }
        return (frames, gaps)
    }

    private mutating func nextOfBatch<Elements: IteratorProtocol>(
        _ elements: inout Elements, _ arrival: Double
    ) -> Stamp? where Elements.Element: WireValue {
        // Every element was read once before, so nothing is refused here.
        guard let element = elements.next(), let stamp = try? read(element, arrival: arrival) else { return nil }
        var gaps = Gaps()
        Cell.settle(row, &gaps)
        return stamp
    }

    /// One object into the row; what is unusable is left as its mark.
    private mutating func read<Value: WireValue>(_ object: Value, arrival: Double) throws(Refusal) -> Stamp {
        guard object.form == .object else { throw Refusal.wrongShape }
        row.update(repeating: .nan)
        var stamp = Stamp(time: arrival), hasValues = false, hasChannel = false, expected = 0
        var members = object.members
        while let (name, value) = members.next() {
            let key = name.name(in: &scratch)
            if key.equals("t") {
                guard let number = value.number, number.isFinite else { throw Refusal.wrongShape }
                stamp.time = number
            } else if key.equals("seq") {
                guard let number = value.natural else { throw Refusal.wrongShape }
                stamp.sequence = number
            } else if key.equals("values") {
                try read(values: value)
                hasValues = true
            } else if let channel = names.index(of: key, expected: expected) {
                expected = channel + 1
                let cell = try Self.cell(value)
                hasChannel = true
                if !hasValues { row[channel] = cell.value }
            }
        }
        guard hasValues || hasChannel else { throw Refusal.wrongShape }
        return stamp
    }

    private func read<Value: WireValue>(values: Value) throws(Refusal) {
        if let numbers = values.numbers {
            guard numbers.count == row.count else { throw Refusal.wrongShape }
            for i in row.indices { row[i] = numbers.cell(i).value }
            return
        }
        guard values.form == .array else { throw Refusal.wrongShape }
        var elements = values.elements, i = 0
        while let element = elements.next() {
            guard i < row.count else { throw Refusal.wrongShape }
            row[i] = try Self.cell(element).value
            i += 1
        }
        guard i == row.count else { throw Refusal.wrongShape }
    }

    private static func cell<Value: WireValue>(_ value: Value) throws(Refusal) -> Cell {
        if value.form == .null { return .gap }
        guard let cell = value.cell else { throw Refusal.wrongShape }
        return cell
    }
}
