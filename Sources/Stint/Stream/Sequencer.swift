/// Puts the numbered frames of one stream in order, within a bound, and knows those that came before.
///
/// A frame in order goes on at once and is never copied. When a number is missing, later frames are held until it comes, or
/// until more than `depth` of them have overtaken it; then it is lost. A jump over more than `depth` numbers is a loss that
/// no waiting mends. After 2⁶⁴ − 1 comes 0.
struct Sequencer {
    enum Fate: Equatable {
        /// Its turn; so many numbers before it are lost.
        case due(lost: Int)
        /// It is kept until its turn.
        case held
        case refused(DropReason)
    }

    /// A number this far back is no latecomer: the sender counts anew.
    static let reach = Int64(SequenceWindow.size)
    /// So many refused frames with rising numbers, one by one, are a sender that has begun again within `reach`. More than any
    /// burst of repeats, fewer than the hundred frames within which predictions must go on.
    static let restart = 64

    let depth: Int
    private let patience: Double
    private var seen: SequenceWindow
    private var store: FrameStore
    /// Slots of the held frames, the first to go on first.
    private let order: UnsafeMutablePointer<Int32>
    private(set) var count = 0
    private var next: UInt64 = 0
    private var isAnchored = false
    /// What is held goes on, whatever is missing.
    private var isDraining = false
    /// The slot that was let go last: its frame is looked at until the next call. −1 for none.
    private var released = -1
    private var refusals = 0
    private var lastRefused: UInt64 = 0
    /// Numbers that never came.
    private(set) var lost: UInt64 = 0

    init(_ specification: StreamSpecification, _ carver: inout Carver) {
        depth = specification.reorder
        patience = specification.waitSeconds ?? .infinity
        seen = SequenceWindow(&carver)
        // One more than may wait: the frame that ends the waiting.
        let capacity = depth > 0 ? depth + 1 : 0
        store = FrameStore(capacity: capacity, channels: specification.channels, &carver)
        order = carver.carve(Int32.self, capacity)
    }

    var capacity: Int { store.capacity }

    mutating func reset() {
        seen.reset()
        (count, next, isAnchored, isDraining, refusals, lastRefused, lost) = (0, 0, false, false, 0, 0, 0)
        released = -1
    }

    /// What is held is not there any more: it was not kept.
    mutating func letGo() { (count, isDraining, released) = (0, false, -1) }

    private mutating func wipeReleased() {
        guard released >= 0 else { return }
        store.wipe(released)
        released = -1
    }

    mutating func admit(_ frame: Frame, _ sequence: UInt64) -> Fate {
        wipeReleased()
        guard isAnchored else {
            isAnchored = true
            _ = seen.take(sequence)
            next = sequence &+ 1
            return .due(lost: 0)
        }
        let ahead = Self.distance(next, sequence)
        if ahead == 0, seen.take(sequence) {
            next = sequence &+ 1
            refusals = 0
            return .due(lost: 0)
        }
        if ahead < 0, ahead >= -Self.reach {
            if !isRestart(sequence) { return .refused(seen.has(sequence) ? .duplicate : .late) }
            seen.reset()
        } else if seen.has(sequence) {
            return .refused(.duplicate)
        }
        refusals = 0
        _ = seen.take(sequence)
        // From the newest number that is known to be there.
        let step = count == 0 ? ahead : Self.distance(store.sequence(Int(order[count - 1])), sequence)
        let isJump = ahead < 0 || step > Int64(depth)
        if count == 0, isJump {
            next = sequence &+ 1
            return .due(lost: skip(ahead))
        }
        keep(frame, sequence, isLast: isJump)
        return .held
    }

    private mutating func isRestart(_ sequence: UInt64) -> Bool {
        refusals = sequence == lastRefused &+ 1 ? refusals + 1 : 1
        lastRefused = sequence
        return refusals >= Self.restart
    }

    private mutating func keep(_ frame: Frame, _ sequence: UInt64, isLast: Bool) {
        var slot = 0
        while isUsed(slot) { slot += 1 }
        store.put(frame, at: slot)
        var place = count
        if !isLast {
            while place > 0, store.sequence(Int(order[place - 1])) > sequence {
                order[place] = order[place - 1]
                place -= 1
            }
        }
        order[place] = Int32(slot)
        count += 1
        let waited = frame.time - store.time(Int(order[0]))
        if isLast || waited > patience || waited < -patience { isDraining = true }
    }

    /// Signed, and bounded where it does not fit.
    private static func distance(_ from: UInt64, _ to: UInt64) -> Int64 {
        to >= from ? Int64(clamping: to - from) : -Int64(clamping: from - to)
    }

    private mutating func skip(_ ahead: Int64) -> Int {
        let missing = max(0, Int(clamping: ahead))
        lost &+= UInt64(missing)
        return missing
    }

    private func isUsed(_ slot: Int) -> Bool {
        for i in 0..<count where order[i] == Int32(slot) { return true }
        return false
    }

    /// The next held frame whose turn it is, and how many numbers before it are lost. It holds until the next call of `admit`.
    mutating func release(stream: Int) -> (frame: Frame, lost: Int)? {
        wipeReleased()
        guard count > 0 else { return nil }
        let slot = Int(order[0])
        let sequence = store.sequence(slot)
        let ahead = Self.distance(next, sequence)
        guard ahead == 0 || isDraining || count > depth else { return nil }
        count -= 1
        for i in 0..<count { order[i] = order[i + 1] }
        if count == 0 { isDraining = false }
        next = sequence &+ 1
        released = slot
        return (store.frame(slot, stream: stream), skip(ahead))
    }

    /// Nothing is left of frames that went on.
    func wipe() {
        for slot in 0..<store.capacity where !isUsed(slot) { store.wipe(slot) }
    }

    /// Nothing that is missing will come.
    mutating func giveUp() { isDraining = count > 0 }

    func holds(_ sequence: UInt64) -> Bool {
        for i in 0..<count where store.sequence(Int(order[i])) == sequence { return true }
        return false
    }

    func holds(atOrBefore time: Double) -> Bool {
        for i in 0..<count where store.time(Int(order[i])) <= time { return true }
        return false
    }

    mutating func archive(_ archive: inout Archive) {
        seen.archive(&archive)
        store.archive(&archive)
        archive.array(order, store.capacity)
        archive.scalar(&count)
        archive.scalar(&next)
        archive.scalar(&isAnchored)
        archive.scalar(&isDraining)
        archive.scalar(&refusals)
        archive.scalar(&lastRefused)
        archive.scalar(&lost)
    }
}
