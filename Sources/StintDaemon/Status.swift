import Stint
import StintIntake
import StintWire

/// The object that `status` answers, and that is published as `status`; writing it allocates nothing, so that asking does not change
/// what is told.
extension Daemon {
    /// Into `report`. One that is published says what it is and when, as all lines do.
    mutating func writeStatus(isLine: Bool) {
        report.clear()
        report.append("{")
        if isLine {
            report.append("\"type\":\"status\",\"t\":")
            report.append(surroundings.wallTime())
            report.append(",")
        }
        let now = surroundings.monotonic(), frames = intake.frames, heads = launch.assembly.heads
        report.append("\"version\":")
        report.append(quoted: stintVersion)
        report.append(",\"revision\":")
        report.append(outlet.revision)
        report.append(",\"hash\":")
        report.append(quoted: launchHash)
        report.append(",\"resumed\":")
        report.append(resumed)
        report.append(",\"steps\":")
        report.append(learner.steps)
        report.append(",\"uptime_s\":")
        report.append(Double(now - start) * 1e-9)
        report.append(",\"ready\":")
        report.append(areAllReady)
        report.append(",\"learning\":")
        report.append(learner.isLearning)

        report.append(",\"streams\":{")
        for index in 0..<intake.streams.count {
            if index > 0 { report.append(",") }
            let port = intake.streams[index]
            report.append(quoted: port.name)
            report.append(":{\"frames\":")
            report.append(port.frames)
            report.append(",\"rate_hz\":")
            report.append(port.rate.hertz)
            report.append(",\"age_s\":")
            report.append(port.rate.newest.map { Double(now - $0) * 1e-9 })
            report.append(",\"lost\":")
            report.append(learner.lost(ofStream: index))
            report.append("}")
        }
        report.append("},\"heads\":{")
        for index in 0..<heads.count {
            if index > 0 { report.append(",") }
            report.append(quoted: heads[index].name)
            report.append(":{\"kind\":")
            report.append(quoted: heads[index].kind)
            report.append(",\"ready\":")
            report.append(learner.prediction(of: index).isReady)
            report.append(",\"labels\":")
            report.append(intake.labels.learned[index])
            if let regime = learner.prediction(of: index).regime {
                report.append(",\"regime\":")
                report.append(regime)
            }
            writeExperts(of: index)
            report.append("}")
        }

        report.append("},\"labels\":{\"seen\":")
        report.append(learner.labelsSeen)
        report.append(",\"learned\":")
        report.append(learner.labelsLearned)
        report.append("},\"dropped\":{")
        var number = 0
        while let reason = DropReason(rawValue: number) {
            if number > 0 { report.append(",") }
            number += 1
            report.append("\"")
            report.append(reason.name)
            report.append("\":")
            report.append(learner.dropped[reason] + intake.refused[reason] + intake.labels.refused[reason])
        }
        let clock = learner.clock
        report.append("},\"clock\":{\"equal\":")
        report.append(clock.equal)
        report.append(",\"backward\":")
        report.append(clock.backward)
        report.append(",\"jump\":")
        report.append(clock.jump)
        report.append("},\"shed\":")
        report.append(intake.overload.shed)
        report.append(",\"lost\":")
        report.append(intake.overload.lost)
        report.append(",\"plan_bytes\":")
        report.append(launch.plan.bytes)
        report.append(",\"rss_bytes\":")
        report.append(residentBytes().map { Double($0) })
        report.append(",\"allocations_per_frame\":")
        report.append(allocations.perFrame(frames: frames))

        report.append(",\"step_us\":{\"p50\":")
        report.append(intake.steps.quantile(0.5))
        report.append(",\"p99\":")
        report.append(intake.steps.quantile(0.99))
        report.append(",\"max\":")
        report.append(intake.steps.maximum)
        report.append("},\"checkpoint\":{\"t\":")
        report.append(checkpoints.newest?.time)
        report.append(",\"bytes\":")
        report.append(checkpoints.newest?.bytes ?? 0)
        report.append(",\"bytes_per_day\":")
        report.append(checkpoints.bytesPerDay.rounded())
        report.append(",\"ok\":")
        report.append(checkpoints.failing == nil)
        if let failing = checkpoints.failing {
            report.append(",\"reason\":")
            report.append(quoted: AllocationCount.pausing { "\(failing)" })
        }
        report.append(",\"writing\":")
        report.append(checkpoints.isWriting)
        report.append(",\"written\":")
        report.append(checkpoints.written.count)
        report.append(",\"written_bytes\":")
        report.append(checkpoints.written.bytes)
        report.append(",\"skipped\":")
        report.append(checkpoints.skipped)
        report.append(",\"copy_us\":")
        report.append(Double(checkpoints.longestCopy) / 1000)
        report.append(",\"copy_cpu_us\":")
        report.append(Double(checkpoints.mostCopyWork) / 1000)
        report.append(",\"failed\":")
        report.append(checkpoints.failures)
        if let counts = doors.gatekeeper?.counts {
            report.append("},\"doors\":{\"admitted\":")
            report.append(counts.admitted)
            report.append(",\"refused\":")
            report.append(counts.refused)
        }
        report.append("},\"config\":{\"status\":")
        AllocationCount.pausing {
            report.append(quoted: configStatus)
            writeConfigFacts()
        }
        report.append("}}")
    }

