import StintSimulation
import StintSockets
import StintWire

/// A simulated arm feeds a real stintd over real ZeroMQ, and listens to what it says.
///
/// Labels come `delay` rows late, all others in the order of time. The daemon is told no more than a real arm would tell it.
struct Demo: ~Copyable {
    /// Rows that a label comes after its own: 50 ms.
    static let delay = 5
    /// Rows on their way at most, when time does not hold them back.
    private static let mostAhead = 256
    /// Seconds for the last predictions, once all rows are sent.
    private static let patience = 5.0

    private(set) var moment: DemoMoment
    /// What the daemon cost, without its start.
    private(set) var processorSeconds: Double?
    private let rows: Int
    private let rate: PlayRate
    private var arm: TwoJointArm
    private let context: Context
    private var publisher: Publisher
    private let listener: Socket
    private var control: ControlClient
    private var poller: Poller
    private var part: Message
    private var buffer: ByteWriter
    private var samples: [TwoJointArm.Sample]
    private let epoch: Double

    /// - Parameter epoch: the time of the first sample, seconds since 1970.
    init(_ site: borrowing DemoSite, seconds: Int, seed: UInt64, rate: PlayRate, epoch: Double) throws(Failure) {
        let context = try reaching { () throws(SocketError) in try Context() }
        let output = site.output
        let listener = try reaching { () throws(SocketError) in
            var socket = try Socket(.subscribe, in: context)
            try socket.set(.receiveHighWater, to: 0)
            try socket.subscribe(to: "prediction/")
            try socket.connect(output)
            return socket
        }
        let control = try ControlClient(site.control, in: context)
        let publisher = try Publisher(site.input, binds: true, lingers: false, in: context)
        poller = Poller(capacity: 2)
        _ = poller.add(listener)
        _ = poller.add(control.socket)
        self.context = context
        self.listener = listener
        self.control = control
        self.publisher = publisher
        part = Message()
        buffer = ByteWriter()
        samples = []

        rows = seconds * DemoSite.rateHz
        self.rate = rate
        self.epoch = epoch
        // Picked up after a third of each minute, and put down after two.
        let period = Double(min(seconds, 60))
        var parameters = TwoJointArm.Parameters()
        parameters.rateHz = DemoSite.rateHz
        parameters.payload = PayloadSchedule(
            [.init(time: period / 3, mass: 1.5), .init(time: 2 * period / 3, mass: 0)], period: period)
        arm = TwoJointArm(parameters, seed: seed)
        moment = DemoMoment(
            length: Double(seconds), score: DemoScore(delay: Self.delay, burnIn: Int((0.05 * Double(rows)).rounded(.up))),
            output: site.output)
        samples.reserveCapacity(Self.delay + 1)
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
        case .max: left = row - moment.score.rowsAnswered < Self.mostAhead ? 0 : 0.1
        }
        guard left > 0 else { return true }
        do throws(SocketError) { _ = try poller.wait(milliseconds: Int((left * 1000).rounded(.up))) } catch { throw Failure(error) }
        return false
    }

    // MARK: Out

    private mutating func send(_ row: Int) throws(Failure) {
        let sample = arm.next()
        samples.append(sample)
        moment.score.sent(
            DemoScore.Truth(
                sequence: row, seconds: sample.time, torque: [sample.torque.x, sample.torque.y], load: sample.load.rawValue,
                payload: sample.payload))
        buffer.clear()
        buffer.append("{\"t\":")
        buffer.append(epoch + sample.time)
        buffer.append(",\"seq\":")
        buffer.append(row)
        for (name, value) in zip(DemoSite.channels, sample.channels + sample.extras) {
            buffer.append(byte: UInt8(ascii: ","))
            buffer.append(quoted: name)
            buffer.append(byte: UInt8(ascii: ":"))
            buffer.append(Float(value))
        }
        buffer.append(byte: UInt8(ascii: "}"))
        try publisher.send(topic: DemoSite.stream, buffer.bytes)
        guard samples.count > Self.delay else { return }
        try sendLabels(of: samples.removeFirst(), row: row - Self.delay)
    }

    private mutating func sendLabels(of sample: TwoJointArm.Sample, row: Int) throws(Failure) {
        for (name, value) in zip(DemoSite.labels, [sample.torque.x, sample.torque.y]) {
            try sendLabel(name, row) { $0.append(Float(value)) }
        }
        try sendLabel(DemoSite.loadLabel, row) { $0.append(quoted: sample.load.rawValue) }
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
            guard let line = JSON(part.bytes).flatMap(PredictionLine.init) else { continue }
            moment.score.take(line)
            moment.seconds = moment.score.newest?.seconds ?? 0
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
