import StintWire

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Writes a file of keys that is not there yet: one that is there is never written over, since what it opens would be lost.
func writeNewFile(_ text: String, to path: String, mode: mode_t) throws(Failure) {
    let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
    guard file >= 0 else {
        let code = errno
        if code == EEXIST { throw .refused("\(path): it is there already, and keys are not written over; choose another name, or move it away") }
        throw .unreachable(path, errno: code)
    }
    do throws(Failure) {
        var bytes = ByteWriter(capacity: text.utf8.count)
        bytes.append(text: text)
        try writeAll(bytes.bytes, to: file, name: path)
        guard fsync(file) == 0 else { throw .unreachable(path, errno: errno) }
    } catch {
        close(file)
        unlink(path)
        throw error
    }
    guard close(file) == 0 else { throw .unreachable(path, errno: errno) }
}
