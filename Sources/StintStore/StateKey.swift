import CSodium
#if canImport(Glibc)
import Glibc
#else
import Musl
#endif

/// What states are sealed with at rest: 32 secret bytes, in a file of 64 hexadecimal digits that nobody but its owner can read.
///
/// Sealed is by XChaCha20-Poly1305 (libsodium): nobody reads the snapshot without the key, and nobody changes it, or the header before it,
/// unnoticed. It happens where the bytes are: no second copy is needed. Cost: about 3 cycles a byte with AVX2, 12 without.
public struct StateKey: Equatable, Sendable {
    static let count = 32
    static let nonceBytes = 24
    static let tagBytes = 16

    private let words: (UInt64, UInt64, UInt64, UInt64)

    private init(_ bytes: [UInt8]) {
        precondition(bytes.count == Self.count, "a key has \(Self.count) bytes, got \(bytes.count)")
        words = bytes.withUnsafeBytes { all in
            func word(_ i: Int) -> UInt64 { all.loadUnaligned(fromByteOffset: 8 * i, as: UInt64.self) }
            return (word(0), word(1), word(2), word(3))
        }
    }

    /// A new one.
    public static func random() -> StateKey { StateKey(Self.randomBytes(count)) }

    /// - Parameter text: 64 hexadecimal digits, and white space around them.
    init?(text: some Collection<UInt8>) {
        func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
        var digits = Array(text.drop(while: isBlank))
        while let last = digits.last, isBlank(last) { digits.removeLast() }
        guard digits.count == 2 * Self.count else { return nil }
        var bytes: [UInt8] = []
        for i in stride(from: 0, to: digits.count, by: 2) {
            guard let high = Self.nibble(digits[i]), let low = Self.nibble(digits[i + 1]) else { return nil }
            bytes.append(high << 4 | low)
        }
        self.init(bytes)
    }

    private static func nibble(_ digit: UInt8) -> UInt8? {
        switch digit {
        case 0x30...0x39: digit - 0x30
        case 0x41...0x46: digit - 0x37
        case 0x61...0x66: digit - 0x57
        default: nil
        }
    }

    /// As its file has it.
    public var text: String {
        withBytes { bytes in
            let digits = Array("0123456789abcdef".utf8)
            return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self) + "\n"
        }
    }

    /// - Throws: it cannot be read, others can read it, or it holds anything but one key.
    public static func read(_ path: String, disk: Disk = Disk()) throws(StateError) -> StateKey {
        var facts = stat()
        if stat(path, &facts) == 0, facts.st_mode & 0o077 != 0 {
            throw .noKey(path: path, reason: "others can read it; say chmod 600, and make a new one if somebody may have")
        }
        let bytes: UnsafeMutableRawBufferPointer
        do throws(DiskError) { bytes = try disk.read(path) } catch { throw .disk(error) }
        defer { bytes.deallocate() }
        guard let key = StateKey(text: bytes) else {
            // What came is not repeated: it may be a secret.
            throw .noKey(path: path, reason: "expected \(2 * count) hexadecimal digits; `stint keys state` makes such a file")
        }
        return key
    }

    public static func == (a: StateKey, b: StateKey) -> Bool {
        a.withBytes { a in b.withBytes { sodium_memcmp(a.baseAddress!, $0.baseAddress!, count) == 0 } }
    }

    private func withBytes<R>(_ body: (UnsafeBufferPointer<UInt8>) -> R) -> R {
        withUnsafeBytes(of: words) { body($0.assumingMemoryBound(to: UInt8.self)) }
    }

    static func newNonce() -> [UInt8] { randomBytes(nonceBytes) }

    private static func randomBytes(_ count: Int) -> [UInt8] {
        precondition(sodium_init() >= 0, "libsodium finds no randomness")
        var bytes = [UInt8](repeating: 0, count: count)
        randombytes_buf(&bytes, count)
        return bytes
    }

    /// Makes bytes unreadable where they are; gives what shows later that neither they nor `header` were changed.
    func seal(_ bytes: UnsafeMutableRawBufferPointer, behind header: [UInt8], nonce: [UInt8]) -> [UInt8] {
        var tag = [UInt8](repeating: 0, count: Self.tagBytes)
        // An empty snapshot has no address.
        var none: UInt8 = 0
        withBytes { key in
            withUnsafeMutablePointer(to: &none) { none in
                let message = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self) ?? none
                crypto_aead_xchacha20poly1305_ietf_encrypt_detached(
                    message, &tag, nil, message, UInt64(bytes.count), header, UInt64(header.count), nil, nonce, key.baseAddress!)
            }
        }
        return tag
    }

    /// Makes them readable again; false, and not touched, where key, bytes or header are others.
    func open(_ bytes: UnsafeMutableRawBufferPointer, behind header: UnsafeRawBufferPointer, nonce: UnsafeRawBufferPointer, tag: UnsafeRawBufferPointer) -> Bool {
        precondition(nonce.count == Self.nonceBytes && tag.count == Self.tagBytes, "nonce and tag have lengths of their own")
        var none: UInt8 = 0
        func address(_ bytes: UnsafeRawBufferPointer) -> UnsafePointer<UInt8> { bytes.baseAddress!.assumingMemoryBound(to: UInt8.self) }
        return withBytes { key in
            withUnsafeMutablePointer(to: &none) { none in
                let message = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self) ?? none
                return crypto_aead_xchacha20poly1305_ietf_decrypt_detached(
                    message, nil, message, UInt64(bytes.count), address(tag), address(header), UInt64(header.count), address(nonce),
                    key.baseAddress!) == 0
            }
        }
    }
}
