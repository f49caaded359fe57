/// The error codes of the control endpoint: those of JSON-RPC 2.0, and our own.
public enum ControlError: Int, Sendable {
    case parseError = -32700
    case invalidRequest = -32600
    case methodNotFound = -32601
    case invalidParams = -32602
    case internalError = -32603
    case rejected = 1
    case notPermitted = 2
    case busy = 3
    case notFound = 4
    case overBudget = 5
    case stateMismatch = 6

    /// The short `message` of the error object.
    public var message: StaticString {
        switch self {
        case .parseError: "parse error"
        case .invalidRequest: "invalid request"
        case .methodNotFound: "method not found"
        case .invalidParams: "invalid params"
        case .internalError: "internal error"
        case .rejected: "rejected"
        case .notPermitted: "not_permitted"
        case .busy: "busy"
        case .notFound: "not_found"
        case .overBudget: "over_budget"
        case .stateMismatch: "state_mismatch"
        }
    }
}
