import Stint

/// SenML packs (RFC 8428) to frames: records are resolved to their base, and those of one time make one frame.
///
/// A pack is read once into points, which are put in order of time unless they are in it; then frames are runs of one time.
///
/// Names are the base name and the name. One that is no channel is looked for without the stream's name and a separator (`arm/q1`, `arm:q1`,
/// `arm.q1`). Values of other names are ignored. A number is `v` on its base; `vb` is 1 or 0; a text or bytes for a channel do not fit; a sum
/// (`s`) alone says nothing of the value. Units and update times are not used. Times below 2^28 are relative to the arrival.
///
/// Memory: 24 bytes a value of the largest pack so far, at most `mostValues` of them; names of at most 4 KiB.
struct SenMLPack: ~Copyable {
    static let mostValues = 16_384
    /// Times below are relative to now: RFC 8428 §4.5.3.
    static let firstAbsoluteTime = 0x1p28
    /// The newest that is known here: RFC 8428 §4.1.
    private static let version = 10.0

    private struct Point {
        var time: Double
        var order: UInt32
        var channel: UInt32
        var value: Float

        static func < (a: Point, b: Point) -> Bool { a.time < b.time || a.time == b.time && a.order < b.order }
    }

    private var points: UnsafeMutableBufferPointer<Point> = .allocate(capacity: 64)
    private var count = 0
    private var next = 0
    private var baseName = ByteWriter(capacity: 256)
    private var name = ByteWriter(capacity: 256)
    private var scratch = ByteWriter(capacity: 256)
    private let stream: [UInt8]

    /// Nothing is left of the values that it handed out.
    mutating func wipe() {
        points.initialize(repeating: Point(time: 0, order: 0, channel: 0, value: 0))
        (count, next) = (0, 0)
    }

    init(stream: String) { self.stream = Array(stream.utf8) }

    deinit { points.deallocate() }

    /// What a record says, apart from what it changes for those after it.
    private struct Record {
        var time = 0.0
        var hasName = false
        var value: Cell?
        var number: Double?
        var isMisfit = false
    }

    private struct Base {
        var time = 0.0
        var value = 0.0
    }

    // MARK: Reading

    /// Takes a whole pack or refuses it; gives the number of frames and the cells that became gaps.
    mutating func read<Value: WireValue>(
        _ array: Value, arrival: Double, channels: borrowing NameTable
    ) throws(Refusal) -> (frames: Int, gaps: Gaps) {
        (count, next) = (0, 0)
        baseName.clear()
        var base = Base(), isOrdered = true, expected = 0
        var elements = array.elements
        while let element = elements.next() {
            guard element.form == .object else { throw Refusal.wrongShape }
            let record = try read(element, &base)
            guard record.value != nil || record.number != nil || record.isMisfit, let channel = channel(channels, expected) else { continue }
            guard !record.isMisfit else { throw Refusal.wrongShape }
            expected = channel + 1
            let said = base.time + record.time
            let time = said < Self.firstAbsoluteTime ? arrival + said : said
            guard time.isFinite else { throw Refusal.wrongShape }
            // The sum of a base and a value is made in Float64, and only if there is a base, so that a plain value is rounded once.
            let cell = base.value == 0 ? record.value : record.number.map { Cell($0 + base.value) } ?? record.value
            try add(Point(time: time, order: UInt32(count), channel: UInt32(channel), value: (cell ?? .gap).value))
            if count > 1, points[count - 1] < points[count - 2] { isOrdered = false }
        }
        guard count > 0 else { throw Refusal.wrongShape }
        if !isOrdered { sort() }
        return settle()
    }

    /// One record: what it sets for all that follow goes to `base` and `baseName`, its own name to `name`.
    private mutating func read<Value: WireValue>(_ object: Value, _ base: inout Base) throws(Refusal) -> Record {
        var record = Record()
        name.clear()
        var members = object.members
        while let (key, value) = members.next() {
            switch field(key) {
            case .baseName:
                guard value.form == .text else { throw Refusal.wrongShape }
                baseName.clear()
                baseName.append(bytes: value.name(in: &scratch))
            case .name:
                guard value.form == .text else { throw Refusal.wrongShape }
                name.append(bytes: value.name(in: &scratch))
            case .baseTime: base.time = try number(value)
            case .baseValue: base.value = try number(value)
            case .baseVersion: guard try number(value) <= Self.version else { throw Refusal.wrongShape }
            case .time: record.time = try number(value)
            case .value:
                guard value.form == .number, let cell = value.cell else { throw Refusal.wrongShape }
                (record.value, record.number) = (cell, value.number)
            case .flag:
                guard let flag = value.flag else { throw Refusal.wrongShape }
                record.value = Cell(flag ? 1 : 0 as Float)
            case .misfit: record.isMisfit = true
            case .unused: break
            case .unknown: throw Refusal.wrongShape
            }
        }
        return record
    }

    private func number<Value: WireValue>(_ value: Value) throws(Refusal) -> Double {
        guard value.form == .number, let number = value.number, number.isFinite else { throw Refusal.wrongShape }
        return number
    }

