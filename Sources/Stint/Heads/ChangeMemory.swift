/// The memory of changes: how far the targets have moved since the newest label, from how far the latent has moved.
///
/// y − y₀ by ridge on φ(x) − φ(x₀), where the row of the newest complete label, at which y₀ is known, is x₀. An offset that comes and
/// goes slowly drops out of both differences, so what it learns lives longer than what the other memories learn; and with late
/// labels it knows what the newest label is worth by now. It forgets nothing (λ = 1).
///
/// Shapes: a latent is [1, C differences of last, M differences of features, y₀ of K targets, their last steps]. Cost: one `Factor` without
/// forgetting, and a second look at x₀ when a row is predicted and when it is learned.
///
/// A row whose x₀ is no longer kept when its label comes teaches nothing: labels may be late by half of what is kept.
struct ChangeMemory {
    static let name: StaticString = "change_long"
    private static let ridge: Real = 1

    let outputs: Int
    private let rows: Int
    private let last: Int
    private var factor: Factor
    /// Of each pending row its x₀, −1 for none.
    private let references: UnsafeMutablePointer<Int>
    /// Of each row the newest that starts from it, where rows are not kept for longer than they are asked for.
    private let users: UnsafeMutablePointer<Int>?
    private let features: Int
    private let now: UnsafeMutablePointer<Float>
    private let before: UnsafeMutablePointer<Float>
    private let feed: UnsafeMutablePointer<Float>
    private let feedWidth: Int
    /// The newest row whose label is complete; what the next prediction starts from.
    private var newest = -1
    /// What that was before the newest label; −1 for none.
    private(set) var former = -1
    /// Rows since it was last empty.
    private var learned = 0

    var widest: Int { factor.width }

    init(_ specification: Specification, outputs: Int, rows: Int, _ carver: inout Carver) {
        self.outputs = outputs
        self.rows = rows
        let blocks = specification.encoder
        last = blocks.last ? specification.channels : 0
        features = Waves(blocks).count
        factor = Factor(width: 1 + last + features + 2 * outputs, outputs: outputs, ridge: Self.ridge, &carver)
        references = carver.carve(Int.self, rows)
        users = specification.memory.keepsSamples ? nil : carver.carve(Int.self, rows)
        now = carver.carve(Float.self, features)
        before = carver.carve(Float.self, features)
        feedWidth = Encoder.feed(specification)
        feed = carver.carve(Float.self, feedWidth)
    }

    mutating func reset() {
        forget()
        references.update(repeating: -1, count: rows)
        (newest, former) = (-1, -1)
    }

    /// The factor alone: a fit has made everything learned void.
    mutating func forget() {
        factor.reset()
        learned = 0
    }

    /// Nothing of a row stays in working room.
    func wipe() {
        now.update(repeating: 0, count: features)
        before.update(repeating: 0, count: features)
        feed.update(repeating: 0, count: feedWidth)
    }

    func loosen(to share: Real) { factor.loosen(to: share) }

    /// The label of a row is complete.
    mutating func advance(to serial: Int) { (former, newest) = (newest, max(newest, serial)) }

    /// A row is opened: it starts from the newest label.
    func open(_ serial: Int) {
        references[serial % rows] = newest
        if let users, newest >= 0 { users[newest % rows] = serial }
    }

    /// The row that a row starts from; −1 for none.
    func start(of serial: Int) -> Int { references[serial % rows] }

    /// The newest row that starts from this one; nil where none does. What is predicted next starts from the newest label's.
    func newestUser(of serial: Int, next: Int) -> Int? {
        if serial == newest { return next }
        guard let users, users[serial % rows] > serial else { return nil }
        return users[serial % rows]
    }

    /// A row is not learned, so that it need not be taken out again.
    func pass(_ serial: Int) { references[serial % rows] = -1 }

    /// x₀ of a row, if it can still be read.
    private func reference(_ serial: Int, _ pending: PendingLatents) -> Int? {
        let row = references[serial % rows]
        return row >= pending.oldest && row < serial && !pending.isGone(row) ? row : nil
    }

