import CSodium
import Stint

/// A SHA-256: equal for things that are equal, and for nothing else.
///
/// ```swift
/// var hash = Hasher256()
/// hash.add(bytes)
/// hash.finish().hexadecimal  // 64 digits
/// ```
public struct Fingerprint: Equatable, Sendable {
    public static let count = 32
    let words: (UInt64, UInt64, UInt64, UInt64)

    /// The first 32 bytes.
    init(_ bytes: UnsafeRawBufferPointer) {
        precondition(bytes.count >= Self.count, "a fingerprint has \(Self.count) bytes, offered \(bytes.count)")
        words = (
            bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self), bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self),
            bytes.loadUnaligned(fromByteOffset: 16, as: UInt64.self), bytes.loadUnaligned(fromByteOffset: 24, as: UInt64.self)
        )
    }

    /// Of one piece of bytes.
    public init(of bytes: UnsafeRawBufferPointer) {
        var hash = Hasher256()
        hash.add(bytes)
        self = hash.finish()
    }

    /// Of a text's UTF-8.
    public init(of text: String) {
        var text = text
        self = text.withUTF8 { Fingerprint(of: UnsafeRawBufferPointer($0)) }
    }

    public static func == (a: Fingerprint, b: Fingerprint) -> Bool { a.words == b.words }

    public func withBytes<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R { withUnsafeBytes(of: words, body) }

    /// 64 small hexadecimal digits.
    public var hexadecimal: String {
        withBytes { bytes in
            var digits: [UInt8] = []
            for byte in bytes { for nibble in [byte >> 4, byte & 15] { digits.append(nibble < 10 ? 0x30 + nibble : 0x57 + nibble) } }
            return String(decoding: digits, as: UTF8.self)
        }
    }
}

/// SHA-256 over pieces, by libsodium.
public struct Hasher256: ~Copyable {
    private var state = crypto_hash_sha256_state()

    public init() { crypto_hash_sha256_init(&state) }

    public mutating func add(_ bytes: UnsafeRawBufferPointer) {
        crypto_hash_sha256_update(&state, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), UInt64(bytes.count))
    }

    /// A text's UTF-8 and a line feed, so that two texts are not one longer one.
    public mutating func add(line text: String) {
        var text = text + "\n"
        text.withUTF8 { add(UnsafeRawBufferPointer($0)) }
    }

    public consuming func finish() -> Fingerprint {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Fingerprint.count) { out in
            crypto_hash_sha256_final(&state, out.baseAddress!)
            return Fingerprint(UnsafeRawBufferPointer(out))
        }
    }
}

extension EncoderCalibration {
    /// Of its numbers.
    public var fingerprint: Fingerprint {
        var hash = Hasher256()
        for numbers in [centers, scales, [bandwidth], statistics?.centers ?? [], statistics?.scales ?? [], statistics.map { [$0.bandwidth] } ?? []] {
            numbers.withUnsafeBytes { hash.add($0) }
        }
        return hash.finish()
    }
}
