import Foundation
import StintSockets
import Testing

/// What a device listens to: frames and labels, numbered by whoever sends them, for as long as the device lives.
final class Robot {
    let publisher: Socket

    /// Binds the device's input, and waits until its subscriptions have come: the stream, three labels, and the two heads that take verdicts.
    init(_ device: Device) throws {
        var publisher = try Socket(.xpub, in: device.context)
        try publisher.set(.sendHighWater, to: 0)
        try publisher.bind(device.input)
        try publisher.set(.receiveTimeout, to: 10_000)
        var message = Message()
        for _ in 0..<6 { #expect(try publisher.receive(into: &message)) }
        self.publisher = publisher
    }

    /// The cells of a recording of `Device`, by rows.
    static func rows(of recording: URL) throws -> [[Substring]] {
        try String(contentsOf: recording, encoding: .utf8).split(separator: "\n").dropFirst().map { $0.split(separator: ",") }
    }

    func send(_ rows: some Sequence<[Substring]>, from first: Int) throws {
        for (i, row) in rows.enumerated() {
            let seq = first + i
            try put("arm", #"{"t":\#(row[0]),"seq":\#(seq),"q1":\#(row[1]),"q2":\#(row[2]),"dq1":\#(row[3]),"dq2":\#(row[4])}"#)
            try put("label/tau1", #"{"seq":\#(seq),"value":\#(row[5])}"#)
            try put("label/tau2", #"{"seq":\#(seq),"value":\#(row[6])}"#)
            try put("label/load", #"{"seq":\#(seq),"value":"\#(row[7])"}"#)
        }
    }

    private func put(_ topic: String, _ payload: String) throws {
        _ = try publisher.send(topic, more: true)
        _ = try publisher.send(payload)
    }
}
