/// Labelled rows of a factory's recordings, which no device learns from: by them it is judged what a device has learned, until it has enough
/// rows of its own for that (`Transaction`).
///
/// A row is what the reservoir keeps of one: an int8 latent with its scale, and of each label its own value and the newest that had been delivered when
/// the row was predicted.
/// Shapes: D numbers a latent (`EpisodicLatent`), L labels.
public struct ProbeSet: Equatable, Sendable {
    /// As many as an audit asks.
    public static let most = Transaction.mostAudit

    public struct Row: Equatable, Sendable {
        /// s; a number of the latent is s·q.
        public var scale: Float
        /// q, D of them.
        public var latent: [Int8]
        /// By label; nil while unknown, a class as its place in `classes`.
        public var labels: [Float?]
        public var befores: [Float?]

        public init(scale: Float, latent: [Int8], labels: [Float?], befores: [Float?]) {
            (self.scale, self.latent, self.labels, self.befores) = (scale, latent, labels, befores)
        }
    }

    /// Of each label the names of its classes; none for one of numbers.
    public var classes: [[[UInt8]]]
    public var rows: [Row]

    public init(classes: [[[UInt8]]], rows: [Row]) { (self.classes, self.rows) = (classes, rows) }

    /// D, for C channels.
    public static func width(channels: Int, _ blocks: EncoderSpecification) -> Int {
        var specification = Specification(channels: channels, rateHz: 1, labels: 0, heads: [])
        specification.encoder = blocks
        return EpisodicLatent.width(specification)
    }
}

/// A probe set as a learner has it: in its arena, and no part of its state.
///
/// Shapes: as in `ProbeSet`; n rows of D + 4 + 8·L bytes, and the names of classes once. Where there is none, nothing.
struct ProbeRows {
    let count: Int
    private let width: Int
    private let labels: Int
    private let latents: UnsafeMutablePointer<Int8>
    private let scales: UnsafeMutablePointer<Float>
    private let values: UnsafeMutablePointer<Float>
    private let befores: UnsafeMutablePointer<Float>
    /// All names one behind the other, where each begins and the last ends, and of each label the first of its classes.
    private let names: UnsafeMutablePointer<UInt8>
    private let starts: UnsafeMutablePointer<Int>
    private let firsts: UnsafeMutablePointer<Int>
    private let composed: UnsafeMutablePointer<Float>

    init(_ specification: Specification, _ carver: inout Carver) {
        carver.begin("probe")
        let probe = specification.usedProbe
        count = probe?.rows.count ?? 0
        width = probe == nil ? 0 : EpisodicLatent.width(specification)
        labels = probe == nil ? 0 : specification.labels
        var (classes, bytes) = (0, 0)
        for label in probe?.classes ?? [] {
            classes += label.count
            for name in label { bytes += name.count }
        }
        latents = carver.carve(Int8.self, count * width)
        scales = carver.carve(Float.self, count)
        values = carver.carve(Float.self, count * labels)
        befores = carver.carve(Float.self, count * labels)
        names = carver.carve(UInt8.self, bytes)
        starts = carver.carve(Int.self, probe == nil ? 0 : classes + 1)
        firsts = carver.carve(Int.self, labels)
        composed = carver.carve(Float.self, width)
        if probe != nil { carver.account(bytes: MemoryLayout<ProbeRows>.size) }
    }

    func fill(_ specification: Specification) {
        guard let probe = specification.usedProbe else { return }
        for (at, row) in probe.rows.enumerated() {
            precondition(row.latent.count == width, "a row of \(row.latent.count) numbers in a probe set of width \(width)")
            for i in 0..<width { latents[at * width + i] = row.latent[i] }
            scales[at] = row.scale
            for j in 0..<labels { (values[at * labels + j], befores[at * labels + j]) = (row.labels[j] ?? .nan, row.befores[j] ?? .nan) }
        }
        var (id, end) = (0, 0)
        for (label, classes) in probe.classes.enumerated() {
            firsts[label] = id
            for name in classes {
                starts[id] = end
                for byte in name {
                    names[end] = byte
                    end += 1
                }
                id += 1
            }
        }
        starts[id] = end
    }

    /// Lets the encoder hold a row.
    func recall(_ row: Int, into encoder: Encoder) {
        for i in 0..<width { composed[i] = scales[row] * Float(latents[row * width + i]) }
        EpisodicLatent.recall(composed, width: width, into: encoder)
    }

    /// A label of numbers, and the one before it; NaN while unknown.
    func label(_ row: Int, _ index: Int) -> Float { values[row * labels + index] }
    func labelBefore(_ row: Int, _ index: Int) -> Float { befores[row * labels + index] }

    /// The class of a row as a head knows it; nil where it is not known, or the head has not met it.
    func category(_ row: Int, _ index: Int, in table: ClassTable) -> Int? { find(label(row, index), index, table) }
    func categoryBefore(_ row: Int, _ index: Int, in table: ClassTable) -> Int? { find(labelBefore(row, index), index, table) }

    private func find(_ value: Float, _ index: Int, _ table: ClassTable) -> Int? {
        guard value.isFinite else { return nil }
        let id = firsts[index] + Int(value)
        return table.find(UnsafeBufferPointer(start: names + starts[id], count: starts[id + 1] - starts[id]))
    }
}

extension Specification {
    /// Where no row is kept none can be taken back, and so none is judged.
    var usedProbe: ProbeSet? { memory.keepsSamples ? probe : nil }
}
