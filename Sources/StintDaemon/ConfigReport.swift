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
        report.append("{")
        if isLine {
            report.append("\"type\":\"config\",\"t\":")
            report.append(surroundings.wallTime())
            report.append(",")
        }
        report.append("\"device\":")
        if let id = launch.config.device.id { report.append(quoted: id) } else { report.append("null") }
        report.append(",\"version\":")
        report.append(quoted: stintVersion)
        report.append(",\"uptime_s\":")
        report.append(Double(surroundings.monotonic() - start) * 1e-9)
        report.append(",\"revision\":")
        report.append(outlet.revision)
        report.append(",\"hash\":")
        report.append(quoted: launchHash)
        report.append(",\"status\":")
        report.append(quoted: status)
        writeConfigFacts()
        report.append(",\"counters\":{\"frames\":")
        report.append(intake.frames)
        report.append(",\"lost\":")
        report.append(intake.overload.lost)
        report.append(",\"shed\":")
        report.append(intake.overload.shed)
        report.append("},\"effective\":{")
        for (index, leaf) in launch.effective.enumerated() {
            if index > 0 { report.append(",") }
            report.append(quoted: leaf.path)
            report.append(":")
            report.append(quoted: leaf.text)
        }
        report.append("}}")
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
