#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The bytes of a file, as long as this lives. A file that another program cuts short meanwhile ends this one.
final class MappedFile {
    let bytes: UnsafeRawBufferPointer
    private let isMapped: Bool

    /// Maps a file; what is none (a pipe) is read to its end.
    init(_ path: String) throws(Failure) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .unreachable(path, errno: errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .unreachable(path, errno: errno) }
        let kind = status.st_mode & S_IFMT
        guard kind != S_IFDIR else { throw .unreachable(path, errno: EISDIR) }
        guard kind == S_IFREG else {
            (bytes, isMapped) = (Self.copy(try readRest(of: descriptor, name: path)), false)
            return
        }
        guard status.st_size > 0 else {
            (bytes, isMapped) = (UnsafeRawBufferPointer(start: nil, count: 0), false)
            return
        }
        let size = Int(status.st_size)
        guard let start = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0), start != MAP_FAILED else {
            throw .unreachable(path, errno: errno)
        }
        madvise(start, size, MADV_SEQUENTIAL)
        (bytes, isMapped) = (UnsafeRawBufferPointer(start: start, count: size), true)
    }

    /// Bytes that are there already.
    init(copying bytes: [UInt8]) { (self.bytes, isMapped) = (Self.copy(bytes), false) }

    deinit {
        guard let start = bytes.baseAddress else { return }
        if isMapped { munmap(UnsafeMutableRawPointer(mutating: start), bytes.count) } else { start.deallocate() }
    }

    private static func copy(_ bytes: [UInt8]) -> UnsafeRawBufferPointer {
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
        copy.copyBytes(from: bytes)
        return UnsafeRawBufferPointer(copy)
    }
}
