// Ten simulated years in as many frames as one has time for: `make soak`. Exit 1 if something does not hold.
//
//     StintSoak [FRAMES] [RESTARTS] [SEED]

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

func argument(_ index: Int, _ standard: Int) -> Int {
    guard CommandLine.arguments.count > index else { return standard }
    guard let value = Int(CommandLine.arguments[index]), value > 0 else {
        fail("usage: StintSoak [FRAMES] [RESTARTS] [SEED], whole numbers above 0", code: 2)
    }
    return value
}

func fail(_ text: String, code: Int32) -> Never {
    write(text + "\n", to: STDERR_FILENO)
    exit(code)
}

/// At once: a table that takes a quarter of an hour is read while it grows.
func write(_ text: String, to descriptor: Int32) {
    var text = text
    text.withUTF8 { _ = write(descriptor, $0.baseAddress, $0.count) }
}

func show(_ line: String) { write(line + "\n", to: STDOUT_FILENO) }

func seconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// The second number of statm is resident pages.
func residentBytes() -> Int {
    var pages: Int = 0
    guard let file = fopen("/proc/self/statm", "r") else { return 0 }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 128)
    guard fgets(&line, 128, file) != nil else { return 0 }
    pages = strchr(line, 32).map { strtol($0, nil, 10) } ?? 0
    return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
}

func padded(_ text: String, _ width: Int) -> String { String(repeating: " ", count: max(1, width - text.count)) + text }
func figure(_ value: Double, _ digits: Int) -> String {
    let scale = pow(10, Double(digits)), whole = Int((value * scale).rounded())
    guard digits > 0 else { return "\(whole)" }
    let rest = "\(whole.magnitude % UInt(scale))"
    return "\(whole < 0 ? "-" : "")\(whole.magnitude / UInt(scale))." + String(repeating: "0", count: digits - rest.count) + rest
}

// A restart frees the old learner and the file. In a process of its own all of that would go back to the kernel; here the C library has
// to be told at its start, or it keeps freed blocks for later, and a leak could not be told from that.
if getenv("MALLOC_MMAP_THRESHOLD_") == nil {
    setenv("MALLOC_MMAP_THRESHOLD_", "131072", 1)
    var words: [UnsafeMutablePointer<CChar>?] = CommandLine.arguments.map { strdup($0) } + [nil]
    execv("/proc/self/exe", &words)
}
let frames = argument(1, 10_000_000), restarts = argument(2, 40), seed = argument(3, 1)
var pattern = Array("\(getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp")/stint-soak-XXXXXX".utf8CString)
guard mkdtemp(&pattern) != nil else { fail("no temporary folder: \(String(cString: strerror(errno)))", code: 3) }
let folder = String(decoding: pattern.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
defer {
    for name in ["a.state", "b.state"] { unlink(folder + "/" + name) }
    rmdir(folder)
}

do {
    let soak = try Soak(frames: frames, restarts: restarts, folder: folder, seed: UInt64(seed))
    show("ten simulated years in \(frames) frames, \(restarts) restarts, seed \(seed)")
    show("  tenth      rows  faulty   error N·m  inside  zone   drifts  sensors  alarms  us/frame  allocations  resident")
    var shown = 0
    let report = try soak.run(clock: seconds, resident: residentBytes) { tenth in
        shown += 1
        show(
            padded("\(shown)", 7) + padded("\(tenth.rows)", 10) + padded("\(tenth.faultyRows)", 8) + padded(figure(tenth.error, 4), 12)
                + padded(figure(100 * tenth.coverage, 2), 8) + padded(figure(100 * tenth.accuracy, 1), 6)
                + padded("\(tenth.drifts)", 9) + padded("\(tenth.sensors)", 9) + padded("\(tenth.alarms)", 8)
                + padded(figure(1e6 * tenth.seconds / Double(max(1, tenth.rows)), 1), 10) + padded("\(tenth.allocations)", 13)
                + padded(figure(Double(tenth.residentBytes) / 1_048_576, 2) + " MiB", 13))
    }
    let newborn = try soak.run(born: frames / 10 * 9, clock: seconds, resident: residentBytes)
    show("  error of the last tenth         \(figure(newborn.tenths[0].error, 4)) N·m by a learner that is born then")
    show("  error, last tenth over second   \(figure(report.ratio, 4))")
    show("  resident, since the second      \(figure(Double(report.growth) / 1024, 0)) KiB more")
    show("  state file                      \(report.stateBytes) bytes; plan \(report.planBytes)")
    show("  allocations by the learner      \(report.allocations)")
    let failures = report.failures
    for failure in failures { show("  FAILED: \(failure)") }
    if failures.isEmpty { show("  all of it holds") }
    if !failures.isEmpty {
        for name in ["a.state", "b.state"] { unlink(folder + "/" + name) }
        rmdir(folder)
        exit(1)
    }
} catch {
    fail("\(error)", code: 3)
}
