import StintSecurity
import Testing
#if canImport(Glibc)
import Glibc
#else
import Musl
#endif

@Suite struct SignatureTests {
    /// RFC 8032, 7.1, TEST 2 and TEST 3: secret key, public key, message, signature.
    private static let vectors = [
        (
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        ),
        (
            "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7", "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
            "af82",
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
        ),
    ]

    private func bytes(_ text: String) -> [UInt8] {
        let digits = text.utf8.map { $0 < 0x3A ? $0 - 0x30 : $0 - 0x57 }
        return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }

    private func base64(_ bytes: [UInt8]) -> String {
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var out: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let part = Array(bytes[start..<min(start + 3, bytes.count)]), word = (part + [0, 0]).prefix(3).reduce(0) { $0 << 8 | Int($1) }
            for k in 0..<4 { out.append(k <= part.count ? letters[word >> (18 - 6 * k) & 63] : UInt8(ascii: "=")) }
        }
        return String(decoding: out, as: UTF8.self)
    }

    @Test("keys and signatures are those of RFC 8032", arguments: vectors)
    func reference(_ secret: String, _ open: String, _ message: String, _ signature: String) throws {
        let key = try #require(SigningKey(written: base64(bytes(secret))))
        #expect(key.text == base64(bytes(secret)))
        #expect(key.trusted.text == base64(bytes(open)))
        #expect(key.sign(bytes(message)) == bytes(signature))
        #expect(key.trusted.verifies(bytes(signature), of: bytes(message)))
        #expect(ConfigMessage.signature(key.signature(of: bytes(message))) == bytes(signature))
    }

    @Test("a signature with any bit flipped, over any other message, or cut short, is none")
    func forged() {
        let key = SigningKey.random(), other = SigningKey.random()
        let message = ConfigMessage.bytes(device: "arm-07", revision: 7, expires: "1800000000", toml: Array("a = 1\n".utf8))
        let signature = key.sign(message)
        #expect(key.trusted.verifies(signature, of: message) && !other.trusted.verifies(signature, of: message))
        for bit in 0..<512 {
            var forged = signature
            forged[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(!key.trusted.verifies(forged, of: message))
        }
        for index in message.indices {
            var changed = message
            changed[index] ^= 1
            #expect(!key.trusted.verifies(signature, of: changed))
        }
        for count in [0, 1, 63, 65] { #expect(!key.trusted.verifies(Array((signature + [0]).prefix(count)), of: message)) }
    }

    @Test("the message is what the interface says, byte for byte")
    func message() {
        let bytes = ConfigMessage.bytes(device: "arm-07", revision: 18, expires: "", toml: Array("x".utf8))
        #expect(String(decoding: bytes, as: UTF8.self) == "stint-config-v1\narm-07\n18\n\nx")
    }

    @Test("a list of trusted keys is read like one of CURVE keys, and its lines are not mixed up with them")
    func lists() throws {
        let anna = SigningKey.random(), bert = SigningKey.random()
        let list = try KeyList<TrustedKey>(Array("# who may push\n\(anna.trusted.text) anna\n\(bert.trusted.text)  bert of lab\n".utf8), path: "t")
        #expect(list.entries.map(\.name) == ["anna", "bert of lab"] && list.entries[0].key == anna.trusted)
        #expect(throws: KeyFileError.self) { try KeyList<TrustedKey>(Array("rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7 x\n".utf8), path: "t") }
        for text in ["", "AAAA", anna.trusted.text.replacing("=", with: ""), anna.trusted.text + "A", " " + anna.trusted.text] {
            #expect(TrustedKey(written: text) == nil, "\(text)")
        }
    }

    @Test("a file that others can write is not believed")
    func writable() throws {
        var template = Array("/tmp/stint-trust-XXXXXX".utf8CString)
        let file = mkstemp(&template), path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer {
            close(file)
            unlink(path)
        }
        chmod(path, 0o644)
        try TrustedFile.check(path)
        for mode in [0o664, 0o646] as [mode_t] {
            chmod(path, mode)
            #expect(throws: KeyFileError.self) { try TrustedFile.check(path) }
        }
        #expect(throws: KeyFileError.self) { try TrustedFile.check(path + ".none") }
    }
}
