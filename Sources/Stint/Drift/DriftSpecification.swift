/// What is to notice that the world has changed, and what is to be done about it.
public struct DriftSpecification: Equatable {
    /// Nil for none.
    public var detector: LearnerEvent.Detector? = .adwin
    /// Nil: chosen from the evidence.
    public var reaction: LearnerEvent.Reaction?
    /// Regimes that are told apart, the live one among them; 1: none is kept.
    public var regimes = 4
    /// Labels of a head after an alarm in which it raises no other.
    public var coolDown = 200
    public init() {}
}
