#if canImport(Glibc)
import Glibc
#else
import Musl
#endif

/// Holds a folder for one process: two daemons that write the same slots would undo each other's state.
///
/// It ends with its owner, and with the process, however that ends.
public struct FolderLock: ~Copyable {
    private let handle: Int32

    /// nil when another process holds it.
    public init?(_ path: String) throws(DiskError) {
        let handle = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard handle >= 0 else { throw DiskError(operation: .open, path: path, code: errno) }
        guard flock(handle, LOCK_EX | LOCK_NB) == 0 else {
            _ = close(handle)
            return nil
        }
        self.handle = handle
    }

    /// Whether the folder that is held still lies at this path: it may have been removed, or another one mounted over it.
    public func isStill(_ path: String) -> Bool {
        var held = stat(), there = stat()
        guard fstat(handle, &held) == 0, stat(path, &there) == 0 else { return false }
        return held.st_dev == there.st_dev && held.st_ino == there.st_ino && held.st_nlink > 0
    }

    deinit { _ = close(handle) }
}
