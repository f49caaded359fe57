import Stint

/// What a state file holds, as far as it can be told without its config; also of one that is damaged behind its header.
public struct StateInspection {
    public struct Section: Equatable {
        /// Four characters.
        public var tag: String
        public var version: UInt32
        /// Of its payload.
        public var bytes: Int
        /// Whether its checksum holds.
        public var isWhole: Bool
    }

    public let version: UInt32
    public let header: StateHeader
    /// Of the whole file.
    public let bytes: Int
    /// In the order of the file, as far as they can be told apart; none of one that is sealed and has no key.
    public let sections: [Section]
    /// Whether its snapshot is only readable with a key.
    public let isSealed: Bool
    /// Why no learner would take it; nil: it is whole.
    public let fault: StateError?

    /// - Throws: it cannot be read, or has no whole header: then nothing in it can be believed.
    public static func read(_ path: String, key: StateKey? = nil, disk: Disk = Disk()) throws(StateError) -> StateInspection {
        let bytes: UnsafeMutableRawBufferPointer
        do throws(DiskError) { bytes = try disk.read(path) } catch { throw .disk(error) }
        defer { bytes.wipe() }
        return try inspect(bytes, path, key)
    }

    /// Of bytes that somebody else has; they are copied.
    public static func read(copying bytes: UnsafeRawBufferPointer, name: String) throws(StateError) -> StateInspection {
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 16)
        defer { copy.wipe() }
        copy.copyMemory(from: bytes)
        return try inspect(copy, name, nil)
    }

    private static func inspect(_ bytes: UnsafeMutableRawBufferPointer, _ path: String, _ key: StateKey?) throws(StateError) -> StateInspection {
        let all = UnsafeRawBufferPointer(bytes)
        let (header, start) = try StateFile.checkHeader(all, path: path)
        var fault: StateError?
        let isSealed = StateFile.isSealed(StateFile.formatVersion(all))
        do throws(StateError) {
            try StateFile.checkBody(all, headerBytes: start, path: path)
            if key != nil { try StateFile.open(bytes, headerBytes: start, key, path: path) }
        } catch {
            fault = error
        }
        let isReadable = !isSealed || (key != nil && fault == nil)
        // Of a file that is cut short, what there is.
        let said = start + Int(StateFile.snapshotBytes(all))
        let body = UnsafeRawBufferPointer(rebasing: all[start..<max(start, min(said, all.count))])
        return StateInspection(
            version: StateFile.formatVersion(all), header: header, bytes: all.count,
            sections: isReadable ? Self.sections(body) : [], isSealed: isSealed, fault: fault)
    }

    /// Tag, version, length, payload, CRC-32 of all four; see `Archive`. A length that leads out of the file ends the walk.
    static func sections(_ body: UnsafeRawBufferPointer) -> [Section] {
        var sections: [Section] = [], offset = 0
        while body.count - offset >= 20 {
            let tag = body[offset..<offset + 4]
            let version = UInt32(littleEndian: body.loadUnaligned(fromByteOffset: offset + 4, as: UInt32.self))
            let length = UInt64(littleEndian: body.loadUnaligned(fromByteOffset: offset + 8, as: UInt64.self))
            guard tag.allSatisfy({ (0x20..<0x7F).contains($0) }), length <= UInt64(body.count - offset - 20) else { break }
            let end = offset + 16 + Int(length)
            let sum = UInt32(littleEndian: body.loadUnaligned(fromByteOffset: end, as: UInt32.self))
            let isWhole = sum == CRC32.of(UnsafeRawBufferPointer(rebasing: body[offset..<end]))
            sections.append(Section(tag: String(decoding: tag, as: UTF8.self), version: version, bytes: Int(length), isWhole: isWhole))
            offset = end + 4
        }
        return sections
    }
}
