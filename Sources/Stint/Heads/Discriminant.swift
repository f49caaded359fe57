import CMath

/// Linear discriminant analysis from the factor of a one-hot ridge: what each class is like, whatever its share of the rows.
///
/// A one-hot ridge is slow with a class of five rows beside hundreds: its column is fitted to "nearly never". The same bytes know
/// better. With y one-hot the factor holds n = d₀Z₀ (the counts, since the latent begins with 1) and Q = ZᵀDZ = YᵀXW, whose row k is
/// n_k times the mean m_k of the scores of class k. Q is the total scatter of the scores and QN⁻¹Q the scatter between the classes, N =
/// diag n, so Q − QN⁻¹Q is the pooled scatter within them: all that a discriminant needs, and no row is looked at. Discriminants of
/// the scores are those of the latent (Hastie, Buja & Tibshirani 1995). With P = N^−½QN^−½, cleared of the constant's direction,
///
///     δ_k(ŷ) = Σn · n_k^−½ [((1+ε)I − P)⁻¹ N^−½(ŷ − m_k/2)]_k + log n_k/Σn.
///
/// Invariants: P has its eigenvalues in [0, 1], so the difference stays definite; where rounding says otherwise the former stays.
///
/// Shapes: K classes, at most `most`; more, and nothing is said (all alike). Cost: K multiply-adds a class and row; K²D/2 to look at the
/// factor again, at every label where that is at most `work`, else once in so many labels that it is.
struct Discriminant {
    /// In the order of the long memories.
    static let names: [StaticString] = ["discriminant_linear", "discriminant_fourier"]
    static let most = 32
    private static let work = 16384
    /// ε: what the fitted rows seem closer to their class than others will be.
    private let doubt: Double
    /// A class that the factor knows less of than this is not there yet.
    private static let least = 0.5
    /// Scores are kept within ±4; these are log-likelihoods.
    static let unit: Real = 8

    private let factor: Factor
    private let classes: Int
    /// H and c of δ = Hŷ + c; a class that is not there has no c.
    private let slopes: UnsafeMutablePointer<Double>
    private let offsets: UnsafeMutablePointer<Double>
    private let gram: UnsafeMutablePointer<Double>
    private let roots: UnsafeMutablePointer<Double>
    private let along: UnsafeMutablePointer<Double>
    private let inverse: UnsafeMutablePointer<Double>
    private let room: UnsafeMutablePointer<Double>
    /// Classes that H is for; labels that the factor has learned since.
    private var known = 0
    private var since = 0

    init(_ factor: Factor, classes capacity: Int, doubt: Double = 0.1, _ carver: inout Carver) {
        self.factor = factor
        self.doubt = doubt
        classes = capacity <= Self.most ? capacity : 0
        slopes = carver.carve(Double.self, classes * classes)
        offsets = carver.carve(Double.self, classes)
        gram = carver.carve(Double.self, classes * classes)
        roots = carver.carve(Double.self, classes)
        along = carver.carve(Double.self, classes)
        inverse = carver.carve(Double.self, classes * classes)
        room = carver.carve(Double.self, classes * classes + 2 * classes)
    }

    mutating func reset() { (known, since) = (0, 0) }

    /// The factor has learned a label.
    mutating func count() { since += 1 }

    /// The factor has become another.
    mutating func forget() { known = 0 }

    /// Turns the ridge's scores of a row into discriminants, the largest 0, in `unit`s.
    mutating func predict(_ said: UnsafePointer<Real>, leverage: Real, known now: Int, into scores: UnsafeMutablePointer<Real>) {
        let isDue = known != now || (since > 0 && since * Self.work >= now * now * factor.width / 2)
        if classes > 0, isDue { look(now) }
        guard classes > 0, known == now else {
            for k in 0..<now { scores[k] = 0 }
            return
        }
        var largest = -Double.infinity
        for k in 0..<now {
            var sum = offsets[k]
            for j in 0..<now { sum += slopes[k * classes + j] * Double(said[j]) }
            room[k] = sum
            largest = max(largest, sum)
        }
        // The variance of a prediction is as much larger.
        let scale = 1 / (Self.unit * (1 + leverage))
        for k in 0..<now { scores[k] = largest.isFinite ? Real(max(room[k] - largest, -1e6)) * scale : 0 }
    }

