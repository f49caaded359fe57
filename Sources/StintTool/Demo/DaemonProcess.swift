#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A stintd of our own, from its ready line to its end. Ctrl-C does not reach it: it ends when `stop` says so, or with this.
struct DaemonProcess: ~Copyable {
    /// Seconds for its ready line, and for its end.
    private static let patience = 10.0

    let path: String
    let processID: pid_t
    private let talkPath: String
    private var isRunning = true

    /// Starts one; returns when it is ready.
    ///
    /// - Throws: it cannot be found or started, or ended before it was ready; then with what it said.
    static func start(config: String, talkPath: String) throws(Failure) -> DaemonProcess {
        let path = try find()
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw .unreachable("a pipe", errno: errno) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        defer { close(ends[0]) }
        let (processID, code) = spawn([path, config], output: ends[1], talkPath: talkPath)
        close(ends[1])
        guard code == 0 else { throw .unreachable(path, errno: code) }
        let daemon = DaemonProcess(path: path, processID: processID, talkPath: talkPath)
        guard isReady(ends[0]) else { throw .unreachable("\(path) did not get ready\(talk(talkPath))") }
        return daemon
    }

    private init(path: String, processID: pid_t, talkPath: String) {
        self.path = path
        self.processID = processID
        self.talkPath = talkPath
    }

    deinit { if isRunning { Self.reap(processID, SIGKILL) } }

    /// SIGTERM: it saves its state and ends. Returns what went wrong, or nil.
    mutating func stop() -> String? {
        isRunning = false
        kill(processID, SIGTERM)
        let limit = monotonicSeconds() + Self.patience
        while monotonicSeconds() < limit {
            var status: Int32 = 0
            if waitpid(processID, &status, WNOHANG) == processID {
                return status == 0 ? nil : "\(path) did not end well, with status \(status)\(Self.talk(talkPath))"
            }
            usleep(10_000)
        }
        Self.reap(processID, SIGKILL)
        return "\(path) did not end within \(rounded(Self.patience, 0)) s\(Self.talk(talkPath))"
    }

    /// Why it is no longer there; nil as long as it is.
    mutating func death() -> String? {
        var status: Int32 = 0
        guard isRunning, waitpid(processID, &status, WNOHANG) == processID else { return nil }
        isRunning = false
        return "\(path) ended by itself\(Self.talk(talkPath))"
    }

    /// CPU time so far, user and system, of all its threads; nil where there is no /proc.
    var processorSeconds: Double? {
        guard let bytes = try? readWhole("/proc/\(processID)/stat") else { return nil }
        // The name in brackets may hold anything; what follows it are numbers, of which these are the 12th and 13th.
        let fields = String(decoding: bytes, as: UTF8.self).split(separator: ")").last?.split(separator: " ") ?? []
        guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else { return nil }
        return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    private static func reap(_ processID: pid_t, _ signal: Int32) {
        kill(processID, signal)
        var status: Int32 = 0
        while waitpid(processID, &status, 0) < 0, errno == EINTR {}
    }

    /// What it said on stderr, to stand behind a sentence.
    private static func talk(_ path: String) -> String {
        let text = (try? readWhole(path)).map { String(decoding: $0, as: UTF8.self) } ?? ""
        let lines = text.split(separator: "\n").suffix(20)
        return lines.isEmpty ? ", and said nothing" : ":\n" + lines.joined(separator: "\n")
    }

    /// Beside this program, else in $PATH.
    private static func find() throws(Failure) -> String {
        var places: [String] = []
        var own = [CChar](repeating: 0, count: 4096)
        let length = readlink("/proc/self/exe", &own, own.count)
        if length > 0 {
            let path = String(decoding: own[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
            if let slash = path.lastIndex(of: "/") { places.append(String(path[..<slash])) }
        }
        let beside = places.first
        places += (getenv("PATH").map { String(cString: $0) } ?? "").split(separator: ":").map(String.init)
        for place in places where access(place + "/stintd", X_OK) == 0 { return place + "/stintd" }
        throw .unreachable("there is no stintd, neither in \(beside ?? "this folder") nor in $PATH; build it with `make build`")
    }

    /// In a process group of its own, reading nothing, its stderr in a file.
    private static func spawn(_ words: [String], output: Int32, talkPath: String) -> (pid_t, Int32) {
        var actions = posix_spawn_file_actions_t(), attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, talkPath, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
        posix_spawnattr_setpgroup(&attributes, 0)
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var processID: pid_t = 0
        let code = posix_spawn(&processID, words[0], &actions, &attributes, &arguments, environ)
        return (processID, code)
    }

    /// Reads the first line of its stdout.
    private static func isReady(_ output: Int32) -> Bool {
        let limit = monotonicSeconds() + patience
        var line: [UInt8] = [], chunk = [UInt8](repeating: 0, count: 4096)
        while !line.contains(0x0A) {
            let left = limit - monotonicSeconds()
            guard left > 0, !Interrupt.hasCome else { return false }
            var waiting = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
            guard poll(&waiting, 1, Int32(left * 1000) + 1) >= 0 || errno == EINTR else { return false }
            guard waiting.revents != 0 else { continue }
            let count = read(output, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            line += chunk[..<count]
        }
        return JSON(Array(line.prefix { $0 != 0x0A }))?["ready"]?.flag == true
    }
}
