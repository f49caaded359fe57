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

/// State files: foreign, torn or damaged, they are refused, and the learner stays as new.
enum StateFuzz {
    private static let path = "/dev/shm/stint-fuzz-\(getpid()).state"

    static func run(_ bytes: UnsafeRawBufferPointer) -> String? {
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0, write(file, bytes.baseAddress, bytes.count) == bytes.count, close(file) == 0 else { return nil }
        defer { unlink(path) }
        let inspected = try? StateInspection.read(path)
        do throws(StateError) {
            let state = try StateFile.read(path)
            guard let inspected, inspected.fault == nil, inspected.header == state.header else { return "read, but not by inspect" }
            let learner = Learner(Plan(Specification(channels: 1, rateHz: 1, labels: 0, heads: [])))
            let before = Array(learner.snapshot())
            do throws(StateError) { try state.restore(learner) } catch {
                return Array(learner.snapshot()) == before ? nil : "a state that was refused has changed the learner"
            }
            return nil
        } catch {
            if let inspected, inspected.fault == nil { return "whole for inspect, but refused: \(error)" }
            return error.description.isEmpty ? "refused without a reason" : nil
        }
    }
}