    /// What became of the configs that came; members of an object that has begun.
    mutating func writeConfigFacts() {
        let inForce = keeper.ledger.inForce
        report.append(",\"origin\":")
        report.append(quoted: inForce.origin.rawValue)
        report.append(",\"signer\":")
        report.append(quoted: inForce.signer)
        report.append(",\"local\":")
        report.append(quoted: keeper.ledger.local.hash.hexadecimal)
        report.append(",\"last_good\":")
        report.append(quoted: keeper.ledger.good.hash.hexadecimal)
        report.append(",\"last_good_revision\":")
        report.append(keeper.ledger.good.revision)
        report.append(",\"seen\":")
        report.append(keeper.ledger.seen)
        if let candidate = keeper.ledger.candidate {
            report.append(",\"candidate\":{\"revision\":")
            report.append(candidate.document.revision)
            report.append(",\"hash\":")
            report.append(quoted: candidate.document.hash.hexadecimal)
            report.append(",\"stage\":")
            report.append(quoted: candidate.stage.rawValue)
            if let trial = changeover.trial {
                let now = surroundings.monotonic(), until = trial.probation.confirmBy ?? trial.probation.end
                report.append(",\"left_s\":")
                report.append(until > now ? Double((until - now) / 1_000_000) / 1000 : 0)
                report.append(",\"needs_confirm\":")
                report.append(trial.probation.confirmBy != nil)
            }
            report.append("}")
        }
        if let refusal = keeper.refusal {
            report.append(",\"refused\":{\"revision\":")
            report.append(refusal.revision)
            report.append(",\"hash\":")
            report.append(quoted: refusal.hash)
            report.append(",\"outcome\":")
            report.append(quoted: refusal.outcome.rawValue)
            report.append(",\"reason\":")
            report.append(quoted: refusal.reason)
            report.append(",\"problems\":")
            report.write(refusal.problems)
            report.append("}")
        }
        report.append(",\"kept\":")
        report.append(keeper.failing == nil)
        report.append(",\"pushes\":{\"received\":")
        report.append(keeper.counts.received)
        report.append(",\"applied\":")
        report.append(keeper.counts.applied)
        report.append(",\"rejected\":")
        report.append(keeper.counts.rejected)
        report.append(",\"rolled_back\":")
        report.append(keeper.counts.rolledBack)
        report.append("}")
    }

    /// The newest thing that became of a config.
    var configStatus: String {
        mutating get {
            switch changeover.step {
            case .saving, .writing: return "validating"
            default: break
            }
            if changeover.trial != nil { return "probation" }
            if let refusal = keeper.refusal { return refusal.outcome.rawValue }
            return keeper.ledger.candidate == nil ? "applied" : "staged"
        }
    }

    /// How much a head trusts each of its experts; nothing for a head that has none.
    private mutating func writeExperts(of head: Int) {
        // A report is no part of a frame.
        let experts = AllocationCount.pausing { learner.experts(of: head) }
        guard !experts.isEmpty else { return }
        report.append(",\"experts\":{")
        for (index, expert) in experts.enumerated() {
            if index > 0 { report.append(",") }
            report.append("\"")
            report.append(expert.name)
            report.append("\":{\"loss\":")
            // As the lines have their numbers; and a tiny Float64 is the one number that is not written without a call for memory.
            report.append(Float(expert.loss))
            report.append(",\"weight\":")
            report.append(Float(expert.weight))
            report.append("}")
        }
        report.append("}")
    }
}

extension Daemon {
    private var areAllReady: Bool {
        mutating get {
            for head in 0..<launch.assembly.heads.count where !learner.prediction(of: head).isReady { return false }
            return true
        }
    }
}

extension Prediction {
    var isReady: Bool {
        switch self {
        case .regression(let said): said.isReady
        case .classification(let said): said.isReady
        case .anomaly(let said): said.isReady
        }
    }

    /// Number of the live regime; nil for a head that has none.
    fileprivate var regime: Int? {
        switch self {
        case .regression(let said): said.regime
        case .classification(let said): said.regime
        case .anomaly: nil
        }
    }
}

extension ByteWriter {
    /// A number, or null where there is none.
    fileprivate mutating func append(_ value: Double?) {
        if let value { append(value) } else { append("null") }
    }
}
