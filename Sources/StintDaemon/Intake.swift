import Stint
import StintConfig
import StintIntake
import StintSockets
import StintWire

/// Frames and labels from the SUB socket to the learner, and what comes of them to the outlet.
///
/// `queue` messages wait here; the rest wait at their senders, whose own bounds decide what is lost: `stint play` waits.
struct Intake: ~Copyable {
    static let queue: Int32 = 1000
    /// A part that is longer is given back at once.
    private static let shortPart = 16 << 10
    /// Nanoseconds without a frame after which nothing more is waited for. Stream time bounds the waiting while frames come.
    static let silence: UInt64 = 1_000_000_000

    let endpoints: [String]
    let socket: Socket
    var labels: LabelDesk
    /// While a config is on probation, where there is room for two.
    private(set) var shadow: Shadow?
    private(set) var frames: UInt64
    private(set) var steps: StepTimes
    /// The same since the newest switch, without what a shadow took.
    var ownSteps: StepTimes
    private(set) var refused: DropCounts
    var overload: Overload
    /// Whether a payload may stay in memory after it was read, until the next one takes its place.
    var keepsSamples: Bool
    /// Messages that were received, of any kind.
    private(set) var messages: UInt64
    /// One for each stream.
    let streams: [StreamPort]
    private var topic: Message
    private var payload: Message

    init(_ assembly: Assembly, _ config: Config, _ doors: Doors, in context: Context) throws(SocketError) {
        let input = config.input
        let labels = LabelDesk(assembly)
        var socket = try Socket(.subscribe, in: context)
        try socket.set(.receiveHighWater, to: Self.queue)
        for topic in labels.topics.subscriptions { try socket.subscribe(to: topic) }
        let endpoints = try doors.open(&socket, bind: input.bind, connect: input.connect)
        // Nothing is set before the last throw: Swift 6.0 cannot undo half of a value that cannot be copied.
        self.labels = labels
        (frames, steps, refused) = (0, StepTimes(), DropCounts())
        ownSteps = StepTimes()
        overload = Overload(limit: config.compute.maxAgeSeconds, streams: assembly.streams.count)
        keepsSamples = config.memory.store == .latents
        messages = 0
        shadow = nil
        topic = Message()
        payload = Message()
        streams = assembly.streams.map(StreamPort.init)
        self.endpoints = endpoints
        self.socket = socket
    }

    /// At most `limit` messages; true when there may be more.
    mutating func take(
        _ limit: Int, _ learner: Learner, _ outlet: inout Outlet, _ surroundings: Surroundings
    ) throws(SocketError) -> Bool {
        for _ in 0..<limit {
            guard try receive() else { return false }
            if let purpose = labels.topics.purpose(of: topic.bytes) {
                switch purpose {
                case .frame(let stream): try takeFrames(stream, learner, &outlet, surroundings)
                case .label(let recipient):
                    let pauses = overload.isShedding && learner.isLearning
                    if pauses { command(.learning(false), learner) }
                    _ = labels.take(payload.bytes, for: recipient, learner)
                    shadow?.take(topic.bytes, payload.bytes)
                    try outlet.publishEvents(learner)
                    if pauses { command(.learning(true), learner) }
                }
            } else if let shadow, shadow.labels.topics.purpose(of: topic.bytes) != nil {
                shadow.take(topic.bytes, payload.bytes)
            } else {
                refused.count(.unknownTopic)
            }
            if !keepsSamples { payload.wipe() }
            if payload.count > Self.shortPart { AllocationCount.pausing { payload.clear() } }
        }
        return true
    }

    /// The next message of two parts into `topic` and `payload`; others are counted. False when there is none.
    private mutating func receive() throws(SocketError) -> Bool {
        // Only ZeroMQ allocates in here, and its parts of a message arrive together.
        try AllocationCount.pausing { () throws(SocketError) in
            while try socket.receive(into: &topic, waiting: false) {
                messages &+= 1
                guard topic.hasMore else {
                    refused.count(.wrongParts)
                    continue
                }
                guard try socket.receive(into: &payload, waiting: false) else { return false }
                guard payload.hasMore else { return true }
                while payload.hasMore, try socket.receive(into: &payload, waiting: false) {}
                refused.count(.wrongParts)
            }
            return false
        }
    }

