/// The sums of several ridge regressions, as if one had seen all of their rows: Σ zzᵀ and Σ zyᵀ, each in coordinates of its own until
/// it comes here.
///
/// A factor UᵀDU = Λ₀ + Σ zzᵀ with targets Z is the same as rows uᵢ (those of U) with targets zᵢ (those of Z) and weights dᵢ. So a linear
/// map of latents and targets is applied to D pseudo-rows instead of to the rows that are gone. The prior, which is D more such
/// rows of weight −ridge, is taken out of each and put in once.
///
/// Dense, and in float64: it is made where states are merged, once, and not on the way of a frame. Sums do not depend on their order but for
/// rounding. Shapes: D × D and D × K. Cost: D³ a factor, D³/3 + D²K to write.
struct PooledRidge {
    let width: Int
    let outputs: Int
    private var scatter: [Double]
    private var cross: [Double]

    init(width: Int, outputs: Int) {
        self.width = width
        self.outputs = outputs
        scatter = [Double](repeating: 0, count: width * width)
        cross = [Double](repeating: 0, count: width * outputs)
    }

    /// How one learner's numbers become ours: number i goes to `place[i]` as scale·x + shift·(the constant 1 of the latent).
    struct Map {
        var place: [Int]
        var scale: [Double]
        var shift: [Double]

        /// As they are.
        init(_ count: Int) {
            place = Array(0..<count)
            scale = [Double](repeating: 1, count: count)
            shift = [Double](repeating: 0, count: count)
        }
    }

    /// Adds what a factor has learned, without its prior.
    ///
    /// - Parameter latents: the first of them is the constant 1, and stays it.
    mutating func add(_ factor: Factor, latents: Map, targets: Map) {
        precondition(latents.place.count == factor.width && targets.place.count == factor.outputs && latents.place[0] == 0)
        var row = [Double](repeating: 0, count: factor.width), target = [Double](repeating: 0, count: factor.outputs)
        for i in 0..<factor.width {
            for j in 0..<factor.width { row[j] = j < i ? 0 : j == i ? 1 : Double(factor.row(i)[j - i]) }
            for k in 0..<factor.outputs { target[k] = Double(factor.targets(i)[k]) }
            add(row, target, weight: Double(factor.row(i)[0]), latents, targets)
        }
        for k in 0..<factor.outputs { target[k] = 0 }
        for i in 0..<factor.width {
            for j in 0..<factor.width { row[j] = j == i ? 1 : 0 }
            add(row, target, weight: -Double(factor.ridge), latents, targets)
        }
    }

    mutating func add(_ other: PooledRidge) {
        precondition(other.width == width && other.outputs == outputs)
        for i in scatter.indices { scatter[i] += other.scatter[i] }
        for i in cross.indices { cross[i] += other.cross[i] }
    }

    /// Σᵢ |Δŷᵢ|² over the rows of both: by how much their predictions differ where either has been.
    ///
    /// - Parameters:
    ///   - weights, others: W of each, D × K by rows.
    func disagreement(with other: PooledRidge, weights: [Double], others: [Double]) -> Double {
        var total = 0.0
        for k in 0..<outputs {
            for i in 0..<width {
                let d = weights[i * outputs + k] - others[i * outputs + k]
                total += d * d * (scatter[i * width + i] + other.scatter[i * width + i])
                for j in (i + 1)..<max(width, i + 1) {
                    let e = weights[j * outputs + k] - others[j * outputs + k]
                    total += 2 * d * e * (scatter[i * width + j] + other.scatter[i * width + j])
                }
            }
        }
        return total
    }

    private mutating func add(_ row: [Double], _ target: [Double], weight: Double, _ latents: Map, _ targets: Map) {
        let one = row[0]
        var z = [Double](repeating: 0, count: width), y = [Double](repeating: 0, count: outputs)
        for j in row.indices { z[latents.place[j]] = latents.scale[j] * row[j] + latents.shift[j] * one }
        for k in target.indices { y[targets.place[k]] = targets.scale[k] * target[k] + targets.shift[k] * one }
        for i in 0..<width where z[i] != 0 {
            let w = weight * z[i]
            for j in i..<width { scatter[i * width + j] += w * z[j] }
            for k in 0..<outputs { cross[i * outputs + k] += w * y[k] }
        }
    }

    /// Factorises Λ₀ + the sums into a factor of these shapes.
    func write(into factor: Factor) {
        precondition(factor.width == width && factor.outputs == outputs)
        let ridge = Double(factor.ridge)
        var a = scatter, b = cross
        for i in 0..<width { a[i * width + i] += ridge }
        for i in 0..<width {
            // In exact arithmetic no pivot is below the ridge; a memory that was loosened for a new regime may have given up some of it.
            let pivot = max(a[i * width + i], 1e-6 * ridge)
            factor.row(i)[0] = Real(pivot)
            for j in (i + 1)..<max(width, i + 1) { factor.row(i)[j - i] = Real(a[i * width + j] / pivot) }
            for k in 0..<outputs { factor.targets(i)[k] = Real(b[i * outputs + k] / pivot) }
            for j in (i + 1)..<max(width, i + 1) where a[i * width + j] != 0 {
                let u = a[i * width + j] / pivot
                for l in j..<width { a[j * width + l] -= u * a[i * width + l] }
                for k in 0..<outputs { b[j * outputs + k] -= u * b[i * outputs + k] }
            }
        }
    }
}