    private enum Field {
        case baseName, name, baseTime, baseValue, baseVersion, time, value, flag
        /// `vs` and `vd`, which are no number.
        case misfit
        /// Units, sums and update times, and what nobody needs to know.
        case unused
        /// A label that ends in `_` must be understood: RFC 8428 §4.4.
        case unknown
    }

    /// Labels are text, or in CBOR a number: RFC 8428 §6, table 6.
    private mutating func field<Value: WireValue>(_ key: Value) -> Field {
        if let number = key.keyNumber {
            switch number {
            case -1: return .baseVersion
            case -2: return .baseName
            case -3: return .baseTime
            case -5: return .baseValue
            case 0: return .name
            case 2: return .value
            case 3, 8: return .misfit
            case 4: return .flag
            case 6: return .time
            default: return .unused
            }
        }
        let label = key.name(in: &scratch)
        if label.equals("n") { return .name }
        if label.equals("v") { return .value }
        if label.equals("t") { return .time }
        if label.equals("bn") { return .baseName }
        if label.equals("bt") { return .baseTime }
        if label.equals("bv") { return .baseValue }
        if label.equals("bver") { return .baseVersion }
        if label.equals("vb") { return .flag }
        if label.equals("vs") || label.equals("vd") { return .misfit }
        return label.last == UInt8(ascii: "_") ? .unknown : .unused
    }

    /// The channel of the base name and the name; nil when it is nobody's.
    private mutating func channel(_ channels: borrowing NameTable, _ expected: Int) -> Int? {
        scratch.clear()
        scratch.append(bytes: baseName.bytes)
        scratch.append(bytes: name.bytes)
        let whole = scratch.bytes
        if let channel = channels.index(of: whole, expected: expected) { return channel }
        guard !stream.isEmpty, whole.count > stream.count + 1, whole.prefix(stream.count).elementsEqual(stream) else { return nil }
        switch whole[stream.count] {
        case UInt8(ascii: "/"), .colon, .dot:
            return channels.index(of: UnsafeRawBufferPointer(rebasing: whole[(stream.count + 1)...]), expected: expected)
        default: return nil
        }
    }

    // MARK: Points

    private mutating func add(_ point: Point) throws(Refusal) {
        guard count < Self.mostValues else { throw Refusal.wrongShape }
        if count == points.count {
            let larger = UnsafeMutableBufferPointer<Point>.allocate(capacity: 2 * points.count)
            larger.baseAddress!.update(from: points.baseAddress!, count: count)
            points.deallocate()
            points = larger
        }
        points[count] = point
        count += 1
    }

    /// Heapsort: in place, and n log n whatever a sender does.
    private func sort() {
        var start = count / 2
        while start > 0 {
            start -= 1
            sift(start, count)
        }
        var end = count
        while end > 1 {
            end -= 1
            points.swapAt(0, end)
            sift(0, end)
        }
    }

    private func sift(_ start: Int, _ end: Int) {
        var root = start
        while 2 * root + 1 < end {
            var child = 2 * root + 1
            if child + 1 < end, points[child] < points[child + 1] { child += 1 }
            guard points[root] < points[child] else { return }
            points.swapAt(root, child)
            root = child
        }
    }

    private func settle() -> (frames: Int, gaps: Gaps) {
        var frames = 0, gaps = Gaps()
        for i in 0..<count {
            if i == 0 || points[i].time != points[i - 1].time { frames += 1 }
            guard points[i].value.isInfinite else { continue }
            if points[i].value > 0 { gaps.outOfRange += 1 } else { gaps.nonFinite += 1 }
            points[i].value = Frame.unusable
        }
        return (frames, gaps)
    }

    /// The next frame's time, and its values in `row`; nil at the end. Of two values of one channel and time the last wins.
    mutating func next(into row: UnsafeMutableBufferPointer<Float>) -> Double? {
        guard next < count else { return nil }
        row.update(repeating: .nan)
        let time = points[next].time
        while next < count, points[next].time == time {
            row[Int(points[next].channel)] = points[next].value
            next += 1
        }
        return time
    }
}

extension WireValue {
    /// Whether an array is a SenML pack and no batch of frames; nil when it is neither.
    ///
    /// The first element that says tells: one with a text under `n` or `bn` makes it a pack, one with `values` or a channel a batch.
    func isPack(channels: borrowing NameTable, scratch: inout ByteWriter) -> Bool? {
        var elements = self.elements
        while let element = elements.next() {
            var members = element.members, isFrame = false
            while let (key, value) = members.next() {
                if let number = key.keyNumber {
                    if number == 0 || number == -2, value.form == .text { return true }
                    continue
                }
                let label = key.name(in: &scratch)
                if label.equals("n") || label.equals("bn"), value.form == .text { return true }
                if label.equals("values") || channels.index(of: label) != nil { isFrame = true }
            }
            if isFrame { return false }
        }
        return nil
    }
}
