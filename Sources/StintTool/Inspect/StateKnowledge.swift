import Stint
import StintConfig
import StintStore

/// What a state knows, as the learner says that goes on from it. The file says itself what that learner is made of: no config is needed.
struct StateKnowledge {
    struct Head {
        var name: String
        var kind: String
        var targets: [String]
        var report: HeadReport
        /// Of a classification, with the rows of the reservoir that are of each.
        var classes: [(name: String, rows: Int)] = []
    }

    /// Rows of one lane of the reservoir.
    struct Lane {
        var name: String
        var rows: Int
        /// Seconds before the newest row of the stream: oldest and median; nil where there are none.
        var age: (oldest: Double, median: Double)?
    }

    let heads: [Head]
    let lanes: [Lane]
    /// Labels by name: rows of the reservoir that have them.
    let labelled: [(name: String, rows: Int)]
    let planBytes: Int
    let parts: [(name: String, bytes: Int)]
    let isLearning: Bool
    /// `latents`, or `statistics`: then it holds no rows.
    let store: String
    /// Whether it was made during the warm-up, and has no rows to go on with.
    let isUnfinished: Bool
    /// Where sections are of another version than this program's: what would become of the heads.
    let adoption: Adoption?

    /// - Throws: the file is not whole, of a later version, or sealed with another key.
    init(path: String, key: StateKey?) throws(Failure) {
        let file: StateFile
        do throws(StateError) { file = try StateFile.read(path, key: key) } catch { throw Failure(error) }
        guard let reading = ShapeReading(file.header.shape) else {
            throw .refused("\(path): its shape has a line that this version does not know; use a newer stint")
        }
        let learner = Learner(Plan(reading.specification))
        let became: Adoption?, keepsSamples = reading.specification.memory.store == .latents
        do throws(StateError) { became = try file.restore(learner) } catch { throw Failure(error) }
        store = keepsSamples ? "latents" : "statistics"
        isUnfinished = became != nil && !keepsSamples && !learner.isEncoderFrozen
        adoption = isUnfinished ? nil : became
        let reservoir = learner.reservoir
        let taken = (0..<reservoir.slotCount).filter { reservoir.isTaken($0) }
        heads = reading.heads.enumerated().map { index, head in
            var said = Head(name: head.name, kind: head.kind, targets: head.targets, report: learner.report(of: index))
            if case .classification(let label, _) = reading.specification.heads[index].kind {
                let table = learner.classes(of: index)
                said.classes = (0..<table.count).map { id in
                    (String(decoding: table.name(id), as: UTF8.self), taken.count { reservoir.label($0, label) == Float(id) })
                }
            }
            return said
        }
        lanes = reservoir.lanes.map { name, slots in
            let ages = slots.filter { reservoir.isTaken($0) }.map { learner.time - reservoir.time($0) }.sorted()
            return Lane(name: "\(name)", rows: ages.count, age: ages.last.map { ($0, ages[ages.count / 2]) })
        }
        labelled = reading.labels.enumerated().map { index, name in (name, taken.count { !reservoir.label($0, index).isNaN }) }
        planBytes = learner.plan.bytes
        parts = learner.plan.parts.map { part in
            (part.head.map { "head \(reading.heads[$0].name): \(part.name)" } ?? "\(part.name)", part.bytes)
        }
        isLearning = learner.isLearning
    }

    /// What would become of each head under a config, or why nothing could be kept.
    static func prospect(_ path: String, _ key: StateKey?, under configPath: String) throws -> String {
        let file = try reading { () throws(StateError) in try StateFile.read(path, key: key) }
        guard let names = ShapeReading(file.header.shape) else { throw Failure.refused("\(path): its shape has a line that this version does not know") }
        var config = try Config.parse(try readWhole(configPath), fileName: configPath)
        try config.takeCalibration(nil, besides: configPath)
        // `label:*` is what the state has; other labels may be new.
        let takesAll = config.heads.contains { if case .allLabels? = $0.kind.targets { true } else { false } }
        let assembly = try Assembly.resolve(
            config, channels: names.channels, labels: takesAll ? names.labels : nil, rateHz: names.specification.rateHz)
        var specification = assembly.specification
        // A replay with late labels has room for more of them than its config says.
        specification.pending = max(specification.pending, names.specification.pending)
        let learner = Learner(Plan(specification)), heads = assembly.heads.map(\.name)
        let shape = Shape(specification, channels: assembly.channelNames, labels: assembly.labelNames, heads: heads)
        if let obstacle = file.header.shape.obstacle(for: shape) { return "nothing could be kept: \(obstacle)" }
        let expected = try reading { () throws(StateError) in try StateFile.read(path, expecting: shape, key: key) }
        do throws(StateError) {
            guard let adoption = try expected.restore(learner) else { return shape.keepsSamples ? "it goes on, bit by bit" : "it goes on, but for the rows that waited for labels" }
            return adoption.text(heads)
        } catch {
            throw Failure(error)
        }
    }

    private static func reading(_ body: () throws(StateError) -> StateFile) throws(Failure) -> StateFile {
        do throws(StateError) { return try body() } catch { throw Failure(error) }
    }
}
