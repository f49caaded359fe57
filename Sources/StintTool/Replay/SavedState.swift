import Stint
import StintConfig
import StintStore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A state file that a replay goes on from.
struct SavedState: ~Copyable {
    private let file: StateFile
    private let key: StateKey?

    /// - Parameter key: of one that is sealed.
    init(path: String, key: StateKey?) throws(Failure) {
        do throws(StateError) { file = try StateFile.read(path, key: key) } catch { throw Failure(error) }
        self.key = key
    }

    /// The rate that its learner was made for: a recording that goes on has the clock that it had.
    var rateHz: Double? {
        file.header.shape.text.split(separator: "\n").first { $0.hasPrefix("rate ") }.flatMap { Double($0.dropFirst(5)) }
    }

    var lineage: Lineage { file.header.lineage }

    /// - Returns: what became of each head, where the state is of another config or version.
    func restore(_ learner: Learner, _ assembly: Assembly) throws(Failure) -> Adoption? {
        do throws(StateError) {
            // Read once more, so that what differs is named.
            let checked = try StateFile.read(file.path, expecting: Shape(learner, assembly), key: key)
            return try checked.restore(learner)
        } catch {
            throw Failure(error)
        }
    }

    /// Writes a learner's state; it learns when it goes on, whatever it did here.
    ///
    /// - Parameters:
    ///   - former: of the state that it went on from; nil: it begins here.
    ///   - key: what it is sealed with.
    static func write(
        _ learner: Learner, _ assembly: Assembly, _ setup: ReplaySetup, after former: Lineage?, key: StateKey?, to path: String
    ) throws(Failure) {
        learner.push(.command(.learning(true)))
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        let config = (setup.options.config?.bytes ?? []).withUnsafeBytes { Fingerprint(of: $0) }
        let nanoseconds = Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec)
        let header = StateHeader(
            steps: learner.steps, createdNanoseconds: nanoseconds,
            seed: learner.plan.specification.seed, shape: Shape(learner, assembly),
            encoder: learner.encoderHash(channels: assembly.channelNames), config: config, device: setup.config.device.id ?? "",
            lineage: former ?? Lineage(bornNanoseconds: nanoseconds, birthplace: setup.config.device.id ?? ""))
        do throws(StateError) { try StateFile.write(header, of: learner, sealedWith: key, to: path) } catch { throw Failure(error) }
    }
}

extension Shape {
    init(_ learner: Learner, _ assembly: Assembly) {
        self.init(
            learner.plan.specification, channels: assembly.channelNames, labels: assembly.labelNames, heads: assembly.heads.map(\.name))
    }
}

extension Failure {
    init(_ error: StateError) {
        if case .disk = error { self = .unreachable(error.description) } else { self = .refused(error.description) }
    }
}
