/// Working room that the heads share: one row's latent, its solution, and a factor's sweep. Holds nothing between two calls.
struct Scratch {
    /// D and K of the widest head.
    let latent: UnsafeMutablePointer<Real>
    let copy: UnsafeMutablePointer<Real>
    let solved: UnsafeMutablePointer<Real>
    let sweep: UnsafeMutablePointer<Real>
    let prediction: UnsafeMutablePointer<Real>
    let target: UnsafeMutablePointer<Real>
    /// Room for a `ContaminationTest`.
    let ranks: UnsafeMutablePointer<Real>
    /// Room for one factor.
    private let numbers: UnsafeMutablePointer<Real>

    init(width: Int, outputs: Int, factor count: Int, _ carver: inout Carver) {
        latent = carver.carve(Real.self, width)
        copy = carver.carve(Real.self, width)
        solved = carver.carve(Real.self, width)
        sweep = carver.carve(Real.self, 3 * width + outputs)
        prediction = carver.carve(Real.self, outputs)
        target = carver.carve(Real.self, outputs)
        ranks = carver.carve(Real.self, ContaminationTest.most)
        numbers = carver.carve(Real.self, count)
    }

    func factor(width: Int, outputs: Int, ridge: Real) -> Factor {
        Factor(width: width, outputs: outputs, ridge: ridge, over: numbers)
    }
}
