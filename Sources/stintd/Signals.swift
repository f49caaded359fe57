import CLinux
#if canImport(Glibc)
import Glibc
#else
import Musl
#endif

/// SIGTERM, SIGINT and SIGHUP as something to be read.
///
/// They are blocked for the whole process, so no call is ever interrupted by them. Make it before any thread, so that all inherit that.
struct Signals: ~Copyable {
    enum Order { case end, reread }

    let fileDescriptor: Int32

    init() {
        var set = sigset_t()
        sigemptyset(&set)
        for signal in [SIGTERM, SIGINT, SIGHUP] { sigaddset(&set, signal) }
        pthread_sigmask(SIG_BLOCK, &set, nil)
        fileDescriptor = signalfd(-1, &set, Int32(SFD_CLOEXEC) | Int32(SFD_NONBLOCK))
        // A closed pipe on stdout or stderr must not end the daemon.
        signal(SIGPIPE, SIG_IGN)
    }

    deinit { close(fileDescriptor) }

    /// The next order that has come, if one has.
    func next() -> Order? {
        var info = signalfd_siginfo()
        guard read(fileDescriptor, &info, MemoryLayout<signalfd_siginfo>.size) == MemoryLayout<signalfd_siginfo>.size else { return nil }
        return Int32(bitPattern: info.ssi_signo) == SIGHUP ? .reread : .end
    }
}
