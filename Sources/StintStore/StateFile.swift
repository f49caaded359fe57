import CSodium
import Stint

/// What a state file says about itself.
public struct StateHeader: Equatable {
    /// Counts the checkpoints of a device; the newest of two slots has the larger.
    public var generation: UInt64
    /// Frames learned from since the start of life.
    public var steps: UInt64
    /// Nanoseconds since the epoch, by the writer's clock.
    public var createdNanoseconds: Int64
    public var seed: UInt64
    public var shape: Shape
    /// See `Learner.encoderHash`.
    public var encoder: Fingerprint
    /// Of the config's text.
    public var config: Fingerprint
    /// `[device] id`, or empty.
    public var device: String
    public var lineage: Lineage

    public init(
        generation: UInt64 = 0, steps: UInt64, createdNanoseconds: Int64, seed: UInt64, shape: Shape, encoder: Fingerprint,
        config: Fingerprint, device: String, lineage: Lineage = Lineage()
    ) {
        self.generation = generation
        self.steps = steps
        self.createdNanoseconds = createdNanoseconds
        self.seed = seed
        self.shape = shape
        self.encoder = encoder
        self.config = config
        self.device = device
        self.lineage = lineage
    }
}

/// A learner's snapshot on disk.
///
/// ```swift
/// let file = try StateFile.read("a.state", expecting: shape)
/// try file.restore(learner)
/// ```
///
/// `docs/state-format.md` says which byte means what: a header with lengths, hashes and texts, the snapshot in tagged sections, checksums.
///
/// Reading believes no length before it has compared it with what there is. Cost: a second pass over the bytes for the checksum.
public struct StateFile: ~Copyable {
    static let magic: [UInt8] = [0x89, 0x53, 0x54, 0x49, 0x4E, 0x54, 0x0D, 0x0A]
    /// The newest that is read. A file is written in the oldest that can say what is in it.
    public static let version: UInt32 = 3
    static let plainVersion: UInt32 = 2
    /// Of the header before its texts, by version.
    private static func fixedBytes(_ version: UInt32) -> Int {
        switch version {
        case 1: 160
        case 2: 168
        default: 168 + StateKey.nonceBytes
        }
    }
    /// Of the header behind its texts.
    private static func endBytes(_ version: UInt32) -> Int { isSealed(version) ? StateKey.tagBytes + 4 : 4 }
    static func isSealed(_ version: UInt32) -> Bool { version > plainVersion }

    public let header: StateHeader
    public let path: String
    private let bytes: UnsafeMutableRawBufferPointer
    private let snapshotStart: Int
    private let expected: Shape?

    deinit { bytes.wipe() }

    /// Makes a learner go on from here, bit by bit where it can; one that does not take the snapshot is as new.
    ///
    /// - Returns: what became of each head, where the state is of another config or version; nil where every bit is as it was.
    @discardableResult
    public func restore(_ learner: Learner) throws(StateError) -> Adoption? {
        let now = expected ?? header.shape
        do throws(Archive.Failure) {
            return try withSnapshot { snapshot throws(Archive.Failure) in
                if now == header.shape {
                    do throws(Archive.Failure) {
                        return try learner.restore(snapshot)
                    } catch {
                        // Of another version, as the sections say; anything else is damage.
                        guard error == .unexpectedSection || error == .wrongLength else { throw error }
                    }
                }
                guard let here = ShapeReading(now), let there = ShapeReading(header.shape) else { throw .unexpectedSection }
                let own = learner.plan.specification
                guard here.specification.heads.count == own.heads.count, here.specification.labels == own.labels,
                    here.specification.channels == own.channels
                else { throw .wrongLength }
                return try learner.adopt(snapshot, from: FormerLearner(there, steps: header.steps, now: here))
            }
        } catch {
            throw .refused(path: path, error)
        }
    }

