/// The envelopes of JSON-RPC 2.0 replies; the value inside is the caller's to write.
///
/// ```swift
/// ReplyWriter.beginResult(id: request.id, into: &out)
/// out.append("{\"matched\":true}")
/// ReplyWriter.endResult(into: &out)
/// ```
public enum ReplyWriter {
    /// Up to where the result stands.
    public static func beginResult(id: JSONValue?, into out: inout ByteWriter) {
        begin(id: id, into: &out)
        out.append(",\"result\":")
    }

    public static func endResult(into out: inout ByteWriter) { out.append(byte: .braceClose) }

    /// A whole error; `detail` takes the place of the code's own message: a sentence of what was expected and what came.
    public static func error(_ error: ControlError, detail: String? = nil, id: JSONValue?, into out: inout ByteWriter) {
        beginMessage(error, detail: detail, id: id, into: &out)
        out.append("}}")
    }

    /// An error up to where its `data` stands.
    public static func beginError(_ error: ControlError, detail: String? = nil, id: JSONValue?, into out: inout ByteWriter) {
        beginMessage(error, detail: detail, id: id, into: &out)
        out.append(",\"data\":")
    }

    public static func endError(into out: inout ByteWriter) { out.append("}}") }

    private static func beginMessage(_ error: ControlError, detail: String?, id: JSONValue?, into out: inout ByteWriter) {
        begin(id: id, into: &out)
        out.append(",\"error\":{\"code\":")
        out.append(error.rawValue)
        out.append(",\"message\":")
        if let detail {
            out.append(quoted: detail)
        } else {
            out.append(byte: .quote)
            out.append(error.message)
            out.append(byte: .quote)
        }
    }

    private static func begin(id: JSONValue?, into out: inout ByteWriter) {
        out.append("{\"jsonrpc\":\"2.0\",\"id\":")
        if let id { out.append(bytes: id.raw) } else { out.append("null") }
    }
}
