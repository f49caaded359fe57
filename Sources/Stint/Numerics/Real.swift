/// What a factor is stored in.
///
/// Float64, by measurement (`docs/numerics.md`): a float32 factor that takes 10⁷ rows one by one loses what it knew, and the
/// ways round that (segments of 256 rows, merged into a main factor, with a live copy beside it) take three float32 factors,
/// 1.5 × the bytes of one in float64, and an O(D³) merge that would have to be sliced. On a processor without float64
/// arithmetic set this to Float: everything else follows.
typealias Real = Double

/// Two vector registers on x86-64's baseline and on arm64.
typealias RealLanes = SIMD4<Real>

@inline(__always) func load(_ p: UnsafePointer<Real>) -> RealLanes { UnsafeRawPointer(p).loadUnaligned(as: RealLanes.self) }

@inline(__always) func store(_ value: RealLanes, _ p: UnsafeMutablePointer<Real>) {
    UnsafeMutableRawPointer(p).storeBytes(of: value, as: RealLanes.self)
}
