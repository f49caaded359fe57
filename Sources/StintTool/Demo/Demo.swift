import StintSimulation
import StintSockets
import StintWire

/// A simulated arm feeds a real stintd over real ZeroMQ, and listens to what it says.
///
/// Torques come as labels `delay` rows late. The zone comes from a slow camera: of each `zoneEvery`th row, `zoneDelay` rows late. The
/// daemon is told no more than a real arm would tell it, and nothing of what is injected.
struct Demo: ~Copyable {
    /// Rows that a torque comes after its own: 0.2 s.
    static let delay = 20
    /// Two pictures a second, each told half a second later.
    static let zoneEvery = 50
    static let zoneDelay = 50
    /// Rows on their way at most, when time does not hold them back.
    private static let mostAhead = 256
    /// Seconds for the last predictions, once all rows are sent.
    private static let patience = 5.0

    private(set) var moment: DemoMoment
    /// What the daemon cost, without its start.
    private(set) var processorSeconds: Double?
    private let rows: Int
    private let rate: PlayRate
    private var life: ArmScenario.Life
    private let context: Context
    private var publisher: Publisher
    private let listener: Socket
    private var control: ControlClient
    private var poller: Poller
    private var part: Message
    private var buffer: ByteWriter
    /// Rows whose labels are not all told yet.
    private var untold: DueQueue<Note>
    private var delivered: DemoScore.Delivered
    private let epoch: Double

    /// - Parameter epoch: the time of the first sample, seconds since 1970.
    init(_ site: borrowing DemoSite, _ scenario: ArmScenario, seed: UInt64, rate: PlayRate, epoch: Double) throws(Failure) {
        let context = try reaching { () throws(SocketError) in try Context() }
        let output = site.output
        let listener = try reaching { () throws(SocketError) in
            var socket = try Socket(.subscribe, in: context)
            try socket.set(.receiveHighWater, to: 0)
            try socket.subscribe(to: "prediction/")
            try socket.subscribe(to: "event/")
            try socket.connect(output)
            return socket
        }
        let control = try ControlClient(site.control, in: context)
        let publisher = try Publisher(site.input, binds: true, lingers: false, in: context)
        // Nothing is set before the last throw: Swift 6.0 cannot undo half of a value that cannot be copied.
        poller = Poller(capacity: 2)
        _ = poller.add(listener)
        control.line.watch(&poller)
        untold = DueQueue()
        delivered = DemoScore.Delivered()
        self.context = context
        self.listener = listener
        self.control = control
        self.publisher = publisher
        part = Message()
        buffer = ByteWriter()
        rows = scenario.rows
        self.rate = rate
        self.epoch = epoch
        life = scenario.life(seed: seed)
        let injections = scenario.injections
        let score = DemoScore(
            delay: Self.delay, burnIn: Int((0.05 * Double(rows)).rounded(.up)), length: scenario.seconds, injections: injections)
        moment = DemoMoment(length: scenario.seconds, score: score, answers: Answers(injections), output: site.output)
    }

    /// Runs to the end, or until `Interrupt` comes.
    ///
    /// - Parameter progress: is called after each line; it decides what to show.
    mutating func run(_ daemon: inout DaemonProcess, progress: (borrowing DemoMoment) throws(Failure) -> Void) throws(Failure) {
        try publisher.awaitSubscriber(to: DemoSite.stream)
        let start = monotonicSeconds(), costBefore = daemon.processorSeconds
        var row = 0, nextStatus = 1.0
        while row < rows, !Interrupt.hasCome {
            if try isDue(row, since: start) {
                try send(row)
                row += 1
            }
            try listen(progress)
            let now = monotonicSeconds() - start
            if now >= nextStatus {
                nextStatus = now + 1
                if let death = daemon.death() { throw .unreachable(death) }
                _ = try control.ask("status")
            }
        }
        try listenToTheLast(progress)
        if let now = daemon.processorSeconds, let costBefore { processorSeconds = now - costBefore }
        moment.status = JSON(try control.call("status")).map(DemoStatus.init) ?? moment.status
    }

    /// Whether to send this row now; if not, some of the wait for it is over.
    private mutating func isDue(_ row: Int, since start: Double) throws(Failure) -> Bool {
        let left: Double
        switch rate {
        case .times(let factor): left = start + Double(row) / (Double(DemoSite.rateHz) * factor) - monotonicSeconds()
        case .max: left = moment.score.rowsSent - moment.score.rowsAnswered < Self.mostAhead ? 0 : 0.1
        }
        guard left > 0 else { return true }
        do throws(SocketError) { _ = try poller.wait(milliseconds: Int((left * 1000).rounded(.up))) } catch { throw Failure(error) }
        return false
    }

