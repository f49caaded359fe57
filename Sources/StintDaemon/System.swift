#if canImport(Glibc)
import Glibc
#else
import Musl
#endif

/// The real clocks, streams and memory.
package enum System {
    package static var surroundings: Surroundings {
        Surroundings(
            wallTime: {
                let now = time(CLOCK_REALTIME)
                return Double(now.tv_sec) + Double(now.tv_nsec) * 1e-9
            },
            monotonic: {
                let now = time(CLOCK_MONOTONIC)
                return UInt64(now.tv_sec) * 1_000_000_000 + UInt64(now.tv_nsec)
            },
            worked: {
                let now = time(CLOCK_THREAD_CPUTIME_ID)
                return UInt64(now.tv_sec) * 1_000_000_000 + UInt64(now.tv_nsec)
            },
            say: { write("stintd: " + $0 + "\n", to: STDERR_FILENO) })
    }

    private static func time(_ clock: clockid_t) -> timespec {
        var now = timespec()
        clock_gettime(clock, &now)
        return now
    }

    /// Nobody who reads is no reason to fail.
    package static func write(_ text: String, to file: Int32) {
        var text = text
        text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while !rest.isEmpty {
                #if canImport(Glibc)
                let written = Glibc.write(file, rest.baseAddress, rest.count)
                #else
                let written = Musl.write(file, rest.baseAddress, rest.count)
                #endif
                if written < 0, errno == EINTR { continue }
                guard written > 0 else { return }
                rest = UnsafeRawBufferPointer(rebasing: rest[written...])
            }
        }
    }

    /// Resident bytes of this process; nil where /proc does not tell.
    package static func residentBytes() -> Int? {
        let file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 128) { text in
            let count = read(file, text.baseAddress, text.count)
            guard count > 0 else { return nil }
            // `size resident shared …`, in pages.
            var i = 0, pages = 0
            while i < count, text[i] != 0x20 { i += 1 }
            i += 1
            while i < count, text[i] &- 0x30 < 10 {
                pages = 10 * pages + Int(text[i] - 0x30)
                i += 1
            }
            return pages * sysconf(Int32(_SC_PAGESIZE))
        }
    }
}
