/// A ridge of its own for every row: the labels of the kept rows around it as a plane over their differences from it.
///
/// Rows count by the tricube of their distance (Cleveland 1979; Atkeson, Moore & Schaal 1997). The plane's height at the row is the answer, so that
/// only slopes are shrunk: by a tenth of the mean square of their block of inputs. Inputs come in two blocks, what the
/// reservoir keeps of the channels now, then their newest lags and the newest labels. Elimination goes from the height through the
/// first block to the second, and the height is a sum over what has been eliminated, Σ vᵢuᵢ with v = L⁻¹e₀ and u = L⁻¹b: so one
/// factorisation holds the answers of both planes, with the first block and with all.
///
/// Shapes: d inputs, K targets, k neighbours. float32: shrinkage keeps the condition below ten times d. Where both blocks are wider than `most`, lags
/// are left out, then the channels; a height alone is a mean.
/// Cost: k·d·(d + 2K)/2 + d³/6 multiply-adds.
struct LocalRidge {
    typealias Lanes = SIMD8<Float>
    /// Planes of one factorisation.
    static let count = 2
    /// Neighbours of a plane, and those without which there is none.
    static let neighbours = 64
    static let least = 20
    /// Most inputs with the height.
    private static let most = 64
    private static let shrinkage: Float = 0.1
    /// Neighbours that enter the sums together.
    private static let group = 4

    private let targets: Int
    /// Numbers of a kept latent that are inputs, those of the first block, and newest labels.
    private let inputs: Int
    private let first: Int
    private let own: Int
    /// Rows to eliminate: height and inputs; columns: those, the labels and e₀.
    private let order: Int
    private let stride: Int
    private let isKept: Bool
    private let sums: UnsafeMutablePointer<Float>
    private let rows: UnsafeMutablePointer<Float>

    init(_ specification: Specification, targets: Int, _ carver: inout Carver) {
        self.targets = targets
        let width = EpisodicLatent.width(specification), feed = Encoder.feed(specification)
        own = 1 + targets <= Self.most ? targets : 0
        let room = Self.most - 1 - own
        inputs = width <= room ? width : feed <= room ? feed : 0
        first = min(feed, inputs)
        order = 1 + inputs + own
        let lanes = Lanes.scalarCount
        stride = (order + targets + 1 + lanes - 1) / lanes * lanes
        isKept = specification.memory.keepsSamples && specification.memory.reservoirBytes > 0
        sums = carver.carve(Float.self, isKept ? order * stride : 0)
        rows = carver.carve(Float.self, isKept ? Self.group * stride : 0)
    }

    /// Multiply-adds in float64, of which one takes as long as two in float32.
    var cost: Double {
        guard isKept else { return 0 }
        let (d, k) = (Double(order), Double(Self.neighbours))
        return (k * d * (d + 2 * Double(targets)) / 2 + d * d * d / 6) / 2
    }

    /// The rows around the one that `latent` and the newest labels describe.
    struct Place {
        let latent: UnsafePointer<Float>
        /// In the units of the labels, and what brings each to unit variance.
        let newest: UnsafePointer<Float>
        let inverse: UnsafePointer<Double>
    }

    /// Writes both planes' heights, in the units of the labels, to `said`: those of a target `step` apart.
    func predict(
        _ nearest: Neighbourhood, _ reservoir: Reservoir, _ wanted: [Int], at place: Place, into said: UnsafeMutablePointer<Double>, step: Int
    ) {
        guard nearest.count >= Self.least else { return }
        sums.update(repeating: 0, count: order * stride)
        let bandwidth = 1.01 * nearest.widest + 1e-12
        var next = 0
        while next < nearest.count {
            rows.update(repeating: 0, count: Self.group * stride)
            for lane in 0..<min(Self.group, nearest.count - next) {
                compose(next + lane, nearest, reservoir, wanted, place, bandwidth, into: rows + lane * stride)
            }
            addRows()
            next += Self.group
        }
        sums[order + targets] = 1
        shrink(1, first)
        shrink(1 + first, order - 1 - first)
        eliminate()
        for j in 0..<targets {
            var height = 0.0
            for plane in 0..<Self.count {
                for i in (plane == 0 ? 0 : 1 + first)..<(plane == 0 ? 1 + first : order) {
                    height += Double(sums[i * stride + order + targets] * sums[i * stride + order + j])
                }
                said[j * step + plane] = Double(place.newest[j]) + height / unit(j, place)
            }
        }
    }

