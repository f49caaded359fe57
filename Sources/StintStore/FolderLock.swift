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

    deinit { _ = close(handle) }
}
