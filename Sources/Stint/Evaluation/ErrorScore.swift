/// How far guesses of one number are from the truth, in constant memory.
///
/// ```swift
/// var score = ErrorScore()
/// score.add(truth: 2, guess: 1.5)
/// score.meanAbsolute  // 0.5
/// ```
///
/// Cost: a dozen operations a row. Edge cases: every figure is nil before the first row; `normalised` also where the truth never
/// changes. Not finite numbers are the caller's to keep out.
public struct ErrorScore {
    private var absolute = 0.0
    private var squares = 0.0
    private var truths = Moments()

    public init() {}

    public mutating func add(truth: Double, guess: Double) {
        let error = guess - truth
        absolute += error.magnitude
        squares += error * error
        truths.add(truth)
    }

    /// Rows.
    public var count: Int { Int(truths.count) }

    /// MAE.
    public var meanAbsolute: Double? { count > 0 ? absolute / truths.count : nil }

    /// RMSE.
    public var rootMeanSquare: Double? { count > 0 ? (squares / truths.count).squareRoot() : nil }

    /// Σ(y − ȳ)².
    public var spread: Double { truths.sumOfSquares }

    /// NMSE = Σ(y − ŷ)² / Σ(y − ȳ)².
    public var normalised: Double? { truths.sumOfSquares > 0 ? squares / truths.sumOfSquares : nil }

    /// R² = 1 − NMSE.
    public var explained: Double? { normalised.map { 1 - $0 } }
}
