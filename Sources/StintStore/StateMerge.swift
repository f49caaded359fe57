import Stint

/// Several devices' states as one: what `Learner.merge` does, with files.
///
/// ```swift
/// let merged = try StateMerge.merge(["a.state", "b.state"], to: "c.state", at: now)
/// ```
///
/// The state that has learned from the most labels gives what lives in the present, and the others follow by what their bytes are; so the
/// result does not depend on the order of the files.
public struct StateMerge {
    /// One of the states that went into it.
    public struct Part: Equatable {
        public var path: String
        public var device: String
        public var steps: UInt64
        public var labels: Int
    }

    /// The one whose present the result has comes first.
    public let parts: [Part]
    public let bytes: Int
    /// Labels that its heads stand for.
    public let labels: Int

    private struct Opened {
        var part: Part
        var header: StateHeader
        var fingerprint: String
    }

    /// - Parameter key: of those that are sealed; with one the result is sealed, too.
    /// - Throws: a file that is no whole state, states with different encoders or heads, a disk that refuses.
    public static func merge(
        _ paths: [String], to path: String, at nanoseconds: Int64, key: StateKey? = nil, disk: Disk = Disk()
    ) throws(StateError) -> StateMerge {
        precondition(paths.count > 1, "a merge of \(paths.count) states")
        var opened: [Opened] = []
        for path in paths {
            let file = try StateFile.read(path, key: key, disk: disk)
            let learner = try learner(of: file.header.shape, path: path)
            try file.restore(learner)
            let fingerprint = file.withSnapshot { Fingerprint(of: $0).hexadecimal }
            let part = Part(path: path, device: file.header.device, steps: file.header.steps, labels: learner.labelsKnown)
            opened.append(Opened(part: part, header: file.header, fingerprint: fingerprint))
        }
        opened.sort { a, b in
            if a.part.labels != b.part.labels { return a.part.labels > b.part.labels }
            if a.part.steps != b.part.steps { return a.part.steps > b.part.steps }
            return a.fingerprint < b.fingerprint
        }
        let first = opened[0]
        for other in opened.dropFirst() where other.header.encoder != first.header.encoder {
            let difference = other.header.shape.obstacle(for: first.header.shape)
            throw .unmergeable(
                path: other.part.path,
                reason: difference.map { "another encoder than \(first.part.path)'s: \($0)" }
                    ?? "another encoder than \(first.part.path)'s: each was scaled by its device's own first rows; let a fleet share a .calibration")
        }
        var learners: [Learner] = []
        for one in opened {
            let learner = try learner(of: first.header.shape, path: first.part.path)
            let adoption = try StateFile.read(one.part.path, expecting: first.header.shape, key: key, disk: disk).restore(learner)
            if let adoption, adoption.heads.contains(where: { $0 != .kept }) {
                let difference = one.header.shape.difference(from: first.header.shape) ?? "its sections are of another version"
                throw .unmergeable(path: one.part.path, reason: "other heads than \(first.part.path)'s: \(difference)")
            }
            learners.append(learner)
        }
        do throws(MergeObstacle) { try learners[0].merge(Array(learners.dropFirst())) } catch {
            throw .unmergeable(path: first.part.path, reason: error.reason)
        }
        var header = first.header
        header.generation = 0
        header.createdNanoseconds = nanoseconds
        header.lineage.merges += 1
        let names = opened.map { one in "\(one.part.device.isEmpty ? "a device without a name" : quoted(one.part.device)) \(one.part.steps) rows" }
        header.lineage.note("merged " + names.joined(separator: ", "), at: nanoseconds)
        let bytes = try StateFile.write(header, of: learners[0], sealedWith: key, to: path, disk: disk)
        return StateMerge(parts: opened.map(\.part), bytes: bytes, labels: learners[0].labelsKnown)
    }

    private static func learner(of shape: Shape, path: String) throws(StateError) -> Learner {
        guard let reading = ShapeReading(shape) else { throw .unmergeable(path: path, reason: "its shape has a line that this version does not know") }
        return Learner(Plan(reading.specification))
    }
}

extension MergeObstacle {
    fileprivate var reason: String {
        switch self {
        case .otherEncoder: "the encoders differ"
        case .unfittedEncoder: "an encoder is not frozen yet: let it live through its warm-up, or share a .calibration"
        case .tooManyClasses(let head): "head \(head + 1) would have more classes than it has room for; raise its classes on every device"
        }
    }
}
