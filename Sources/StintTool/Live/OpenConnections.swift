#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The connections that a ZeroMQ socket has made, kept open until the other side has read all that was sent.
///
/// ZeroMQ's linger ends when the kernel has the bytes. A reader that was just waiting for room in its queue then sees an ipc connection
/// hang up, and drops what it had not read yet: up to 200 kB of frames. So the last to close is us, when nothing is left unread.
struct OpenConnections: ~Copyable {
    private var descriptors: [Int32] = []

    /// Second handles of all connected stream sockets of this process, other than those of `before`.
    init(except before: Set<Int32>) {
        for descriptor in Self.streamSockets() where !before.contains(descriptor) {
            let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
            if copy >= 0 { descriptors.append(copy) }
        }
    }

    deinit { for descriptor in descriptors { close(descriptor) } }

    /// Whether the other side has taken everything, or is gone.
    var isRead: Bool {
        descriptors.allSatisfy { descriptor in
            var unread: Int32 = 0
            var hangUp = pollfd(fd: descriptor, events: 0, revents: 0)
            if poll(&hangUp, 1, 0) > 0, hangUp.revents != 0 { return true }
            return ioctl(descriptor, UInt(TIOCOUTQ), &unread) != 0 || unread == 0
        }
    }

    /// Returns when nothing has been left unread for two looks in a row, 20 ms apart.
    func awaitReader() {
        var looks = 0
        while looks < 2, !Interrupt.hasCome {
            usleep(20_000)
            looks = isRead ? looks + 1 : 0
        }
    }

    /// Connected stream sockets of this process.
    static func streamSockets() -> Set<Int32> {
        var found: Set<Int32> = []
        guard let folder = opendir("/proc/self/fd") else { return found }
        defer { closedir(folder) }
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard let descriptor = Int32(name), isConnectedStream(descriptor) else { continue }
            found.insert(descriptor)
        }
        return found
    }

    private static func isConnectedStream(_ descriptor: Int32) -> Bool {
        var kind: Int32 = 0, size = socklen_t(MemoryLayout<Int32>.size)
        #if canImport(Glibc)
        let stream = Int32(SOCK_STREAM.rawValue)
        #else
        let stream = SOCK_STREAM
        #endif
        guard getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &kind, &size) == 0, kind == stream else { return false }
        var peer = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutablePointer(to: &peer) { peer in
            peer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getpeername(descriptor, $0, &length) == 0 }
        }
    }
}