    /// The latent of the row that the encoder holds; 0 where it has no x₀.
    private func compose(
        _ serial: Int, _ encoder: Encoder, _ pending: PendingLatents, _ labels: PendingPredictions, _ history: LabelHistory,
        _ scale: TargetScale, into z: UnsafeMutablePointer<Real>
    ) -> Int {
        guard let row = reference(serial, pending) else { return 0 }
        encoder.look(at: row, pending, feed: feed, features: before)
        encoder.fourierFeatures(bandwidth: 1, into: now)
        z[0] = 1
        for c in 0..<last { z[1 + c] = Real(encoder.last[c] - feed[c]) }
        var n = 1 + last
        for i in 0..<features { z[n + i] = Real(now[i] - before[i]) }
        n += features
        for j in 0..<outputs {
            let start = history.relative(j, labels.of(row, j)[PendingPredictions.label])
            z[n + j] = Real((start - scale.center[j]) * scale.inverse[j])
            let kept = labels.of(serial, j) + PendingPredictions.lags
            z[n + outputs + j] = kept[1].isNaN ? 0 : Real((Double(kept[1]) - Double(kept[0])) * scale.inverse[j])
        }
        return n + 2 * outputs
    }

    /// Of the row that the encoder holds: where the targets are, relative to their origins, and the leverage; nil where it has no x₀
    /// or has learned nothing.
    func predict(
        _ serial: Int, _ encoder: Encoder, _ pending: PendingLatents, _ labels: PendingPredictions, _ history: LabelHistory,
        _ scale: TargetScale, into values: UnsafeMutablePointer<Real>, _ scratch: Scratch
    ) -> Real? {
        guard learned > 0 else { return nil }
        let n = compose(serial, encoder, pending, labels, history, scale, into: scratch.latent)
        guard n > 0 else { return nil }
        let leverage = factor.solve(scratch.latent, into: scratch.solved, width: n)
        factor.predict(scratch.solved, into: values, width: n, outputs: outputs)
        let row = references[serial % rows]
        for j in 0..<outputs {
            let start = history.relative(j, labels.of(row, j)[PendingPredictions.label])
            values[j] = Real(start + Double(values[j]) / scale.inverse[j])
        }
        return leverage
    }

    /// Takes in the row that the encoder holds, whose label is complete.
    mutating func learn(
        _ serial: Int, _ encoder: Encoder, _ pending: PendingLatents, _ labels: PendingPredictions, _ history: LabelHistory,
        _ scale: TargetScale, _ scratch: Scratch
    ) {
        let n = compose(serial, encoder, pending, labels, history, scale, into: scratch.latent)
        guard n > 0 else { return }
        let row = references[serial % rows]
        for j in 0..<outputs {
            let change = Double(labels.of(serial, j)[PendingPredictions.label]) - Double(labels.of(row, j)[PendingPredictions.label])
            scratch.target[j] = Real(change * scale.inverse[j])
        }
        factor.append(scratch.latent, scratch.target, width: n, outputs: outputs)
        learned += 1
    }

    /// Takes such a row out again. Where its x₀ can no longer be read, it is not known what was learned of it, and all begins anew.
    mutating func withdraw(
        _ serial: Int, _ encoder: Encoder, _ pending: PendingLatents, _ labels: PendingPredictions, _ history: LabelHistory,
        _ scale: TargetScale, _ scratch: Scratch
    ) {
        let row = references[serial % rows]
        guard row >= 0, learned > 0 else { return }
        guard row >= pending.oldest, !pending.isGone(row) else { return forget() }
        let n = compose(serial, encoder, pending, labels, history, scale, into: scratch.copy)
        guard n > 0 else { return }
        for j in 0..<outputs {
            let change = Double(labels.of(serial, j)[PendingPredictions.label]) - Double(labels.of(row, j)[PendingPredictions.label])
            scratch.target[j] = Real(change * scale.inverse[j])
        }
        _ = factor.withdraw(scratch.copy, scratch.target, scratch: scratch.sweep, width: n, outputs: outputs)
    }

    mutating func archive(_ archive: inout Archive) {
        factor.archive(&archive)
        archive.ring(references, rows)
        archive.scalar(&newest)
        archive.scalar(&learned)
    }
}
