/// Where something was said: a position in a file, or a `--set` on the command line.
///
/// Lines and columns start at 1, and columns count code points; both are 0 where the source has no lines.
public struct Place: Equatable, Sendable {
    /// The file's name, or `--set KEY`.
    public var source: String
    public var line: Int
    public var column: Int

    public init(source: String, line: Int = 0, column: Int = 0) {
        self.source = source
        self.line = line
        self.column = column
    }
}

extension Place: CustomStringConvertible {
    /// `stint.toml:14:8`, or `--set window.length`.
    public var description: String { line > 0 ? "\(source):\(line):\(column)" : source }
}

/// The place of each key, by its path. Where a thing was said is no part of what was said, so any two are equal.
struct Places: Equatable, Sendable {
    var ofPath: [String: Place] = [:]
    /// Of what was not said at all.
    var fallback: Place

    static func == (_: Places, _: Places) -> Bool { true }

    /// The place of `path`, else of what it lies in, else of the whole.
    subscript(path: String) -> Place {
        var path = path[...]
        while true {
            if let place = ofPath[String(path)] { return place }
            guard let end = path.lastIndex(where: { $0 == "." || $0 == "[" }) else { return fallback }
            path = path[..<end]
        }
    }
}
