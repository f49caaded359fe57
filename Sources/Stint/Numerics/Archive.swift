/// Writes state to bytes, reads it back, or measures how many bytes that takes, through one and the same description.
///
/// A component lists its fields once, in order; the three modes cannot drift apart. Sections are tagged, versioned, and
/// carry a CRC-32, so that a reader knows what it has before it believes it. Byte order is little-endian, as on every
/// supported board.
public struct Archive {
    public enum Failure: Error, Equatable {
        /// The bytes end before the section does.
        case truncated
        /// Another section, or another version of it, than is expected here.
        case unexpectedSection
        case badChecksum
        /// The section is longer or shorter than what its fields take.
        case wrongLength
    }

    private enum Mode { case measuring, writing, reading }

    private let mode: Mode
    private let base: UnsafeMutableRawPointer?
    private let limit: Int
    public private(set) var offset = 0
    public private(set) var failure: Failure?
    /// Of a snapshot whose rings have another length: how many rows they hold, and the serial number after their newest.
    struct Rings {
        var capacity: Int
        var next: Int
    }
    private var rings: Rings?
    /// What a snapshot has of single rows.
    enum Rows {
        /// They are in it, and wanted.
        case kept
        /// They are in it, and not wanted: nothing of them is copied.
        case skipped
        /// There is nothing of them in it.
        case absent
    }
    var rows = Rows.kept

    private init(mode: Mode, base: UnsafeMutableRawPointer?, limit: Int) {
        self.mode = mode
        self.base = base
        self.limit = limit
    }

    /// Counts only.
    static var measure: Archive { Archive(mode: .measuring, base: nil, limit: .max) }

    static func writing(to buffer: UnsafeMutableRawBufferPointer) -> Archive {
        Archive(mode: .writing, base: buffer.baseAddress, limit: buffer.count)
    }

    /// The bytes are only read.
    static func reading(from buffer: UnsafeRawBufferPointer) -> Archive {
        Archive(mode: .reading, base: UnsafeMutableRawPointer(mutating: buffer.baseAddress), limit: buffer.count)
    }

    var isReading: Bool { mode == .reading }

    mutating func scalar<T: BitwiseCopyable>(_ value: inout T) {
        withUnsafeMutablePointer(to: &value) { array($0, 1) }
    }

    mutating func array<T: BitwiseCopyable>(_ values: UnsafeMutablePointer<T>, _ count: Int) {
        let size = count * MemoryLayout<T>.stride
        guard failure == nil else { return }
        guard mode == .measuring || offset + size <= limit else {
            failure = .truncated
            return
        }
        switch mode {
        case .measuring: break
        case .writing: (base! + offset).copyMemory(from: values, byteCount: size)
        case .reading: UnsafeMutableRawPointer(values).copyMemory(from: base! + offset, byteCount: size)
        }
        offset += size
    }

    /// What single rows have left behind and the next will push out: the present window, the rows that wait. Where no sample is kept it is
    /// no part of a state, and whoever reads one begins with none.
    mutating func present<T: BitwiseCopyable>(_ values: UnsafeMutablePointer<T>, _ count: Int) {
        switch rows {
        case .kept: array(values, count)
        case .skipped: skip(count * MemoryLayout<T>.stride)
        case .absent: break
        }
    }

    /// Of each value what is left without the row that it has seen last.
    mutating func present<T: BitwiseCopyable>(_ values: UnsafeMutablePointer<T>, _ count: Int, without forget: (inout T) -> Void) {
        guard rows != .kept, mode != .measuring else { return array(values, count) }
        for i in 0..<count {
            var value = values[i]
            if !isReading { forget(&value) }
            scalar(&value)
            if isReading {
                forget(&value)
                values[i] = value
            }
        }
    }

    private mutating func skip(_ bytes: Int) {
        guard failure == nil else { return }
        guard mode == .measuring || offset + bytes <= limit else {
            failure = .truncated
            return
        }
        offset += bytes
    }

    /// A ring of `capacity` rows of `each` numbers, in which row s lies at s mod capacity: saved as it lies. Read from a snapshot whose
    /// rings are longer or shorter, the newest rows go to where they belong here, and the others stay as they are.
    mutating func ring<T: BitwiseCopyable>(_ values: UnsafeMutablePointer<T>, _ capacity: Int, each: Int = 1) {
        switch rows {
        case .kept: break
        case .skipped: return skip((rings?.capacity ?? capacity) * each * MemoryLayout<T>.stride)
        case .absent: return
        }
        guard let rings, rings.capacity != capacity else { return array(values, capacity * each) }
        let row = each * MemoryLayout<T>.stride
        guard failure == nil else { return }
        guard mode == .measuring || offset + rings.capacity * row <= limit else {
            failure = .truncated
            return
        }
        if mode == .reading {
            let target = UnsafeMutableRawPointer(values)
            for serial in max(0, rings.next - min(capacity, rings.capacity))..<max(rings.next, 0) {
                (target + serial % capacity * row).copyMemory(from: base! + offset + serial % rings.capacity * row, byteCount: row)
            }
        }
        offset += rings.capacity * row
    }

    /// The serial number after the newest of the rings that follow, where it is read before them.
    mutating func endRings(at next: Int) { rings?.next = next }

    /// Reads a section wherever it lies in a snapshot, the `ordinal`th of its tag. False, and nothing is touched, where there is none, or
    /// one of another version or length.
    static func take(
        _ tag: StaticString, _ ordinal: Int, version: UInt32, of bytes: UnsafeRawBufferPointer, rings: Rings?, rows: Rows = .kept,
        _ fields: (inout Archive) -> Void
    ) -> Bool {
        guard let section = find(tag, ordinal, in: bytes) else { return false }
        var length = Archive.measure
        length.rings = rings
        length.rows = rows
        fields(&length)
        guard section.count == 20 + length.offset, UInt32(littleEndian: section.loadUnaligned(fromByteOffset: 4, as: UInt32.self)) == version
        else { return false }
        var archive = Archive.reading(from: section)
        archive.rings = rings
        archive.rows = rows
        archive.section(tag, version: version, fields)
        return archive.failure == nil
    }

