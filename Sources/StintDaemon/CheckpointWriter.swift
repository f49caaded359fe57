import Stint
import StintStore
#if canImport(Glibc)
import Glibc
#else
import Musl
#endif

/// One checkpoint on its way to the disk, in a thread of its own.
///
/// Flash that is tired, or busy, holds an `fsync` for seconds; a loop that waited for it would be deaf for as long. So the loop copies the
/// state, which takes a few milliseconds at most, and this thread writes the copy. It touches nothing else: the copy is left alone until
/// it is done, and what comes of it is only looked at after `wait`. Cutting the writing into slices of the loop was the alternative; it
/// helps against the bytes, but not against the last `fsync` and the folder's, which is where the time goes.
final class CheckpointWriter: @unchecked Sendable {
    /// Frames of Swift and of the system's calls; 8 MiB, the default, would be 8 MiB of address space per checkpoint.
    private static let stackBytes = 256 << 10

    private var slots: StateSlots
    private let header: StateHeader
    private let snapshot: UnsafeRawBufferPointer
    private let done: Int32
    private var outcome: Result<StateSlots.Written, StateError>?
    private var thread: pthread_t?

    /// - Parameters:
    ///   - snapshot: holds until `wait` has returned.
    ///   - done: one byte is written there when there is an outcome.
    init(_ slots: StateSlots, _ header: StateHeader, _ snapshot: UnsafeRawBufferPointer, done: Int32) {
        self.slots = slots
        self.header = header
        self.snapshot = snapshot
        self.done = done
    }

    /// Begins; where the system has no thread to give, it is written here and now.
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
        let this = Unmanaged.passRetained(self)
        let code = pthread_create(
            &thread, &attributes,
            { argument in
                #if canImport(Glibc)
                let this = argument!
                #else
                let this = argument!
                #endif
                Unmanaged<CheckpointWriter>.fromOpaque(this).takeRetainedValue().write()
                return nil
            }, this.toOpaque())
        if code == 0 {
            self.thread = thread
        } else {
            this.release()
            write()
        }
    }

    /// Waits for the end, if it is not there yet. - Returns: what came of it, and the slots as they are now.
    func wait() -> (outcome: Result<StateSlots.Written, StateError>, slots: StateSlots) {
        if let thread { pthread_join(thread, nil) }
        thread = nil
        guard let outcome else { preconditionFailure("a checkpoint that was never started has no end") }
        return (outcome, slots)
    }

    private func write() {
        do throws(StateError) {
            outcome = .success(try slots.save(header, snapshot: snapshot))
        } catch {
            outcome = .failure(error)
        }
        var byte: UInt8 = 1
        while Self.put(&byte, to: done) < 0, errno == EINTR {}
    }

    private static func put(_ byte: UnsafePointer<UInt8>, to file: Int32) -> Int {
        #if canImport(Glibc)
        Glibc.write(file, byte, 1)
        #else
        Musl.write(file, byte, 1)
        #endif
    }
}
