import Stint
import StintConfig
import StintStore
import StintWire

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Recordings.
enum CSVFuzz {
    static func run(_ bytes: UnsafeRawBufferPointer) -> String? {
        var counts = DropCounts()
        do throws(CSVProblem) {
            var reader = try CSVReader(bytes, roles: CSVRoles())
            let survey = reader.survey(), channels = reader.channels.filter { !survey.textColumns.contains($0) }
            reader.select(channels: channels, labels: reader.labelNames)
            var rows = 0
            while let row = reader.next(counts: &counts) {
                rows += 1
                for value in row.values where !value.isNaN && value.magnitude > 1e15 { return "a cell is \(value)" }
                for label in survey.labels.indices {
                    if let number = reader.labelNumber(label), !number.isFinite { return "a label is \(number)" }
                    if let delay = reader.delay(label), delay < 0 { return "a delay is \(delay)" }
                }
            }
            return rows == survey.rows ? nil : "\(survey.rows) rows were announced, \(rows) came"
        } catch {
            return nil
        }
    }
}

/// Configs, and the plans that they lead to.
enum ConfigFuzz {
    static func run(_ bytes: UnsafeRawBufferPointer) -> String? {
        do throws(ConfigError) {
            let config = try Config.parse(Array(bytes), fileName: "stint.toml")
            _ = config.problems(for: .daemon)
            let assembly = try Assembly.resolve(config, channels: ["a", "b"], labels: ["y"], rateHz: 10)
            let plan = Plan(assembly.specification)
            return plan.bytes > 0 ? nil : "a plan of \(plan.bytes) bytes"
        } catch {
            return error.problems.isEmpty || error.description.isEmpty ? "refused without a reason" : nil
        }
    }
}

/// State files: foreign, torn or damaged, they are refused, and the learner stays as new. Each input is read as it is, once more with
/// checksums that are right, and as a change of a true state, again with right checksums: behind those is what chance alone never reaches.
enum StateFuzz {
    private static func specification() -> Specification {
        var specification = Specification(channels: 1, rateHz: 1, labels: 0, heads: [])
        (specification.pending, specification.encoder.warmUp, specification.memory.reservoirBytes) = (4, 4, 0)
        return specification
    }

    private static let new: [UInt8] = {
        let learner = Learner(Plan(specification()))
        // A learner wipes its memory when it ends.
        return withExtendedLifetime(learner) { Array(learner.snapshot()) }
    }()
    /// The one that reads; as new before each state.
    nonisolated(unsafe) private static var reader: Learner?

    /// A true one.
    private static let state: [UInt8] = {
        let shape = Shape(specification(), channels: ["a"], labels: [], heads: [])
        let learner = Learner(Plan(specification())), folder = "/dev/shm/stint-fuzz-\(getpid()).state"
        for row in 0..<20 {
            _ = [Float(row)].withUnsafeBufferPointer { learner.push(.frame(Frame(time: Double(row), sequence: UInt64(row), values: $0))) }
        }
        let header = StateHeader(
            steps: 20, createdNanoseconds: 1, seed: 1, shape: shape, encoder: Fingerprint(of: ""), config: Fingerprint(of: ""), device: "arm",
            lineage: Lineage(bornNanoseconds: 1, birthplace: "arm"))
        guard (try? StateFile.write(header, of: learner, sealedWith: nil, to: folder)) != nil else { return [] }
        defer { unlink(folder) }
        return (try? Disk().read(folder)).map { bytes in
            defer { bytes.deallocate() }
            return Array(bytes)
        } ?? []
    }()

    static func run(_ bytes: UnsafeRawBufferPointer) -> String? {
        if let wrong = read(bytes) { return wrong }
        if let wrong = repaired(Array(bytes))?.withUnsafeBytes({ read($0) }) { return wrong }
        return repaired(changed(by: bytes))?.withUnsafeBytes { read($0) }
    }

    /// The true state with bytes of the input laid over it: two say where, the others what.
    private static func changed(by bytes: UnsafeRawBufferPointer) -> [UInt8] {
        var out = state
        guard bytes.count > 2, !out.isEmpty else { return out }
        let start = Int(bytes[0]) << 8 | Int(bytes[1])
        for (i, byte) in bytes.dropFirst(2).prefix(256).enumerated() { out[(start + i) % out.count] ^= byte }
        return out
    }

    /// Byte strings that were read as a state, for reports.
    nonisolated(unsafe) static var readings = 0

    private static func read(_ bytes: UnsafeRawBufferPointer) -> String? {
        readings += 1
        let inspected = try? StateInspection.read(copying: bytes, name: "fuzz")
        do throws(StateError) {
            let state = try StateFile.read(copying: bytes, name: "fuzz")
            guard let inspected, inspected.fault == nil, inspected.header == state.header else { return "read, but not by inspect" }
            let learner = reader ?? Learner(Plan(specification()))
            reader = nil
            do throws(StateError) { try state.restore(learner) } catch {
                let snapshot = learner.snapshot()
                guard snapshot.count == new.count, memcmp(snapshot.baseAddress!, new, new.count) == 0 else { return "a state that was refused has changed the learner" }
                reader = learner
                return nil
            }
            // Nothing at all is refused, and leaves it as new: a tenth of what a new one costs.
            _ = try? learner.restore(UnsafeRawBufferPointer(start: nil, count: 0))
            reader = learner
            return nil
        } catch {
            if let inspected, inspected.fault == nil, !inspected.isSealed { return "whole for inspect, but refused: \(error)" }
            return error.description.isEmpty ? "refused without a reason" : nil
        }
    }

    /// With the lengths of file and header as they are, the hash of the shape, and the checksums of header, sections and file made right;
    /// nil: there is nothing to make right.
    static func repaired(_ bytes: [UInt8]) -> [UInt8]? {
        var out = bytes
        func number(_ at: Int) -> Int { Int(out.withUnsafeBytes { UInt32(littleEndian: $0.loadUnaligned(fromByteOffset: at, as: UInt32.self)) }) }
        func set<T: FixedWidthInteger>(_ value: T, _ at: Int) { withUnsafeBytes(of: value.littleEndian) { out.replaceSubrange(at..<at + $0.count, with: $0) } }
        func sum(_ range: Range<Int>) -> UInt32 { out.withUnsafeBytes { CRC32.of(UnsafeRawBufferPointer(rebasing: $0[range])) } }
        guard out.count >= 184, [1, 2, 3].contains(number(8)) else { return nil }
        let header = number(12), fixed = [160, 168, 192][number(8) - 1], device = number(152), shape = number(156)
        guard header >= fixed + 4, header + 4 <= out.count else { return nil }
        if device <= header - fixed - 4, shape <= header - fixed - 4 - device {
            let text = String(decoding: out[fixed + device..<fixed + device + shape], as: UTF8.self)
            Fingerprint(of: text).withBytes { out.replaceSubrange(48..<80, with: $0) }
        }
        set(UInt64(out.count - header - 4), 144)
        set(sum(0..<header - 4), header - 4)
        var at = header
        while out.count - 4 - at >= 20 {
            let length = out.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(fromByteOffset: at + 8, as: UInt64.self)) }
            guard length <= UInt64(out.count - 24 - at) else { break }
            let end = at + 16 + Int(length)
            set(sum(at..<end), end)
            at = end + 4
        }
        set(sum(0..<out.count - 4), out.count - 4)
        return out
    }
}
