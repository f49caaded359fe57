import StintWire

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Where lines go: gathered in one buffer that is used again, handed on in pieces of 64 KiB or more.
///
/// Write into `buffer`, then say `endLine`. At the end say `flush`; what was not flushed is lost.
struct LineSink: ~Copyable {
    static let pieceBytes = 1 << 16

    var buffer: ByteWriter
    private let drain: (UnsafeRawBufferPointer) throws(Failure) -> Void
    private let descriptor: Int32?

    init(_ drain: @escaping (UnsafeRawBufferPointer) throws(Failure) -> Void) {
        self.drain = drain
        descriptor = nil
        buffer = ByteWriter(capacity: 2 * Self.pieceBytes)
    }

    /// A new file, or stdout for `-`.
    init(path: String) throws(Failure) {
        if path == "-" {
            buffer = ByteWriter(capacity: 2 * Self.pieceBytes)
            descriptor = nil
            drain = { bytes throws(Failure) in try writeAll(bytes, to: STDOUT_FILENO, name: "stdout") }
            return
        }
        let opened = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard opened >= 0 else { throw .unreachable(path, errno: errno) }
        // Nothing is set before the last throw: Swift 6.0 cannot undo half of a value that cannot be copied.
        buffer = ByteWriter(capacity: 2 * Self.pieceBytes)
        descriptor = opened
        drain = { bytes throws(Failure) in try writeAll(bytes, to: opened, name: path) }
    }

    deinit {
        if let descriptor { close(descriptor) }
    }

    mutating func endLine() throws(Failure) {
        buffer.append(byte: 0x0A)
        if buffer.count >= Self.pieceBytes { try flush() }
    }

    mutating func flush() throws(Failure) {
        try drain(buffer.bytes)
        buffer.clear()
    }
}