    // MARK: Out

    /// Labels on their way, for a row that the daemon was sent.
    private struct Note {
        var row: Int
        var torque: [Double]?
        var zone: String?
    }

    /// A lost frame has a number like any other, but neither it nor its labels are sent.
    private mutating func send(_ row: Int) throws(Failure) {
        guard let (truth, told) = life.next() else { return }
        if let told {
            let torque = [truth.torque.x, truth.torque.y], zone = truth.zone.rawValue
            moment.score.sent(
                DemoScore.Truth(
                    sequence: row, seconds: truth.time, torque: torque, zone: zone, payload: truth.payload, delivered: delivered))
            try sendFrame(row, epoch + truth.time, told)
            untold.add(Note(row: row, torque: torque), due: row + Self.delay)
            if row % Self.zoneEvery == 0 { untold.add(Note(row: row, zone: zone), due: row + Self.zoneDelay) }
        }
        while let note = untold.next(due: row) {
            if let torque = note.torque {
                for (name, value) in zip(DemoSite.labels, torque) { try sendLabel(name, note.row) { $0.append(Float(value)) } }
                delivered.torque = torque
            }
            if let zone = note.zone {
                try sendLabel(DemoSite.zoneLabel, note.row) { $0.append(quoted: zone) }
                delivered.zone = zone
            }
        }
    }

    /// What is no number is `null`.
    private mutating func sendFrame(_ row: Int, _ time: Double, _ values: [Double]) throws(Failure) {
        buffer.clear()
        buffer.append("{\"t\":")
        buffer.append(time)
        buffer.append(",\"seq\":")
        buffer.append(row)
        for (name, value) in zip(DemoSite.channels, values) {
            buffer.append(byte: UInt8(ascii: ","))
            buffer.append(quoted: name)
            buffer.append(byte: UInt8(ascii: ":"))
            buffer.append(Float(value))
        }
        buffer.append(byte: UInt8(ascii: "}"))
        try publisher.send(topic: DemoSite.stream, buffer.bytes)
    }

    private mutating func sendLabel(_ name: String, _ row: Int, _ value: (inout ByteWriter) -> Void) throws(Failure) {
        buffer.clear()
        buffer.append("{\"seq\":")
        buffer.append(row)
        buffer.append(",\"value\":")
        value(&buffer)
        buffer.append(byte: UInt8(ascii: "}"))
        try publisher.send(topic: "label/" + name, buffer.bytes)
    }

    // MARK: In

    /// Takes in what is there.
    private mutating func listen(_ progress: (borrowing DemoMoment) throws(Failure) -> Void) throws(Failure) {
        while try receiveLine() {
            guard let whole = JSON(part.bytes) else { continue }
            if let line = PredictionLine(whole) {
                moment.score.take(line, whole: whole)
                moment.seconds = moment.score.newest?.seconds ?? 0
            } else if let remark = Remark(whole, epoch: epoch, now: moment.seconds) {
                // What the daemon did before the first frame was sent has no place in the demo.
                if remark.seconds >= 0 { moment.answers.take(remark) }
            } else {
                continue
            }
            try progress(moment)
        }
        if let status = try control.answer() { moment.status = JSON(status).map(DemoStatus.init) ?? moment.status }
    }

    /// Waits for the predictions of rows that are still on their way.
    private mutating func listenToTheLast(_ progress: (borrowing DemoMoment) throws(Failure) -> Void) throws(Failure) {
        let end = monotonicSeconds() + Self.patience
        while moment.score.rowsAnswered < moment.score.rowsSent, monotonicSeconds() < end {
            do throws(SocketError) { _ = try poller.wait(milliseconds: 50) } catch { throw Failure(error) }
            try listen(progress)
        }
        // The lines of the other heads of the last row.
        do throws(SocketError) { _ = try poller.wait(milliseconds: 50) } catch { throw Failure(error) }
        try listen(progress)
    }

    /// A whole message; its payload is then in `part`.
    private mutating func receiveLine() throws(Failure) -> Bool {
        do throws(SocketError) {
            guard try listener.receive(into: &part, waiting: false) else { return false }
            while part.hasMore { guard try listener.receive(into: &part) else { return false } }
            return true
        } catch {
            throw Failure(error)
        }
    }
}
