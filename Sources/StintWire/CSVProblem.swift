/// Why a file is no recording. The caller puts the file's name before it.
public enum CSVProblem: Error, Equatable, CustomStringConvertible {
    case empty
    /// Line and byte offset of the first byte that is not UTF-8.
    case notUTF8(line: Int, offset: Int)
    /// Columns from 1.
    case duplicateColumn(name: String, first: Int, second: Int)
    case noColumn(name: String, purpose: Purpose)

    /// What the missing column was asked for.
    public enum Purpose: String, Sendable {
        case clock = "--time"
        case label = "--label"
    }

    public var description: String {
        switch self {
        case .empty:
            "expected a header row, the file is empty"
        case .notUTF8(let line, let offset):
            "line \(line): expected UTF-8, byte \(offset) is not; convert the file first"
        case .duplicateColumn(let name, let first, let second):
            "line 1: columns \(first) and \(second) are both called \"\(name)\"; rename one"
        case .noColumn(let name, let purpose):
            "line 1: there is no column \"\(name)\", which \(purpose.rawValue) asks for"
        }
    }
}
