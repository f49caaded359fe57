/// The wire between the arm's sensors and who listens: it tells what the sensors say, spoiled by faults.
///
/// The motion never feels these faults: the controller reads encoders of its own at the motors, as in arms with two encoders a
/// joint. Labels are not touched either. Faults act in their order, so one that comes later sees what an earlier one made of a value.
///
///     var telemetry = Telemetry([SensorFault(.dead(.dq1), from: 3, to: 4)], seed: 1)
///     let values = telemetry.read(arm.next())     // one for each channel; NaN is no number, nil is no frame
///
/// The same faults, seed and samples give the same values. A fault does not alter the noise that another one draws.
public struct Telemetry: Sendable {
    public let faults: [SensorFault]
    /// What each stuck channel holds.
    private var held: [Double?]
    private var noise: [Noise]

    public init(_ faults: [SensorFault] = [], seed: UInt64) {
        self.faults = faults
        held = Array(repeating: nil, count: faults.count)
        noise = faults.indices.map { Noise(seed: seed &+ UInt64($0) &* 0x9E37_79B9_7F4A_7C15) }
    }

    /// The values of `SensorFault.Channel.allCases`; nil when no frame comes.
    public mutating func read(_ sample: TwoJointArm.Sample) -> [Double]? {
        var values = sample.channels + sample.extras
        var isLost = false
        for (i, fault) in faults.enumerated() {
            guard fault.isActive(at: sample.time) else {
                held[i] = nil
                continue
            }
            let k = fault.kind.channel?.rawValue ?? 0
            switch fault.kind {
            case .bias(_, let bias): values[k] += bias
            case .noise(_, let sd): values[k] += noise[i].pair(sd: [sd, sd]).x
            case .scale(_, let factor): values[k] *= factor
            case .stuck:
                values[k] = held[i] ?? values[k]
                held[i] = values[k]
            case .dead: values[k] = .nan
            case .cable: isLost = true
            }
        }
        return isLost ? nil : values
    }
}
