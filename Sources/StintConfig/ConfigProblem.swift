/// One thing that is wrong with a config, and where.
///
/// `description` is the user's sentence: where, what was expected, what came, what to do.
///
///     stint.toml:14:8: window.length must be between 1 and 65536 samples, got 0
public struct ConfigProblem: Equatable, Sendable {
    /// The kind of problem, for programs; `rawValue` is the `code` of `data.problems`.
    public enum Code: String, Sendable, CaseIterable {
        /// Not TOML, or over a limit of size or depth.
        case syntax
        case unknownKey = "unknown_key"
        case wrongType = "wrong_type"
        /// Of the right type, but not a value that this key can have.
        case invalidValue = "invalid_value"
        case outOfRange = "out_of_range"
        case missing
        case duplicate
        /// Two keys that do not go together.
        case conflict
        /// Well formed, but this version cannot do it.
        case notAvailable = "not_available"
        /// A label or a channel that the recording does not have.
        case notFound = "not_found"
        /// Not to be said by a push: see `GuardRails`.
        case notPermitted = "not_permitted"
    }

    public var code: Code
    /// `window.length`, `head[1].target[0]`; empty for the whole document.
    public var path: String
    public var place: Place
    public var message: String

    /// 0 where the problem is not in a file.
    public var line: Int { place.line }
    public var column: Int { place.column }

    public init(code: Code, path: String, place: Place, message: String) {
        self.code = code
        self.path = path
        self.place = place
        self.message = message
    }
}

extension ConfigProblem: CustomStringConvertible {
    public var description: String { "\(place): \(message)" }
}

/// Every problem of a config, not the first: those of the file from top to bottom, then those of the overrides.
///
/// Invariant: there is at least one.
public struct ConfigError: Error, Equatable, Sendable {
    public let problems: [ConfigProblem]

    public init(_ problems: [ConfigProblem]) {
        precondition(!problems.isEmpty, "an error with \(problems.count) problems; at least 1 is needed")
        self.problems = ConfigError.sorted(problems)
    }

    /// By line and column; what has none comes last, in the order of its finding.
    static func sorted(_ problems: [ConfigProblem]) -> [ConfigProblem] {
        problems.enumerated().sorted { a, b in
            let left = (a.element.line == 0 ? 1 : 0, a.element.line, a.element.column, a.offset)
            let right = (b.element.line == 0 ? 1 : 0, b.element.line, b.element.column, b.offset)
            return left < right
        }.map(\.element)
    }
}

extension ConfigError: CustomStringConvertible {
    /// One line a problem.
    public var description: String { problems.map(\.description).joined(separator: "\n") }
}
