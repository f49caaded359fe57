import Foundation
import StintSockets
import Testing

/// `stint record` beside a daemon, on one publisher.
@Suite(.enabled(if: Programs.areBuilt, "build the programs first: make build"), .serialized) struct CaptureEndToEndTests {
    @Test("what was recorded beside a daemon replays to the daemon's own lines, and so it does when it is played to another")
    func recorded() throws {
        let device = try Device(), rows = 400, late = 3
        let cells = try String(contentsOf: try device.recording("run.csv", rows: 0..<rows), encoding: .utf8)
            .split(separator: "\n").dropFirst().map { $0.split(separator: ",").map(String.init) }
        _ = try device.start()
        var socket = try device.subscriber()
        var publisher = try Socket(.xpub, in: device.context)
        try publisher.set(.sendHighWater, to: 0)
        try publisher.bind(device.input)

        let messages = rows + 3 * (rows - late)
        let capture = device.folder.appendingPathComponent("run.jsonl")
        // The time is a bound, should a message be lost; the count is the end.
        let recorder = try running(["record", device.input, "-o", capture.path, "--count", "\(messages)", "--seconds", "60"])
        // Nothing is sent before both have subscribed: the daemon to a stream, three labels and two heads, the recorder to everything.
        try publisher.set(.receiveTimeout, to: 20_000)
        var word = Message(), words: [[UInt8]] = []
        while words.count < 7, try publisher.receive(into: &word) { words.append(Array(word.bytes)) }
        #expect(words.contains([1]) && words.contains([1] + Array("arm".utf8)) && words.count == 7)

        for seq in 0..<rows {
            try send(frame(cells[seq], seq), to: "arm", publisher)
            guard seq >= late else { continue }
            let labelled = cells[seq - late]
            for (name, value) in [("tau1", labelled[5]), ("tau2", labelled[6]), ("load", "\"\(labelled[7])\"")] {
                try send(Array(#"{"seq":\#(seq - late),"value":\#(value)}"#.utf8), to: "label/\(name)", publisher)
            }
        }
        let live = try device.collect(3 * rows, from: &socket)
        recorder.waitUntilExit()
        #expect(recorder.terminationStatus == 0)
        #expect(device.stop() == 0)
        let lines = try String(contentsOf: capture, encoding: .utf8).split(separator: "\n")
        #expect(lines.count == messages && lines.filter { $0.contains(#""payload":""#) }.count == rows / 2)
        let replayed = try device.replayed(capture)
        #expect(live.count == 3 * rows && live == replayed)
        let again = try playedTo(try Device(), capture, rows: rows)
        #expect(live == again)
    }

    /// The lines of a fresh daemon to which a capture was played.
    private func playedTo(_ device: Device, _ capture: URL, rows: Int) throws -> [String] {
        _ = try device.start()
        var socket = try device.subscriber()
        let player = try running(["play", capture.path, "--to", device.input, "--rate", "max"])
        let lines = try device.collect(3 * rows, from: &socket)
        player.waitUntilExit()
        #expect(player.terminationStatus == 0)
        #expect(device.stop() == 0)
        return lines
    }

    /// Every other one packed, which a capture has in base64.
    private func frame(_ cells: [String], _ seq: Int) throws -> [UInt8] {
        guard seq % 2 == 1 else {
            return Array(#"{"t":\#(cells[0]),"seq":\#(seq),"q1":\#(cells[1]),"q2":\#(cells[2]),"dq1":\#(cells[3]),"dq2":\#(cells[4])}"#.utf8)
        }
        var bytes: [UInt8] = [0xF5, 1]
        func add(_ number: some FixedWidthInteger) { withUnsafeBytes(of: number.littleEndian) { bytes += $0 } }
        add(UInt16(4))
        add(UInt32(1))
        add(UInt64(seq))
        // Of 1/64 s each: whole nanoseconds.
        add(Int64(try #require(Double(cells[0])) * 1e9))
        add(UInt32(15_625_000))
        add(UInt32(0))
        for cell in cells[1...4] { add(try #require(Float(cell)).bitPattern) }
        return bytes
    }

    private func send(_ payload: [UInt8], to topic: String, _ socket: borrowing Socket) throws {
        _ = try socket.send(topic, more: true)
        try payload.withUnsafeBytes { _ = try socket.send($0) }
    }

    private func running(_ arguments: [String]) throws -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "\(Programs.folder)/stint")
        process.arguments = arguments
        process.standardError = FileHandle.nullDevice
        try process.run()
        return process
    }
}
