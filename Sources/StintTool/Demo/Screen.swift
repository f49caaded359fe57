#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Lines on a terminal that are drawn again in place, below what is there already. In colour, unless `NO_COLOR` is set.
struct Screen: ~Copyable {
    private var height = 0
    private let isColoured: Bool

    /// nil where stdout is no terminal, or one that is too small.
    init?(lines: Int, width: Int) {
        guard isatty(STDOUT_FILENO) == 1 else { return nil }
        if let name = getenv("TERM"), strcmp(name, "dumb") == 0 { return nil }
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_row > lines, size.ws_col >= width else { return nil }
        // no-color.org: present and not empty.
        isColoured = getenv("NO_COLOR").map { $0.pointee == 0 } ?? true
    }

    deinit { try? show("\u{1B}[?25h") }

    mutating func draw(_ lines: [DemoView.Line]) throws(Failure) {
        var text = height > 0 ? "\u{1B}[\(height)F" : "\u{1B}[?25l"
        for line in lines { text += coloured(line) + "\u{1B}[K\n" }
        // A screen that was longer leaves nothing behind.
        text += "\u{1B}[J"
        height = lines.count
        try show(text)
    }

    private func coloured(_ line: DemoView.Line) -> String {
        guard isColoured, let code = line.tone.code else { return line.text }
        return "\u{1B}[\(code)m\(line.text)\u{1B}[0m"
    }
}

extension DemoView.Line.Tone {
    /// Of the eight that every terminal has.
    fileprivate var code: String? {
        switch self {
        case .plain: nil
        case .quiet: "2"
        case .injected: "33"
        case .said: "36"
        case .alarm: "31"
        }
    }
}
