import CAllocationCount

/// Calls for memory by the loop's thread, outside of ZeroMQ, for each frame.
///
/// What is made once is made by the first 512 frames; they are left out as soon as there are more.
struct AllocationCount {
    private static let firstFrames: UInt64 = 512
    private var start = stint_allocation_calls()
    private var framesBefore: UInt64 = 0

    /// - Parameter frames: since the start of the process.
    mutating func note(frames: UInt64) {
        guard framesBefore == 0, frames >= Self.firstFrames else { return }
        start = stint_allocation_calls()
        framesBefore = frames
    }

    /// nil where calls are not counted, or no frame has come.
    func perFrame(frames: UInt64) -> Double? {
        let calls = stint_allocation_calls()
        guard calls >= 0, frames > framesBefore else { return nil }
        return Double(calls - start) / Double(frames - framesBefore)
    }

    /// What ZeroMQ allocates in here is not counted.
    @inline(__always)
    static func pausing<R, E: Error>(_ body: () throws(E) -> R) throws(E) -> R {
        stint_allocation_pause()
        defer { stint_allocation_resume() }
        return try body()
    }
}
