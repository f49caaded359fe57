import Foundation
import StintDaemon
import StintSockets
import StintStore

// How late a prediction is while a checkpoint waits for a disk whose fsync takes seconds: the daemon itself, over real ZeroMQ, with a
// slow disk under it. A frame is due at its own moment, however late those before it were answered, so a stall counts for all of
// the frames that fall into it.
//
//     make bench-disk                 # 60 s: half of it undisturbed, half of it with checkpoints that never end

/// Microseconds from the moment that a frame was due to its prediction.
struct Delays {
    private var values: [Double] = []

    mutating func add(_ microseconds: Double) { values.append(microseconds) }

    func quantile(_ q: Double) -> Double {
        let sorted = values.sorted()
        return sorted.isEmpty ? .nan : sorted[min(sorted.count - 1, Int(q * Double(sorted.count)))]
    }

    func line(_ name: String) -> String {
        func text(_ q: Double) -> String { String(format: "%8.0f", quantile(q)) }
        return name.padding(toLength: 26, withPad: " ", startingAt: 0) + "\(values.count) frames  p50 \(text(0.5))  p99 \(text(0.99))  p99.9 \(text(0.999))  max \(text(1)) µs"
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

    /// Sends frames and labels at their moments, and measures.
    func drive(seconds: Double, rateHz: Double) throws {
        let context = try Context()
        var input = try Socket(.publish, in: context), output = try Socket(.subscribe, in: context)
        try input.connect("ipc://\(folder.path)/in")
        try output.connect("ipc://\(folder.path)/out")
        try output.subscribe(to: "prediction/health")
        usleep(500_000)
        var poller = Poller(capacity: 1), message = Message()
        _ = poller.add(output)
        var calm = Delays(), busy = Delays()
        let start = DispatchTime.now().uptimeNanoseconds, frames = Int(seconds * rateHz)
        for i in 0..<frames {
            if i == frames / 2 { slow(3) }
            let due = start + UInt64(Double(i) / rateHz * 1e9)
            while true {
                let now = DispatchTime.now().uptimeNanoseconds
                guard now < due else { break }
                usleep(UInt32(min((due - now) / 1000 + 1, 2000)))
            }
            let x = (0..<10).map { sin(Double(i) * 0.01 * Double($0 + 1)) }
            _ = try input.send("arm", more: true)
            _ = try input.send("{\"t\":\(Double(i) / rateHz),\"seq\":\(i),\"values\":[\(x.map { "\($0)" }.joined(separator: ","))]}")
            _ = try input.send("label/y", more: true)
            _ = try input.send("{\"seq\":\(i),\"value\":\(x[0] - x[3])}")
            _ = try input.send("label/mode", more: true)
            _ = try input.send("{\"seq\":\(i),\"value\":\"\(x[1] > 0 ? "up" : "down")\"}")
            var isHere = false
            while !isHere, try poller.wait(milliseconds: 10_000) {
                while try output.receive(into: &message, waiting: false) {
                    if String(decoding: message.bytes, as: UTF8.self).contains("\"seq\":\(i),") { isHere = true }
                }
            }
            guard isHere else {
                print("frame \(i) was never answered")
                break
            }
            // Moments that lie before the wake-up are the sender's own; what it oversleeps is not the daemon's.
            let late = Double(DispatchTime.now().uptimeNanoseconds - due) / 1000
            if i < Int(rateHz) { continue }
            if i < frames / 2 { calm.add(late) } else { busy.add(late) }
        }
        print(calm.line("quick disk"))
        print(busy.line("fsync takes 3 s"))
        print("\(lock.withLock { syncs }) fsyncs; p99.9 grows by \(Int(busy.quantile(0.999) - calm.quantile(0.999))) µs")
        slow(0)
    }
}

let site = Site()
let seconds = CommandLine.arguments.count > 1 ? Double(CommandLine.arguments[1]) ?? 60 : 60
let path = try site.write(every: "1 s")
let signals = Signals()
let run = try { if case .run(let run) = try Arguments([path]) { run } else { preconditionFailure() } }()
let start = try Start(run, System.surroundings, stateHint: nil)
var manager = ServiceManager(process: getpid()) { _ in nil }
var daemon = try Daemon(start.launch, start.keeper, System.surroundings, manager, disk: Disk(fault: site.delay), residentBytes: { nil })
let driver = Thread {
    do { try site.drive(seconds: seconds, rateHz: 250) } catch { print("\(error)") }
    kill(getpid(), SIGTERM)
}
driver.start()
_ = try daemon.run(signals, &manager)
try? FileManager.default.removeItem(at: site.folder)
