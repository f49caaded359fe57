import StintWire

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

func systemMessage(_ code: Int32) -> String { String(cString: strerror(code)) }

/// Talk: one line on stderr.
func say(_ text: String) {
    var line = ByteWriter(capacity: text.utf8.count + 1)
    line.append(text: text)
    line.append(byte: 0x0A)
    try? writeAll(line.bytes, to: STDERR_FILENO, name: "stderr")
}

/// Data: text on stdout.
func show(_ text: String) throws(Failure) {
    var bytes = ByteWriter(capacity: text.utf8.count)
    bytes.append(text: text)
    try writeAll(bytes.bytes, to: STDOUT_FILENO, name: "stdout")
}

func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32, name: String) throws(Failure) {
    var done = 0
    while done < bytes.count {
        let count = write(descriptor, bytes.baseAddress! + done, bytes.count - done)
        if count < 0 {
            if errno == EINTR { continue }
            throw .unreachable(name, errno: errno)
        }
        done += count
    }
}

/// CPU time of this process so far, user and system.
func processorSeconds() -> Double { seconds(CLOCK_PROCESS_CPUTIME_ID) }

func monotonicSeconds() -> Double { seconds(CLOCK_MONOTONIC) }

/// Since 1970.
func wallSeconds() -> Double { seconds(CLOCK_REALTIME) }

private func seconds(_ clock: clockid_t) -> Double {
    var time = timespec()
    clock_gettime(clock, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// VmHWM of this process; 0 where there is no /proc.
func peakResidentBytes() -> Int {
    guard let status = try? readWhole("/proc/self/status") else { return 0 }
    for line in String(decoding: status, as: UTF8.self).split(separator: "\n") where line.hasPrefix("VmHWM:") {
        return line.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap { Int($0) }.map { $0 * 1024 } ?? 0
    }
    return 0
}

/// All of a small file.
func readWhole(_ path: String) throws(Failure) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .unreachable(path, errno: errno) }
    defer { close(descriptor) }
    return try readRest(of: descriptor, name: path)
}

func readRest(of descriptor: Int32, name: String) throws(Failure) -> [UInt8] {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
        let count = read(descriptor, &chunk, chunk.count)
        if count < 0 {
            if errno == EINTR { continue }
            throw .unreachable(name, errno: errno)
        }
        if count == 0 { return bytes }
        bytes += chunk[..<count]
    }
}
