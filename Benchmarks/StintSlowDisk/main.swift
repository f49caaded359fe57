import Foundation
import StintDaemon
import StintSockets
import StintStore

// How late a prediction is while a checkpoint waits for a disk whose fsync takes 3 s: the daemon itself, over real ZeroMQ, with a
// slow disk under it. A frame is due at its own moment, however late those before it were answered, so a stall counts for all of
// the frames that fall into it.
//
// A machine that has other work delays frames, too. So blocks of 7 s with a checkpoint in them, which begins with the block and waits for the
// disk through 6 s of it, alternate with blocks without one, and what differs is between neighbours; blocks without one differ from
// each other by the machine alone. What the loop itself does for a checkpoint is counted by the loop, in time that it worked.
//
//     make bench-disk                 # 8 pairs of blocks, two minutes; StintSlowDisk 20: as many pairs

/// Microseconds from the moment that a frame was due to its prediction.
struct Delays {
    private var values: [Double] = []

    mutating func add(_ microseconds: Double) { values.append(microseconds) }
    mutating func add(_ other: Delays) { values += other.values }

    func quantile(_ q: Double) -> Double {
        let sorted = values.sorted()
        return sorted.isEmpty ? .nan : sorted[min(sorted.count - 1, Int(q * Double(sorted.count)))]
    }

    func line(_ name: String) -> String {
        func text(_ q: Double) -> String { String(format: "%8.0f", quantile(q)) }
        return name.padding(toLength: 36, withPad: " ", startingAt: 0) + "\(values.count) frames  p50 \(text(0.5))  p99 \(text(0.99))  p99.9 \(text(0.999))  max \(text(1)) µs"
    }
}

/// What the two threads tell each other.
final class Site: @unchecked Sendable {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("stint-disk-\(getpid())")
    let lock = NSLock()
    private var pause: UInt32 = 0
    private(set) var syncs = 0

    func slow(_ seconds: UInt32) { lock.withLock { pause = seconds } }

    /// Before each operation; on the thread that writes.
    func delay(_ operation: Disk.Operation) -> Int32? {
        guard operation == .sync || operation == .syncFolder else { return nil }
        let seconds = lock.withLock {
            syncs += 1
            return pause
        }
        if seconds > 0 { sleep(seconds) }
        return nil
    }