    private mutating func takeFrames(
        _ stream: Int, _ learner: Learner, _ outlet: inout Outlet, _ surroundings: Surroundings
    ) throws(SocketError) {
        var before = surroundings.monotonic()
        let arrival = surroundings.wallTime()
        let port = streams[stream]
        let count = port.decoder.decode(payload.bytes, arrival: arrival, counts: &refused)
        frames += UInt64(count)
        if count > 0 { port.note(frames: UInt64(count), at: before) }
        while var frame = port.decoder.next() {
            frame.stream = stream
            overload.observe(sequence: frame.sequence, time: frame.time, arrival: arrival, stream: stream)
            let pauses = overload.isShedding && learner.isLearning
            if pauses { command(.learning(false), learner) }
            try publish(learner.push(.frame(frame)), learner, &outlet)
            let own = surroundings.monotonic()
            ownSteps.add(nanoseconds: own - before)
            shadow?.push(.frame(frame))
            if pauses { command(.learning(true), learner) }
            let after = shadow == nil && !pauses ? own : surroundings.monotonic()
            steps.add(nanoseconds: after - before)
            before = after
        }
    }

    /// What an event has made due, step by step.
    private func publish(_ first: Outcome, _ learner: Learner, _ outlet: inout Outlet) throws(SocketError) {
        var outcome: Outcome? = first
        while let said = outcome {
            if said == .predicted { try outlet.publish(learner) }
            try outlet.publishEvents(learner)
            outcome = learner.next()
        }
    }

    /// When all senders are silent, what waits for a frame of theirs would wait for ever. One that was not heard since the start may come.
    mutating func release(_ learner: Learner, _ outlet: inout Outlet, at now: UInt64) throws(SocketError) {
        var newest: UInt64 = 0
        for stream in streams { newest = max(newest, stream.rate.newest ?? 0) }
        guard learner.isWaiting, newest > 0, now >= newest + Self.silence else { return }
        try publish(learner.push(.command(.flush)), learner, &outlet)
        shadow?.push(.command(.flush))
    }

    /// To the learner and its shadow.
    func command(_ order: Command, _ learner: Learner) {
        learner.push(.command(order))
        shadow?.push(.command(order))
    }

    /// Nothing is left of the frames that went to the learner.
    func wipe() { for stream in streams { stream.decoder.wipe() } }

    // MARK: Another config

    /// Other heads, in place of those that there are.
    mutating func follow(_ launch: Launch) throws(SocketError) {
        let former = try take(LabelDesk(launch.assembly))
        for topic in former.topics.subscriptions { try socket.unsubscribe(from: topic) }
    }

    /// Other heads, while the former learner lives on as a shadow.
    mutating func follow(_ launch: Launch, beside former: Launch, _ learner: Learner) throws(SocketError) {
        // The two are held against each other by the rows that both see.
        learner.forgetLosses()
        shadow = Shadow(former, learner, try take(LabelDesk(launch.assembly)))
    }

    /// Takes labels for other heads from now on. - Returns: where they went until now; both are subscribed to.
    private mutating func take(_ desk: consuming LabelDesk) throws(SocketError) -> LabelDesk {
        for topic in desk.topics.subscriptions { try socket.subscribe(to: topic) }
        var other = desk
        swap(&labels, &other)
        return other
    }

    /// The shadow is not needed any more, or it is what goes on. - Returns: its learner.
    mutating func endShadow(goesOn: Bool) throws(SocketError) -> Learner? {
        guard let shadow else { return nil }
        self.shadow = nil
        if goesOn { swap(&labels, &shadow.labels) }
        // Each desk has subscribed to its own; what both have stays.
        for topic in shadow.labels.topics.subscriptions { try socket.unsubscribe(from: topic) }
        return shadow.learner
    }
}

/// What comes to the topic of one stream; a class, since a decoder cannot lie in an array.
final class StreamPort {
    let name: String
    var decoder: FrameDecoder
    private(set) var frames: UInt64 = 0
    private(set) var rate = ArrivalRate()

    init(_ stream: Assembly.Stream) {
        name = stream.name
        decoder = FrameDecoder(channels: stream.channels, stream: stream.name)
    }

    func note(frames count: UInt64, at now: UInt64) {
        frames += count
        rate.note(frames: count, at: now)
    }
}

/// Frames a second by arrival, over stretches of at least two seconds.
struct ArrivalRate {
    private static let stretch: UInt64 = 2_000_000_000
    private var start: UInt64?
    private var count: UInt64 = 0
    /// nil before the first stretch is over.
    private(set) var hertz: Double?
    /// When the newest frame came; monotonic nanoseconds.
    private(set) var newest: UInt64?

    mutating func note(frames: UInt64, at now: UInt64) {
        newest = now
        guard let start else {
            self.start = now
            return
        }
        count += frames
        guard now - start >= Self.stretch else { return }
        hertz = Double(count) * 1e9 / Double(now - start)
        self.start = now
        count = 0
    }
}
