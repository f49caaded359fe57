import Stint
import StintConfig
import StintSockets
import StintWire

/// What the learner and the daemon say, to the XPUB socket: `[prediction/HEAD][line]`, `[event/KIND][line]`, `[status][object]` and
/// `[config][object]`. It is a PUB that hears of subscriptions as well.
///
/// A subscriber that is slower than the stream has `queue` messages of its own before it loses any; it slows nobody.
struct Outlet: ~Copyable {
    /// Messages kept for each subscriber, about 600 bytes each.
    static let queue: Int32 = 8192
    private static let longestSubscription: Int64 = 1024
    /// Subscriptions that are looked at in one turn.
    private static let turn = 1024

    let endpoint: String
    let socket: Socket
    private var subscription: Message
    private var lines: LineWriter
    private var predictionTopics: NameTable
    private let eventTopics: NameTable
    /// `status` and `config`.
    private let plainTopics: NameTable
    /// Made large enough at the start.
    private var line: ByteWriter
    /// What the daemon says is written as JSON first, here.
    private var draft: ByteWriter
    private var scratch: ByteWriter
    private let form: LineForm
    /// Of the config in force; in every prediction.
    var revision: Int
    /// Numbers what the daemon itself says, from 1 on. The learner numbers its own events, so that they are those of a replay.
    private var eventCount: UInt64

    init(_ assembly: Assembly, bind: Endpoint, _ doors: Doors, form: LineForm, in context: Context) throws(SocketError) {
        var socket = try Socket(.xpub, in: context)
        try socket.set(.xpubVerbose, to: 1)
        // A subscription is a topic; what is longer comes from nobody who means well.
        try socket.setLongestMessage(Self.longestSubscription)
        try socket.set(.sendHighWater, to: Self.queue)
        // The last lines of a daemon that ends are worth a moment.
        try socket.set(.linger, to: 200)
        let endpoint = try doors.bind(&socket, bind)
        // Nothing is set before the last throw: Swift 6.0 cannot undo half of a value that cannot be copied.
        self.endpoint = endpoint
        self.socket = socket
        self.form = form
        plainTopics = NameTable(["status", "config"])
        subscription = Message()
        draft = ByteWriter(capacity: 8 << 10)
        scratch = ByteWriter(capacity: 256)
        (revision, eventCount) = (0, 0)
        lines = Self.lines(assembly, form)
        predictionTopics = NameTable(assembly.heads.map { "prediction/" + $0.name })
        eventTopics = NameTable(EventLine.Kind.allCases.map { "event/\($0.name)" })
        line = ByteWriter(capacity: Self.room(assembly))
    }

    /// Other heads from now on.
    mutating func follow(_ assembly: Assembly) {
        lines = Self.lines(assembly, form)
        predictionTopics = NameTable(assembly.heads.map { "prediction/" + $0.name })
        reserve(Self.room(assembly))
    }

    private static func lines(_ assembly: Assembly, _ form: LineForm) -> LineWriter {
        LineWriter(
            heads: assembly.heads.map { head in
                let kind: LineWriter.Head.Kind =
                    switch head.kind {
                    case "regression": .regression(targets: head.targetNames)
                    case "classification": .classification
                    default: .anomaly
                    }
                return LineWriter.Head(name: head.name, kind: kind, horizon: head.horizon?.seconds)
            }, channels: assembly.channelNames, streams: assembly.streams.map(\.name), form: form)
    }

    /// Bytes that a line may have: a class takes its name twice and a number, a target six numbers.
    private static func room(_ assembly: Assembly) -> Int {
        let longest = assembly.specification.heads.map { head in
            switch head.kind {
            case .regression(let targets): 100 * targets.count
            case .classification(_, let classes): classes * (2 * 2 * ClassTable.nameCapacity + 16)
            case .anomaly: 2048
            }
        }
        return 4096 + (longest.max() ?? 0)
    }

    /// A line for each head about the newest frame.
    mutating func publish(_ learner: Learner) throws(SocketError) {
        let stamp = LineStamp(time: learner.time, sequence: learner.sequence)
        for head in 0..<predictionTopics.count {
            let prediction = learner.prediction(of: head)
            var classes = ClassNames.none
            if case .classification = prediction {
                let names = learner.classes(of: head).names
                classes = ClassNames(bytes: names.bytes, ranges: names.ranges)
            }
            line.clear()
            lines.write(prediction, head: head, at: stamp, classes: classes, gaps: learner.gapCount, revision: revision, into: &line)
            try send(predictionTopics.name(head))
        }
    }

    /// What the newest event of the learner brought besides.
    mutating func publishEvents(_ learner: Learner) throws(SocketError) {
        for event in learner.events {
            let said = EventLine(event)
            line.clear()
            lines.write(said, into: &line)
            try send(eventTopics.name(said.kind.rawValue))
        }
    }

    /// What the daemon did.
    mutating func publish(_ event: DaemonEvent, at time: Double, sequence: UInt64) throws(SocketError) {
        eventCount += 1
        draft.clear()
        event.write(number: eventCount, at: time, sequence: sequence, into: &draft)
        turn(draft.bytes)
        try send(eventTopics.name(event.kind.rawValue))
    }

    /// Makes room for lines of so many bytes.
    mutating func reserve(_ bytes: Int) {
        line.clear()
        line.reserve(bytes)
    }

    /// How the daemon is.
    mutating func publishStatus(_ status: UnsafeRawBufferPointer) throws(SocketError) {
        turn(status)
        try send(plainTopics.name(0))
    }

    /// Which config is in force, and what became of others.
    mutating func publishConfig(_ report: UnsafeRawBufferPointer) throws(SocketError) {
        turn(report)
        try send(plainTopics.name(1))
    }

    /// Takes in who subscribes to what. - Returns: whether one of them wants to know the config.
    mutating func takeSubscriptions() throws(SocketError) -> Bool {
        var isWanted = false
        let topic = plainTopics.name(1)
        for _ in 0..<Self.turn {
            guard try socket.receive(into: &subscription, waiting: false) else { break }
            let bytes = subscription.bytes
            guard bytes.first == 1, bytes.count <= topic.count + 1 else { continue }
            if topic.starts(with: bytes.dropFirst()) { isWanted = true }
        }
        return isWanted
    }

    /// A JSON object into `line`, in the form that lines have.
    private mutating func turn(_ json: UnsafeRawBufferPointer) {
        line.clear()
        if form == .cbor, let text = JSONText(json) {
            line.append(cborOf: text.root, scratch: &scratch)
        } else {
            line.append(bytes: json)
        }
    }

    private func send(_ topic: UnsafeRawBufferPointer) throws(SocketError) {
        // XPUB never waits: for a subscriber whose queue is full the message is lost.
        try AllocationCount.pausing { () throws(SocketError) in
            try socket.send(topic, more: true)
            try socket.send(line.bytes)
        }
    }
}
