/// Names to their places in a list: channels, topics, columns. Made once; looking up allocates nothing.
///
/// Names must be distinct. Cost: one FNV-1a hash and about one comparison; hostile keys can only miss.
public struct NameTable: ~Copyable {
    public let count: Int
    private var text = ByteWriter()
    private let ranges: UnsafeMutableBufferPointer<Range<Int>>
    /// Open addressing, at most half full; −1 is empty.
    private let slots: UnsafeMutableBufferPointer<Int32>

    public init(_ names: [String]) {
        count = names.count
        ranges = .allocate(capacity: names.count)
        var size = 4
        while size < 2 * names.count { size *= 2 }
        slots = .allocate(capacity: size)
        slots.initialize(repeating: -1)
        for (index, name) in names.enumerated() {
            let start = text.count
            text.append(text: name)
            ranges.initializeElement(at: index, to: start..<text.count)
            let bytes = UnsafeRawBufferPointer(rebasing: text.bytes[start...])
            precondition(self.index(of: bytes) == nil, "two names are \(name)")
            var slot = Self.hash(bytes) & (size - 1)
            while slots[slot] >= 0 { slot = (slot + 1) & (size - 1) }
            slots[slot] = Int32(index)
        }
    }

    deinit {
        ranges.deallocate()
        slots.deallocate()
    }

    /// The name at a place, as UTF-8.
    public func name(_ index: Int) -> UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: text.bytes[ranges[index]]) }

    public func index(of name: UnsafeRawBufferPointer) -> Int? {
        var slot = Self.hash(name) & (slots.count - 1)
        while slots[slot] >= 0 {
            let index = Int(slots[slot])
            if isEqual(name, at: index) { return index }
            slot = (slot + 1) & (slots.count - 1)
        }
        return nil
    }

    /// The same, trying one place first: senders keep the order.
    public func index(of name: UnsafeRawBufferPointer, expected: Int) -> Int? {
        expected < count && isEqual(name, at: expected) ? expected : index(of: name)
    }

    private func isEqual(_ name: UnsafeRawBufferPointer, at index: Int) -> Bool {
        let range = ranges[index], known = text.bytes
        guard name.count == range.count else { return false }
        for i in 0..<name.count where name[i] != known[range.lowerBound + i] { return false }
        return true
    }

    private static func hash(_ name: UnsafeRawBufferPointer) -> Int {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in name { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return Int(hash >> 20)
    }
}
