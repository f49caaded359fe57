/// The episodic memory, in numbers.
public struct MemorySpecification: Equatable {
    /// Bytes of the reservoir's slots; 0 is none.
    public var reservoirBytes = 256 << 10
    /// Which older rows stay; nil is `balanced` where there are classes, else `recent`.
    public var sampler: SamplerKind?
    /// Rows after which a row's chance to be there has halved, for `recent`.
    public var halfLife = 100_000.0
    public init() {}

    func usual(_ heads: [HeadSpecification]) -> SamplerKind {
        for head in heads { if case .classification = head.kind { return .balanced } }
        return .recent
    }
}
