/// Where the targets of a head lie and how far they spread, as of the newest fit and as of the one before.
///
/// The memories learn (y − center)·inverse. While they catch up with a fit, the weights from before it answer in the former scale.
/// Numbers are relative to each target's first label.
struct TargetScale {
    let targets: Int
    let center: UnsafeMutablePointer<Double>
    let inverse: UnsafeMutablePointer<Double>
    let formerCenter: UnsafeMutablePointer<Double>
    let formerInverse: UnsafeMutablePointer<Double>

    init(targets: Int, _ carver: inout Carver) {
        self.targets = targets
        center = carver.carve(Double.self, targets)
        inverse = carver.carve(Double.self, targets)
        formerCenter = carver.carve(Double.self, targets)
        formerInverse = carver.carve(Double.self, targets)
    }

    func reset() {
        center.update(repeating: 0, count: targets)
        inverse.update(repeating: 1, count: targets)
        formerCenter.update(repeating: 0, count: targets)
        formerInverse.update(repeating: 1, count: targets)
    }

    /// Today's scale is to be the former one.
    func keep() {
        formerCenter.update(from: center, count: targets)
        formerInverse.update(from: inverse, count: targets)
    }

    func fit(_ target: Int, _ moments: Moments) {
        center[target] = moments.mean
        inverse[target] = moments.isConstant ? 1 : 1 / moments.deviation
    }

    mutating func archive(_ archive: inout Archive) {
        archive.array(center, targets)
        archive.array(inverse, targets)
        archive.array(formerCenter, targets)
        archive.array(formerInverse, targets)
    }
}
