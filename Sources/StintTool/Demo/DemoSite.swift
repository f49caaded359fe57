#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif
import StintSimulation

/// A temporary folder with all that one device has: a config, endpoints and a place for state. Removed with this.
struct DemoSite: ~Copyable {
    static let stream = "arm"
    static let rateHz = 100
    static let labels = ["tau1", "tau2"]
    /// Low or high: what a slow camera says of the tip.
    static let zoneLabel = "zone"
    /// Angles, speeds, and the accelerations that the controller wants. Temperatures were tried, and did not help.
    static let channels = TwoJointArm.channelNames + TwoJointArm.extraNames.prefix(2)

    /// A demo is short: one false alarm in ten seconds may be. A device says `1 per day`, and is watched for longer.
    static let falseAlarms = "1 per 1000 rows"

    let folder: String
    var configPath: String { folder + "/arm.toml" }
    var talkPath: String { folder + "/stintd.txt" }
    var input: String { "ipc://\(folder)/in" }
    var output: String { "ipc://\(folder)/out" }
    var control: String { "ipc://\(folder)/control" }

    /// Makes the folder and writes the config.
    static func make(seed: UInt64) throws(Failure) -> DemoSite {
        // A socket's path has room for 107 bytes, which a long $TMPDIR would use up.
        var parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        if parent.isEmpty || parent.utf8.count > 80 { parent = "/tmp" }
        var pattern = Array("\(parent)/stint-demo-XXXXXX".utf8CString)
        guard mkdtemp(&pattern) != nil else { throw .unreachable(parent, errno: errno) }
        let site = DemoSite(folder: String(decoding: pattern.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self))
        var sink = try LineSink(path: site.configPath)
        sink.buffer.append(text: site.config(seed: seed))
        try sink.flush()
        return site
    }

    private init(folder: String) { self.folder = folder }

    deinit { Self.remove(folder) }

    private func config(seed: UInt64) -> String {
        func list(_ names: [String]) -> String { "[" + names.map { "\"\($0)\"" }.joined(separator: ", ") + "]" }
        return """
            [device]
            id = "demo"

            [memory]
            seed = \(seed)

            [input]
            connect = ["\(input)"]

            [[stream]]
            name = "\(Self.stream)"
            channels = \(list(Self.channels))
            rate = "\(Self.rateHz) Hz"

            [[head]]
            name = "torque"
            kind = "regression"
            target = \(list(Self.labels.map { "label:" + $0 }))

            [[head]]
            name = "zone"
            kind = "classification"
            target = "label:\(Self.zoneLabel)"
            classes = 2

            [[head]]
            name = "health"
            kind = "anomaly"
            false_alarms = "\(Self.falseAlarms)"

            [output]
            bind = "\(output)"

            [control]
            bind = "\(control)"

            [state]
            directory = "\(folder)/state"

            """
    }

    /// A folder of files and folders.
    private static func remove(_ path: String) {
        guard let folder = opendir(path) else { return }
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard name != ".", name != ".." else { continue }
            if unlink("\(path)/\(name)") != 0 { remove("\(path)/\(name)") }
        }
        closedir(folder)
        rmdir(path)
    }
}
