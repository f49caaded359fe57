import Stint
import StintConfig
#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// What the machine has to have, whatever the config says.
enum Machine {
    /// 2024: a clock before that was never set.
    private static let clockIsSet = 1_704_067_200.0
    /// Sockets, files and their waiting copies.
    private static let filesNeeded: rlim_t = 64

    static func findings(_ plan: Plan?) -> [Finding] {
        [library(maps: (try? readWhole("/proc/self/maps")).map { String(decoding: $0, as: UTF8.self) }), memory(plan, available: memoryBytes()), files()]
    }

    /// Which OpenBLAS was loaded: the name of the file that the link leads to, as the kernel has it.
    static func library(maps: String?) -> Finding {
        guard let maps else { return .skipped("library", "OpenBLAS", "/proc/self/maps cannot be read") }
        guard let line = maps.split(separator: "\n").first(where: { $0.contains("openblas") }), let path = line.split(separator: " ").last else {
            return .fine("library", "OpenBLAS", "none is loaded, or it is part of the program")
        }
        let isThreaded = path.contains("openblas-pthread") || path.contains("openblas-openmp") || path.contains("openblasp")
        guard isThreaded else { return .fine("library", "OpenBLAS", String(path)) }
        return .doubtful(
            "library", "OpenBLAS", "\(path) keeps threads of its own",
            "apt-get install libopenblas0-serial; it costs a thread and memory, no predictions")
    }

    /// - Parameter available: bytes that there are, with what can be freed; nil where that is not told.
    static func memory(_ plan: Plan?, available: Int?) -> Finding {
        guard let plan else { return .skipped("memory", "RAM", "without a config there is no plan") }
        guard let available else { return .skipped("memory", "RAM", "the system does not say how much there is") }
        let needed = MemoryLimits(plan).high
        let seen = "\(PlanTable.size(available)) free, a plan of \(PlanTable.size(plan.bytes)) takes up to \(PlanTable.size(needed)) with all around it"
        if available < plan.bytes + MemoryLimits.process {
            return .wrong("memory", "RAM", seen, "lower [memory] budget, heads, channels or label.pending: `stint check` says what takes how much")
        }
        return available < needed ? .doubtful("memory", "RAM", seen, "a subscriber that does not read may be what is too much") : .fine("memory", "RAM", seen)
    }

    private static func memoryBytes() -> Int? {
        guard let text = try? readWhole("/proc/meminfo") else { return nil }
        for line in String(decoding: text, as: UTF8.self).split(separator: "\n") where line.hasPrefix("MemAvailable:") {
            return line.split(separator: " ").dropFirst().first.flatMap { Int($0) }.map { $0 << 10 }
        }
        return nil
    }

    private static func files() -> Finding {
        var limit = rlimit()
        #if canImport(Glibc)
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        #else
        getrlimit(RLIMIT_NOFILE, &limit)
        #endif
        let seen = "\(limit.rlim_cur) open files at once"
        return limit.rlim_cur < filesNeeded
            ? .wrong("limits", "files", seen, "raise it: ulimit -n 1024, or LimitNOFILE= in the unit") : .fine("limits", "files", seen)
    }

    /// - Parameters:
    ///   - wall: seconds since the epoch, before and after `elapsed` seconds by the monotonic clock.
    static func clock(wall: (before: Double, after: Double), elapsed: Double) -> Finding {
        let jump = wall.after - wall.before - elapsed
        if wall.after < clockIsSet {
            return .wrong(
                "clock", "system", "it says \(Int(wall.after)) s since 1970: it has not been set",
                "wait for NTP (timedatectl), or fit a real-time clock; frames without `t` get their time from it, and max_age compares with it")
        }
        if abs(jump) > 0.1 {
            return .wrong(
                "clock", "system", "it jumped by \(rounded(jump, 2)) s within \(rounded(elapsed, 1)) s",
                "let one program set it: see timedatectl, and stop other ones; the learner counts such jumps in status.clock")
        }
        return .fine("clock", "system", "set, and steady over \(rounded(elapsed, 1)) s")
    }

    /// Whether a state can be written.
    ///
    /// - Parameter needed: bytes of one checkpoint; the two slots and the file that is being written must fit.
    static func state(_ folder: String, needed: Int) -> Finding {
        var facts = statvfs()
        guard statvfs(folder, &facts) == 0 else {
            let code = errno
            return .wrong(
                "state", folder, systemMessage(code),
                code == ENOENT ? "make it, for the user that stintd runs as; the unit does (StateDirectory=)" : "check who may enter it, and whether it is mounted")
        }
        if facts.f_flag & UInt(ST_RDONLY) != 0 {
            return .wrong("state", folder, "it is on a file system that is mounted read-only", "remount it, or say another [state] directory")
        }
        guard access(folder, W_OK | X_OK) == 0 else {
            return .wrong("state", folder, "not writable by user \(getuid())", "chown it to who runs stintd, or ask as that user: sudo -u stint stint doctor …")
        }
        let free = Int(facts.f_bavail) * Int(facts.f_frsize)
        let seen = "\(PlanTable.size(free)) free, a checkpoint takes \(PlanTable.size(needed))"
        if free < needed { return .wrong("state", folder, seen, "free some space; until then what is learned is lost with the power") }
        if free < 3 * needed { return .doubtful("state", folder, seen, "two slots and the one being written take three times that") }
        return .fine("state", folder, seen)
    }
}
