#if canImport(Glibc)
import Glibc
#else
import Musl
#endif

/// SIGTERM, SIGINT and SIGHUP as something to be read.
///
/// They are blocked but for the time in which the loop waits: no call of ZeroMQ or of the file system is ever interrupted by them.
/// A signal's handler writes one byte into a pipe. (A signalfd would be simpler; but a library may have made threads before `main` that
/// do not block the signals, and then it never sees them.)
package struct Signals: ~Copyable {
    enum Order { case end, reread }

    /// The end of the pipe that is read.
    let fileDescriptor: Int32
    private let writer: Int32
    private var set = sigset_t()

    package init() {
        var ends: [Int32] = [-1, -1]
        precondition(pipe(&ends) == 0, "the system gives no pipe")
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        (fileDescriptor, writer) = (ends[0], ends[1])
        pipeOfSignals = writer
        sigemptyset(&set)
        var action = sigaction()
        action.sa_flags = SA_RESTART
        action.__sigaction_handler.sa_handler = { signal in
            let before = errno
            var byte = UInt8(truncatingIfNeeded: signal)
            write(pipeOfSignals, &byte, 1)
            errno = before
        }
        for signal in [SIGTERM, SIGINT, SIGHUP] {
            sigaddset(&set, signal)
            sigaction(signal, &action, nil)
        }
        pthread_sigmask(SIG_BLOCK, &set, nil)
        // A closed pipe on stdout or stderr must not end the daemon.
        signal(SIGPIPE, SIG_IGN)
    }

    deinit {
        pipeOfSignals = -1
        close(fileDescriptor)
        close(writer)
    }

    /// Lets signals in while `body` runs; one that has come before is let in at once.
    func whileAllowed<R, E: Error>(_ body: () throws(E) -> R) throws(E) -> R {
        var set = set
        pthread_sigmask(SIG_UNBLOCK, &set, nil)
        defer { pthread_sigmask(SIG_BLOCK, &set, nil) }
        return try body()
    }

    /// The next order that has come, if one has.
    func next() -> Order? {
        var byte: UInt8 = 0
        guard read(fileDescriptor, &byte, 1) == 1 else { return nil }
        return Int32(byte) == SIGHUP ? .reread : .end
    }
}

/// All that a handler can reach; written before the first signal is let in.
nonisolated(unsafe) private var pipeOfSignals: Int32 = -1
