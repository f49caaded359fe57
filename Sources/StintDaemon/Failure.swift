/// Why the daemon does not start, or cannot go on. The description is the user's sentence.
package enum Failure: Error, CustomStringConvertible {
    /// The config or the plan.
    case refused(String)
    /// A file or an endpoint.
    case unreachable(String)

    package var exitCode: Int32 {
        switch self {
        case .refused: 1
        case .unreachable: 3
        }
    }

    package var description: String {
        switch self {
        case .refused(let text), .unreachable(let text): text
        }
    }
}
