/// The names of the classes seen so far, in order of first appearance, as they lie in somebody's memory.
///
/// Holds until the owner learns a new class. Invariant: every range lies inside the bytes, which are UTF-8.
public struct ClassNames {
    private let bytes: UnsafeRawBufferPointer
    private let ranges: UnsafeBufferPointer<Range<Int>>

    public init(bytes: UnsafeRawBufferPointer, ranges: UnsafeBufferPointer<Range<Int>>) {
        self.bytes = bytes
        self.ranges = ranges
    }

    /// No class has been seen.
    public static var none: ClassNames {
        ClassNames(bytes: UnsafeRawBufferPointer(start: nil, count: 0), ranges: UnsafeBufferPointer(start: nil, count: 0))
    }

    public var count: Int { ranges.count }

    public subscript(index: Int) -> UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: bytes[ranges[index]]) }
}
