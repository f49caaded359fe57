#if canImport(Glibc)
import Glibc
#else
import Musl
#endif

/// Something that may take long, in a thread of its own: one byte is written to a descriptor when it is done.
///
/// The work touches nothing that the loop touches; what comes of it is looked at after `wait`. Flash that is tired, or busy, holds an
/// `fsync` for seconds; a loop that waited for it would be deaf for as long. Cutting the writing into slices of the loop was the
/// alternative; it helps against the bytes, but not against the last `fsync` and the folder's, which is where the time goes.
final class Errand<Outcome>: @unchecked Sendable {
    /// Frames of Swift and of the system's calls; 8 MiB, the default, would be 8 MiB of address space an errand.
    private static var stackBytes: Int { 256 << 10 }

    private let work: () -> Outcome
    private let done: Int32
    private var outcome: Outcome?
    private var thread: pthread_t?

    init(done: Int32, _ work: @escaping () -> Outcome) {
        self.work = work
        self.done = done
    }

    /// Begins; where the system has no thread to give, it is done here and now.
    func start() {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setstacksize(&attributes, Self.stackBytes)
        #if canImport(Glibc)
        var thread = pthread_t()
        #else
        var thread: pthread_t?
        #endif
        let carried = Unmanaged.passRetained(Carried { [self] in run() })
        let code = pthread_create(
            &thread, &attributes,
            { argument in
                Unmanaged<Carried>.fromOpaque(argument!).takeRetainedValue().body()
                return nil
            }, carried.toOpaque())
        if code == 0 {
            self.thread = thread
        } else {
            carried.release()
            run()
        }
    }

    /// Waits for the end, if it is not there yet.
    func wait() -> Outcome {
        if let thread { pthread_join(thread, nil) }
        thread = nil
        guard let outcome else { preconditionFailure("an errand that was never started has no end") }
        return outcome
    }

    private func run() {
        outcome = work()
        var byte: UInt8 = 1
        while Bell.put(&byte, to: done) < 0, errno == EINTR {}
    }
}

/// A pointer to C goes through a class without type parameters.
private final class Carried {
    let body: () -> Void

    init(_ body: @escaping () -> Void) { self.body = body }
}

/// A pipe that rings.
struct Bell: ~Copyable {
    /// Readable when it has rung.
    let fileDescriptor: Int32
    let writer: Int32

    init() {
        var ends: [Int32] = [-1, -1]
        precondition(pipe(&ends) == 0, "the system gives no pipe")
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        (fileDescriptor, writer) = (ends[0], ends[1])
    }

    deinit {
        close(fileDescriptor)
        close(writer)
    }

    func silence() {
        var byte: UInt8 = 0
        while read(fileDescriptor, &byte, 1) == 1 {}
    }

    fileprivate static func put(_ byte: UnsafePointer<UInt8>, to file: Int32) -> Int {
        #if canImport(Glibc)
        Glibc.write(file, byte, 1)
        #else
        Musl.write(file, byte, 1)
        #endif
    }
}
