import Stint
@testable import StintWire
import Testing

@Suite struct CSVReaderTests {
    struct Row: Equatable {
        var time: Double?
        var values: [Float?]
        var labels: [String?]
        var isRagged = false
    }

    struct Recording: Equatable {
        var columns: [CSVColumn] = []
        var rows: [Row] = []
        var counts: [DropReason: UInt64] = [:]
        var survey = CSVSurvey()
        var problem: CSVProblem?
    }

    private func read(_ bytes: [UInt8], roles: CSVRoles = CSVRoles()) -> Recording {
        lend(bytes) { bytes in
            var out = Recording(), counts = DropCounts()
            do throws(CSVProblem) {
                var reader = try CSVReader(bytes, roles: roles)
                out.columns = reader.columns
                out.survey = reader.survey()
                let labels = reader.labelNames.count
                while let row = reader.next(counts: &counts) {
                    #expect(row.index == out.rows.count)
                    let said = (0..<labels).map { reader.label($0).map(text) }
                    out.rows.append(Row(time: row.time, values: row.values.map { $0.isNaN ? nil : $0 }, labels: said, isRagged: row.isRagged))
                }
            } catch { out.problem = error }
            out.counts = told(counts)
            return out
        }
    }

    private func read(_ text: String, roles: CSVRoles = CSVRoles()) -> Recording { read(Array(text.utf8), roles: roles) }

    private static let plain = "t,c0,c1,label:load,label:mode\n1000000,0.5,-1.5,2.25,low\n1000000.015625,1,2,,mid\n1000000.03125,3,4,1e3, high \n"

