#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Since 1970, by the system's clock.
func wallNanoseconds() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}

/// Gives a file that is complete its name, in place of whatever has it; on the disk before that.
func putInPlace(_ part: String, as path: String) throws(Failure) {
    let file = open(part, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw .unreachable(part, errno: errno) }
    let isSynced = fsync(file) == 0
    let code = errno
    close(file)
    guard isSynced else { throw .unreachable(part, errno: code) }
    guard rename(part, path) == 0 else { throw .unreachable(path, errno: errno) }
}

/// A moment for people: `2026-11-21T15:04:05Z`.
func utcText(nanoseconds: Int64) -> String {
    var seconds = time_t(nanoseconds / 1_000_000_000), parts = tm()
    guard gmtime_r(&seconds, &parts) != nil else { return "\(nanoseconds) ns" }
    return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { text in
        strftime(text.baseAddress!, text.count, "%Y-%m-%dT%H:%M:%SZ", &parts) > 0 ? String(cString: text.baseAddress!) : "\(nanoseconds) ns"
    }
}
