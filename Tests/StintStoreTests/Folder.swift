import Stint
import StintStore
#if canImport(Glibc)
import Glibc
#else
import Musl
#endif

/// A folder of a test's own, gone with it.
final class Folder {
    let path: String

    init(in parent: String = "/tmp") {
        var template = Array("\(parent)/stint-store-XXXXXX".utf8CString)
        path = String(cString: mkdtemp(&template)!)
    }

    deinit {
        for name in names { unlink(path + "/" + name) }
        rmdir(path)
    }

    /// What lies in it, in order.
    var names: [String] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    func file(_ name: String) -> String { path + "/" + name }

    func bytes(_ name: String) throws -> [UInt8] {
        let read = try Disk().read(file(name))
        defer { read.deallocate() }
        return Array(read)
    }

    /// Without waiting for the disk: tests do this thousands of times.
    func put(_ bytes: [UInt8], _ name: String) throws {
        let handle = open(file(name), O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        defer { close(handle) }
        let written = bytes.withUnsafeBytes { write(handle, $0.baseAddress, $0.count) }
        if written != bytes.count { throw Unwritten() }
    }

    struct Unwritten: Error {}
}

/// A small shape; `seed` makes others.
func shape(seed: UInt64 = 1, channels: [String] = ["q1", "q2"]) -> Shape {
    var specification = Specification(
        channels: channels.count, rateHz: 100, labels: 1,
        heads: [HeadSpecification(kind: .regression(targets: [0])), HeadSpecification(kind: .anomaly(falseAlarms: .perRows(count: 1, rows: 1000)))])
    specification.seed = seed
    return Shape(specification, channels: channels, labels: ["tau"], heads: ["torque", "health"])
}

func header(steps: UInt64 = 7, shape: Shape = shape()) -> StateHeader {
    StateHeader(
        steps: steps, createdNanoseconds: 1_697_040_000_250_000_000, seed: 1, shape: shape, encoder: Fingerprint(of: "encoder"),
        config: Fingerprint(of: "config"), device: "arm-07")
}

extension StateSlots {
    /// Saves bytes that no learner made.
    mutating func save(_ header: StateHeader, _ snapshot: [UInt8]) throws -> Written {
        try snapshot.withUnsafeBytes { try save(header, snapshot: $0) }
    }

    /// What is found, as header and bytes.
    mutating func loadBytes() -> (found: Found, snapshot: [UInt8]) {
        var snapshot: [UInt8] = []
        let found = load { file throws(StateError) in
            snapshot = file.withSnapshot { Array($0) }
            return nil
        }
        return (found, snapshot)
    }
}