    private func unit(_ j: Int, _ place: Place) -> Double { place.inverse[j] > 0 ? place.inverse[j] : 1 }

    /// One neighbour: 1, its inputs less those here, its labels less the newest; all times the root of its weight.
    private func compose(
        _ i: Int, _ nearest: Neighbourhood, _ reservoir: Reservoir, _ wanted: [Int], _ place: Place, _ bandwidth: Float,
        into row: UnsafeMutablePointer<Float>
    ) {
        let slot = nearest.slot(i)
        let far = nearest.square(i) / bandwidth
        let distance = far.squareRoot()
        let tricube = 1 - far * distance
        let root = (tricube * tricube * tricube).squareRoot()
        row[0] = root
        reservoir.latents.read(slot, inputs, into: row + 1)
        for c in 0..<inputs { row[1 + c] = root * (row[1 + c] - place.latent[c]) }
        for j in 0..<own {
            let before = Double(reservoir.labelBefore(slot, wanted[j])) - Double(place.newest[j])
            row[1 + inputs + j] = root * Float(before * unit(j, place))
        }
        for j in 0..<targets {
            let label = Double(reservoir.label(slot, wanted[j])) - Double(place.newest[j])
            row[order + j] = root * Float(label * unit(j, place))
        }
    }

    /// The upper triangle of Σ rowᵀrow, four rows at a time.
    private func addRows() {
        let lanes = Lanes.scalarCount
        for i in 0..<order {
            let a = (Lanes(repeating: rows[i]), Lanes(repeating: rows[stride + i]))
            let b = (Lanes(repeating: rows[2 * stride + i]), Lanes(repeating: rows[3 * stride + i]))
            var at = i / lanes * lanes
            while at < stride {
                let sum = load(sums + i * stride + at) + a.0 * load(rows + at) + a.1 * load(rows + stride + at)
                    + b.0 * load(rows + 2 * stride + at) + b.1 * load(rows + 3 * stride + at)
                store(sum, sums + i * stride + at)
                at += lanes
            }
        }
    }

    private func shrink(_ begin: Int, _ size: Int) {
        guard size > 0 else { return }
        var trace: Float = 0
        for i in begin..<(begin + size) { trace += sums[i * stride + i] }
        let ridge = Self.shrinkage * trace / Float(size) + 1e-6 * sums[0]
        for i in begin..<(begin + size) { sums[i * stride + i] += ridge }
    }

    /// Gauss without pivoting on a definite matrix: row i becomes row i of Lᵀ, with L⁻¹b and L⁻¹e₀ in its last columns.
    private func eliminate() {
        let lanes = Lanes.scalarCount
        for i in 0..<order {
            let row = sums + i * stride
            let scale = row[i] > 0 ? 1 / row[i].squareRoot() : 0
            var at = i / lanes * lanes
            while at < stride {
                store(load(row + at) * Lanes(repeating: scale), row + at)
                at += lanes
            }
            for l in (i + 1)..<max(order, i + 1) {
                let factor = Lanes(repeating: row[l])
                let other = sums + l * stride
                at = l / lanes * lanes
                while at < stride {
                    store(load(other + at) - factor * load(row + at), other + at)
                    at += lanes
                }
            }
        }
    }

    @inline(__always)
    private func load(_ at: UnsafeMutablePointer<Float>) -> Lanes { UnsafeRawPointer(at).loadUnaligned(as: Lanes.self) }

    @inline(__always)
    private func store(_ lanes: Lanes, _ at: UnsafeMutablePointer<Float>) { UnsafeMutableRawPointer(at).storeBytes(of: lanes, as: Lanes.self) }

    /// Nothing of a row stays.
    func wipe() {
        guard isKept else { return }
        sums.update(repeating: 0, count: order * stride)
        rows.update(repeating: 0, count: Self.group * stride)
    }
}
