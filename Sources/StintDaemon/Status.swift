import Stint
import StintWire

/// The object that `status` answers; writing it allocates nothing, so that asking does not change what is told.
extension Daemon {
    mutating func writeStatus() {
        let now = surroundings.monotonic(), frames = intake.frames, heads = launch.assembly.heads
        control.answer.append("{\"version\":")
        control.answer.append(quoted: stintVersion)
        control.answer.append(",\"revision\":0,\"hash\":")
        control.answer.append(quoted: launchHash)
        control.answer.append(",\"uptime_s\":")
        control.answer.append(Double(now - start) * 1e-9)
        control.answer.append(",\"ready\":")
        control.answer.append(areAllReady)
        control.answer.append(",\"learning\":")
        control.answer.append(learner.isLearning)

        control.answer.append(",\"streams\":{")
        control.answer.append(quoted: launch.assembly.streamName)
        control.answer.append(":{\"frames\":")
        control.answer.append(frames)
        control.answer.append(",\"rate_hz\":")
        control.answer.append(intake.rate.hertz)
        control.answer.append(",\"age_s\":")
        control.answer.append(intake.rate.newest.map { Double(now - $0) * 1e-9 })
        control.answer.append("}},\"heads\":{")
        for index in 0..<heads.count {
            if index > 0 { control.answer.append(",") }
            control.answer.append(quoted: heads[index].name)
            control.answer.append(":{\"kind\":")
            control.answer.append(quoted: heads[index].kind)
            control.answer.append(",\"ready\":")
            control.answer.append(learner.prediction(of: index).isReady)
            control.answer.append(",\"labels\":")
            control.answer.append(intake.labels.learned[index])
            writeExperts(of: index)
            control.answer.append("}")
        }

        control.answer.append("},\"labels\":{\"seen\":")
        control.answer.append(learner.labelsSeen)
        control.answer.append(",\"learned\":")
        control.answer.append(learner.labelsLearned)
        control.answer.append("},\"dropped\":{")
        var number = 0
        while let reason = DropReason(rawValue: number) {
            if number > 0 { control.answer.append(",") }
            number += 1
            control.answer.append("\"")
            control.answer.append(reason.name)
            control.answer.append("\":")
            control.answer.append(learner.dropped[reason] + intake.refused[reason] + intake.labels.refused[reason])
        }
        let clock = learner.clock
        control.answer.append("},\"clock\":{\"equal\":")
        control.answer.append(clock.equal)
        control.answer.append(",\"backward\":")
        control.answer.append(clock.backward)
        control.answer.append(",\"jump\":")
        control.answer.append(clock.jump)
        control.answer.append("},\"shed\":0,\"plan_bytes\":")
        control.answer.append(launch.plan.bytes)
        control.answer.append(",\"rss_bytes\":")
        control.answer.append(residentBytes().map { Double($0) })
        control.answer.append(",\"allocations_per_frame\":")
        control.answer.append(allocations.perFrame(frames: frames))

        control.answer.append(",\"step_us\":{\"p50\":")
        control.answer.append(intake.steps.quantile(0.5))
        control.answer.append(",\"p99\":")
        control.answer.append(intake.steps.quantile(0.99))
        control.answer.append(",\"max\":")
        control.answer.append(intake.steps.maximum)
        control.answer.append("},\"checkpoint\":{\"t\":")
        control.answer.append(checkpoints.newest?.time)
        control.answer.append(",\"bytes\":")
        control.answer.append(checkpoints.newest?.bytes ?? 0)
        control.answer.append(",\"bytes_per_day\":")
        control.answer.append(checkpoints.bytesPerDay.rounded())
        control.answer.append(",\"failed\":")
        control.answer.append(checkpoints.failures)
        control.answer.append("},\"config\":{\"status\":")
        control.answer.append(isConfigFine ? "\"applied\"" : "\"rejected\"")
        control.answer.append(",\"last_good\":")
        control.answer.append(quoted: launchHash)
        control.answer.append("}}")
    }

    /// How much a head trusts each of its experts; nothing for a head that has none.
    private mutating func writeExperts(of head: Int) {
        // A report is no part of a frame.
        let experts = AllocationCount.pausing { learner.experts(of: head) }
        guard !experts.isEmpty else { return }
        control.answer.append(",\"experts\":{")
        for (index, expert) in experts.enumerated() {
            if index > 0 { control.answer.append(",") }
            control.answer.append("\"")
            control.answer.append(expert.name)
            control.answer.append("\":{\"loss\":")
            control.answer.append(expert.loss)
            control.answer.append(",\"weight\":")
            control.answer.append(expert.weight)
            control.answer.append("}")
        }
        control.answer.append("}")
    }
}

extension Daemon {
    private var areAllReady: Bool {
        for head in 0..<launch.assembly.heads.count where !learner.prediction(of: head).isReady { return false }
        return true
    }
}

extension Prediction {
    fileprivate var isReady: Bool {
        switch self {
        case .regression(let said): said.isReady
        case .classification(let said): said.isReady
        case .anomaly(let said): said.isReady
        }
    }
}

extension ByteWriter {
    /// A number, or null where there is none.
    fileprivate mutating func append(_ value: Double?) {
        if let value { append(value) } else { append("null") }
    }
}
