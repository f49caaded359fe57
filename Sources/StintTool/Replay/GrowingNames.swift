/// Names of classes, numbered as they are met. Looking up a known one allocates nothing.
///
/// Memory grows with the distinct names of the recordings: their figures are asked for one by one.
struct GrowingNames {
    private var text: [UInt8] = []
    private var ends: [Int] = []
    /// Open addressing, at most half full; −1 is empty.
    private var slots = [Int32](repeating: -1, count: 64)

    var count: Int { ends.count }

    func withName<Value>(_ id: Int, _ body: (UnsafeBufferPointer<UInt8>) -> Value) -> Value {
        text.withUnsafeBufferPointer { body(UnsafeBufferPointer(rebasing: $0[range(id)])) }
    }

    mutating func intern(_ name: UnsafeBufferPointer<UInt8>) -> Int {
        var slot = Self.hash(name) & (slots.count - 1)
        while slots[slot] >= 0 {
            if isEqual(name, Int(slots[slot])) { return Int(slots[slot]) }
            slot = (slot + 1) & (slots.count - 1)
        }
        text.append(contentsOf: name)
        ends.append(text.count)
        slots[slot] = Int32(ends.count - 1)
        if 2 * ends.count > slots.count { widen() }
        return ends.count - 1
    }

    private func range(_ id: Int) -> Range<Int> { (id == 0 ? 0 : ends[id - 1])..<ends[id] }

    private func isEqual(_ name: UnsafeBufferPointer<UInt8>, _ id: Int) -> Bool {
        let range = range(id)
        guard range.count == name.count else { return false }
        for i in 0..<name.count where name[i] != text[range.lowerBound + i] { return false }
        return true
    }

    private mutating func widen() {
        var wider = [Int32](repeating: -1, count: 2 * slots.count)
        for id in 0..<ends.count {
            var slot = withName(id, Self.hash) & (wider.count - 1)
            while wider[slot] >= 0 { slot = (slot + 1) & (wider.count - 1) }
            wider[slot] = Int32(id)
        }
        slots = wider
    }

    /// FNV-1a.
    private static func hash(_ name: UnsafeBufferPointer<UInt8>) -> Int {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in name { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return Int(hash >> 20)
    }
}