    /// H and c anew from the factor.
    private mutating func look(_ now: Int) {
        fillGram(now)
        var total = 0.0
        for k in 0..<now {
            let n = Double(factor.row(0)[0] * factor.targets(0)[k])
            roots[k] = n >= Self.least ? n.squareRoot() : 0
            total += roots[k] * roots[k]
        }
        guard total > 0, project(now, total), invert(now) else { return }
        for a in 0..<now {
            guard roots[a] > 0 else {
                for b in 0..<now { slopes[a * classes + b] = 0 }
                offsets[a] = -.infinity
                continue
            }
            var middle = 0.0
            for b in 0..<now {
                let pure = inverse[a * classes + b] - roots[a] * roots[b] / (total * (1 + doubt))
                slopes[a * classes + b] = roots[b] > 0 ? total * pure / (roots[a] * roots[b]) : 0
                middle += slopes[a * classes + b] * gram[a * classes + b]
            }
            let n = roots[a] * roots[a]
            offsets[a] = -middle / (2 * n) + log(n / total)
        }
        (known, since) = (now, 0)
    }

    /// Q = ZᵀDZ.
    private func fillGram(_ now: Int) {
        gram.update(repeating: 0, count: classes * classes)
        for i in 0..<factor.width {
            let z = factor.targets(i)
            let pivot = Double(factor.row(i)[0])
            for a in 0..<now {
                let weighed = pivot * Double(z[a])
                if weighed == 0 { continue }
                for b in a..<now { gram[a * classes + b] += weighed * Double(z[b]) }
            }
        }
        for a in 0..<now { for b in 0..<a { gram[a * classes + b] = gram[b * classes + a] } }
    }

    /// (1+ε)I − P without the direction of the constant, √n, into `inverse`.
    private func project(_ now: Int, _ total: Double) -> Bool {
        var middle = 0.0
        for a in 0..<now {
            along[a] = 0
            for b in 0..<now where roots[a] > 0 && roots[b] > 0 { along[a] += gram[a * classes + b] / roots[a] }
            // Pv with v = √n/√Σn.
            along[a] /= total.squareRoot()
            middle += roots[a] * along[a] / total.squareRoot()
        }
        for a in 0..<now {
            let va = roots[a] / total.squareRoot()
            for b in 0..<now {
                let vb = roots[b] / total.squareRoot()
                let share = roots[a] > 0 && roots[b] > 0 ? gram[a * classes + b] / (roots[a] * roots[b]) : 0
                let pure = share - va * along[b] - along[a] * vb + middle * va * vb
                inverse[a * classes + b] = (a == b ? 1 + doubt : 0) - pure
                guard pure.isFinite else { return false }
            }
        }
        return true
    }

    /// The inverse of what is symmetric and definite, in its place, by Gauss and Jordan; false where a pivot is not positive.
    private func invert(_ now: Int) -> Bool {
        for i in 0..<now {
            let pivot = inverse[i * classes + i]
            guard pivot > 1e-9 else { return false }
            inverse[i * classes + i] = 1
            for j in 0..<now { inverse[i * classes + j] /= pivot }
            for k in 0..<now where k != i {
                let factor = inverse[k * classes + i]
                inverse[k * classes + i] = 0
                for j in 0..<now { inverse[k * classes + j] -= factor * inverse[i * classes + j] }
            }
        }
        return true
    }

    mutating func archive(_ archive: inout Archive) {
        archive.array(slopes, classes * classes)
        archive.array(offsets, classes)
        archive.scalar(&known)
        archive.scalar(&since)
    }
}
