import CMath

/// How well classes, their probabilities and their sets fit the truth. Classes are small numbers; who has names keeps them.
///
/// ```swift
/// var score = ClassificationScore()
/// score.add(truth: 0, guess: 0, noChange: -1, probability: 0.8, isInSet: true, setSize: 1)
/// score.accuracy  // 1
/// ```
///
/// Memory: three counts a class, and a square of counts up to `confusionCapacity` classes. Edge cases: a guess below 0 is none: it
/// agrees with nothing, and by chance neither. Every figure is nil before the first row.
public struct ClassificationScore {
    /// With more classes there is no table of confusions.
    public static let confusionCapacity = 256
    /// log_loss takes no probability to be smaller.
    public static let leastProbability = 1e-6

    public private(set) var count = 0
    private var agreed = 0
    private var unchanged = 0
    private var losses = 0.0
    private var inSet = 0
    private var setSizes = 0
    /// Per class: rows of it, rows said to be it, rows of both.
    private var truths: [Int] = []
    private var guesses: [Int] = []
    private var hits: [Int] = []
    /// stride × stride; the truth is the row.
    private var confusions: [Int] = []
    private var stride = 0

    public init() {}

    /// - Parameters:
    ///   - noChange: the newest delivered class before this row; −1 for none.
    ///   - probability: what was given to the true class; 0 if it was not known.
    public mutating func add(truth: Int, guess: Int, noChange: Int, probability: Double, isInSet: Bool, setSize: Int) {
        precondition(truth >= 0, "a scored row has a class")
        grow(to: max(truth, guess) + 1)
        count += 1
        truths[truth] += 1
        if guess >= 0 { guesses[guess] += 1 }
        if guess == truth {
            agreed += 1
            hits[truth] += 1
        }
        if noChange == truth { unchanged += 1 }
        losses += Self.logLoss(of: probability)
        if isInSet { inSet += 1 }
        setSizes += setSize
        if guess >= 0, truth < stride, guess < stride { confusions[truth * stride + guess] += 1 }
    }

    /// What a row adds to the log-loss.
    public static func logLoss(of probability: Double) -> Double { -log(min(max(probability, leastProbability), 1)) }

    public var accuracy: Double? { mean(Double(agreed)) }

    public var accuracyOfNoChange: Double? { mean(Double(unchanged)) }

    public var logLoss: Double? { mean(losses) }

    public var setCoverage: Double? { mean(Double(inSet)) }

    public var setSize: Double? { mean(Double(setSizes)) }

    /// Cohen (1960); nil where truth and guess agree by chance alone.
    public var kappa: Double? {
        guard let accuracy else { return nil }
        let n = Double(count)
        var byChance = 0.0
        for c in truths.indices { byChance += Double(truths[c]) / n * (Double(guesses[c]) / n) }
        return byChance < 1 ? (accuracy - byChance) / (1 - byChance) : nil
    }

    /// Žliobaitė et al. (2015): like kappa, against repeating the newest class.
    public var kappaTemporal: Double? {
        guard let accuracy, let noChange = accuracyOfNoChange, noChange < 1 else { return nil }
        return (accuracy - noChange) / (1 - noChange)
    }

    /// The mean of F1 over the classes that some row has.
    public var f1Macro: Double? {
        var sum = 0.0, classes = 0.0
        for c in truths.indices where truths[c] > 0 {
            sum += 2 * Double(hits[c]) / Double(truths[c] + guesses[c])
            classes += 1
        }
        return classes > 0 ? sum / classes : nil
    }

    /// The classes that some row has, or was said to have, in order of their numbers.
    public var classes: [Int] { truths.indices.filter { truths[$0] + guesses[$0] > 0 } }

    /// Rows of class `truth` that were said to be `guess`; nil when there are too many classes for a table.
    public func confusion(truth: Int, guess: Int) -> Int? {
        guard truths.count <= Self.confusionCapacity else { return nil }
        return truth < stride && guess < stride ? confusions[truth * stride + guess] : 0
    }

    private func mean(_ sum: Double) -> Double? { count > 0 ? sum / Double(count) : nil }

    private mutating func grow(to classes: Int) {
        while truths.count < classes {
            truths.append(0)
            guesses.append(0)
            hits.append(0)
        }
        guard classes > stride, stride < Self.confusionCapacity else { return }
        var wider = max(stride, 8)
        while wider < min(classes, Self.confusionCapacity) { wider *= 2 }
        var moved = [Int](repeating: 0, count: wider * wider)
        for row in 0..<stride {
            for column in 0..<stride { moved[row * wider + column] = confusions[row * stride + column] }
        }
        (confusions, stride) = (moved, wider)
    }
}
