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

    func load(_ sequence: Int, _ name: String) throws -> PredictionLine {
        try line(
            #"{"type":"prediction","t":1.5,"seq":\#(sequence),"head":"load","kind":"classification","ready":true,"class":"\#(name)","#
                + #""class_id":1,"classes":["empty","loaded"],"probability":[0.25,0.75],"set":["loaded"],"abstain":false}"#)
    }

    func health(_ sequence: Int, alarm: Bool, incident: String) throws -> PredictionLine {
        try line(
            #"{"type":"prediction","t":1.5,"seq":\#(sequence),"head":"health","kind":"anomaly","ready":true,"score":0.5,"p_value":0.5,"#
                + #""alarm":\#(alarm),"incident":\#(incident),"cause":"unknown","cause_id":0,"channels":{"other":1}}"#)
    }

    func truth(_ sequence: Int, _ torque: [Double] = [0, 0], load: String = "empty", payload: Double = 0) -> DemoScore.Truth {
        DemoScore.Truth(sequence: sequence, seconds: Double(sequence) / 10, torque: torque, load: load, payload: payload)
    }

    @Test("errors are those of the row's own truth, and repeating a label means the newest that had come by then")
    func errors() throws {
        var score = DemoScore(rowsPerSecond: 10, delay: 1, burnIn: 0)
        for i in 0..<4 { score.sent(truth(i, [Double(i), 10])) }
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
        for i in 0..<4 { score.sent(truth(i, load: i < 2 ? "empty" : "loaded")) }
        for (i, name) in ["empty", "loaded", "loaded", "loaded"].enumerated() { score.take(try load(i, name)) }
        // Before the first label there is none to repeat; at row 2 it is the wrong one.
        #expect(score.load.rows == 4 && score.load.right == 3 && score.load.unchangedRight == 2)
        #expect(score.load.probability == 0.75)
    }

    @Test("an alarm counts once, its incident on all its rows")
    func alarms() throws {
        var score = DemoScore(rowsPerSecond: 10, delay: 0, burnIn: 0)
        for i in 0..<4 { score.sent(truth(i)) }
        score.take(try health(0, alarm: false, incident: "null"))
        score.take(try health(1, alarm: true, incident: "1"))
        score.take(try health(2, alarm: false, incident: "1"))
        score.take(try health(3, alarm: false, incident: "null"))
        #expect(score.health.alarms == [0.1] && score.health.rowsInIncidents == 2 && !score.health.isInIncident)
    }

    @Test("the error is back where the first window after a change is at most twice what it was before")
    func recovery() throws {
        var score = DemoScore(rowsPerSecond: 10, delay: 0, burnIn: 0)
        // An error of 1, then of 8 for three rows after the change at row 50, then of 1 again. A window is five rows.
        for i in 0..<80 {
            score.sent(truth(i, payload: i < 50 ? 0 : 1.5))
            let error: Double = (50..<53).contains(i) ? 8 : 1
            score.take(try torque(i, [error, error]))
        }
        let change = try #require(score.changes.first)
        #expect(score.changes.count == 1 && change.seconds == 5 && change.payload == 1.5 && change.before == 1)
        // (3 · 64 + 2) / 5.
        #expect(change.worst == 38.8.squareRoot())
        // One row of 8 among five makes 3.7; the window from row 53 on has none.
        #expect(change.back == 0.3)
        #expect(score.seconds.count == 8 && score.seconds[0].own == 1)
    }

    @Test("a change too near to the end says so by having no error at all")
    func lateChange() throws {
        var score = DemoScore(rowsPerSecond: 10, delay: 0, burnIn: 0)
        for i in 0..<10 {
            score.sent(truth(i, payload: i < 8 ? 0 : 1.5))
            score.take(try torque(i, [1, 1]))
        }
        #expect(score.changes.first?.worst == 0 && score.changes.first?.back == nil)
        #expect(DemoSummary(DemoMoment(score: score), seed: 1, processorSeconds: nil).text.contains("too near to the end"))
    }

    @Test("recent errors are of the newest rows only")
    func recent() {
        var recent = RecentError(rows: 3)
        #expect(recent.rms(last: 3).own == 0)
        for error in [100.0, 4, 4, 1] { recent.add(own: error, noChange: 4 * error) }
        #expect(recent.rms(last: 1).own == 1 && recent.rms(last: 1).noChange == 2)
        #expect(recent.rms(last: 99).own == 3.0.squareRoot())
    }

    @Test("the screen keeps its height and fits 80 × 24, whatever is known")
    func screen() throws {
        var score = DemoScore(rowsPerSecond: 10, delay: 5, burnIn: 0)
        var moment = DemoMoment(score: score, output: "ipc://" + String(repeating: "long/", count: 20))
        let empty = DemoView(moment).screen
        for i in 0..<700 {
            score.sent(truth(i, [-123.456, 1e6], load: "loaded", payload: 1.5))
            score.take(try torque(i, [-1e5, 1e5], lower: "[-2e5,-2e5]", upper: "[2e5,2e5]"))
        }
        let status = #"{"plan_bytes":1,"heads":{"torque":{"experts":{"a":{"weight":1},"b":{"weight":0.5},"c":{"weight":0},"d":{"weight":0}}}}}"#
        moment = DemoMoment(seconds: 70, length: 70, score: score, status: DemoStatus(try #require(JSON(Array(status.utf8)))))
        let full = DemoView(moment).screen
        for screen in [empty, full] {
            #expect(screen.count == DemoView.height && DemoView.height < 24)
            #expect(screen.allSatisfy { $0.count <= DemoView.width && DemoView.width <= 80 })
        }
        #expect(full.contains { $0.contains("a                      1.00 ████") })
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
