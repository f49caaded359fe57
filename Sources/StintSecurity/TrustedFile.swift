import StintStore
#if canImport(Glibc)
import Glibc
#else
import Musl
#endif

/// A file that decides what may be pushed must not be one that a push, or another user, can write.
public enum TrustedFile {
    /// - Throws: it is not there, is no file, or may be written by others than root and the device's own user.
    public static func check(_ path: String) throws(KeyFileError) {
        var facts = stat()
        guard stat(path, &facts) == 0 else { throw KeyFileError(description: "\(path): \(String(cString: strerror(errno)))") }
        guard facts.st_mode & S_IFMT == S_IFREG else { throw KeyFileError(description: "\(path): expected a file") }
        guard facts.st_uid == 0 || facts.st_uid == geteuid() else {
            throw KeyFileError(description: "\(path): it belongs to user \(facts.st_uid), who could let anything in; say chown root")
        }
        guard facts.st_mode & 0o022 == 0 else {
            throw KeyFileError(description: "\(path): others can write it; say chmod go-w")
        }
    }

    /// Whether only root can change it.
    public static func isOfRoot(_ path: String) -> Bool {
        var facts = stat()
        return stat(path, &facts) == 0 && facts.st_uid == 0
    }

    public static func read(_ path: String) throws(KeyFileError) -> [UInt8] {
        try check(path)
        do throws(DiskError) {
            let bytes = try Disk().read(path)
            defer { bytes.deallocate() }
            return Array(bytes)
        } catch {
            throw KeyFileError(description: "\(error)")
        }
    }
}
