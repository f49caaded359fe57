import Stint

/// Why bytes did not become a value; the decoder counts it once.
enum Refusal: Error {
    case malformed, wrongShape, labelUnplaced, labelInvalid

    var reason: DropReason {
        switch self {
        case .malformed: .malformed
        case .wrongShape: .wrongShape
        case .labelUnplaced: .labelUnplaced
        case .labelInvalid: .labelInvalid
        }
    }
}

/// From |x| > 1e15 on, a number is taken for a fault of the sender.
enum Magnitude {
    /// Of Float32 numbers: 1e15 lies between two of them, and is itself read as the lower, 999999986991104.
    @inline(__always)
    static func isUsable(_ value: Float) -> Bool { value.magnitude <= 1e15 }
}
