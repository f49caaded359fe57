import Stint
import StintConfig
import StintSockets
import StintWire

/// Frames and labels from the SUB socket to the learner, and what comes of them to the outlet.
///
/// `queue` messages wait here; the rest wait at their senders, whose own bounds decide what is lost: `stint play` waits.
struct Intake: ~Copyable {
    static let queue: Int32 = 1000
    /// A part that is longer is given back at once.
    private static let shortPart = 16 << 10

    let endpoints: [String]
    let socket: Socket
    var labels: LabelDesk
    private(set) var frames: UInt64
    private(set) var steps: StepTimes
    private(set) var rate: ArrivalRate
    private(set) var refused: DropCounts
    var overload: Overload
    /// Messages that were received, of any kind.
    private(set) var messages: UInt64
    private var decoder: FrameDecoder
    private var topic: Message
    private var payload: Message

    init(_ assembly: Assembly, _ config: Config, in context: Context) throws(SocketError) {
        let input = config.input
        let labels = LabelDesk(assembly)
        var socket = try Socket(.subscribe, in: context)
        var endpoints: [String] = []
        try socket.set(.receiveHighWater, to: Self.queue)
        for topic in labels.topics.subscriptions { try socket.subscribe(to: topic) }
        for endpoint in input.bind {
            try socket.bind(endpoint.text)
            endpoints.append(socket.lastEndpoint)
        }
        for endpoint in input.connect {
            try socket.connect(endpoint.text)
            endpoints.append(endpoint.text)
        }
        // Nothing is set before the last throw: Swift 6.0 cannot undo half of a value that cannot be copied.
        self.labels = labels
        (frames, steps, rate, refused) = (0, StepTimes(), ArrivalRate(), DropCounts())
        overload = Overload(limit: config.compute.maxAgeSeconds)
        messages = 0
        topic = Message()
        payload = Message()
        decoder = FrameDecoder(channels: assembly.channelNames, stream: assembly.streamName)
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
                case .frame: try takeFrames(learner, &outlet, surroundings)
                case .label(let recipient):
                    let pauses = overload.isShedding && learner.isLearning
                    if pauses { learner.push(.command(.learning(false))) }
                    _ = labels.take(payload.bytes, for: recipient, learner)
                    try outlet.publishEvents(learner)
                    if pauses { learner.push(.command(.learning(true))) }
                }
            } else {
                refused.count(.unknownTopic)
            }
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

    private mutating func takeFrames(_ learner: Learner, _ outlet: inout Outlet, _ surroundings: Surroundings) throws(SocketError) {
        var before = surroundings.monotonic()
        let arrival = surroundings.wallTime()
        let count = decoder.decode(payload.bytes, arrival: arrival, counts: &refused)
        frames += UInt64(count)
        if count > 0 { rate.note(frames: UInt64(count), at: before) }
        while let frame = decoder.next() {
            overload.observe(sequence: frame.sequence, time: frame.time, arrival: arrival)
            let pauses = overload.isShedding && learner.isLearning
            if pauses { learner.push(.command(.learning(false))) }
            if learner.push(.frame(frame)) == .predicted { try outlet.publish(learner) }
            try outlet.publishEvents(learner)
            if pauses { learner.push(.command(.learning(true))) }
            let after = surroundings.monotonic()
            steps.add(nanoseconds: after - before)
            before = after
        }
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
