#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Lines on a terminal that are drawn again in place, below what is there already.
struct Screen: ~Copyable {
    private var height = 0

    /// nil where stdout is no terminal, or one that is too small.
    init?(lines: Int, width: Int) {
        guard isatty(STDOUT_FILENO) == 1 else { return nil }
        if let name = getenv("TERM"), strcmp(name, "dumb") == 0 { return nil }
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_row > lines, size.ws_col >= width else { return nil }
    }

    deinit { try? show("\u{1B}[?25h") }

    mutating func draw(_ lines: [String]) throws(Failure) {
        var text = height > 0 ? "\u{1B}[\(height)F" : "\u{1B}[?25l"
        for line in lines { text += line + "\u{1B}[K\n" }
        // A screen that was longer leaves nothing behind.
        text += "\u{1B}[J"
        height = lines.count
        try show(text)
    }
}
