import StintConfig
import StintWire

/// Why a verb did not do what it was asked; the words are the user's sentence, the kind is the exit code.
enum Failure: Error, Equatable {
    /// A config, a plan or data: exit 1.
    case refused(String)
    /// A file or a daemon: exit 3.
    case unreachable(String)

    var message: String {
        switch self {
        case .refused(let message), .unreachable(let message): message
        }
    }

    var exitCode: Int32 {
        switch self {
        case .refused: 1
        case .unreachable: 3
        }
    }

    static func refused(_ error: ConfigError) -> Failure { .refused(error.description) }

    static func refused(_ name: String, _ problem: CSVProblem) -> Failure { .refused("\(name): \(problem)") }

    /// With what errno says.
    static func unreachable(_ name: String, errno code: Int32) -> Failure { .unreachable("\(name): \(systemMessage(code))") }
}
