import CSodium
import StintStore

/// Whose word on configs a device takes: the public half of an Ed25519 key (RFC 8032), 32 bytes, written in base64.
public struct TrustedKey: Hashable, Sendable {
    static var bytes: Int { 32 }
    private let raw: [UInt8]

    init(_ raw: [UInt8]) {
        precondition(raw.count == Self.bytes, "a key has \(Self.bytes) bytes, offered \(raw.count)")
        self.raw = raw
    }

    /// As it is written.
    public var text: String { Base64Key.text(raw) }

    /// Whether a signature of 64 bytes over a message was made with the other half.
    ///
    /// Edge cases: of another length it was not. Cost: 60 µs and 30 ns a byte on a desktop.
    public func verifies(_ signature: [UInt8], of message: [UInt8]) -> Bool {
        guard signature.count == SigningKey.signatureBytes else { return false }
        return crypto_sign_verify_detached(signature, message, UInt64(message.count), raw) == 0
    }
}

extension TrustedKey: WrittenKey {
    public init?(written text: String) {
        guard let raw = Base64Key.bytes(text, count: Self.bytes) else { return nil }
        self.raw = raw
    }

    public static var form: String { "an Ed25519 key of 44 characters of base64" }
}

/// The secret half: whoever has it decides what devices do. Written as its seed of 32 bytes, in base64, as PyNaCl and others take it.
public struct SigningKey: Hashable, Sendable {
    public static var signatureBytes: Int { 64 }
    private let seed: [UInt8]
    private let secret: [UInt8]
    public let trusted: TrustedKey

    init(seed: [UInt8]) {
        precondition(seed.count == TrustedKey.bytes, "a seed has \(TrustedKey.bytes) bytes, offered \(seed.count)")
        var open = [UInt8](repeating: 0, count: TrustedKey.bytes), secret = [UInt8](repeating: 0, count: 64)
        crypto_sign_seed_keypair(&open, &secret, seed)
        self.seed = seed
        self.secret = secret
        trusted = TrustedKey(open)
    }

    /// A new one, from the system's own random numbers.
    public static func random() -> SigningKey {
        _ = sodium_init()
        var seed = [UInt8](repeating: 0, count: TrustedKey.bytes)
        randombytes_buf(&seed, seed.count)
        return SigningKey(seed: seed)
    }

    /// As it is written.
    public var text: String { Base64Key.text(seed) }

    /// The same message has the same signature.
    public func sign(_ message: [UInt8]) -> [UInt8] {
        var signature = [UInt8](repeating: 0, count: Self.signatureBytes)
        crypto_sign_detached(&signature, nil, message, UInt64(message.count), secret)
        return signature
    }

    /// In base64.
    public func signature(of message: [UInt8]) -> String { Base64Key.text(sign(message)) }
}

extension SigningKey: WrittenKey {
    public init?(written text: String) {
        guard let seed = Base64Key.bytes(text, count: TrustedKey.bytes) else { return nil }
        self.init(seed: seed)
    }

    public static var form: String { "an Ed25519 seed of 44 characters of base64" }
}

extension KeyList where Key == SigningKey {
    /// A file that has one signing key, that nobody but its owner can read.
    public static func readSigning(_ path: String) throws(KeyFileError) -> (key: SigningKey, name: String) {
        let only = try readOnly(path)
        return (only.key, only.name)
    }
}

/// What is signed of a push: whose it is, how new, how long it is good for, and every byte of it.
///
///     "stint-config-v1\n" + device + "\n" + revision + "\n" + expires + "\n" + toml
///
/// None of the parts before the text can hold a line feed, so no two pushes make one message.
public enum ConfigMessage {
    /// - Parameters:
    ///   - device: the id of one, the name of a group, or empty: any.
    ///   - expires: as it is sent; empty: never.
    public static func bytes(device: String, revision: UInt64, expires: String, toml: [UInt8]) -> [UInt8] {
        Array("stint-config-v1\n\(device)\n\(revision)\n\(expires)\n".utf8) + toml
    }

    /// The bytes of a signature as it is sent; nil for what is none.
    public static func signature(_ text: String) -> [UInt8]? { Base64Key.bytes(text, count: SigningKey.signatureBytes) }
}

/// Base64 of the standard alphabet, padded, by libsodium: nothing but the text itself is taken.
private enum Base64Key {
    static func text(_ bytes: [UInt8]) -> String {
        let count = sodium_base64_encoded_len(bytes.count, Int32(sodium_base64_VARIANT_ORIGINAL))
        var out = [CChar](repeating: 0, count: count)
        sodium_bin2base64(&out, count, bytes, bytes.count, Int32(sodium_base64_VARIANT_ORIGINAL))
        return String(decoding: out.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    static func bytes(_ text: String, count: Int) -> [UInt8]? {
        var out = [UInt8](repeating: 0, count: count), got = 0
        let code = sodium_base642bin(&out, count, text, text.utf8.count, nil, &got, nil, Int32(sodium_base64_VARIANT_ORIGINAL))
        return code == 0 && got == count ? out : nil
    }
}
