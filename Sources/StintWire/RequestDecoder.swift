/// A well-formed call. Its bytes lie in the message or in the decoder.
public struct Request {
    /// A string, a number or null; nil when the request has none.
    public var id: JSONValue?
    public var method: UnsafeRawBufferPointer
    /// An object or an array; nil when the request has none.
    public var params: JSONValue?

    /// The parameter of this name; nil when there is none.
    public func parameter(_ name: StaticString) -> JSONValue? { params?.member(name) }
}

/// JSON-RPC 2.0 requests, one object a message; batches are refused.
///
/// Cost: O(bytes), no allocation. What it gives holds until the next call, and as long as the message stays where it is.
public struct RequestDecoder: ~Copyable {
    private var scratch = ByteWriter(capacity: 256)

    public init() {}

    public enum Outcome {
        case request(Request)
        /// To be answered with this error, under the id if it could be read.
        case refused(ControlError, id: JSONValue?)
    }

    public mutating func decode(_ message: UnsafeRawBufferPointer) -> Outcome {
        guard let text = JSONText(message) else { return .refused(.parseError, id: nil) }
        guard text.root.kind == .object else { return .refused(.invalidRequest, id: nil) }
        let id = text.root.member("id")
        switch id?.kind {
        case nil, .string, .number, .null: break
        default: return .refused(.invalidRequest, id: nil)
        }
        guard let version = text.root.member("jsonrpc"), version.contents.equals("2.0"),
              let method = text.root.member("method"), method.kind == .string else { return .refused(.invalidRequest, id: id) }
        let params = text.root.member("params")
        switch params?.kind {
        case nil, .object, .array: break
        default: return .refused(.invalidParams, id: id)
        }
        return .request(Request(id: id, method: method.name(in: &scratch), params: params))
    }
}
