import Stint
import StintIntake
import StintWire

/// The object that `status` answers, and that is published as `status`; writing it allocates nothing, so that asking does not change
/// what is told.
extension Daemon {
    /// Into `report`. One that is published says what it is and when, as all lines do.
    mutating func writeStatus(isLine: Bool) {
        report.clear()
        report.beginObject()
        if isLine {
            report.member("type", word: "status")
            report.member("t", surroundings.wallTime())
        }
        let now = surroundings.monotonic(), frames = intake.frames, heads = launch.assembly.heads
        report.member("version", quoted: stintVersion)
        report.member("revision", outlet.revision)
        report.member("hash", quoted: launchHash)
        report.member("resumed", resumed)
        report.member("steps", learner.steps)
        report.member("uptime_s", Double(now - start) * 1e-9)
        report.member("ready", areAllReady)
        report.member("learning", learner.isLearning)

        report.beginObject("streams")
        for index in 0..<intake.streams.count {
            let port = intake.streams[index]
            report.beginObject(named: port.name)
            report.member("frames", port.frames)
            report.member("rate_hz", port.rate.hertz)
            report.member("age_s", port.rate.newest.map { Double(now - $0) * 1e-9 })
            report.member("lost", learner.lost(ofStream: index))
            report.endObject()
        }
        report.endObject()
        report.beginObject("heads")
        for index in 0..<heads.count {
            report.beginObject(named: heads[index].name)
            report.member("kind", quoted: heads[index].kind)
            report.member("ready", learner.prediction(of: index).isReady)
            report.member("labels", intake.labels.learned[index])
            if let regime = learner.prediction(of: index).regime { report.member("regime", regime) }
            if let passed = learner.passedOver(of: index) { report.member("passed_over", passed) }
            writeExperts(of: index)
            report.endObject()
        }

        report.endObject()
        report.beginObject("labels")
        report.member("seen", learner.labelsSeen)
        report.member("learned", learner.labelsLearned)
        report.endObject()
        report.beginObject("dropped")
        var number = 0
        while let reason = DropReason(rawValue: number) {
            number += 1
            report.member(reason.name, learner.dropped[reason] + intake.refused[reason] + intake.labels.refused[reason])
        }
        let clock = learner.clock
        report.endObject()
        report.beginObject("clock")
        report.member("equal", clock.equal)
        report.member("backward", clock.backward)
        report.member("jump", clock.jump)
        report.endObject()
        report.member("shed", intake.overload.shed)
        report.member("lost", intake.overload.lost)
        report.member("plan_bytes", launch.plan.bytes)
        report.member("rss_bytes", residentBytes().map { Double($0) })
        report.member("allocations_per_frame", allocations.perFrame(frames: frames))

        report.beginObject("step_us")
        report.member("p50", intake.steps.quantile(0.5))
        report.member("p99", intake.steps.quantile(0.99))
        report.member("max", intake.steps.maximum)
        report.endObject()
        report.beginObject("checkpoint")
        report.member("t", checkpoints.newest?.time)
        report.member("bytes", checkpoints.newest?.bytes ?? 0)
        report.member("bytes_per_day", checkpoints.bytesPerDay.rounded())
        report.member("ok", checkpoints.failing == nil)
        if let failing = checkpoints.failing {
            report.member("reason", quoted: AllocationCount.pausing { "\(failing)" })
        }
        report.member("writing", checkpoints.isWriting)
        report.member("written", checkpoints.written.count)
        report.member("written_bytes", checkpoints.written.bytes)
        report.member("skipped", checkpoints.skipped)
        report.member("copy_us", Double(checkpoints.longestCopy) / 1000)
        report.member("copy_cpu_us", Double(checkpoints.mostCopyWork) / 1000)
        report.member("failed", checkpoints.failures)
        if let counts = doors.gatekeeper?.counts {
            report.endObject()
            report.beginObject("doors")
            report.member("admitted", counts.admitted)
            report.member("refused", counts.refused)
        }
        report.endObject()
        report.beginObject("config")
        report.member("status")
        AllocationCount.pausing {
            report.append(quoted: configStatus)
            writeConfigFacts()
        }
        report.endObject()
        report.endObject()
    }

    /// What became of the configs that came; members of an object that has begun.
    mutating func writeConfigFacts() {
        let inForce = keeper.ledger.inForce
        report.member("origin", quoted: inForce.origin.rawValue)
        report.member("signer", quoted: inForce.signer)
        report.member("local", quoted: keeper.ledger.local.hash.hexadecimal)
        report.member("last_good", quoted: keeper.ledger.good.hash.hexadecimal)
        report.member("last_good_revision", keeper.ledger.good.revision)
        report.member("seen", keeper.ledger.seen)
        if let candidate = keeper.ledger.candidate {
            report.beginObject("candidate")
            report.member("revision", candidate.document.revision)
            report.member("hash", quoted: candidate.document.hash.hexadecimal)
            report.member("stage", quoted: candidate.stage.rawValue)
            if let trial = changeover.trial {
                let now = surroundings.monotonic(), until = trial.probation.confirmBy ?? trial.probation.end
                report.member("left_s", until > now ? Double((until - now) / 1_000_000) / 1000 : 0)
                report.member("needs_confirm", trial.probation.confirmBy != nil)
            }
            report.endObject()
        }
        if let refusal = keeper.refusal {
            report.beginObject("refused")
            report.member("revision", refusal.revision)
            report.member("hash", quoted: refusal.hash)
            report.member("outcome", quoted: refusal.outcome.rawValue)
            report.member("reason", quoted: refusal.reason)
            report.member("problems")
            report.write(refusal.problems)
            report.endObject()
        }
        report.member("kept", keeper.failing == nil)
        report.beginObject("pushes")
        report.member("received", keeper.counts.received)
        report.member("applied", keeper.counts.applied)
        report.member("rejected", keeper.counts.rejected)
        report.member("rolled_back", keeper.counts.rolledBack)
        report.endObject()
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
        report.beginObject("experts")
        for expert in experts {
            report.beginObject(expert.name)
            // As the lines have their numbers; and a tiny Float64 is the one number that is not written without a call for memory.
            report.member("loss", Float(expert.loss))
            report.member("weight", Float(expert.weight))
            report.endObject()
        }
        report.endObject()
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
