/// Hands out aligned pieces of one block of memory, or, before there is a block, only counts them.
///
/// The same constructors run twice: once over nothing, which gives the plan, and once over the arena. So the bytes that are
/// planned are the bytes that are taken, to the last one.
public struct Carver {
    /// Cache line; every piece begins on one, so that vector loads of whole rows stay within lines.
    static let alignment = 64

    private let base: UnsafeMutableRawPointer?
    private let capacity: Int
    /// Bytes of the arena so far.
    private(set) var carved = 0
    private(set) var parts: [PlanPart] = []
    private var current = 0

    /// A carver that only counts. What it hands out must not be touched.
    init() {
        base = nil
        capacity = .max
        parts = [PlanPart(name: "frame", head: nil, bytes: 0)]
    }

    /// A carver over an arena of exactly the planned size.
    init(over arena: borrowing Arena) {
        base = arena.base
        capacity = arena.bytes
        parts = [PlanPart(name: "frame", head: nil, bytes: 0)]
    }

    /// What is carved from here on belongs to this part of the plan.
    mutating func begin(_ name: StaticString, head: Int? = nil) {
        parts.append(PlanPart(name: name, head: head, bytes: 0))
        current = parts.count - 1
    }

    /// `count` zeroed values.
    mutating func carve<T: BitwiseCopyable>(_ type: T.Type, _ count: Int) -> UnsafeMutablePointer<T> {
        let size = count * MemoryLayout<T>.stride
        let taken = (size + Self.alignment - 1) / Self.alignment * Self.alignment
        let offset = carved
        carved += taken
        parts[current].bytes += taken
        precondition(carved <= capacity, "carved more than was planned")
        guard let base else {
            // Never dereferenced: a plan is thrown away before anything is written.
            return UnsafeMutablePointer(bitPattern: Self.alignment + offset)!
        }
        return (base + offset).bindMemory(to: T.self, capacity: count)
    }

    /// Bytes that live outside the arena (the objects themselves), so that the total is whole.
    mutating func account(bytes extra: Int) { parts[current].bytes += extra }
}

/// One line of the table of what takes how much.
public struct PlanPart {
    public var name: StaticString
    /// Index of the head that it belongs to, if it belongs to one.
    public var head: Int?
    public var bytes: Int
}

/// The one block of memory that the learner lives in; zeroed, freed with its owner, and zeroed before: rows are not left in what is free.
struct Arena: ~Copyable {
    let base: UnsafeMutableRawPointer
    let bytes: Int

    init(bytes: Int) {
        self.bytes = bytes
        base = .allocate(byteCount: max(bytes, 1), alignment: Carver.alignment)
        clear()
    }

    func clear() { base.initializeMemory(as: UInt8.self, repeating: 0, count: bytes) }

    deinit {
        clear()
        base.deallocate()
    }
}
