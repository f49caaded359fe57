import Stint
import StintWire

/// What a head's regret is told by. `scale` turns sums of losses into the loss that the summary reports.
enum RegretFigures {
    static let all: [(name: String, of: @Sendable (_ regret: ExpertRegret, _ scale: Double) -> Double?)] = [
        ("best_loss", { regret, scale in regret.best.flatMap { scaled($0.loss, scale) } }),
        ("sequence_loss", { regret, scale in regret.bestSequence.flatMap { scaled($0, scale) } }),
        ("against_best", { regret, scale in regret.best.flatMap { scaled(regret.own - $0.loss, scale) } }),
        ("against_sequence", { regret, scale in regret.bestSequence.flatMap { scaled(regret.own - $0, scale) } }),
    ]

    private static func scaled(_ sum: Double, _ scale: Double) -> Double? { scale > 0 ? sum / scale : nil }
}

extension JSONObject {
    /// The regret of one target or of a classification, with the name of the best expert.
    mutating func add(_ regret: ExpertRegret, _ experts: [ExpertReport], scale: Double, _ out: inout ByteWriter) {
        if let best = regret.best, best.expert < experts.count { add("best", "\(experts[best.expert].name)", &out) }
        for figure in RegretFigures.all { add(figure.name, figure.of(regret, scale), &out) }
        add("switches", ExpertRegret.switches, &out)
    }

    mutating func add(_ windows: IntervalScore.Windows, _ out: inout ByteWriter) {
        add("rows", IntervalScore.windowRows, &out)
        add("n", windows.count, &out)
        add("min", windows.count > 0 ? windows.least : nil, &out)
        add("max", windows.count > 0 ? windows.most : nil, &out)
        add("share", windows.count > 0 ? Double(windows.near) / Double(windows.count) : nil, &out)
    }
}

extension HeadTally {
    /// Those of all targets together.
    var windows: IntervalScore.Windows { outputs.reduce(into: IntervalScore.Windows()) { $0.merge($1.intervals.windows) } }
}
