/// The episodic memory, in numbers.
public struct MemorySpecification: Equatable {
    /// Bytes of the reservoir's slots; 0 is none.
    public var reservoirBytes = 256 << 10
    /// Which older rows stay; nil is `balanced` where there are classes, else `recent`.
    public var sampler: SamplerKind?
    /// Rows after which a row's chance to be there has halved, for `recent`.
    public var halfLife = 100_000.0
    /// Whether single rows are kept beyond what waits for a label.
    public var store = Store.latents
    /// Copies of the long memories by which older times can be forgotten apart from each other (`Segments`).
    public var marks = 1
    public init() {}

    public enum Store: Sendable {
        /// A reservoir of latents; a state holds the rows that wait.
        case latents
        /// Sums, factors, sketches and counts alone: nothing that resembles a sample, but the rows that wait, in RAM.
        case statistics
    }

    var keepsSamples: Bool { store == .latents }

    func usual(_ heads: [HeadSpecification]) -> SamplerKind {
        for head in heads { if case .classification = head.kind { return .balanced } }
        return .recent
    }
}
