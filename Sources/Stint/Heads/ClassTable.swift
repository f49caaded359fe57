/// The names of the classes that a head has seen, in order of first appearance.
///
/// Bounded twice: by the head's `classes` and by `nameCapacity` bytes a name, so that a million classes or a name of 64 KiB
/// is a counted refusal and not a use of memory.
public struct ClassTable {
    /// Bytes of a name, UTF-8.
    public static let nameCapacity = 64

    public let capacity: Int
    public private(set) var count = 0
    private let bytes: UnsafeMutablePointer<UInt8>
    /// Where each name lies; a range is its two bounds, and nothing else.
    private let ranges: UnsafeMutablePointer<Range<Int>>
    private let bounds: UnsafeMutablePointer<Int>

    init(capacity: Int, _ carver: inout Carver) {
        self.capacity = capacity
        bytes = carver.carve(UInt8.self, capacity * Self.nameCapacity)
        bounds = carver.carve(Int.self, 2 * capacity)
        ranges = UnsafeMutableRawPointer(bounds).bindMemory(to: Range<Int>.self, capacity: capacity)
    }

    mutating func reset() {
        count = 0
        ranges.update(repeating: 0..<0, count: capacity)
    }

    public func name(_ id: Int) -> UnsafeBufferPointer<UInt8> {
        precondition(id >= 0 && id < count)
        return UnsafeBufferPointer(start: bytes + ranges[id].lowerBound, count: ranges[id].count)
    }

    /// All names: their bytes, and where in them each one lies.
    public var names: (bytes: UnsafeRawBufferPointer, ranges: UnsafeBufferPointer<Range<Int>>) {
        (UnsafeRawBufferPointer(start: bytes, count: capacity * Self.nameCapacity), UnsafeBufferPointer(start: ranges, count: count))
    }

    /// The index of a class that is known.
    func find(_ name: UnsafeBufferPointer<UInt8>) -> Int? {
        for id in 0..<count where ranges[id].count == name.count {
            let known = bytes + id * Self.nameCapacity
            var i = 0
            while i < name.count, known[i] == name[i] { i += 1 }
            if i == name.count { return id }
        }
        return nil
    }

    enum Lookup: Equatable { case known(Int), refused(DropReason) }

    /// The index of a class; a new one is added at the end while there is room.
    mutating func intern(_ name: UnsafeBufferPointer<UInt8>) -> Lookup {
        guard name.count > 0, name.count <= Self.nameCapacity else { return .refused(.labelInvalid) }
        if let id = find(name) { return .known(id) }
        guard count < capacity else { return .refused(.classRefused) }
        for i in 0..<name.count { bytes[count * Self.nameCapacity + i] = name[i] }
        ranges[count] = (count * Self.nameCapacity)..<(count * Self.nameCapacity + name.count)
        count += 1
        return .known(count - 1)
    }

    mutating func archive(_ archive: inout Archive) {
        archive.scalar(&count)
        archive.array(bytes, capacity * Self.nameCapacity)
        archive.array(bounds, 2 * capacity)
    }
}
