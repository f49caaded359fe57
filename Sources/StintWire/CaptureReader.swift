/// A message as somebody took it from the wire.
public struct CapturedMessage {
    /// Nanoseconds since the epoch, by the clock of whoever recorded it.
    public var at: Int64
    public var topic: UnsafeRawBufferPointer
    public var payload: UnsafeRawBufferPointer

    public init(at: Int64, topic: UnsafeRawBufferPointer, payload: UnsafeRawBufferPointer) {
        (self.at, self.topic, self.payload) = (at, topic, payload)
    }

    /// Seconds since the epoch.
    public var time: Double { seconds(nanoseconds: at) }
}

/// Why a line of a capture is none.
public struct CaptureProblem: Error, Equatable, CustomStringConvertible {
    /// From 1.
    public let line: Int
    public let message: String

    public var description: String { "line \(line): \(message)" }
}

/// Captures: JSON Lines `{"at":ns,"topic":"…","payload":{…}}`, where a payload that is no JSON object is base64 in a string.
///
/// ```swift
/// var reader = CaptureReader(bytes)
/// while let message = try reader.next() { … }
/// ```
///
/// A message holds until the next call. A payload in JSON is what stands in the line, byte for byte. Empty lines and unknown keys are passed
/// over. A last line without an end that is no message is what a recorder left that lost power: it is no error, and `isTorn` is set.
/// Cost: O(bytes), memory of the longest payload in base64.
public struct CaptureReader: ~Copyable {
    private let bytes: UnsafeRawBufferPointer
    private var offset = 0
    private var line = 0
    private var topic = ByteWriter(capacity: 256)
    private var payload = ByteWriter(capacity: 1024)
    public private(set) var isTorn = false

    public init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// The bytes before it are done; for progress.
    public var position: Int { offset }

    public mutating func next() throws(CaptureProblem) -> CapturedMessage? {
        while offset < bytes.count {
            let start = offset
            while offset < bytes.count, bytes[offset] != .lineFeed { offset += 1 }
            let isEnded = offset < bytes.count
            let text = UnsafeRawBufferPointer(rebasing: bytes[start..<offset])
            if isEnded { offset += 1 }
            line += 1
            if text.allSatisfy(\.isBlank) { continue }
            do throws(CaptureProblem) {
                return try read(text)
            } catch {
                guard isEnded else {
                    isTorn = true
                    return nil
                }
                throw error
            }
        }
        return nil
    }

    private mutating func read(_ text: UnsafeRawBufferPointer) throws(CaptureProblem) -> CapturedMessage {
        guard let root = JSONText(text)?.root, root.kind == .object else { throw problem("expected a JSON object, got something else") }
        guard let at = root.member("at"), let moment = Self.integer(at.raw) else {
            throw problem("expected \"at\", whole nanoseconds since the epoch; it is missing or something else")
        }
        guard let name = root.member("topic"), name.kind == .string else { throw problem("expected \"topic\", a text; it is missing or something else") }
        guard let said = root.member("payload") else { throw problem("expected \"payload\", an object or base64; it is missing") }
        topic.clear()
        topic.append(bytes: name.text(in: &payload))
        switch said.kind {
        case .object, .array: return CapturedMessage(at: moment, topic: topic.bytes, payload: said.raw)
        case .string:
            payload.clear()
            guard Base64.read(said.contents, into: &payload) else { throw problem("expected \"payload\" in base64, got another text") }
            return CapturedMessage(at: moment, topic: topic.bytes, payload: payload.bytes)
        default: throw problem("expected \"payload\", an object or base64, got something else")
        }
    }

    private static func integer(_ text: UnsafeRawBufferPointer) -> Int64? {
        let isNegative = text.first == .minus
        guard let magnitude = NumberText.natural(isNegative ? UnsafeRawBufferPointer(rebasing: text[1...]) : text),
              magnitude <= UInt64(Int64.max) else { return nil }
        return isNegative ? -Int64(magnitude) : Int64(magnitude)
    }

    private func problem(_ message: String) -> CaptureProblem { CaptureProblem(line: line, message: message) }
}

/// The other direction.
public enum CaptureLine {
    /// One message, without the line feed; false, and nothing written, for a topic that is no UTF-8, which no line can say.
    public static func write(_ message: CapturedMessage, into out: inout ByteWriter) -> Bool {
        guard UTF8Text.firstInvalid(message.topic) == nil else { return false }
        let start = out.count
        out.append("{\"at\":")
        out.append(Int(message.at))
        out.append(",\"topic\":")
        out.append(quoted: message.topic)
        out.append(",\"payload\":")
        let value = out.count
        if isPlain(message.payload) {
            out.append(bytes: message.payload)
            out.append(byte: .braceClose)
            // One level deeper than it was, it may be too deep.
            if JSONText(UnsafeRawBufferPointer(rebasing: out.bytes[start...])) != nil { return true }
            out.count = value
        }
        out.append(byte: .quote)
        Base64.write(message.payload, into: &out)
        out.append("\"}")
        return true
    }

    /// Whether it can stand in a line as it is, and be cut out of it again: one object from its first byte to its last, without line ends.
    private static func isPlain(_ payload: UnsafeRawBufferPointer) -> Bool {
        guard payload.first == .braceOpen, payload.last == .braceClose else { return false }
        for byte in payload where byte == .lineFeed || byte == .carriageReturn { return false }
        return JSONText(payload) != nil
    }
}
