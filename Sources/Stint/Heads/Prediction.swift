/// What a head says about the newest window. The buffers are the learner's own and hold until its next event.
public enum Prediction {
    case regression(RegressionPrediction)
    case classification(ClassificationPrediction)
    case anomaly(AnomalyPrediction)
}

/// K targets at once.
public struct RegressionPrediction {
    /// Before this, `value` is a best guess (the newest label, else 0) and there is no interval.
    public var isReady: Bool
    /// K values, in the units of the labels.
    public var value: UnsafeBufferPointer<Float>
    /// K bounds each; lower ≤ value ≤ upper.
    public var lower: UnsafeBufferPointer<Float>
    public var upper: UnsafeBufferPointer<Float>
    /// K predictive standard deviations.
    public var deviation: UnsafeBufferPointer<Float>
    /// The share of the predictive variance that comes from not knowing, in [0, 1].
    public var novelty: Float
    /// Number of the regime that the head believes to be in, from 0 on as they appeared.
    public var regime: Int
    /// The coverage that the interval promises.
    public var nominal: Float
}

public struct ClassificationPrediction {
    public var isReady: Bool
    /// Index of the class in order of first appearance, −1 before the first label.
    public var classID: Int
    /// One entry for each class seen so far; sums to 1.
    public var probability: UnsafeBufferPointer<Float>
    /// Which of them are in the conformal set.
    public var isInSet: UnsafeBufferPointer<Bool>
    public var abstains: Bool
    public var novelty: Float
    public var regime: Int
}

public struct AnomalyPrediction {
    public enum Cause: Int {
        case unknown = 0
        case process = 1
        case sensor = 2

        public var name: StaticString {
            switch self {
            case .unknown: "unknown"
            case .process: "process"
            case .sensor: "sensor"
            }
        }
    }

    public var isReady: Bool
    /// In [0, 1], larger is stranger.
    public var score: Float
    /// Conformal p-value of the newest residual against recent history.
    public var pValue: Float
    /// True on the first row of an incident only.
    public var isAlarm: Bool
    /// Number of the incident that this row lies in.
    public var incident: Int?
    public var cause: Cause
    /// C shares of the score, summing to 1 (all 0 while there is no score).
    public var shares: UnsafeBufferPointer<Float>
}