    /// Whether all is sections, and each has the checksum that it says.
    static func isWhole(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var at = 0
        while bytes.count - at >= 20 {
            let length = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: at + 8, as: UInt64.self))
            guard length <= UInt64(bytes.count - at - 20) else { return false }
            let end = at + 16 + Int(length)
            let stored = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: end, as: UInt32.self))
            guard stored == CRC32.of(UnsafeRawBufferPointer(rebasing: bytes[at..<end])) else { return false }
            at = end + 4
        }
        return at == bytes.count
    }

    /// A section, from its tag to its checksum; nil where there are not so many of its tag.
    static func find(_ tag: StaticString, _ ordinal: Int, in bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        var (at, left) = (0, ordinal)
        // Tag, version, length; payload; checksum.
        while bytes.count - at >= 20 {
            let found = bytes.loadUnaligned(fromByteOffset: at, as: UInt32.self)
            let length = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: at + 8, as: UInt64.self))
            guard length <= UInt64(bytes.count - at - 20) else { return nil }
            if found == code(tag) {
                if left == 0 { return UnsafeRawBufferPointer(rebasing: bytes[at..<at + 20 + Int(length)]) }
                left -= 1
            }
            at += 20 + Int(length)
        }
        return nil
    }

    /// A section: tag, version, length, payload, CRC-32 of all four.
    mutating func section(_ tag: StaticString, version: UInt32, _ fields: (inout Archive) -> Void) {
        guard failure == nil else { return }
        let start = offset
        var code = Self.code(tag)
        var said = version
        var length: UInt64 = 0
        if isReading {
            scalar(&code)
            scalar(&said)
            scalar(&length)
            if failure == nil, code != Self.code(tag) || said != version { failure = .unexpectedSection }
            if failure == nil, length > UInt64(limit - offset) || limit - offset - Int(length) < 4 { failure = .truncated }
            guard failure == nil else { return }
            let end = offset + Int(length)
            var stored: UInt32 = 0
            withUnsafeMutableBytes(of: &stored) { $0.copyMemory(from: UnsafeRawBufferPointer(start: base! + end, count: 4)) }
            guard stored == CRC32.of(UnsafeRawBufferPointer(start: base! + start, count: end - start)) else {
                failure = .badChecksum
                return
            }
            fields(&self)
            if failure == nil, offset != end { failure = .wrongLength }
            offset += 4
        } else {
            offset += 16
            guard mode == .measuring || offset <= limit else {
                failure = .truncated
                return
            }
            fields(&self)
            let end = offset
            length = UInt64(end - start - 16)
            if mode == .writing, failure == nil {
                offset = start
                scalar(&code)
                scalar(&said)
                scalar(&length)
                offset = end
            }
            guard failure == nil else { return }
            var sum: UInt32 = mode == .writing ? CRC32.of(UnsafeRawBufferPointer(start: base! + start, count: end - start)) : 0
            scalar(&sum)
        }
    }

    private static func code(_ tag: StaticString) -> UInt32 {
        precondition(tag.utf8CodeUnitCount == 4, "a section's tag has four characters")
        return tag.withUTF8Buffer { UnsafeRawPointer($0.baseAddress!).loadUnaligned(as: UInt32.self) }
    }
}

/// CRC-32 (ISO-HDLC, reflected 0xEDB88320), eight bytes at a time (Kounavis & Berry 2005, "slicing by 8").
///
/// A snapshot is summed up while the loop stands still, so this decides how long that is: 4 MiB took 17 ms by nibbles.
public enum CRC32 {
    /// `table[256·k + b]`: what the byte b does with k zero bytes after it. 8 KiB, made once.
    nonisolated(unsafe) private static let table: UnsafeMutablePointer<UInt32> = {
        let table = UnsafeMutablePointer<UInt32>.allocate(capacity: 8 * 256)
        for byte in 0..<256 {
            var crc = UInt32(byte)
            for _ in 0..<8 { crc = (crc >> 1) ^ (crc & 1 == 1 ? 0xEDB8_8320 : 0) }
            table[byte] = crc
        }
        for i in 256..<8 * 256 { table[i] = (table[i - 256] >> 8) ^ table[Int(table[i - 256] & 0xFF)] }
        return table
    }()

    public static func of(_ bytes: UnsafeRawBufferPointer, seed: UInt32 = 0) -> UInt32 {
        let table = Self.table
        var crc = ~seed, i = 0
        while i + 8 <= bytes.count {
            let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: i, as: UInt64.self)) ^ UInt64(crc)
            let low = UInt32(truncatingIfNeeded: word), high = UInt32(truncatingIfNeeded: word >> 32)
            let first = table[7 * 256 + Int(low & 0xFF)] ^ table[6 * 256 + Int(low >> 8 & 0xFF)]
            let second = table[5 * 256 + Int(low >> 16 & 0xFF)] ^ table[4 * 256 + Int(low >> 24)]
            let third = table[3 * 256 + Int(high & 0xFF)] ^ table[2 * 256 + Int(high >> 8 & 0xFF)]
            let fourth = table[256 + Int(high >> 16 & 0xFF)] ^ table[Int(high >> 24)]
            crc = first ^ second ^ third ^ fourth
            i += 8
        }
        while i < bytes.count {
            crc = (crc >> 8) ^ table[Int((crc ^ UInt32(bytes[i])) & 0xFF)]
            i += 1
        }
        return ~crc
    }
}
