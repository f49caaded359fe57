import Foundation
import StintSimulation
import StintSockets
import StintWire
import Testing

/// The programs under test: built by `make build`, found by $STINT_BIN.
enum Programs {
    static let folder = ProcessInfo.processInfo.environment["STINT_BIN"] ?? FileManager.default.currentDirectoryPath + "/.build/release"
    static var areBuilt: Bool {
        ["stint", "stintd"].allSatisfy { FileManager.default.isExecutableFile(atPath: "\(folder)/\($0)") }
    }

    /// Runs the tool to its end; its exit status and its stdout.
    static func stintOutput(_ arguments: [String]) throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "\(folder)/stint")
        process.arguments = arguments
        let pipe = Pipe()
        process.standardError = FileHandle.nullDevice
        process.standardOutput = pipe
        try process.run()
        let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, output)
    }

    /// Runs the tool to its end; its exit status and what it said on stderr.
    @discardableResult
    static func stint(_ arguments: [String]) throws -> (status: Int32, said: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "\(folder)/stint")
        process.arguments = arguments
        let pipe = Pipe()
        process.standardError = pipe
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        let said = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, said)
    }
}

/// A folder with a config, ipc endpoints and a state: what one device would have.
final class Device {
    let folder: URL
    let config: URL
    var input: String { "ipc://\(folder.path)/in" }
    var output: String { "ipc://\(folder.path)/out" }
    var control: String { "ipc://\(folder.path)/ctl" }
    private(set) var process: Process?
    let context: Context

    /// - Parameter more: sections that the config has besides.
    init(format: String = "json", more: String = "") throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("stint-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder.appendingPathComponent("state"), withIntermediateDirectories: true)
        config = folder.appendingPathComponent("device.toml")
        context = try Context()
        try """
        [device]
        id = "arm"
        [input]
        connect = ["\(input)"]
        [[stream]]
        name = "arm"
        channels = ["q1", "q2", "dq1", "dq2"]
        rate = "64 Hz"
        [[head]]
        name = "torque"
        kind = "regression"
        target = ["label:tau1", "label:tau2"]
        [[head]]
        name = "load"
        kind = "classification"
        target = "label:load"
        [[head]]
        name = "health"
        kind = "anomaly"
        [output]
        bind = "\(output)"
        format = "\(format)"
        [control]
        bind = "\(control)"
        [state]
        directory = "\(folder.path)/state"
        \(more)

        """.write(to: config, atomically: true, encoding: .utf8)
    }

    deinit {
        process?.terminate()
        process?.waitUntilExit()
        try? FileManager.default.removeItem(at: folder)
    }

    /// A recording of the simulated arm: float32 decimals and a clock of 1/64 s, which text and doubles say alike.
    func recording(_ name: String, rows: Range<Int>, seed: UInt64 = 3) throws -> URL {
        var parameters = TwoJointArm.Parameters()
        parameters.rateHz = 50
        var arm = TwoJointArm(parameters, seed: seed)
        var text = "t,q1,q2,dq1,dq2,label:tau1,label:tau2,label:load\n"
        for row in 0..<rows.upperBound {
            let sample = arm.next()
            guard rows.contains(row) else { continue }
            let numbers = (sample.channels + [sample.torque.x, sample.torque.y]).map { "\(Float($0))" }
            text += "\(1_000_000 + Double(row) / 64)," + numbers.joined(separator: ",") + ",\(sample.load.rawValue)\n"
        }
        let url = folder.appendingPathComponent(name)
        try text.write(to: url, atomically: true, encoding: .utf8)
        return url
    }

    /// Starts the daemon and waits for its ready line.
    func start() throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "\(Programs.folder)/stintd")
        process.arguments = [config.path]
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        try process.run()
        self.process = process
        var line: [UInt8] = []
        while let byte = try pipe.fileHandleForReading.read(upToCount: 1)?.first, byte != 10 { line.append(byte) }
        return String(decoding: line, as: UTF8.self)
    }

    /// SIGTERM; its exit status.
    func stop() -> Int32 {
        process?.terminate()
        process?.waitUntilExit()
        defer { process = nil }
        return process?.terminationStatus ?? -1
    }

    /// Collects prediction lines until `count` are there or nothing came for ten seconds.
    func collect(_ count: Int, from socket: inout Socket) throws -> [String] {
        var lines: [String] = []
        var message = Message()
        try socket.set(.receiveTimeout, to: 10_000)
        while lines.count < count, try socket.receive(into: &message) {
            guard message.hasMore, try socket.receive(into: &message) else { continue }
            lines.append(Self.line(message.bytes))
        }
        return lines
    }

    /// As JSON, whatever it is.
    private static func line(_ bytes: UnsafeRawBufferPointer) -> String {
        guard let first = bytes.first, first >= 0x80, let item = CBORItem(bytes) else { return String(decoding: bytes, as: UTF8.self) }
        var out = ByteWriter()
        item.root.writeJSON(into: &out)
        return String(decoding: out.bytes, as: UTF8.self)
    }

    func subscriber() throws -> Socket {
        var socket = try Socket(.subscribe, in: context)
        try socket.connect(output)
        try socket.subscribe(to: "prediction/")
        return socket
    }

    /// One request; the reply as a dictionary.
    func ask(_ method: String, _ params: String = "{}") throws -> [String: Any] {
        var socket = try Socket(.dealer, in: context)
        try socket.set(.linger, to: 0)
        try socket.set(.receiveTimeout, to: 10_000)
        try socket.connect(control)
        _ = try socket.send(#"{"jsonrpc":"2.0","id":1,"method":"\#(method)","params":\#(params)}"#)
        var message = Message()
        guard try socket.receive(into: &message) else { return [:] }
        let object = try JSONSerialization.jsonObject(with: Data(message.bytes)) as? [String: Any]
        return object ?? [:]
    }

    /// The lines of `stint replay` under this config, without what only a replay has.
    func replayed(_ recording: URL, _ flags: [String] = []) throws -> [String] {
        let out = folder.appendingPathComponent("replayed.jsonl")
        let done = try Programs.stint(["replay", "-c", config.path, recording.path, "-o", out.path] + flags)
        guard done.status == 0 else {
            Issue.record("stint replay: \(done.said)")
            return []
        }
        return try String(contentsOf: out, encoding: .utf8).split(separator: "\n").map(String.init).filter { $0.contains(#""prediction""#) }
            .map { $0.replacing(#/"row":\d+,"file":\d+,/#, with: "") }
    }
}
