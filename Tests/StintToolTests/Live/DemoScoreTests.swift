import StintSimulation
import StintWire
import Testing

@testable import StintTool

@Suite struct DemoScoreTests {
    func line(_ text: String) throws -> PredictionLine { try #require(JSON(Array(text.utf8)).flatMap(PredictionLine.init)) }

    func torque(_ sequence: Int, _ values: [Double], lower: String = "[null,null]", upper: String = "[null,null]") throws -> PredictionLine {
        try line(
            #"{"type":"prediction","t":1.5,"seq":\#(sequence),"head":"torque","kind":"regression","ready":true,"targets":["tau1","tau2"],"#
                + #""value":[\#(values[0]),\#(values[1])],"lower":\#(lower),"upper":\#(upper),"sd":[1,1],"nominal":0.9}"#)
    }

    func zone(_ sequence: Int, _ name: String) throws -> PredictionLine {
        try line(
            #"{"type":"prediction","t":1.5,"seq":\#(sequence),"head":"zone","kind":"classification","ready":true,"class":"\#(name)","#
                + #""class_id":1,"classes":["low","high"],"probability":[0.25,0.75],"set":["high"],"abstain":false}"#)
    }

    func health(_ sequence: Int, alarm: Bool, incident: String) throws -> PredictionLine {
        try line(
            #"{"type":"prediction","t":1.5,"seq":\#(sequence),"head":"health","kind":"anomaly","ready":true,"score":0.5,"p_value":0.5,"#
                + #""alarm":\#(alarm),"incident":\#(incident),"cause":"unknown","cause_id":0,"channels":{"other":1}}"#)
    }

    func truth(
        _ sequence: Int, _ torque: [Double] = [0, 0], zone: String = "low", payload: Double = 0, delivered: DemoScore.Delivered = .init()
    ) -> DemoScore.Truth {
        DemoScore.Truth(
            sequence: sequence, seconds: Double(sequence) / 10, torque: torque, zone: zone, payload: payload, delivered: delivered)
    }

    func injection(_ onset: Double, _ kind: Injection.Kind = .payload, end: Double? = nil) -> Injection {
        Injection(kind: kind, onset: onset, end: end, what: "\(kind) at \(onset)")
    }

    func remark(_ t: Double, _ event: String, _ rest: String = "") throws -> Remark {
        try #require(JSON(Array(#"{"type":"event","t":\#(100 + t),"event":"\#(event)","event_id":1\#(rest)}"#.utf8)).flatMap { Remark($0, epoch: 100, now: 34) })
    }

    @Test("errors are those of the row's own truth, and repeating a label means the newest that had come by then")
    func errors() throws {
        var score = DemoScore(rowsPerSecond: 10, delay: 1, burnIn: 0)
        for i in 0..<4 {
            score.sent(truth(i, [Double(i), 10], delivered: .init(torque: i < 2 ? nil : [Double(i - 2), 10])))
        }
        for i in 0..<4 { score.take(try torque(i, [Double(i) + 3, 10])) }
        #expect(score.joints[0].own.rootMeanSquare == 3)
        // Rows 0 and 1 had no label yet, which stands for 0; rows 2 and 3 had those of rows 0 and 1.
        #expect(score.joints[0].noChange.rootMeanSquare == ((0 + 1 + 4 + 4) / 4.0).squareRoot())
        #expect(score.joints[1].noChange.rootMeanSquare == ((100 + 100 + 0 + 0) / 4.0).squareRoot())
        // The constant is the mean, 1.5.
        let constant = try #require(score.joints[0].constant)
        #expect(abs(constant - 1.25.squareRoot()) < 1e-12)
        #expect(score.joints[1].own.normalised == nil && score.joints[1].constant == nil)
    }

    @Test("rows of the burn-in, lines that come twice, and lines of rows never sent are not scored")
    func unscored() throws {
        var score = DemoScore(rowsPerSecond: 10, delay: 0, burnIn: 2)
        for i in 0..<3 { score.sent(truth(i)) }
        for i in [0, 1, 2, 2, 7, 4096] { score.take(try torque(i, [1, 1])) }
        #expect(score.joints[0].own.count == 1)
        #expect(score.rowsSent == 3 && score.rowsAnswered == 3)
        #expect(score.newest?.sequence == 2)
    }

    @Test("coverage counts rows inside of intervals that are known")
    func coverage() throws {
        var score = DemoScore(rowsPerSecond: 10, delay: 0, burnIn: 0)
        for i in 0..<3 { score.sent(truth(i, [1, 1])) }
        score.take(try torque(0, [0, 0]))
        score.take(try torque(1, [0, 0], lower: "[0,2]", upper: "[1,3]"))
        score.take(try torque(2, [0, 0], lower: "[0.5,0]", upper: "[1.5,3]"))
        #expect(score.joints[0].intervals.count == 2)
        #expect(score.joints[0].intervals.coverage == 1 && score.joints[1].intervals.coverage == 0.5)
        #expect(score.joints[1].intervals.width == 2)
    }

    @Test("classes are right or wrong, and so is the newest label")
    func classes() throws {
        var score = DemoScore(rowsPerSecond: 10, delay: 0, burnIn: 0)
        for i in 0..<4 { score.sent(truth(i, zone: i < 2 ? "low" : "high", delivered: .init(zone: i == 0 ? nil : i == 3 ? "high" : "low"))) }
        for (i, name) in ["low", "high", "high", "high"].enumerated() { score.take(try zone(i, name)) }
        // Before the first label there is none to repeat; at row 2 it is the wrong one.
        #expect(score.zone.rows == 4 && score.zone.right == 3 && score.zone.unchangedRight == 2)
        #expect(score.zone.probability == 0.75)
    }

    @Test("an alarm counts once, its incident on all its rows")
    func alarms() throws {
        var score = DemoScore(rowsPerSecond: 10, delay: 0, burnIn: 0)
        for i in 0..<4 { score.sent(truth(i)) }
        score.take(try health(0, alarm: false, incident: "null"))
        score.take(try health(1, alarm: true, incident: "1"))
        score.take(try health(2, alarm: false, incident: "1"))
        score.take(try health(3, alarm: false, incident: "null"))
        #expect(score.health.alarms.map(\.seconds) == [0.1] && score.health.rowsInIncidents == 2 && !score.health.isInIncident)
    }

    @Test("the error is back where the first window after an onset is at most twice what it was before")
    func recovery() throws {
        var score = DemoScore(rowsPerSecond: 10, delay: 0, burnIn: 0, injections: [injection(5), injection(9)])
        // An error of 1, then of 8 for three rows after the change at row 50, then of 1 again. A window is five rows.
        for i in 0..<80 {
            score.sent(truth(i, payload: i < 50 ? 0 : 1.5))
            let error: Double = (50..<53).contains(i) ? 8 : 1
            score.take(try torque(i, [error, error]))
        }
        let change = try #require(score.changes.first)
        #expect(score.changes.count == 1 && change.before == 1)
        // (3 · 64 + 2) / 5.
        #expect(change.worst == 38.8.squareRoot())
        // One row of 8 among five makes 3.7; the window from row 53 on has none.
        #expect(change.back == 0.3)
        // (3 · 64 + 17) / 20 of the first two seconds.
        #expect(change.first == (209.0 / 20).squareRoot())
    }

    @Test("a change too near to the end says so by having no error at all")
    func lateChange() throws {
        let late = injection(0.8)
        var score = DemoScore(rowsPerSecond: 10, delay: 0, burnIn: 0, injections: [late])
        for i in 0..<10 {
            score.sent(truth(i, payload: i < 8 ? 0 : 1.5))
            score.take(try torque(i, [1, 1]))
        }
        #expect(score.changes.first?.worst == 0 && score.changes.first?.back == nil)
        #expect(DemoSummary(DemoMoment(seconds: 0.9, score: score, answers: Answers([late])), seed: 1, processorSeconds: nil).text.contains("too near to the end"))
    }

    @Test("recent errors are of the newest rows only")
    func recent() {
        var recent = RecentError(rows: 3)
        #expect(recent.rms(last: 3).own == 0)
        for error in [100.0, 4, 4, 1] { recent.add(own: error, noChange: 4 * error) }
        #expect(recent.rms(last: 1).own == 1 && recent.rms(last: 1).noChange == 2)
        #expect(recent.rms(last: 99).own == 3.0.squareRoot())
    }

    @Test("a strip over time has the errors and the largest score of each stretch, and the last column takes what is later")
    func history() {
        var history = DemoHistory(columns: 4, length: 8)
        for (seconds, error) in [(0.0, 9.0), (1.9, 1), (2, 4), (7.9, 1), (9, 1)] { history.add(seconds, own: error, noChange: 4 * error) }
        history.add(2.5, score: 0.25)
        history.add(3.5, score: 0.125)
        #expect(history.columns[0].error?.own == 5.0.squareRoot() && history.columns[1].error?.noChange == 4)
        #expect(history.columns[2].error == nil && history.columns[3].rows == 2)
        #expect(history.columns[1].strangest == 0.25 && history.columns[0].strangest == nil)
    }

    @Test("each remark goes to the newest injection that can have caused it; one with none is unasked, and silence is a miss")
    func answers() throws {
        var answers = Answers([injection(5), injection(10, .sensor, end: 20), injection(30)])
        answers.take(try remark(4, "alarm", #","head":"health","incident":1,"cause":"process","cause_id":1"#))
        answers.take(try remark(5.5, "drift", #","head":"torque","detector":"adwin","reaction":"fork","regime":2,"onset":31"#))
        answers.take(try remark(9, "alarm_end"))
        answers.take(try remark(10.25, "sensor", #","channel":"q1","fault":"stuck","fault_id":1,"failing":true"#))
        answers.take(try remark(20.5, "sensor", #","channel":"q1","fault":"stuck","fault_id":1,"failing":false"#))
        answers.take(try remark(34, "gap", #","count":7"#))
        #expect(try remark(1e6, "overload").seconds == 34)
        #expect(answers.answers.map(\.remarks.count) == [1, 2, 0] && answers.answers.map(\.delay) == [0.5, 0.25, nil])
        #expect(JSON(Array(#"{"type":"event","t":1,"event":"checkpoint","event_id":1}"#.utf8)).flatMap { Remark($0, epoch: 0, now: 0) } == nil)
        #expect(answers.unasked.map(\.event) == ["alarm", "gap"] && answers.all.count == 6)
        #expect(answers.answers[0].remarks[0].text == "drift in torque: adwin, reaction fork, regime 2, began 31 rows ago")
        #expect(answers.answers[1].remarks.map(\.text) == ["sensor: channel q1, stuck", "sensor: channel q1, well again"])
        let score = DemoScore(rowsPerSecond: 10, delay: 0, burnIn: 0)
        let text = DemoSummary(DemoMoment(seconds: 40, score: score, answers: answers), seed: 1, processorSeconds: nil).text
        #expect(text.contains("noticed 2 of 3 abrupt changes; 2 notices without a cause") && text.contains("no word: MISSED"))
    }

    @Test("what is printed line by line is printed once, also when a remark comes later than it is about")
    func shown() throws {
        var moment = DemoMoment(seconds: 6, score: DemoScore(delay: 0, burnIn: 0), answers: Answers([injection(5), injection(7)]))
        var shown = DemoView.Shown()
        #expect(DemoView(moment).happenings(since: &shown).count == 1)
        moment.answers.take(try remark(4.5, "alarm"))
        let late = DemoView(moment).happenings(since: &shown)
        #expect(late.count == 1 && late[0].contains("alarm"))
        #expect(DemoView(moment).happenings(since: &shown).isEmpty)
    }

    @Test("the demo tells what its scenario injects, in order, with the visits of a payload counted")
    func script() {
        let injections = ArmScenario.demo(seconds: 75).injections
        #expect(injections.map(\.onset) == [15, 25, 35, 45, 48, 52, 59, 66, 71])
        #expect(injections.map(\.visit) == [1, 2, 2, 3, nil, nil, nil, nil, nil])
        #expect(injections[2].what == "1.5 kg picked up, visit 2" && injections[6].what == "q1 is stuck, for 3.0 s")
        #expect(injections.allSatisfy { $0.what.count <= 36 })
    }

    @Test("the screen keeps its height and fits 80 × 24, whatever is known")
    func screen() throws {
        let injections = ArmScenario.demo(seconds: 70).injections
        var score = DemoScore(rowsPerSecond: 10, delay: 5, burnIn: 0, length: 70, injections: injections)
        var moment = DemoMoment(score: score, output: "ipc://" + String(repeating: "long/", count: 20))
        let empty = DemoView(moment).screen
        for i in 0..<700 {
            score.sent(truth(i, [-123.456, 1e6], zone: "high", payload: 1.5))
            score.take(try torque(i, [-1e5, 1e5], lower: "[-2e5,-2e5]", upper: "[2e5,2e5]"))
        }
        let status = #"{"plan_bytes":1,"heads":{"torque":{"experts":{"a":{"weight":1},"b":{"weight":0.5},"c":{"weight":0},"d":{"weight":0}}}}}"#
        var answers = Answers(injections)
        for k in 0..<40 { answers.take(try remark(Double(k), "alarm", #","head":"\#(String(repeating: "x", count: 90))""#)) }
        moment = DemoMoment(seconds: 70, length: 70, score: score, answers: answers, status: DemoStatus(try #require(JSON(Array(status.utf8)))))
        let full = DemoView(moment).screen
        for screen in [empty, full] {
            #expect(screen.count == DemoView.height && DemoView.height < 24)
            #expect(screen.allSatisfy { $0.text.count <= DemoView.width && DemoView.width <= 80 })
        }
        #expect(full.contains { $0.text.contains("trusts a 1.00, b 0.50, c 0.00") })
    }

    @Test("the summary names rows that were never predicted")
    func lost() throws {
        var score = DemoScore(rowsPerSecond: 100, delay: 5, burnIn: 0)
        for i in 0..<10 { score.sent(truth(i)) }
        score.take(try torque(3, [1, 1]))
        let text = DemoSummary(DemoMoment(score: score), seed: 1, processorSeconds: nil).text
        #expect(text.contains("10 rows sent, 1 predicted, 9 not."))
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= 80 })
    }
}
