/// Joins streams of different rates on one clock: each frame of the clock's stream is a step, and the other streams are
/// sampled at its time.
///
/// With one stream and frames in order nothing is copied and nothing waits. Streams with `resample = linear` let a step wait for
/// their later neighbour until the clock is `wait` further; the steps that wait stand in a queue. Everything is bounded.
struct Alignment {
    let clock: Int
    /// Where the channels of the clock's stream begin, and how many they are.
    let clockOffset: Int
    let clockChannels: Int
    private let streams: Int
    private let offsets: [Int]
    private var sequencers: [Sequencer]
    /// Of every stream but the clock's, which has one of no channel in its place.
    private var tracks: [Track]
    private let isQueued: Bool
    private let wait: Double
    private let period: Double
    private var queue: FrameStore
    private var head = 0
    private var count = 0
    private var isFlushing = false
    /// The newest time that the clock's stream has said, whether it has been a step or not.
    private var newest = Double.nan

    init(_ specification: Specification, _ carver: inout Carver) {
        clock = specification.clock
        streams = specification.streamCount
        clockOffset = specification.offset(ofStream: clock)
        clockChannels = specification.stream(clock).channels
        period = 1 / specification.rateHz
        var offsets: [Int] = [], sequencers: [Sequencer] = [], tracks: [Track] = []
        var slowest = 0.0, wait = 0.0
        for i in 0..<streams { slowest = max(slowest, 1 / specification.stream(i).rateHz) }
        for i in 0..<streams {
            var stream = specification.stream(i)
            offsets.append(specification.offset(ofStream: i))
            sequencers.append(Sequencer(stream, &carver))
            guard streams > 1 else { continue }
            if i == clock { (stream.channels, stream.resampling) = (0, .hold) }
            if stream.resampling == .linear { wait = max(wait, stream.wait) }
            tracks.append(Track(stream, slowestPeriod: slowest, &carver))
        }
        self.offsets = offsets
        self.sequencers = sequencers
        self.tracks = tracks
        self.wait = wait
        isQueued = wait > 0
        let capacity = wait > 0 ? Int(min(wait * specification.rateHz, 65_536)) + 2 : 0
        queue = FrameStore(capacity: capacity, channels: clockChannels, &carver)
    }

    mutating func reset() {
        for i in sequencers.indices { sequencers[i].reset() }
        for i in tracks.indices { tracks[i].reset() }
        (head, count, isFlushing, newest) = (0, 0, false, .nan)
    }

    var isJoining: Bool { streams > 1 }
    /// The most frames of the clock's stream that can wait for their step.
    var mostHeld: Int { queue.capacity + sequencers[clock].capacity }

    func channels(of stream: Int) -> Int { isJoining && stream != clock ? tracks[stream].channels : clockChannels }

    /// Numbers of a stream that never came.
    func lost(_ stream: Int) -> UInt64 { sequencers[stream].lost }

    /// What is held is not there any more: it was not kept.
    mutating func letGo() {
        for i in sequencers.indices { sequencers[i].letGo() }
        for i in tracks.indices { tracks[i].reset() }
        (head, count, isFlushing) = (0, 0, false)
    }

    // MARK: In

    @inline(__always)
    mutating func admit(_ frame: Frame, _ sequence: UInt64) -> Sequencer.Fate { sequencers[frame.stream].admit(frame, sequence) }

    enum Turn {
        /// A step, at once.
        case step
        case held
        case late
    }

    /// Takes a frame whose turn it is in its own stream.
    ///
    /// - Parameter number: the step's, for a frame that has none of its own.
    mutating func take(_ frame: Frame, number: UInt64) -> Turn {
        guard isJoining else { return .step }
        guard frame.stream == clock else { return tracks[frame.stream].insert(frame) ? .held : .late }
        var frame = frame
        if !frame.time.isFinite { frame.time = newest.isFinite ? newest + period : 0 }
        // What waits for a clock that has gone back would wait for ever.
        if frame.time < newest { isFlushing = count > 0 }
        newest = frame.time
        guard isQueued else { return .step }
        queue.put(frame, number: number, at: (head + count) % queue.capacity)
        count += 1
        return .held
    }

    /// Nothing more is waited for.
    mutating func flush() {
        for i in sequencers.indices { sequencers[i].giveUp() }
        isFlushing = true
    }

    /// A recording ends: what the other streams said then is not held any more.
    mutating func cut() {
        for i in tracks.indices { tracks[i].reset() }
        newest = .nan
    }

    /// Nothing is left of frames of these times, nor of those whose turn has come.
    func wipe(_ times: ClosedRange<Double>) {
        for sequencer in sequencers { sequencer.wipe() }
        for track in tracks { track.wipe(times) }
        for i in count..<max(queue.capacity, count) { queue.wipe((head + i) % queue.capacity) }
    }

    // MARK: Out

    /// Whether anything may be due after the newest frame.
    var holdsAnything: Bool {
        if count > 0 { return true }
        for i in 0..<streams where sequencers[i].count > 0 { return true }
        return false
    }

    /// The next frame that has waited for its number.
    mutating func release() -> (frame: Frame, lost: Int)? {
        for i in 0..<streams {
            if let released = sequencers[i].release(stream: i) { return released }
        }
        return nil
    }

    /// The next step that has waited for its neighbours. It holds until the next `take`.
    mutating func nextStep() -> Frame? {
        guard count > 0 else {
            isFlushing = false
            return nil
        }
        guard isFlushing || count == queue.capacity || isSettled(at: queue.time(head)) else { return nil }
        let frame = queue.frame(head, stream: clock)
        head = (head + 1) % queue.capacity
        count -= 1
        return frame
    }

    private func isSettled(at time: Double) -> Bool {
        for i in 0..<streams where i != clock && !tracks[i].isSettled(at: time) && newest - time <= tracks[i].wait { return false }
        return true
    }

    /// The channels of the streams that are not the clock's, at the time of a step; returns how many are held.
    mutating func sample(
        at time: Double, after before: Double, into row: UnsafeMutablePointer<Float>, isNew: UnsafeMutablePointer<UInt8>
    ) -> Int {
        var held = 0
        for i in 0..<streams where i != clock {
            held += tracks[i].sample(at: time, after: before, into: row + offsets[i], isNew: isNew + offsets[i])
        }
        return held
    }

    /// Whether the frame that a label is about is still to be a step.
    func holds(_ moment: Label.Moment) -> Bool {
        switch moment {
        case .sequence(let sequence):
            if sequencers[clock].count > 0, sequencers[clock].holds(sequence) { return true }
            guard count > 0 else { return false }
            // Numbered one by one as a rule, so the first guess is right.
            let guess = sequence &- queue.sequence(head)
            if guess < UInt64(count), queue.sequence((head + Int(guess)) % queue.capacity) == sequence { return true }
            for i in 0..<count where queue.sequence((head + i) % queue.capacity) == sequence { return true }
        case .time(let time):
            if sequencers[clock].count > 0, sequencers[clock].holds(atOrBefore: time) { return true }
            for i in 0..<count where queue.time((head + i) % queue.capacity) <= time { return true }
        }
        return false
    }

    /// Steps that wait and have been numbered: the next one without a number of its own is so many after the newest.
    var waiting: Int { count }

    mutating func archive(_ archive: inout Archive) {
        for i in sequencers.indices { sequencers[i].archive(&archive) }
        for i in tracks.indices { tracks[i].archive(&archive) }
        queue.archive(&archive)
        archive.scalar(&head)
        archive.scalar(&count)
        archive.scalar(&isFlushing)
        archive.scalar(&newest)
    }
}
