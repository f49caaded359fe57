import Stint
import StintWire

/// What a replay came to, as the JSON of `--summary` and as a table for people.
struct Summary {
    let total: Tally
    let files: [Tally]
    /// Of each head, by the numbers in its score.
    let classNames: [[String]]
    let seed: UInt64
    let delay: Int
    let burnIn: Double

    init(_ replay: Replay, _ setup: ReplaySetup) {
        total = replay.total
        files = replay.files
        let labels = setup.lives[0].assembly.labelNames
        classNames = setup.lives[0].assembly.heads.map { head in
            guard head.kind == "classification", let label = labels.firstIndex(of: head.targetNames[0]) else { return [] }
            let names = replay.classNames[label]
            return (0..<names.count).map { names.withName($0) { String(decoding: $0, as: UTF8.self) } }
        }
        seed = setup.config.memory.seed
        delay = setup.options.delay
        burnIn = setup.options.burnIn
    }

    func write(into out: inout ByteWriter) {
        JSONObject.write(into: &out) { object, out in
            members(of: total, seconds: processorSeconds(), &object, &out)
            object.add("files", files, &out) { file, out in
                JSONObject.write(into: &out) { object, out in
                    object.add("name", file.name ?? "", &out)
                    members(of: file, seconds: file.processorSeconds, &object, &out)
                }
            }
        }
        out.append(byte: 0x0A)
    }

    private func members(of tally: Tally, seconds: Double, _ object: inout JSONObject, _ out: inout ByteWriter) {
        object.add("schema", 1, &out)
        object.add("version", stintVersion, &out)
        object.add("seed", seed, &out)
        object.add("rows", tally.rows, &out)
        object.add("delay", delay, &out)
        object.add("burn_in", burnIn, &out)
        object.add("cpu_seconds", seconds, &out)
        object.add("samples_per_second", samplesPerSecond(tally), &out)
        object.add("peak_rss_bytes", peakResidentBytes(), &out)
        object.add("plan_bytes", tally.planBytes, &out)
        object.add("encoder_hash", tally.encoderHash, &out)
        object.add("dropped", &out) { object, out in
            for reason in DropReason.allCases where tally.dropped[reason] > 0 {
                object.add("\(reason.name)", tally.dropped[reason], &out)
            }
        }
        object.add("clock", &out) { object, out in
            object.add("equal", tally.clock.equal, &out)
            object.add("backward", tally.clock.backward, &out)
            object.add("jump", tally.clock.jump, &out)
        }
        object.add("labels", &out) { object, out in
            object.add("seen", tally.labels.seen, &out)
            object.add("learned", tally.labels.learned, &out)
            object.add("late", tally.dropped[.labelLate], &out)
            object.add("pending", tally.labels.pending, &out)
        }
        object.add("heads", &out) { object, out in
            for (i, head) in tally.heads.enumerated() {
                object.add(head.name, &out) { object, out in members(of: head, i, &object, &out) }
            }
        }
        object.add("drifts", tally.drifts, &out) { drift, out in
            JSONObject.write(into: &out) { object, out in
                object.add("file", drift.file, &out)
                object.add("row", drift.row, &out)
                object.add("t", drift.time, &out)
                if let head = drift.head { object.add("head", tally.heads[head].name, &out) }
                object.add("detector", "\(drift.drift.detector.name)", &out)
                object.add("reaction", "\(drift.drift.reaction.name)", &out)
            }
        }
    }

    private func samplesPerSecond(_ tally: Tally) -> Double? {
        tally.processorSeconds > 0 ? Double(tally.rows) / tally.processorSeconds : nil
    }

    private func members(of head: HeadTally, _ index: Int, _ object: inout JSONObject, _ out: inout ByteWriter) {
        object.add("kind", head.kind, &out)
        object.add("n", head.count, &out)
        object.add("not_ready", head.notReady, &out)
        switch head.kind {
        case "regression": regression(head, &object, &out)
        case "classification": classification(head, classNames[index], &object, &out)
        default: anomaly(head, &object, &out)
        }
        guard head.kind != "anomaly" else { return }
        object.add("experts", &out) { object, out in
            for expert in head.experts {
                object.add("\(expert.name)", &out) { object, out in
                    object.add("loss", expert.loss, &out)
                    object.add("weight", expert.weight, &out)
                }
            }
        }
    }

    private static let regressionFigures: [(name: String, of: @Sendable (HeadTally.Output) -> Double?)] = [
        ("mae", { $0.own.meanAbsolute }), ("rmse", { $0.own.rootMeanSquare }),
        ("nmse", { $0.own.normalised }), ("r2", { $0.own.explained }),
        ("coverage", { $0.intervals.coverage }), ("interval_width", { $0.intervals.width }), ("interval_score", { $0.intervals.score }),
    ]
    private static let noChangeFigures: [(name: String, of: @Sendable (HeadTally.Output) -> Double?)] = [
        ("mae", { $0.noChange.meanAbsolute }), ("nmse", { $0.noChange.normalised }),
    ]

