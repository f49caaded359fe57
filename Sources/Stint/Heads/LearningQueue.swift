/// The rows that a new fit leaves to be learned again, oldest first.
///
/// What is labelled meanwhile either waits at the end, because the order matters to a memory that forgets and other weights
/// answer in the meantime (regression); or is learned at once, so that the newest class is never the one that is missing.
struct LearningQueue {
    /// Whether newly labelled rows wait at the end.
    let keepsOrder: Bool
    private var newestLabelled = -1
    private var cursor = 0
    private var end = 0
    private(set) var isActive = false

    init(keepsOrder: Bool) { self.keepsOrder = keepsOrder }

    mutating func reset() { self = LearningQueue(keepsOrder: keepsOrder) }

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
        guard isActive, serial >= cursor, keepsOrder || serial < end else { return true }
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
            if pending.isTrainable(serial), isLabelled(serial) { return serial }
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
