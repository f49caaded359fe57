/// Labels of frames whose turn has not come, in order of arrival; each is given out when its frame has been a step.
struct WaitingLabels {
    /// One byte more than a class may have: a longer name stays too long.
    private static let textBytes = ClassTable.nameCapacity + 1

    /// Without padding, so that a snapshot has no byte that means nothing.
    private struct Entry: BitwiseCopyable {
        var sequence: UInt64 = 0
        var time = 0.0
        var target: Int32 = 0
        var count: Int32 = 0
        var number: Float = 0
        var isHead: UInt8 = 0
        var isByTime: UInt8 = 0
        /// 0 a number, 1 a vector, 2 a class.
        var kind: UInt8 = 0
        var spare: UInt8 = 0
    }

    let capacity: Int
    private let targets: Int
    private let entries: UnsafeMutablePointer<Entry>
    private let texts: UnsafeMutablePointer<UInt8>
    private let vectors: UnsafeMutablePointer<Float>
    private(set) var count = 0

    /// - Parameter frames: the most that can wait; each can have `labels`, of at most `targets` numbers.
    init(frames: Int, labels: Int, targets: Int, _ carver: inout Carver) {
        capacity = frames * labels
        self.targets = targets
        entries = carver.carve(Entry.self, capacity)
        texts = carver.carve(UInt8.self, capacity * Self.textBytes)
        vectors = carver.carve(Float.self, capacity * targets)
    }

    mutating func reset() { count = 0 }

    /// False when there is no room.
    mutating func put(_ label: Label) -> Bool {
        guard count < capacity else { return false }
        var entry = Entry()
        switch label.target {
        case .label(let index): entry.target = Int32(index)
        case .head(let index): (entry.isHead, entry.target) = (1, Int32(index))
        }
        switch label.moment {
        case .sequence(let sequence): entry.sequence = sequence
        case .time(let time): (entry.isByTime, entry.time) = (1, time)
        }
        switch label.value {
        case .number(let number): entry.number = number
        case .vector(let vector):
            guard vector.count <= targets else { return false }
            (entry.kind, entry.count) = (1, Int32(vector.count))
            for j in 0..<vector.count { vectors[count * targets + j] = vector[j] }
        case .category(let name):
            (entry.kind, entry.count) = (2, Int32(min(name.count, Self.textBytes)))
            for i in 0..<Int(entry.count) { texts[count * Self.textBytes + i] = name[i] }
        }
        entries[count] = entry
        count += 1
        return true
    }

    /// The label at a place in the queue; holds until the next `remove`.
    func label(_ i: Int) -> Label {
        let entry = entries[i], count = Int(entry.count)
        let value: Label.Value =
            switch entry.kind {
            case 0: .number(entry.number)
            case 1: .vector(UnsafeBufferPointer(start: vectors + i * targets, count: count))
            default: .category(UnsafeBufferPointer(start: texts + i * Self.textBytes, count: count))
            }
        return Label(
            target: entry.isHead == 1 ? .head(Int(entry.target)) : .label(Int(entry.target)),
            moment: entry.isByTime == 1 ? .time(entry.time) : .sequence(entry.sequence), value: value)
    }

    mutating func remove(_ i: Int) {
        count -= 1
        let later = count - i
        (entries + i).update(from: entries + i + 1, count: later)
        (texts + i * Self.textBytes).update(from: texts + (i + 1) * Self.textBytes, count: later * Self.textBytes)
        (vectors + i * targets).update(from: vectors + (i + 1) * targets, count: later * targets)
    }

    mutating func archive(_ archive: inout Archive) {
        archive.present(entries, capacity)
        archive.present(texts, capacity * Self.textBytes)
        archive.present(vectors, capacity * targets)
        archive.scalar(&count)
    }
}