    func write(every: String) throws -> String {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let path = folder.appendingPathComponent("c.toml").path
        try """
        [input]
        bind = ["ipc://\(folder.path)/in"]
        [[stream]]
        name = "arm"
        channels = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"]
        rate = "250 Hz"
        [[head]]
        name = "y"
        kind = "regression"
        target = "label:y"
        [[head]]
        name = "mode"
        kind = "classification"
        target = "label:mode"
        [[head]]
        name = "health"
        kind = "anomaly"
        [output]
        bind = "ipc://\(folder.path)/out"
        [control]
        bind = "ipc://\(folder.path)/control"
        [state]
        directory = "\(folder.path)/state"
        every = "\(every)"
        wear = 0

        """.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    static let rateHz = 250.0
    static let blockSeconds = 7.0

    /// Sends frames and labels at their moments, and measures.
    func drive(pairs: Int) throws {
        let context = try Context()
        var input = try Socket(.publish, in: context), output = try Socket(.subscribe, in: context), control = try Socket(.dealer, in: context)
        try input.connect("ipc://\(folder.path)/in")
        try output.connect("ipc://\(folder.path)/out")
        try control.connect("ipc://\(folder.path)/control")
        try output.subscribe(to: "prediction/health")
        usleep(500_000)
        var poller = Poller(capacity: 1), message = Message(), reply = Message()
        _ = poller.add(output)
        let perBlock = Int(Self.blockSeconds * Self.rateHz), start = DispatchTime.now().uptimeNanoseconds
        // One block before the first: the start, and the warm-up.
        var blocks: [Delays] = [], isBusy: [Bool] = [], frame = 0
        for block in 0...(2 * pairs) {
            // calm busy, busy calm, calm busy, …: what drifts hits both alike.
            let busy = block > 0 && [false, true, true, false][(block - 1) % 4]
            slow(busy ? 3 : 0)
            // The other blocks get a request, too.
            _ = try control.send("{\"jsonrpc\":\"2.0\",\"id\":\(block),\"method\":\"\(busy ? "checkpoint" : "status")\"}")
            var delays = Delays()
            for _ in 0..<perBlock {
                let due = start + UInt64(Double(frame) / Self.rateHz * 1e9)
                // Sent late is late: whoever sends waits for the answer before.
                while true {
                    let now = DispatchTime.now().uptimeNanoseconds
                    guard now < due else { break }
                    usleep(UInt32(min((due - now) / 1000 + 1, 2000)))
                }
                guard try ask(frame, &input, &output, &poller, &message) else { return print("frame \(frame) was never answered") }
                delays.add(Double(DispatchTime.now().uptimeNanoseconds - due) / 1000)
                frame += 1
            }
            while try control.receive(into: &reply, waiting: false) {
                if busy, String(decoding: reply.bytes, as: UTF8.self).contains("error") { print(String(decoding: reply.bytes, as: UTF8.self)) }
            }
            if block > 0 {
                blocks.append(delays)
                isBusy.append(busy)
            }
        }
        slow(0)
        report(blocks, isBusy)
        _ = try control.send("{\"jsonrpc\":\"2.0\",\"id\":-1,\"method\":\"status\"}")
        try control.set(.receiveTimeout, to: 10_000)
        while try control.receive(into: &reply) {
            guard let answer = try JSONSerialization.jsonObject(with: Data(reply.bytes)) as? [String: Any], answer["id"] as? Int == -1 else { continue }
            let checkpoint = (answer["result"] as? [String: Any])?["checkpoint"] as? [String: Any]
            print("the loop's own work for a checkpoint: \(checkpoint?["copy_cpu_us"] ?? "?") µs of CPU at most, \(checkpoint?["copy_us"] ?? "?") µs by the clock, \(checkpoint?["bytes"] ?? "?") bytes")
            break
        }
    }

    /// A frame with its labels, and the wait for what is said of it.
    private func ask(_ i: Int, _ input: inout Socket, _ output: inout Socket, _ poller: inout Poller, _ message: inout Message) throws -> Bool {
        let x = (0..<10).map { sin(Double(i) * 0.01 * Double($0 + 1)) }
        _ = try input.send("arm", more: true)
        _ = try input.send("{\"t\":\(Double(i) / Self.rateHz),\"seq\":\(i),\"values\":[\(x.map { "\($0)" }.joined(separator: ","))]}")
        _ = try input.send("label/y", more: true)
        _ = try input.send("{\"seq\":\(i),\"value\":\(x[0] - x[3])}")
        _ = try input.send("label/mode", more: true)
        _ = try input.send("{\"seq\":\(i),\"value\":\"\(x[1] > 0 ? "up" : "down")\"}")
        while try poller.wait(milliseconds: 10_000) {
            while try output.receive(into: &message, waiting: false) {
                if String(decoding: message.bytes, as: UTF8.self).contains("\"seq\":\(i),") { return true }
            }
        }
        return false
    }

    private func report(_ blocks: [Delays], _ isBusy: [Bool]) {
        var calm = Delays(), busy = Delays(), differences: [Double] = [], alone: [Double] = []
        for pair in stride(from: 0, to: blocks.count, by: 2) {
            let (a, b) = isBusy[pair] ? (blocks[pair + 1], blocks[pair]) : (blocks[pair], blocks[pair + 1])
            calm.add(a)
            busy.add(b)
            differences.append(b.quantile(0.999) - a.quantile(0.999))
            print("pair \(pair / 2 + 1): p99.9 without \(Int(a.quantile(0.999))), with \(Int(b.quantile(0.999))) µs; p50 \(Int(a.quantile(0.5))), \(Int(b.quantile(0.5))); longest \(Int(a.quantile(1))), \(Int(b.quantile(1)))")
        }
        let quiet = zip(blocks, isBusy).filter { !$0.1 }.map(\.0)
        for i in quiet.indices.dropFirst() { alone.append(abs(quiet[i].quantile(0.999) - quiet[i - 1].quantile(0.999))) }
        print(calm.line("without a checkpoint"))
        print(busy.line("while one waits for fsync, 3 s each"))
        func middle(_ values: [Double]) -> Int { values.isEmpty ? 0 : Int(values.sorted()[values.count / 2]) }
        print("p99.9 grows by \(Int(busy.quantile(0.999) - calm.quantile(0.999))) µs over all, \(middle(differences)) in the middle pair; between blocks without one it differs by \(middle(alone))")
        print("\(lock.withLock { syncs }) fsyncs")
    }
}

let site = Site()
let pairs = CommandLine.arguments.count > 1 ? Int(CommandLine.arguments[1]) ?? 8 : 8
// By the timer there is none: each begins with its block.
let path = try site.write(every: "1 h")
let signals = Signals()
let run = try { if case .run(let run) = try Arguments([path]) { run } else { preconditionFailure() } }()
let start = try Start(run, System.surroundings, stateHint: nil)
var manager = ServiceManager(process: getpid()) { _ in nil }
var daemon = try Daemon(start.launch, start.keeper, System.surroundings, manager, disk: Disk(fault: site.delay), residentBytes: { nil })
let driver = Thread {
    do { try site.drive(pairs: pairs) } catch { print("\(error)") }
    kill(getpid(), SIGTERM)
}
driver.start()
_ = try daemon.run(signals, &manager)
try? FileManager.default.removeItem(at: site.folder)
