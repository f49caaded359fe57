import StintWire

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// One line on a terminal's stderr that says how far work of over a second is.
struct ProgressLine {
    private static let firstAfter = 1.0
    private static let every = 0.2

    private let rows: Int
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private let start = monotonicSeconds()
    private var next = firstAfter
    private var isShown = false

    init(rows: Int) { self.rows = rows }

    mutating func show(_ done: Int) {
        guard isTerminal else { return }
        let elapsed = monotonicSeconds() - start
        guard elapsed >= next else { return }
        next = elapsed + Self.every
        isShown = true
        let share = rows > 0 ? 100 * done / rows : 0
        write("\r\(done) of \(rows) rows, \(share) %, \(rounded(Double(done) / elapsed, 0)) a second\u{1B}[K")
    }

    /// Leaves the line empty.
    mutating func clear() {
        if isShown { write("\r\u{1B}[K") }
        isShown = false
    }

    private func write(_ text: String) {
        var bytes = ByteWriter(capacity: 128)
        bytes.append(text: text)
        try? writeAll(bytes.bytes, to: STDERR_FILENO, name: "stderr")
    }
}
