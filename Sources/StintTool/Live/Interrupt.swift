#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Whether someone wants this program to end: SIGINT (Ctrl-C), SIGTERM or SIGHUP, once `watch` was called.
enum Interrupt {
    /// Written by the handler only, and never read back to anything but true.
    nonisolated(unsafe) private static var received: sig_atomic_t = 0

    static var hasCome: Bool { received != 0 }

    /// From now on these signals are remembered instead of ending the program, and a closed pipe is an error of the write.
    static func watch() {
        for number in [SIGINT, SIGTERM, SIGHUP] {
            var action = sigaction()
            action.__sigaction_handler.sa_handler = { Interrupt.received = sig_atomic_t($0) }
            sigaction(number, &action, nil)
        }
        signal(SIGPIPE, SIG_IGN)
    }
}
