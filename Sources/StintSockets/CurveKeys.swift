import CZeroMQ

/// One half of a CURVE key pair, 32 bytes, as it is written: 40 characters of Z85 (RFC 32).
///
/// Edge cases: what is not 40 characters of Z85, or stands for more than 32 bytes, is no key; any 32 bytes are one.
public struct CurveKey: Hashable, Sendable {
    /// Characters of the text.
    public static let length = 40
    static let bytes = 32

    /// As it is written.
    public let text: String

    public init?(_ text: some StringProtocol) {
        guard text.utf8.count == Self.length, Self.decode(String(text)) != nil else { return nil }
        self.text = String(text)
    }

    /// From the bytes of a handshake.
    init?(_ raw: UnsafeRawBufferPointer) {
        guard raw.count == Self.bytes else { return nil }
        let text = withUnsafeTemporaryAllocation(of: CChar.self, capacity: Self.length + 1) { out -> String? in
            let start = raw.bindMemory(to: UInt8.self).baseAddress
            return zmq_z85_encode(out.baseAddress, start, Self.bytes).map { String(cString: $0) }
        }
        guard let text else { return nil }
        self.text = text
    }

    private static func decode(_ text: String) -> Bool? {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: bytes) { zmq_z85_decode($0.baseAddress, text) == nil ? nil : true }
    }
}

/// A device's or an operator's own CURVE keys.
public struct CurveKeyPair: Equatable, Sendable {
    public let publicKey: CurveKey
    /// Whoever has this is the device.
    public let secretKey: CurveKey

    /// The pair that a secret key belongs to.
    public init?(secretKey: CurveKey) {
        let derived = withUnsafeTemporaryAllocation(of: CChar.self, capacity: CurveKey.length + 1) { out -> CurveKey? in
            zmq_curve_public(out.baseAddress, secretKey.text) == 0 ? CurveKey(String(cString: out.baseAddress!)) : nil
        }
        guard let derived else { return nil }
        publicKey = derived
        self.secretKey = secretKey
    }

    /// A new one, from the system's own random numbers.
    ///
    /// - Throws: this build of ZeroMQ knows no CURVE.
    public static func random() throws(SocketError) -> CurveKeyPair {
        let made = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 2 * (CurveKey.length + 1)) { out -> CurveKeyPair? in
            let secret = out.baseAddress! + CurveKey.length + 1
            guard zmq_curve_keypair(out.baseAddress, secret) == 0 else { return nil }
            return CurveKey(String(cString: secret)).flatMap(CurveKeyPair.init)
        }
        guard let made else { throw SocketError("make a pair of keys") }
        return made
    }
}

extension Socket {
    /// Milliseconds that a stranger may take to say who he is, and that one who was refused is left waiting; then his connection and its
    /// buffers are given back.
    public static let handshake: Int32 = 5000
    /// The name under which the gatekeeper is asked; a socket without one does not ask.
    static let domain = "stint"

    /// What is bound or connected from now on answers to nobody but whom the gatekeeper lets in. What was before stays as it is.
    ///
    /// - Parameter gatekeeper: of the same context. ZeroMQ lets everybody in who has any key at all where there is none.
    public func admitOnlyKnown(
        as keys: CurveKeyPair, by gatekeeper: Gatekeeper, handshake: Int32 = Socket.handshake
    ) throws(SocketError) {
        precondition(gatekeeper.context === context, "a gatekeeper sees to the sockets of its own context")
        try set(ZMQ_CURVE_SERVER, 1)
        try set(ZMQ_CURVE_SECRETKEY, keys.secretKey.text)
        try set(ZMQ_ZAP_DOMAIN, Self.domain)
        try set(ZMQ_HANDSHAKE_IVL, handshake)
    }

    /// What is connected or bound from now on shows these keys, and talks to nobody but who has `server`.
    public func introduce(as keys: CurveKeyPair, to server: CurveKey) throws(SocketError) {
        try set(ZMQ_CURVE_SERVERKEY, server.text)
        try set(ZMQ_CURVE_PUBLICKEY, keys.publicKey.text)
        try set(ZMQ_CURVE_SECRETKEY, keys.secretKey.text)
        try set(ZMQ_HANDSHAKE_IVL, Self.handshake)
    }

    private func set(_ option: Int32, _ text: String) throws(SocketError) {
        guard zmq_setsockopt(handle, option, text, text.utf8.count) == 0 else { throw SocketError("set a key") }
    }

    private func set(_ option: Int32, _ number: Int32) throws(SocketError) {
        var number = number
        guard zmq_setsockopt(handle, option, &number, MemoryLayout<Int32>.size) == 0 else { throw SocketError("set an option of keys") }
    }
}
