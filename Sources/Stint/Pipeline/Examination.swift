/// Rows that a learner keeps, with their labels, copied out: what another learner with the same encoder says of them tells whether it
/// knows this place.
///
/// ```swift
/// let rows = Examination(learner)
/// let before = learner.errors(in: rows)
/// try learner.restore(other)
/// let isWorse = zip(learner.errors(in: rows), before) …
/// ```
///
/// Of the reservoir's rows those come first that no head has learned, then the newest. Only the main long memory is asked: it is what
/// devices have in common, while all else is of the moment. Own lags that are not kept are taken to be 0, for every learner alike.
///
/// Cost: at most 512 rows, each copied once and predicted once a head: O(D²) each; allocates.
public struct Examination {
    /// Fewer rows say nothing.
    public static let fewest = 32
    static let most = 512

    let width: Int
    let labels: Int
    var latents: [Float] = []
    /// By rows, label by label: its value, and the newest that was known when the row was predicted; NaN for none.
    var values: [Float] = []
    var befores: [Float] = []
    /// Of each head the names of its classes, by the values of its label.
    var classes: [[[UInt8]]] = []

    public var count: Int { width > 0 ? latents.count / width : 0 }

    public init(_ learner: Learner) {
        let reservoir = learner.reservoir
        width = reservoir.width
        labels = reservoir.labels
        for head in learner.plan.specification.heads.indices {
            guard case .classification = learner.plan.specification.heads[head].kind else {
                classes.append([])
                continue
            }
            let table = learner.classes(of: head)
            classes.append((0..<table.count).map { Array(table.name($0)) })
        }
        var latent = [Float](repeating: 0, count: width)
        let newest = (reservoir.sample.lowerBound..<reservoir.slots).filter { reservoir.isTaken($0) }.sorted { reservoir.serial($0) > reservoir.serial($1) }
        for slot in reservoir.audit.filter({ reservoir.isTaken($0) }) + newest where count < Self.most {
            latent.withUnsafeMutableBufferPointer { reservoir.latent(slot, into: $0.baseAddress!) }
            latents += latent
            for label in 0..<labels {
                values.append(reservoir.label(slot, label))
                befores.append(reservoir.labelBefore(slot, label))
            }
        }
    }
}

/// How a head did in an examination.
public struct ExaminationResult: Equatable, Sendable {
    /// Rows that have its labels.
    public var rows: Int
    /// Of a regression the squared error over the variance of the labels, mean over targets; of a classification the share of wrong classes.
    public var error: Double
    /// The error of one that says the mean, or the most frequent class.
    public var ignorance: Double

    /// Whether a learner that does like this may take the place of one that does like `other`: it is nearer to it than to knowing nothing,
    /// by ratio.
    public func isGoodEnough(for other: ExaminationResult) -> Bool {
        // Of so many rows nobody's error is known better than to one of them.
        let own = max(other.error, 1 / Double(max(rows, 1)))
        return error <= max(own, (own * ignorance).squareRoot())
    }
}

extension Learner {
    /// What each head's long memory makes of the rows; nil for heads without labels, and with fewer than `Examination.fewest` rows. A head
    /// that has learned nothing yet makes nothing of them.
    public func errors(in examination: Examination) -> [ExaminationResult?] {
        precondition(examination.width == state.reservoir.width && examination.labels == state.reservoir.labels, "rows of other latents")
        state.encoded = -1
        return plan.specification.heads.indices.map { head in
            let place = places[head]
            switch place.kind {
            case .regression: return state.regression[place.index].result(of: examination, state.encoder, state.scratch)
            case .classification:
                return state.classification[place.index].result(of: examination, names: examination.classes[head], state.encoder, state.scratch)
            case .anomaly: return nil
            }
        }
    }
}

extension Examination {
    /// Lets the encoder hold a row again.
    fileprivate func recall(_ row: Int, into encoder: Encoder) {
        latents.withUnsafeBufferPointer { EpisodicLatent.recall($0.baseAddress! + row * width, width: width, into: encoder) }
    }

    fileprivate func value(_ row: Int, _ label: Int) -> Float { values[row * labels + label] }
    fileprivate func before(_ row: Int, _ label: Int) -> Float { befores[row * labels + label] }
}

extension RegressionHead {
    fileprivate func result(of rows: Examination, _ encoder: Encoder, _ scratch: Scratch) -> ExaminationResult? {
        let known = (0..<rows.count).filter { row in targets.allSatisfy { rows.value(row, $0).isFinite } }
        guard known.count >= Examination.fewest else { return nil }
        var result = ExaminationResult(rows: known.count, error: 0, ignorance: 1)
        guard fittedOn > 0 else {
            result.error = 1
            return result
        }
        var squares = [Double](repeating: 0, count: count), moments = [Moments](repeating: Moments(), count: count)
        let lags = memories.main.width
        for row in known {
            rows.recall(row, into: encoder)
            for at in 0..<(3 * count) { own[at] = 0 }
            for j in 0..<count {
                let before = rows.before(row, targets[j])
                own[j] = before.isFinite ? Float((history.relative(j, before) - scale.center[j]) * scale.inverse[j]) : 0
            }
            let n = memories.composeMain(encoder, own, .max, into: scratch.latent)
            precondition(n == lags, "the main memory's latent has its width")
            _ = memories.main.solve(scratch.latent, into: scratch.solved, width: n)
            memories.main.predict(scratch.solved, into: target, width: n, outputs: count)
            for j in 0..<count {
                let truth = history.relative(j, rows.value(row, targets[j]))
                let said = history.bounded(j, scale.center[j] + Double(target[j]) / scale.inverse[j])
                squares[j] += (truth - said) * (truth - said)
                moments[j].add(truth)
            }
        }
        for j in 0..<count {
            let spread = moments[j].variance * Double(known.count)
            // A target that did not move tells nothing.
            result.error += spread > 0 ? squares[j] / spread / Double(count) : 0
        }
        return result
    }
}

extension ClassificationHead {
    fileprivate func result(of rows: Examination, names: [[UInt8]], _ encoder: Encoder, _ scratch: Scratch) -> ExaminationResult? {
        let known = (0..<rows.count).filter { rows.value($0, label).isFinite }
        guard known.count >= Examination.fewest else { return nil }
        // What the classes of the rows are here; −1 for one that is not known.
        let place = names.map { name in
            name.withUnsafeBufferPointer { name in (0..<classes.count).first { classes.name($0).elementsEqual(name) } ?? -1 }
        }
        var frequencies = [Int](repeating: 0, count: names.count), wrong = 0
        for row in known {
            let truth = Int(rows.value(row, label)), before = rows.before(row, label)
            frequencies[truth] += 1
            for k in 0..<classes.count { own[k] = 0 }
            if before.isFinite, place[Int(before)] >= 0 { own[place[Int(before)]] = 1 }
            guard isFitted, classes.count > 0 else {
                wrong += 1
                continue
            }
            rows.recall(row, into: encoder)
            let n = memories.composeMain(encoder, own, classes.count, into: scratch.latent)
            _ = memories.main.solve(scratch.latent, into: scratch.solved, width: n)
            memories.main.predict(scratch.solved, into: memorySaid, width: n, outputs: classes.count)
            var best = 0
            for k in 1..<max(classes.count, 1) where memorySaid[k] > memorySaid[best] { best = k }
            wrong += place[truth] == best ? 0 : 1
        }
        let rowCount = Double(known.count)
        return ExaminationResult(rows: known.count, error: Double(wrong) / rowCount, ignorance: 1 - Double(frequencies.max() ?? 0) / rowCount)
    }
}