    /// Hands out the sections that `Learner.restore` takes; they hold during the call.
    public func withSnapshot<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
        try body(UnsafeRawBufferPointer(rebasing: bytes[snapshotStart..<bytes.count - 4]))
    }

    // MARK: Reading

    /// - Parameters:
    ///   - expecting: the shape of the learner that is to go on from it, whose latents must be the state's; nil: the state's own.
    ///   - key: of a state that is sealed; one that is not is read as it is.
    public static func read(_ path: String, expecting: Shape? = nil, key: StateKey? = nil, disk: Disk = Disk()) throws(StateError) -> StateFile {
        let bytes: UnsafeMutableRawBufferPointer
        do throws(DiskError) { bytes = try disk.read(path) } catch { throw StateError.disk(error) }
        return try read(bytes, path, expecting, key)
    }

    /// Of bytes that somebody else has; they are copied.
    ///
    /// - Parameter name: stands for the path in what is refused.
    public static func read(copying bytes: UnsafeRawBufferPointer, name: String) throws(StateError) -> StateFile {
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 16)
        copy.copyMemory(from: bytes)
        return try read(copy, name, nil, nil)
    }

    /// - Parameter bytes: are its own from now on.
    private static func read(
        _ bytes: UnsafeMutableRawBufferPointer, _ path: String, _ expecting: Shape?, _ key: StateKey?
    ) throws(StateError) -> StateFile {
        do throws(StateError) {
            let (header, snapshotStart) = try check(UnsafeRawBufferPointer(bytes), path: path, expecting: expecting)
            try open(bytes, headerBytes: snapshotStart, key, path: path)
            return StateFile(header: header, path: path, bytes: bytes, snapshotStart: snapshotStart, expected: expecting)
        } catch {
            bytes.wipe()
            throw error
        }
    }

    private init(header: StateHeader, path: String, bytes: UnsafeMutableRawBufferPointer, snapshotStart: Int, expected: Shape?) {
        self.header = header
        self.path = path
        self.bytes = bytes
        self.snapshotStart = snapshotStart
        self.expected = expected
    }

    private static func check(
        _ bytes: UnsafeRawBufferPointer, path: String, expecting: Shape?
    ) throws(StateError) -> (StateHeader, snapshotStart: Int) {
        let (header, headerBytes) = try checkHeader(bytes, path: path)
        try checkBody(bytes, headerBytes: headerBytes, path: path)
        if let expecting, let difference = header.shape.obstacle(for: expecting) {
            throw .otherShape(path: path, difference: difference)
        }
        return (header, headerBytes)
    }

    /// Makes the snapshot of a file that was checked readable, if it is sealed.
    static func open(_ bytes: UnsafeMutableRawBufferPointer, headerBytes: Int, _ key: StateKey?, path: String) throws(StateError) {
        let all = UnsafeRawBufferPointer(bytes), version = formatVersion(all), end = headerBytes - endBytes(version)
        guard isSealed(version) else { return }
        guard let key else { throw .sealed(path: path) }
        let isOpen = key.open(
            UnsafeMutableRawBufferPointer(rebasing: bytes[headerBytes..<bytes.count - 4]), behind: UnsafeRawBufferPointer(rebasing: all[..<end]),
            nonce: UnsafeRawBufferPointer(rebasing: all[168..<168 + StateKey.nonceBytes]),
            tag: UnsafeRawBufferPointer(rebasing: all[end..<end + StateKey.tagBytes]))
        guard isOpen else { throw .wrongKey(path: path) }
    }

    /// Bytes that tell which checkpoint a file is.
    public static let headBytes = 24
    /// Of a file's first bytes; nil: they are of something else.
    public static func generation(_ head: [UInt8]) -> UInt64? {
        guard head.count >= headBytes, head.starts(with: magic) else { return nil }
        return head.withUnsafeBytes { $0.littleEndian(UInt64.self, at: 16) }
    }

    /// As it stands in a header that was checked.
    static func formatVersion(_ bytes: UnsafeRawBufferPointer) -> UInt32 { bytes.littleEndian(UInt32.self, at: 8) }
    static func snapshotBytes(_ bytes: UnsafeRawBufferPointer) -> UInt64 { bytes.littleEndian(UInt64.self, at: 144) }

    /// What the rest is held against: the header's own words, if they are whole.
    static func checkHeader(_ bytes: UnsafeRawBufferPointer, path: String) throws(StateError) -> (StateHeader, headerBytes: Int) {
        guard bytes.count >= magic.count, bytes.prefix(magic.count).elementsEqual(magic) else { throw .notAState(path: path) }
        guard bytes.count >= 12 else { throw .wrongLength(path: path, expected: fixedBytes(Self.version) + 8, got: bytes.count) }
        let version = bytes.littleEndian(UInt32.self, at: 8)
        guard version <= Self.version else { throw .newer(path: path, version: version) }
        let fixedBytes = fixedBytes(version)
        guard bytes.count >= fixedBytes + 8 else { throw .wrongLength(path: path, expected: fixedBytes + 8, got: bytes.count) }
        let headerBytes = Int(bytes.littleEndian(UInt32.self, at: 12))
        let device = Int(bytes.littleEndian(UInt32.self, at: 152)), shape = Int(bytes.littleEndian(UInt32.self, at: 156))
        let lineage = version == 1 ? 0 : Int(bytes.littleEndian(UInt32.self, at: 160))
        let reserved = version == 1 ? 0 : bytes.littleEndian(UInt32.self, at: 164)
        guard version > 0, reserved == 0, headerBytes == fixedBytes + device + shape + lineage + endBytes(version) else { throw .malformed(path: path) }
        guard headerBytes + 4 <= bytes.count else { throw .wrongLength(path: path, expected: headerBytes + 4, got: bytes.count) }
        guard CRC32.of(UnsafeRawBufferPointer(rebasing: bytes[..<(headerBytes - 4)])) == bytes.littleEndian(UInt32.self, at: headerBytes - 4)
        else { throw .badChecksum(path: path, part: "header") }

        guard snapshotBytes(bytes) <= UInt64(Int.max / 2) else { throw .malformed(path: path) }
        func text(_ start: Int, _ count: Int) -> String { String(decoding: bytes[start..<(start + count)], as: UTF8.self) }
        let header = StateHeader(
            generation: bytes.littleEndian(UInt64.self, at: 16), steps: bytes.littleEndian(UInt64.self, at: 24),
            createdNanoseconds: bytes.littleEndian(Int64.self, at: 32), seed: bytes.littleEndian(UInt64.self, at: 40),
            shape: Shape(text: text(fixedBytes + device, shape)),
            encoder: Fingerprint(UnsafeRawBufferPointer(rebasing: bytes[80..<112])),
            config: Fingerprint(UnsafeRawBufferPointer(rebasing: bytes[112..<144])),
            device: text(fixedBytes, device), lineage: Lineage(text: text(fixedBytes + device + shape, lineage)))
        guard header.shape.fingerprint == Fingerprint(UnsafeRawBufferPointer(rebasing: bytes[48..<80])) else { throw .malformed(path: path) }
        return (header, headerBytes)
    }

    static func checkBody(_ bytes: UnsafeRawBufferPointer, headerBytes: Int, path: String) throws(StateError) {
        let whole = headerBytes + Int(snapshotBytes(bytes)) + 4
        guard whole == bytes.count else { throw .wrongLength(path: path, expected: whole, got: bytes.count) }
        guard CRC32.of(UnsafeRawBufferPointer(rebasing: bytes[..<(whole - 4)])) == bytes.littleEndian(UInt32.self, at: whole - 4)
        else { throw .badChecksum(path: path, part: "file") }
    }

    // MARK: Writing

    /// Writes a state whole or not at all; gives the bytes of the file.
    @discardableResult
    public static func write(
        _ header: StateHeader, snapshot: UnsafeRawBufferPointer, to path: String, isLasting: Bool = true, disk: Disk = Disk()
    ) throws(StateError) -> Int {
        try write(encode(header, plainVersion, snapshotBytes: snapshot.count) { _ in [] }, snapshot, to: path, isLasting, disk)
    }

    /// Writes a state that nobody reads without the key.
    ///
    /// - Parameter snapshot: is sealed where it is, and good for nothing afterwards.
    @discardableResult
    public static func write(
        _ header: StateHeader, sealing snapshot: UnsafeMutableRawBufferPointer, with key: StateKey, to path: String, isLasting: Bool = true,
        disk: Disk = Disk()
    ) throws(StateError) -> Int {
        let nonce = StateKey.newNonce()
        let head = encode(header, version, nonce: nonce, snapshotBytes: snapshot.count) { key.seal(snapshot, behind: $0, nonce: nonce) }
        return try write(head, UnsafeRawBufferPointer(snapshot), to: path, isLasting, disk)
    }

    /// Writes what a learner knows, sealed where there is a key; its snapshot is used up by it.
    @discardableResult
    public static func write(
        _ header: StateHeader, of learner: Learner, sealedWith key: StateKey?, to path: String, isLasting: Bool = true, disk: Disk = Disk()
    ) throws(StateError) -> Int {
        try write(header, usingUp: learner.snapshot(), key, to: path, isLasting: isLasting, disk: disk)
    }

    /// - Parameter snapshot: of a learner, who makes a new one each time; where there is a key it is sealed where it is.
    static func write(
        _ header: StateHeader, usingUp snapshot: UnsafeRawBufferPointer, _ key: StateKey?, to path: String, isLasting: Bool = true, disk: Disk
    ) throws(StateError) -> Int {
        guard let key else { return try write(header, snapshot: snapshot, to: path, isLasting: isLasting, disk: disk) }
        return try write(
            header, sealing: UnsafeMutableRawBufferPointer(mutating: snapshot), with: key, to: path, isLasting: isLasting, disk: disk)
    }

    private static func write(
        _ head: [UInt8], _ snapshot: UnsafeRawBufferPointer, to path: String, _ isLasting: Bool, _ disk: Disk
    ) throws(StateError) -> Int {
        let failure: DiskError? = head.withUnsafeBytes { head in
            var sum = CRC32.of(snapshot, seed: CRC32.of(head)).littleEndian
            return withUnsafeBytes(of: &sum) { end in
                do throws(DiskError) {
                    try disk.write([head, snapshot, end], to: path, isLasting: isLasting)
                    return nil
                } catch {
                    return error
                }
            }
        }
        if let failure { throw .disk(failure) }
        return head.count + snapshot.count + 4
    }

    /// - Parameter seal: what the header so far is sealed with, and then ends with.
    private static func encode(
        _ header: StateHeader, _ version: UInt32, nonce: [UInt8] = [], snapshotBytes: Int, seal: ([UInt8]) -> [UInt8]
    ) -> [UInt8] {
        let device = Array(header.device.utf8), shape = Array(header.shape.text.utf8), lineage = Array(header.lineage.text.utf8)
        var out = magic
        out.append(littleEndian: version)
        out.append(littleEndian: UInt32(fixedBytes(version) + device.count + shape.count + lineage.count + endBytes(version)))
        out.append(littleEndian: header.generation)
        out.append(littleEndian: header.steps)
        out.append(littleEndian: UInt64(bitPattern: header.createdNanoseconds))
        out.append(littleEndian: header.seed)
        for fingerprint in [header.shape.fingerprint, header.encoder, header.config] {
            fingerprint.withBytes { out.append(contentsOf: $0) }
        }
        out.append(littleEndian: UInt64(snapshotBytes))
        out.append(littleEndian: UInt32(device.count))
        out.append(littleEndian: UInt32(shape.count))
        out.append(littleEndian: UInt32(lineage.count))
        out.append(littleEndian: UInt32(0))
        out += nonce
        out += device
        out += shape
        out += lineage
        out += seal(out)
        out.append(littleEndian: out.withUnsafeBytes { CRC32.of($0) })
        return out
    }
}

extension UnsafeMutableRawBufferPointer {
    /// Frees a copy of a state, and nothing of it is left in memory: rows, or what a key has opened.
    func wipe() {
        sodium_memzero(baseAddress, count)
        deallocate()
    }
}

extension [UInt8] {
    /// Nothing of a copy of a state is left in memory.
    public mutating func wipe() { withUnsafeMutableBytes { sodium_memzero($0.baseAddress, $0.count) } }
}

extension UnsafeRawBufferPointer {
    fileprivate func littleEndian<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type, at offset: Int) -> T {
        T(littleEndian: loadUnaligned(fromByteOffset: offset, as: T.self))
    }
}

extension [UInt8] {
    fileprivate mutating func append<T: FixedWidthInteger>(littleEndian value: T) {
        Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
    }
}