    @Test("A recording in other clothes is the same recording")
    func clothes() {
        let plain = read(Self.plain)
        #expect(plain.rows == [
            Row(time: 1_000_000, values: [0.5, -1.5], labels: ["2.25", "low"]), Row(time: 1_000_000.015625, values: [1, 2], labels: [nil, "mid"]),
            Row(time: 1_000_000.03125, values: [3, 4], labels: ["1e3", "high"]),
        ])
        #expect(plain.counts.isEmpty && plain.survey.rows == 3)
        func replaced(_ a: Character, _ b: String) -> String { Self.plain.map { $0 == a ? b : String($0) }.joined() }
        let quoted = Self.plain.split(separator: "\n").map { $0.split(separator: ",", omittingEmptySubsequences: false).map { "\"\($0)\"" }.joined(separator: ",") + "\n" }.joined()
        for other in ["\u{FEFF}" + Self.plain, replaced("\n", "\r\n"), replaced(",", ";"), quoted, String(Self.plain.dropLast()), "\n\r\n" + Self.plain + "\n\n", replaced("\n", "\n\n"),
                      "\u{FEFF}" + quoted] {
            #expect(read(other) == plain)
        }
    }

    @Test("Quotes hold separators, line feeds and quotes")
    func quotes() {
        let said = read("a,\"b,\"\"c\"\"\",label:x\n1,2,\"two\nlines, and \"\"quotes\"\"\"\n3,4,\"\"\"\"\n\"5\",\"6\"0,a\"b\n")
        #expect(said.columns.map(\.name) == ["a", "b,\"c\"", "label:x"])
        #expect(said.rows == [
            Row(time: nil, values: [1, 2], labels: ["two\nlines, and \"quotes\""]), Row(time: nil, values: [3, 4], labels: ["\""]), Row(time: nil, values: [5, 60], labels: ["a\"b"]),
        ])
    }

    @Test("Ragged rows are counted, keep their time, and have neither values nor labels")
    func ragged() {
        let said = read("t,a,label:x\n1,2,3\n2,5\n3,6,7,8\n4,5,\"6\n")
        #expect(said.rows.map(\.isRagged) == [false, true, true, true])
        #expect(said.rows.map(\.time) == [1, 2, 3, 4])
        #expect(said.rows[1...].allSatisfy { $0.values == [nil] && $0.labels == [nil] })
        #expect(said.counts == [.ragged: 3] && said.survey.rows == 4)
    }

    @Test("A cell that is no usable number is a gap, counted by its reason")
    func poorCells() {
        for (cell, reason) in [("", nil), ("nan", nil), ("NULL", nil), ("1e30", .outOfRange), ("1e300", .outOfRange), ("1e400", .outOfRange), ("inf", .nonFinite), ("-inf", .nonFinite),
                               ("ok", .malformed)] as [(String, DropReason?)] {
            let said = read("t,a,b\n1,\(cell),2\n")
            #expect(said.rows == [Row(time: 1, values: [nil, 2], labels: [])])
            #expect(said.counts == (reason.map { [$0: 1] } ?? [:]))
        }
    }

    @Test("Files that are none are refused by what is wrong and where")
    func none() {
        #expect(read("").problem == .empty)
        #expect(read("\u{FEFF}\n\n").problem == .empty)
        #expect(read("c0,c0\n1,2\n").problem == .duplicateColumn(name: "c0", first: 1, second: 2))
        #expect(read(Array("a\n1\n".utf8) + [0xFF, 0x0A]).problem == .notUTF8(line: 3, offset: 4))
        #expect(read((0..<40).flatMap { _ in UInt8.min...UInt8.max }).problem != nil)
        #expect(read("a\n", roles: CSVRoles(clock: .column("when"))).problem == .noColumn(name: "when", purpose: .clock))
        #expect(read("a\n", roles: CSVRoles(labels: [("y", "b")])).problem == .noColumn(name: "b", purpose: .label))
        let header = read("t,a\n")
        #expect(header.problem == nil && header.rows.isEmpty && header.survey.rows == 0)
        #expect(read("t,a").rows.isEmpty)
    }

    @Test("The clock is the first column if it is called so, or the one asked for")
    func clock() {
        for name in ["t", "Time", "TIMESTAMP", "datetime"] { #expect(read("\(name),a\n1.5,2\n").rows[0].time == 1.5) }
        #expect(read("a,t\n1,2\n").rows[0] == Row(time: nil, values: [1, 2], labels: []))
        #expect(read("a,t\n1,2\n", roles: CSVRoles(clock: .column("t"))).rows[0] == Row(time: 2, values: [1], labels: []))
        #expect(read("t,a\n1,2\n", roles: CSVRoles(clock: .none)).rows[0] == Row(time: nil, values: [1, 2], labels: []))
        #expect(read("time,a\n2020-03-09 10:14:33,1\n,2\nsoon,3\n").rows.map(\.time) == [1_583_748_873, nil, nil])
    }

    @Test("Columns have the roles that header and command line give them")
    func roles() {
        let roles = CSVRoles(ignored: ["b", "absent"], labels: [("y", "c")])
        let said = read("t,a,b,c,label:x,delay:x\n0,1,2,3,4,5\n", roles: roles)
        #expect(said.columns.map(\.role) == [.clock, .channel, .ignored, .label("y"), .label("x"), .delay("x")])
        #expect(said.rows == [Row(time: 0, values: [1], labels: ["3", "4"])])
    }

    @Test("A selection orders channels and labels, and what a file lacks is a gap")
    func selection() throws {
        lend("a,b,c,label:x,delay:x,label:y\n1,2,3,4,7,low\n5,text,6,nan,,\n") { bytes in
            var reader = try! CSVReader(bytes), counts = DropCounts()
            reader.select(channels: ["c", "missing", "a"], labels: ["y", "none", "x"])
            #expect(reader.next(counts: &counts)!.values.map { $0.isNaN ? nil : $0 } == [3, nil, 1])
            #expect((0..<3).map { reader.label($0).map(text) } == ["low", nil, "4"])
            #expect((0..<3).map { reader.delay($0) } == [nil, nil, 7])
            #expect(reader.labelNumber(0) == nil && reader.labelNumber(2) == 4)
            #expect(reader.labelCategory(0).map { String(decoding: $0, as: UTF8.self) } == "low")
            #expect(reader.next(counts: &counts)!.index == 1)
            #expect(reader.label(2) != nil && reader.labelNumber(2) == nil && reader.delay(2) == nil && reader.label(0) == nil)
            #expect(reader.next(counts: &counts) == nil && reader.next(counts: &counts) == nil)
            #expect(counts.total == 0)
        }
    }

    @Test("A survey finds rows, columns of text, the spacing and the kinds of labels")
    func survey() {
        var said = "time,a,note,late,label:n,label:s,label:e,label:l,label:m,delay:n\n"
        for i in 0..<150 {
            said += "\(10 + 2 * i),\(i),\(i == 40 ? "ok" : ""),\(i == 120 ? "text" : "1"),"
            said += "\(i % 3 == 0 ? "" : "1.5"),\(i < 110 ? "x" : "1"),,\(i == 149 ? "x" : "1"),\(i == 40 ? "x" : "1"),3\n"
        }
        let survey = read(said).survey
        #expect(survey.rows == 150 && survey.textColumns == ["note"] && survey.spacing == 2)
        let kinds: [CSVSurvey.LabelKind] = [.numeric, .text, .empty, .numeric, .mixed]
        #expect(survey.labels == zip(["n", "s", "e", "l", "m"], kinds).map { .init(name: $0, kind: $1) })
        #expect(read("a\n1\n").survey.spacing == nil && read("t\n1\n1\n1\n").survey.spacing == nil)
    }

    @Test("Every cut of a recording and ten thousand accidents are rows or a problem, never a crash")
    func accidents() {
        let whole = Array("\u{FEFF}t,\"a\"\"b\",label:x\r\n1,\"2\",\"lo,w\"\r\n2020-01-01T00:00:00Z,3,\"a\"\"b\"c\n".utf8)
        for length in 0...whole.count { _ = read(Array(whole[..<length])) }
        var random = SplitMix(8)
        let spices = [",", ";", "\"", "\"\"", "\n", "\r", "\r\n", "nan", "1e999", "label:", "delay:x"].map { Array($0.utf8) }
        for _ in 0..<10_000 {
            let said = read(mutated(whole, with: spices, using: &random))
            #expect(said.survey.rows == said.rows.count)
        }
    }
}
