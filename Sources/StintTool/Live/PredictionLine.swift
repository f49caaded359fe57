/// One prediction as the daemon publishes it, parsed.
struct PredictionLine: Equatable {
    var time: Double
    var sequence: Int
    var head: String
    var isReady: Bool
    var said: Said

    enum Said: Equatable {
        case regression([Output])
        /// `probability` is that of `name`.
        case classification(name: String?, probability: Double?, set: [String])
        case anomaly(score: Double, pValue: Double?, isAlarm: Bool, incident: Int?)
    }

    /// One target; an interval that is not known yet is nil.
    struct Output: Equatable {
        var target: String
        var value: Double
        var interval: ClosedRange<Double>?
    }

    /// nil for anything that is no prediction, or lacks what one has.
    init?(_ line: JSON) {
        guard line["type"]?.text == "prediction", let time = line["t"]?.number, let sequence = line["seq"]?.natural,
            let head = line["head"]?.text, let said = Said(line)
        else { return nil }
        (self.time, self.sequence, self.head, self.said) = (time, sequence, head, said)
        isReady = line["ready"]?.flag ?? false
    }
}

extension PredictionLine.Said {
    fileprivate init?(_ line: JSON) {
        switch line["kind"]?.text {
        case "regression":
            let targets = line["targets"]?.elements.compactMap(\.text) ?? [], values = line["value"]?.elements ?? []
            guard !values.isEmpty, targets.count == values.count else { return nil }
            let lower = line["lower"]?.elements ?? [], upper = line["upper"]?.elements ?? []
            self = .regression(
                targets.indices.map { k in
                    var interval: ClosedRange<Double>?
                    if k < lower.count, k < upper.count, let low = lower[k].number, let high = upper[k].number, low <= high {
                        interval = low...high
                    }
                    return PredictionLine.Output(target: targets[k], value: values[k].number ?? .nan, interval: interval)
                })
        case "classification":
            let index = line["class_id"]?.natural
            let probabilities = line["probability"]?.elements ?? []
            self = .classification(
                name: line["class"]?.text,
                probability: index.flatMap { $0 < probabilities.count ? probabilities[$0].number : nil },
                set: line["set"]?.elements.compactMap(\.text) ?? [])
        case "anomaly":
            guard let score = line["score"]?.number else { return nil }
            self = .anomaly(
                score: score, pValue: line["p_value"]?.number, isAlarm: line["alarm"]?.flag ?? false,
                incident: line["incident"]?.natural)
        default: return nil
        }
    }
}

extension PredictionLine {
    /// One short line for people.
    var text: String {
        let start = "t \(rounded(time, 3))  seq \(sequence)  \(head)  "
        let end = isReady ? "" : "  (not ready)"
        switch said {
        case .regression(let outputs):
            let parts = outputs.map { output in
                let interval = output.interval.map { " [\(significant($0.lowerBound)), \(significant($0.upperBound))]" } ?? ""
                return "\(output.target) \(significant(output.value))\(interval)"
            }
            return start + parts.joined(separator: "  ") + end
        case .classification(let name, let probability, let set):
            let share = probability.map { " \(rounded(100 * $0, 1)) %" } ?? ""
            return start + (name ?? "–") + share + (set.count > 1 ? "  one of \(set.joined(separator: ", "))" : "") + end
        case .anomaly(let score, let pValue, let isAlarm, let incident):
            let state = isAlarm ? "  ALARM" : incident.map { "  incident \($0)" } ?? ""
            return start + "score \(rounded(score, 3))  p \(significant(pValue))\(state)" + end
        }
    }
}

/// A figure of unknown size for people: about four digits that count, `–` where there is none.
func significant(_ value: Double?) -> String {
    guard let value, value.isFinite else { return "–" }
    let magnitude = value.magnitude
    if magnitude == 0 { return "0" }
    if magnitude < 0.001 || magnitude >= 1e7 { return "\(Float(value))" }
    return rounded(value, magnitude >= 1000 ? 0 : magnitude >= 100 ? 1 : magnitude >= 10 ? 2 : magnitude >= 1 ? 3 : 4)
}
