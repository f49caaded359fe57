import Foundation
import StintConfig
import StintWire
import Testing

@testable import StintTool

@Suite struct ReplayOrderTests {
    /// The first row whose line is another one when the label of a row is.
    private func firstChange(_ rows: Int, label row: Int, header: String = "x,label:y", tail: (Int) -> String = { _ in "" }, delay: Int)
        throws -> Int?
    {
        let said = try [false, true].map { isOther in
            let text = recording(0..<rows, header: header) { "\(isOther && $0 == row ? 90 : $0 * 29 % 53)" + tail($0) }
            return try replay([text]) { $0.delay = delay }.of("y").map(\.text)
        }
        #expect(said[0].count == rows)
        return said[0].indices.first { said[0][$0] != said[1][$0] }
    }

    @Test("a label is seen by the prediction of the row after the delay, and by none before", arguments: [0, 1, 7, 100])
    func delay(delay: Int) throws {
        for row in [0, 3, 20, 70] { #expect(try firstChange(200, label: row, delay: delay) == row + delay + 1) }
        #expect(try firstChange(101, label: 100, delay: delay) == nil)
    }

    @Test("before the first label the guess is 0, after it that label")
    func firstLabel() throws {
        let said = try replay([recording(0..<20) { $0 == 5 ? "42" : "" }]) { $0.delay = 3 }.of("y")
        #expect(said.map(\.value) == (0..<20).map { [$0 <= 8 ? 0 : 42] })
    }

    @Test("a column delay:NAME says how late each label is; where it says nothing --delay does")
    func delayColumn() throws {
        let delays = { (row: Int) in [",9", ",0", ",", ",40"][row % 4] }
        for (row, delay) in [(20, 9), (21, 0), (22, 2), (23, 40)] {
            let change = try firstChange(100, label: row, header: "x,label:y,delay:y", tail: delays, delay: 2)
            #expect(change == row + delay + 1)
        }
    }

    @Test("labels still on their way at the end are scored, and not learned")
    func pending() throws {
        let said = try replay([recording(0..<40) { "\($0 + 1)" }]) {
            $0.delay = 7
            $0.burnIn = 0
        }
        #expect(said.summary.figure("labels", "pending") == 7)
        #expect(said.summary.figure("labels", "seen") == 33)
        #expect(said.summary.figure("heads", "y", "n") == 40)
        // |i + 1 − (i − 7)| = 8 from row 8 on; before, nothing is known: 1 + … + 8.
        let error = (32.0 * 8 + 36) / 40
        #expect(said.summary.figure("heads", "y", "no_change", "mae") == error)
    }

    @Test("an empty label is none; text for a regression is counted, and a number that is too large too")
    func invalid() throws {
        let said = try replay(["x,label:y\n1,5\n2,\n3,two\n4,1e30\n5,nan\n6,7\n"]) { $0.burnIn = 0 }
        #expect(said.of("y").map(\.value) == [[0], [5], [5], [5], [5], [5]])
        #expect(said.summary.figure("heads", "y", "n") == 2)
        #expect(said.total.dropped[.labelInvalid] == 2)
        #expect(said.summary.figure("labels", "learned") == 2)
    }

    @Test("a label without numbers, or without anything, is no target of label:* and does not keep the others from being learned")
    func numberless() throws {
        func of(_ header: String, _ rest: @escaping (Int) -> String) throws -> Replayed {
            try replay([recording(0..<400, header: "x,label:y" + header) { "\(3 * Double($0 * 37 % 101) / 10)" + rest($0) }])
        }
        let alone = try of("") { _ in "" }
        let beside = try of(",label:note,label:none") { $0 % 2 == 0 ? ",ok," : ",," }
        #expect(beside.of("y").map(\.text) == alone.of("y").map(\.text))
        #expect(beside.total.dropped[.labelInvalid] == 200 && alone.total.dropped[.labelInvalid] == 0)
        #expect(beside.remarks.filter { $0.contains("\"note\"") || $0.contains("\"none\"") }.count == 2)
        // A text among numbers is a label that is missing.
        let mixed = try of(",label:z") { $0 == 50 ? ",text" : ",1" }
        #expect(mixed.of("y").allSatisfy { $0.value.count == 2 })
        #expect(mixed.total.dropped[.labelInvalid] == 1)
        let learned = try #require(mixed.summary.figure("labels", "learned"))
        #expect(learned > 390)
    }

    @Test("the summary tells what single experts and the best sequence of them would have lost, in the units of its loss")
    func regret() throws {
        let numbers = try replay([recording(0..<3000) { "\(Double($0 * 37 % 101) / 10)" }]).summary
        let nmse = try #require(numbers.figure("heads", "y", "nmse"))
        func figure(_ name: String) throws -> Double { try #require(numbers.figure("heads", "y", "outputs", "y", "regret", name)) }
        let (best, sequence) = (try figure("best_loss"), try figure("sequence_loss"))
        #expect(sequence <= best)
        let against = (best: try figure("against_best"), sequence: try figure("against_sequence"))
        #expect((against.best - (nmse - best)).magnitude < 1e-9 && (against.sequence - (nmse - sequence)).magnitude < 1e-9)
        #expect(numbers.figure("heads", "y", "regret", "best_loss") == best)
        #expect(numbers.figure("heads", "y", "coverage_windows", "n") == 2)

        let classes = try replay([recording(0..<500) { $0 * 37 % 101 < 50 ? "low" : "high" }], config: classification).summary
        let loss = try #require(classes.figure("heads", "y", "log_loss"))
        let bestOfClasses = try #require(classes.figure("heads", "y", "regret", "best_loss"))
        let againstBest = try #require(classes.figure("heads", "y", "regret", "against_best"))
        #expect((againstBest - (loss - bestOfClasses)).magnitude < 1e-9)
        #expect(bestOfClasses > 0 && bestOfClasses < 0.7)
    }

    @Test("classes are trimmed strings, and 1 is not 1.0")
    func classes() throws {
        let said = try replay(["x,label:y\n1, 1 \n2,1.0\n3,1\n4,\n"], config: classification).of("y")
        #expect(said.map { $0["class"] as? String } == [nil, "1", "1.0", "1"])
        #expect(said.last?["classes"] as? [String] == ["1", "1.0"])
    }

    @Test("a ragged row is counted once and still gives a line of each head, none of them ready")
    func ragged() throws {
        let text = recording(0..<200) { $0 == 150 ? "1,2,3" : "\($0 % 10)" }
        let said = try replay([text], config: regression + anomaly)
        #expect(said.of("y").count == 200 && said.of("health").count == 200)
        #expect(said.of("y")[150]["ready"] as? Bool == false && said.of("health")[150]["ready"] as? Bool == false)
        #expect(said.of("y")[151]["ready"] as? Bool == true)
        #expect(said.total.dropped[.ragged] == 1 && said.total.dropped.total == 1)
    }

    @Test("with windows there is a line at each window's end, whose label is that of its last row; others are delivered")
    func windows() throws {
        let config = regression + "[window]\nlength = 4\nevery = 3\n"
        let said = try replay([recording(0..<12) { "\($0 + 1)" }], config: config) { $0.burnIn = 0 }
        #expect(said.of("y").map(\.row) == [3, 6, 9])
        #expect(said.of("y")[0].value == [3])
        #expect(said.summary.figure("heads", "y", "n") == 3)
        #expect(said.summary.figure("labels", "seen") == 12 && said.total.labels.learned == 3)
        #expect(said.summary.figure("heads", "y", "no_change", "mae") == 1)
    }

    @Test("a header alone gives no lines")
    func headerOnly() throws {
        let said = try replay(["x,label:y\n"], config: nil)
        #expect(said.lines.isEmpty)
        #expect(said.summary.figure("rows") == 0)
    }
}

@Suite struct ReplayLifeTests {
    @Test("with --continue nothing resets: delays run across the seam, seq goes on, row restarts")
    func oneLife() throws {
        let parts = [recording(0..<10) { "\($0 + 1)" }, recording(10..<20) { "\($0 + 1)" }]
        let said = try replay(parts) {
            $0.isOneLife = true
            $0.delay = 3
        }
        let whole = try replay([recording(0..<20) { "\($0 + 1)" }]) { $0.delay = 3 }
        #expect(said.of("y").map(\.value) == whole.of("y").map(\.value))
        #expect(said.of("y").map(\.row) == (0..<20).map { $0 % 10 })
        #expect(said.of("y").map { $0.file == 1 } == (0..<20).map { $0 >= 10 })
        for (i, line) in said.of("y").enumerated() {
            #expect(line["seq"] as? Int == i)
            #expect(line["t"] as? Double == Double(i))
        }
        // ⌈0.05 · 20⌉ = 1 row of the chain.
        #expect(said.files.map { $0.heads[0].count } == [9, 10])
    }

    @Test("without it everything does, and the burn-in is each file's own")
    func manyLives() throws {
        let part = recording(0..<100) { "\($0 % 13)" }
        let alone = try replay([part], config: regression + anomaly)
        let said = try replay([part, part], config: regression + anomaly)
        let second = said.lines.filter { $0.file == 1 }.map { $0.text.replacingOccurrences(of: "\"file\":1", with: "\"file\":0") }
        #expect(second == alone.lines.map(\.text))
        #expect(said.files.map { $0.heads[0].count } == [95, 95])
        #expect(said.total.heads[0].count == 190)
    }

    @Test("channels of several recordings are the union; a column that a file lacks is masked, and every row has its line")
    func union() throws {
        let a = "x,label:y\n" + (0..<30).map { "\($0 % 7),\($0)\n" }.joined()
        let b = "z,x,label:y\n" + (0..<30).map { "\($0 % 5),\($0 % 7),\($0)\n" }.joined()
        let said = try replay([a, b], config: regression + anomaly) { $0.isOneLife = true }
        #expect(said.of("y").count == 60)
        #expect(said.of("y").allSatisfy { $0["gaps"] == nil })
    }

    @Test("warm recordings are learned from, but neither written nor counted")
    func warm() throws {
        let said = try replay([recording(10..<15) { _ in "" }], warm: [recording(0..<10) { "\($0 + 1)" }]) { $0.burnIn = 0 }
        let chain = try replay([recording(0..<10) { "\($0 + 1)" }, recording(10..<15) { _ in "" }]) { $0.isOneLife = true }
        #expect(said.of("y").map(\.value) == chain.of("y").suffix(5).map(\.value))
        #expect(said.of("y").map(\.row) == Array(0..<5))
        #expect(said.summary.figure("rows") == 5)
        #expect(said.summary.figure("labels", "seen") == 0)
    }

    @Test("--freeze changes what is said, and learns nothing")
    func freeze() throws {
        let (warm, rest) = (recording(0..<300) { "\($0 % 101)" }, recording(300..<600) { "\($0 * 3 % 17)" })
        let living = try replay([rest], warm: [warm])
        let frozen = try replay([rest], warm: [warm]) { $0.freezes = true }
        #expect(frozen.of("y")[0].value == living.of("y")[0].value)
        #expect(frozen.of("y")[299].value != living.of("y")[299].value)
        #expect(frozen.summary.figure("labels", "learned") == 0)
    }

    @Test("without a config each label column gets a head")
    func implicit() throws {
        let said = try replay(["x,label:load,label:surface\n1,2.5,sand\n2,3.5,mud\n"], config: nil)
        #expect(said.of("load").count == 2 && said.of("surface").count == 2 && said.of("health").count == 2)
    }
}

@Suite struct ReplaySetupTests {
    @Test("columns of text are ignored and named; without clock and rate that is said once")
    func remarks() throws {
        let said = try replay(["x,note,label:y\n1,ok,1\n2,bad,2\n"])
        #expect(said.remarks.count == 2)
        #expect(said.remarks[0] == "r0.csv: column \"note\" is ignored: it holds text")
        #expect(said.remarks[1].hasPrefix("no clock and no rate"))
        #expect(try replay(["t,x,label:y\n0,1,1\n0.5,2,2\n"]).remarks.isEmpty)
    }

    @Test("a plan over the budget is refused, with the place, the table, and what to lower")
    func budget() throws {
        let failure = try thrown(Failure.self) {
            try replay(["x,label:y\n1,2\n"], config: regression + "[memory]\nbudget = \"64 KiB\"\n")
        }
        #expect(failure.exitCode == 1)
        #expect(failure.message.hasPrefix("stint.toml:6:"))
        #expect(failure.message.contains("head y: memories"))
    }

    @Test("what is wrong with a config or a recording is refused by its place or name")
    func refusals() throws {
        let config = try thrown(Failure.self) { try replay(["x,label:y\n1,2\n"], config: "[[head]]\nnmae = \"y\"\n") }
        #expect(config.exitCode == 1 && config.message.contains("stint.toml:2:1"))
        let csv = try thrown(Failure.self) { try replay(["x,x,label:y\n1,2,3\n"]) }
        #expect(csv.exitCode == 1 && csv.message.hasPrefix("r0.csv: "))
        let missing = try thrown(Failure.self) { try MappedFile("/nowhere/at/all.csv") }
        #expect(missing.exitCode == 3 && missing.message.hasPrefix("/nowhere/at/all.csv: "))
    }

    @Test("pending is raised to the delay and one")
    func pending() throws {
        let recording = try Recording("r.csv", MappedFile(copying: Array("x,label:y\n1,2\n".utf8)), CSVRoles())
        var options = ReplayOptions()
        options.delay = 3000
        let setup = try ReplaySetup([recording], options)
        #expect(setup.lives[0].plan.specification.pending == 3001)
    }

    @Test("pending is raised to the longest delay of a column, too, but not beyond the recording")
    func pendingByColumn() throws {
        func pending(longest: Int, rows: Int) throws -> Int {
            let text = "x,label:y,delay:y\n" + (0..<rows).map { "\($0),1,\($0 == 5 ? longest : 0)\n" }.joined()
            let recording = try Recording("r.csv", MappedFile(copying: Array(text.utf8)), CSVRoles())
            return try ReplaySetup([recording], ReplayOptions()).lives[0].plan.specification.pending
        }
        #expect(try pending(longest: 1500, rows: 2000) == 1501)
        #expect(try pending(longest: 1_000_000, rows: 2000) == 2001)
        #expect(try pending(longest: 3, rows: 2000) == 1024)
    }
}
