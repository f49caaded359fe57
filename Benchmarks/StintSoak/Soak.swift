import CAllocationCount
import Stint
import StintConfig
import StintSimulation
import StintStore

/// A learner's whole life: many frames, faults, drifts and restarts, and what it came to in each tenth of it.
///
/// It is the real learner, with the default config of three heads; a restart saves the state to files and goes on from them in a new
/// learner. Labels come twenty frames late, and one of five never.
struct Soak {
    static let delay = 20
    /// At its first use Swift's run time makes what it knows of a type, once in a process: frames that are not counted.
    private static let firstUse = 100
    private static let config = """
        [[stream]]
        name = "arm"
        channels = ["q1", "q2", "dq1", "dq2", "ddq1", "ddq2", "temperature1", "temperature2"]
        rate = "1 Hz"

        [[head]]
        name = "torque"
        kind = "regression"
        target = ["label:tau1", "label:tau2"]

        [[head]]
        name = "zone"
        kind = "classification"
        target = "label:zone"

        [[head]]
        name = "health"
        kind = "anomaly"
        false_alarms = "1 per 10000 rows"
        """

    let frames: Int
    let restarts: Int
    let folder: String
    private let assembly: Assembly
    private let plan: Plan
    private let shape: Shape

    /// - Parameter folder: for state files; it is there, and what is in it goes on.
    init(frames: Int, restarts: Int, folder: String, seed: UInt64) throws(ConfigError) {
        precondition(frames >= 10, "tenths need 10 frames or more, got \(frames)")
        self.frames = frames
        self.restarts = restarts
        self.folder = folder
        var config = try Config.parse(Array(Self.config.utf8), fileName: "soak.toml")
        config.memory.seed = seed
        let resolved = try Assembly.resolve(config, channels: SensorFault.Channel.allCases.map(\.name), labels: nil, rateHz: 1)
        assembly = resolved
        plan = Plan(resolved.specification)
        shape = Shape(
            resolved.specification, channels: resolved.channelNames, labels: resolved.labelNames, heads: resolved.heads.map(\.name))
    }

    /// Lives it all.
    ///
    /// - Parameters:
    ///   - clock: seconds, for times; `resident`: bytes of this process.
    ///   - born: frames before it are not lived: the arm is as worn as it is then, and the learner is new.
    ///   - progress: after each tenth that was lived to its end.
    func run(
        born: Int = 0, clock: () -> Double, resident: () -> Int, progress: (SoakTenth) -> Void = { _ in }
    ) throws(StateError) -> SoakReport {
        var report = SoakReport(planBytes: plan.bytes)
        var years = ArmYears(framesPerYear: max(1, frames / 10), seed: plan.specification.seed)
        var learner = Learner(plan)
        var waiting = SoakLabels(delay: Self.delay)
        let values = UnsafeMutableBufferPointer<Float>.allocate(capacity: SensorFault.Channel.allCases.count)
        defer { values.deallocate() }
        let period = max(1, frames / (restarts + 1))
        var tenth = SoakTenth(), began = clock(), slots = StateSlots(folder: folder, shape: shape)
        for row in 0..<frames {
            guard let moment = years.next() else { break }
            if row < born { continue }
            if let told = moment.told {
                for k in values.indices { values[k] = Float(told[k]) }
                let frame = Frame(time: moment.truth.time, sequence: UInt64(row), values: UnsafeBufferPointer(values))
                let before = stint_allocation_calls()
                learner.push(.frame(frame))
                if row >= Self.firstUse { tenth.allocations += stint_allocation_calls() - before }
                tenth.take(learner, moment)
                report.digest.take(learner.prediction(of: 0))
                if row % 5 != 0 { waiting.add(moment) }
            }
            while let label = waiting.next(due: row) {
                let before = stint_allocation_calls()
                label.deliver(to: learner)
                if row >= Self.firstUse { tenth.allocations += stint_allocation_calls() - before }
            }
            if (row + 1) % period == 0, row + 1 < frames, born == 0 {
                tenth.restarts += 1
                report.stateBytes = max(report.stateBytes, try save(learner, row, &slots))
                learner = try restart(&slots)
            }
            if (row + 1) % (frames / 10) == 0 {
                let now = clock()
                tenth.seconds = now - began
                tenth.residentBytes = resident()
                began = now
                report.tenths.append(tenth)
                progress(tenth)
                tenth = SoakTenth()
            }
        }
        return report
    }

    private func save(_ learner: Learner, _ row: Int, _ slots: inout StateSlots) throws(StateError) -> Int {
        let header = StateHeader(
            steps: learner.steps, createdNanoseconds: Int64(row), seed: plan.specification.seed, shape: shape,
            encoder: learner.encoderHash(channels: assembly.channelNames), config: Fingerprint(of: Self.config), device: "soak")
        return try slots.save(header, snapshot: learner.snapshot()).bytes
    }

    /// As after a power cut: another learner, other slots, and only what the files say.
    private func restart(_ slots: inout StateSlots) throws(StateError) -> Learner {
        let learner = Learner(plan)
        slots = StateSlots(folder: folder, shape: shape)
        let found = slots.load { file throws(StateError) in try file.restore(learner) }
        precondition(found.header != nil, "no state could be read: \(found.notes)")
        return learner
    }
}
