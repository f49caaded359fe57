import Stint
import StintConfig
import StintSockets
import StintStore
import StintWire

/// What a device reports of its config: `config` on the output, and what `config.report` answers. All of it is of one moment, so that a
/// reader needs no other: which config is in force, what became of the newest that came, and why.
///
/// It is published when any of it changes, when somebody subscribes, and every so often for who has missed that. It outlasts a restart, since
/// the ledger does: a refusal is told until another config comes.
struct ConfigReporting {
    /// Nanoseconds from one to the next, where nothing changes.
    static let pause: UInt64 = 30_000_000_000
    /// However many subscribe.
    static let leastPause: UInt64 = 100_000_000

    /// What was told last, as it is counted; nil: nothing was.
    var told: UInt64?
    var newest: UInt64 = 0
    var isAskedFor = false

    /// When it is told again without a reason.
    var due: UInt64 { newest + (isAskedFor ? Self.leastPause : Self.pause) }
}

extension Daemon {
    /// Into `report`.
    mutating func writeConfigReport(isLine: Bool, status: String) {
        report.clear()
        report.beginObject()
        if isLine {
            report.member("type", word: "config")
            report.member("t", surroundings.wallTime())
        }
        report.member("device", quoted: launch.config.device.id)
        report.member("version", quoted: stintVersion)
        report.member("uptime_s", Double(surroundings.monotonic() - start) * 1e-9)
        report.member("revision", outlet.revision)
        report.member("hash", quoted: launchHash)
        report.member("status", quoted: status)
        writeConfigFacts()
        report.beginObject("counters")
        report.member("frames", intake.frames)
        report.member("lost", intake.overload.lost)
        report.member("shed", intake.overload.shed)
        report.endObject()
        report.beginObject("effective")
        for leaf in launch.effective {
            report.member(named: leaf.path)
            report.append(quoted: leaf.text)
        }
        report.endObject()
        report.endObject()
    }

    /// To the output, if there is something to tell.
    mutating func reportConfig(_ now: UInt64) throws(Failure) {
        let changes = keeper.changes &+ changeover.changes
        guard reporting.told != changes || now >= reporting.due else { return }
        try AllocationCount.pausing { () throws(Failure) in try publishConfig(status: configStatus) }
        reporting = ConfigReporting(told: changes, newest: now)
    }

    mutating func publishConfig(status: String) throws(Failure) {
        writeConfigReport(isLine: true, status: status)
        do throws(SocketError) { try outlet.publishConfig(report.bytes) } catch { throw .unreachable("\(error)") }
    }
}
