import Foundation
import Testing

@testable import Stint

/// Rows and figures of `make_scores.py`.
struct ScoreReference {
    var rows: [[Double]] = []
    var expected: [String: Double] = [:]

    init() throws {
        let url = try #require(Bundle.module.url(forResource: "scores", withExtension: "csv", subdirectory: "References"))
        for line in try String(contentsOf: url, encoding: .utf8).split(separator: "\n") {
            if line.hasPrefix("#") {
                let words = line.split(separator: " ")
                expected[String(words[1])] = Double(words[2])
            } else {
                rows.append(try line.split(separator: ",").map { try #require(Double($0)) })
            }
        }
        #expect(rows.count == 200)
    }

    /// Both sum 200 float64 numbers of order 1 at an offset of 1e6, where a unit in the last place is 1e-10.
    func expect(_ name: String, _ figure: Double?, _ at: SourceLocation = #_sourceLocation) throws {
        let figure = try #require(figure, sourceLocation: at)
        let wanted = try #require(expected[name], sourceLocation: at)
        let residual = (figure - wanted).magnitude
        #expect(residual <= 1e-9 * max(1, wanted.magnitude), "\(name): \(figure), wanted \(wanted)", sourceLocation: at)
    }
}

@Suite struct ScoreReferenceTests {
    @Test("errors and intervals at an offset of 1e6 are scikit-learn's")
    func regression() throws {
        let reference = try ScoreReference()
        var errors = ErrorScore(), intervals = IntervalScore()
        for row in reference.rows {
            errors.add(truth: row[0], guess: row[1])
            intervals.add(truth: row[0], lower: row[2], upper: row[3], nominal: 0.9)
        }
        try reference.expect("mae", errors.meanAbsolute)
        try reference.expect("rmse", errors.rootMeanSquare)
        try reference.expect("r2", errors.explained)
        try reference.expect("coverage", intervals.coverage)
        try reference.expect("width", intervals.width)
        try reference.expect("interval_score", intervals.score)
    }

    @Test("agreement, probabilities and sets are scikit-learn's")
    func classification() throws {
        let reference = try ScoreReference()
        var score = ClassificationScore()
        for row in reference.rows {
            score.add(
                truth: Int(row[4]), guess: Int(row[5]), noChange: Int(row[6]),
                probability: row[7], isInSet: row[8] == 1, setSize: Int(row[9]))
        }
        try reference.expect("accuracy", score.accuracy)
        try reference.expect("no_change", score.accuracyOfNoChange)
        try reference.expect("kappa", score.kappa)
        try reference.expect("kappa_temporal", score.kappaTemporal)
        try reference.expect("f1_macro", score.f1Macro)
        try reference.expect("log_loss", score.logLoss)
        try reference.expect("set_coverage", score.setCoverage)
        try reference.expect("set_size", score.setSize)
        try reference.expect("confusion_2_1", score.confusion(truth: 2, guess: 1).map(Double.init))
    }
}