    private func regression(_ head: HeadTally, _ object: inout JSONObject, _ out: inout ByteWriter) {
        for figure in Self.regressionFigures { object.add(figure.name, head.mean(figure.of), &out) }
        object.add("outputs", &out) { object, out in
            for (k, output) in head.outputs.enumerated() {
                object.add(head.targetNames[k], &out) { object, out in
                    object.add("n", output.own.count, &out)
                    for figure in Self.regressionFigures { object.add(figure.name, figure.of(output), &out) }
                    object.add("coverage_windows", &out) { $0.add(output.intervals.windows, &$1) }
                    if let regret = output.regret {
                        object.add("regret", &out) { $0.add(regret, head.experts, scale: output.own.spread, &$1) }
                    }
                    object.add("no_change", &out) { object, out in
                        for figure in Self.noChangeFigures { object.add(figure.name, figure.of(output), &out) }
                    }
                }
            }
        }
        object.add("no_change", &out) { object, out in
            for figure in Self.noChangeFigures { object.add(figure.name, head.mean(figure.of), &out) }
        }
        object.add("coverage_windows", &out) { $0.add(head.windows, &$1) }
        guard head.outputs.contains(where: { $0.regret != nil }) else { return }
        object.add("regret", &out) { object, out in
            for figure in RegretFigures.all {
                object.add(figure.name, head.mean { output in output.regret.flatMap { figure.of($0, output.own.spread) } }, &out)
            }
        }
    }

    private func classification(_ head: HeadTally, _ names: [String], _ object: inout JSONObject, _ out: inout ByteWriter) {
        let score = head.classes
        object.add("accuracy", score.accuracy, &out)
        object.add("kappa", score.kappa, &out)
        object.add("kappa_temporal", score.kappaTemporal, &out)
        object.add("f1_macro", score.f1Macro, &out)
        object.add("log_loss", score.logLoss, &out)
        object.add("set_coverage", score.setCoverage, &out)
        object.add("set_size", score.setSize, &out)
        object.add("no_change", &out) { object, out in object.add("accuracy", score.accuracyOfNoChange, &out) }
        if let regret = head.regret { object.add("regret", &out) { $0.add(regret, head.experts, scale: Double(regret.count), &$1) } }
        let classes = score.classes
        object.add("classes", classes, &out) { $1.append(quoted: names[$0]) }
        object.key("confusion", &out)
        guard classes.allSatisfy({ score.confusion(truth: $0, guess: $0) != nil }) else {
            out.append("null")
            return
        }
        JSONObject.list(classes, &out) { truth, out in
            JSONObject.list(classes, &out) { guess, out in out.append(score.confusion(truth: truth, guess: guess) ?? 0) }
        }
    }

    private func anomaly(_ head: HeadTally, _ object: inout JSONObject, _ out: inout ByteWriter) {
        object.add("alarms", head.alarms.rows.count, &out)
        let days = head.alarms.seconds / 86_400
        object.add("alarms_per_day", days > 0 ? Double(head.alarms.rows.count) / days : nil, &out)
        object.add("alarm_rows", head.alarms.rows, &out) { $1.append($0) }
    }

    // MARK: For people

    var text: String {
        let place = files.count == 1 ? "" : " of \(files.count) recordings"
        var lines = ["\(total.rows) rows\(place), \(rounded(samplesPerSecond(total), 0)) a second"]
        for head in total.heads {
            let figures: [(String, Double?)] =
                switch head.kind {
                case "regression":
                    [
                        ("NMSE", head.mean { $0.own.normalised }), ("MAE", head.mean { $0.own.meanAbsolute }),
                        ("coverage", head.mean { $0.intervals.coverage }), ("NMSE of no change", head.mean { $0.noChange.normalised }),
                    ]
                case "classification":
                    [
                        ("accuracy", head.classes.accuracy), ("kappa", head.classes.kappa), ("log loss", head.classes.logLoss),
                        ("accuracy of no change", head.classes.accuracyOfNoChange),
                    ]
                default: [("alarms", Double(head.alarms.rows.count))]
                }
            let digits = head.kind == "anomaly" ? 0 : 4
            lines.append("  \(head.name) (\(head.kind)): " + figures.map { "\($0) \(rounded($1, digits))" }.joined(separator: ", "))
        }
        let dropped = DropReason.allCases.filter { total.dropped[$0] > 0 }.map { "\($0.name) \(total.dropped[$0])" }
        if !dropped.isEmpty { lines.append("  dropped: " + dropped.joined(separator: ", ")) }
        return lines.joined(separator: "\n") + "\n"
    }
}

/// A figure for people: so many digits after the point, `–` where there is none.
func rounded(_ value: Double?, _ digits: Int) -> String {
    guard let value, value.isFinite, value.magnitude < 1e15 else { return "–" }
    var scale = 1.0
    for _ in 0..<digits { scale *= 10 }
    let whole = Int((value.magnitude * scale).rounded())
    let sign = value < 0 && whole > 0 ? "-" : ""
    guard digits > 0 else { return "\(sign)\(whole)" }
    let fraction = String(whole % Int(scale))
    return "\(sign)\(whole / Int(scale))." + String(repeating: "0", count: digits - fraction.count) + fraction
}
