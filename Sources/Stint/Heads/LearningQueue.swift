/// The rows that a new fit leaves to be learned again, oldest first; what is labelled meanwhile waits at the end, because the
/// order matters to a memory that forgets.
struct LearningQueue {
    private var newestLabelled = -1
    private var cursor = 0
    private var end = 0
    private(set) var isActive = false

    mutating func reset() { self = LearningQueue() }

    /// Everything labelled from `oldest` on is to be learned again.
    mutating func start(from oldest: Int) {
        cursor = oldest
        end = newestLabelled + 1
        isActive = cursor < end
    }

    mutating func stop() { isActive = false }

    /// Notes that a row has its label; true when it is to be learned now, false when the queue will come to it.
    mutating func admits(_ serial: Int) -> Bool {
        newestLabelled = max(newestLabelled, serial)
        guard isActive, serial >= cursor else { return true }
        end = max(end, serial + 1)
        return false
    }

    /// The next row to be learned, moving past what cannot be; nil when the queue is empty.
    mutating func next(_ pending: PendingLatents, isLabelled: (Int) -> Bool) -> Int? {
        guard isActive else { return nil }
        cursor = max(cursor, pending.oldest)
        while cursor < end {
            let serial = cursor
            cursor += 1
            if pending.isLearnable(serial), isLabelled(serial) { return serial }
        }
        isActive = false
        return nil
    }

    mutating func archive(_ archive: inout Archive) {
        archive.scalar(&newestLabelled)
        archive.scalar(&cursor)
        archive.scalar(&end)
        archive.scalar(&isActive)
    }
}
