import StintSimulation
import StintWire

/// A life of the simulated arm as a recording for `stint replay`: what the telemetry tells, and the labels. Nothing in it says what is hidden.
enum ArmRecording {
    /// A lost frame is a row of empty cells, and so is a value that is no number.
    static func write(_ scenario: ArmScenario, seed: UInt64, to path: String) throws(Failure) {
        var sink = try LineSink(path: path)
        let channels = DemoSite.channels
        let header = ["t"] + channels + (DemoSite.labels + [DemoSite.zoneLabel]).map { "label:" + $0 }
        sink.buffer.append(text: header.joined(separator: ","))
        try sink.endLine()
        for (truth, told) in scenario.life(seed: seed) {
            sink.buffer.append(truth.time)
            for k in channels.indices {
                sink.buffer.append(byte: UInt8(ascii: ","))
                if let told, told[k].isFinite { sink.buffer.append(Float(told[k])) }
            }
            for torque in [truth.torque.x, truth.torque.y] {
                sink.buffer.append(byte: UInt8(ascii: ","))
                sink.buffer.append(Float(torque))
            }
            sink.buffer.append(text: "," + truth.zone.rawValue)
            try sink.endLine()
        }
        try sink.flush()
    }
}
