@testable import Stint
import StintWire
import Testing

@Suite struct LineWriterTests {
    private func lines(_ form: LineForm = .json) -> LineWriter {
        LineWriter(
            heads: [.init(name: "tor\"que", kind: .regression(targets: ["tau1", "tau2"])), .init(name: "surface", kind: .classification), .init(name: "health", kind: .anomaly)],
            channels: ["q1", "dq1", "other"] + (3..<12).map { "c\($0)" }, form: form)
    }

    /// What a writer of JSON and one of CBOR write, the second read back as JSON.
    private func both(_ write: (borrowing LineWriter, inout ByteWriter) -> Void) -> (json: String, cbor: String) {
        let binary = cbor { write(lines(.cbor), &$0) }
        let read = lend(binary) { bytes in written { out in CBORItem(bytes)?.root.writeJSON(into: &out) } }
        return (written { write(lines(), &$0) }, read)
    }

    private func strict(_ line: String) -> Bool { lend(line) { JSONText($0) != nil } }

    @Test("A regression line has its keys in order, and no interval before it is ready")
    func regression() {
        [1.5, Float.nan].withUnsafeBufferPointer { value in
            [0, 1 as Float].withUnsafeBufferPointer { lower in
                var prediction = RegressionPrediction(isReady: true, value: value, lower: lower, upper: value, deviation: lower, novelty: 0.03, regime: 2, nominal: 0.9)
                let ready = written { lines().write(.regression(prediction), head: 0, at: LineStamp(time: 12.25, sequence: 7), revision: 2, into: &$0) }
                #expect(ready == #"{"type":"prediction","t":12.25,"seq":7,"head":"tor\"que","kind":"regression","ready":true,"targets":["tau1","tau2"],"value":[1.5,null],"#
                    + #""lower":[0,1],"upper":[1.5,null],"sd":[0,1],"nominal":0.9,"novelty":0.03,"regime":2,"revision":2}"#)
                prediction.isReady = false
                let stamp = LineStamp(time: 12.25, sequence: .max, place: (row: 3, file: 1))
                let early = written { lines().write(.regression(prediction), head: 0, at: stamp, gaps: 4, revision: 0, into: &$0) }
                #expect(early.hasPrefix(#"{"type":"prediction","t":12.25,"seq":18446744073709551615,"row":3,"file":1,"head":"#))
                #expect(early.contains(#""ready":false"#) && early.contains(#""lower":[null,null],"upper":[null,null],"sd":[null,null]"#) && early.hasSuffix(#""revision":0,"gaps":4}"#))
                #expect(strict(ready) && strict(early))
            }
        }
    }

    @Test("A classification line names its classes, and none before the first label")
    func classification() {
        let bytes = Array("sandgra\"vel".utf8)
        bytes.withUnsafeBytes { bytes in
            [0..<4, 4..<11].withUnsafeBufferPointer { ranges in
                [0.25, 0.75 as Float].withUnsafeBufferPointer { probability in
                    [false, true].withUnsafeBufferPointer { isInSet in
                        let prediction = ClassificationPrediction(isReady: true, classID: 1, probability: probability, isInSet: isInSet, abstains: false, novelty: 0, regime: 0)
                        let names = ClassNames(bytes: bytes, ranges: ranges)
                        let said = written { lines().write(.classification(prediction), head: 1, at: LineStamp(time: 1, sequence: 0), classes: names, revision: 0, into: &$0) }
                        #expect(said == #"{"type":"prediction","t":1,"seq":0,"head":"surface","kind":"classification","ready":true,"class":"gra\"vel","class_id":1,"classes":["sand","gra\"vel"],"#
                            + #""probability":[0.25,0.75],"set":["gra\"vel"],"abstain":false,"novelty":0,"regime":0,"revision":0}"#)
                    }
                }
            }
        }
        let none = ClassificationPrediction(isReady: false, classID: -1, probability: .init(start: nil, count: 0), isInSet: .init(start: nil, count: 0), abstains: true, novelty: 1, regime: 0)
        let said = written { lines().write(.classification(none), head: 1, at: LineStamp(time: 1, sequence: 0), revision: 0, into: &$0) }
        #expect(said.contains(#""ready":false,"class":null,"class_id":-1,"classes":[],"probability":[],"set":[],"abstain":true,"novelty":1"#) && strict(said))
    }

    private func anomaly(_ shares: [Float]) -> String {
        shares.withUnsafeBufferPointer { shares in
            let prediction = AnomalyPrediction(isReady: true, score: 0.97, pValue: 0.0004, isAlarm: true, incident: 3, cause: .process, shares: shares)
            return written { lines().write(.anomaly(prediction), head: 2, at: LineStamp(time: 1, sequence: 0), revision: 0, into: &$0) }
        }
    }

    @Test("An anomaly line names the eight largest shares, and the rest is other")
    func anomaly() {
        let head = #"{"type":"prediction","t":1,"seq":0,"head":"health","kind":"anomaly","ready":true,"score":0.97,"p_value":0.0004,"alarm":true,"incident":3,"cause":"process","cause_id":1,"channels":"#
        #expect(anomaly([Float](repeating: 0, count: 12)) == head + #"{"other":1}}"#)
        #expect(anomaly([0.25, 0.75] + [Float](repeating: 0, count: 10)) == head + #"{"dq1":0.75,"q1":0.25,"other":0}}"#)
        #expect(anomaly([0.25, 0.5, 0.25] + [Float](repeating: 0, count: 9)) == head + #"{"dq1":0.5,"q1":0.25,"other":0.25}}"#)
        // Sixty-sixths, none of them of the channel called "other": the eight largest are 4 … 11.
        let rising = [1, 2, 0, 3, 4, 5, 6, 7, 8, 9, 10, 11].map { (share: Float) in share / 66 }
        let said = anomaly(rising)
        #expect(said.contains(#"{"c11":"#) && said.contains(#""c4":"#) && !said.contains(#""c3":"#) && !said.contains(#""q1":"#) && strict(said))
        lend(said) { bytes in
            var members = JSONText(bytes)!.root.member("channels")!.members, sum = 0.0, count = 0
            while let member = members.next() {
                sum += member.value.number!
                count += 1
            }
            #expect(abs(sum - 1) < 1e-6 && count == 9)
        }
    }

    @Test("Random shares are at most eight names and sum to one")
    func shares() {
        var random = SplitMix(9)
        for _ in 0..<2000 {
            var shares = (0..<12).map { _ in Bool.random(using: &random) ? Float.random(in: 0...1, using: &random) : 0 }
            let total = shares.reduce(0, +)
            if total > 0 { shares = shares.map { $0 / total } }
            lend(anomaly(shares)) { bytes in
                var members = JSONText(bytes)!.root.member("channels")!.members, sum = 0.0, names: [String] = [], last = 2.0
                while let member = members.next() {
                    names.append(text(member.key.contents))
                    sum += member.value.number!
                    if names.last != "other" {
                        #expect(member.value.number! <= last)
                        last = member.value.number!
                    }
                }
                #expect(abs(sum - 1) < 1e-5 && names.count <= 9 && names.last == "other" && Set(names).count == names.count)
            }
        }
    }

    @Test("Events carry a number, and a head and an incident where they have one")
    func events() {
        let lines = lines()
        #expect(written { lines.write(EventLine(time: 2.5, kind: .alarmEnd, number: 9, head: 2, incident: 3), into: &$0) }
            == #"{"type":"event","t":2.5,"event":"alarm_end","event_id":9,"head":"health","incident":3}"#)
        for kind in EventLine.Kind.allCases { #expect(strict(written { lines.write(EventLine(time: .nan, kind: kind, number: 0), into: &$0) })) }
    }

    @Test("A line in CBOR reads back as the same line in JSON, byte for byte")
    func syntaxes() {
        var random = SplitMix(5)
        func floats(_ count: Int) -> [Float] {
            (0..<count).map { _ in
                switch Int.random(in: 0..<8, using: &random) {
                case 0: Float.nan
                case 1: Float(Int.random(in: -1000...1000, using: &random))
                case 2: -0.0
                default: Float(bitPattern: UInt32.random(in: 0...UInt32.max, using: &random))
                }
            }
        }
        func check(_ write: (borrowing LineWriter, inout ByteWriter) -> Void) {
            let said = both(write)
            #expect(said.cbor == said.json && !said.json.isEmpty)
        }
        for turn in 0..<300 {
            let place: (row: Int, file: Int)? = turn % 3 == 0 ? (row: turn * 7919, file: turn % 300) : nil
            let stamp = LineStamp(
                time: Double.random(in: -1e10...1e10, using: &random), sequence: .random(in: 0...UInt64.max, using: &random) >> UInt64(turn % 64), place: place)
            let value = floats(2), other = floats(2), isReady = turn % 2 == 0, novelty = floats(1)[0]
            value.withUnsafeBufferPointer { value in
                other.withUnsafeBufferPointer { other in
                    let said = RegressionPrediction(isReady: isReady, value: value, lower: other, upper: value, deviation: other, novelty: novelty, regime: 0, nominal: 0.9)
                    check { $0.write(.regression(said), head: 0, at: stamp, gaps: turn % 5, revision: turn * 100, into: &$1) }
                }
            }
            let names = (0..<turn % 40).map { "class \($0) \"é\"" }
            var ranges: [Range<Int>] = [], start = 0
            for name in names {
                ranges.append(start..<start + name.utf8.count)
                start += name.utf8.count
            }
            let probability = floats(names.count), isInSet = names.map { _ in Bool.random(using: &random) }
            Array(names.joined().utf8).withUnsafeBytes { bytes in
                ranges.withUnsafeBufferPointer { ranges in
                    probability.withUnsafeBufferPointer { probability in
                        isInSet.withUnsafeBufferPointer { isInSet in
                            let said = ClassificationPrediction(
                                isReady: isReady, classID: names.count - 1, probability: probability, isInSet: isInSet, abstains: isReady, novelty: novelty,
                                regime: turn)
                            check {
                                $0.write(.classification(said), head: 1, at: stamp, classes: ClassNames(bytes: bytes, ranges: ranges), revision: 0, into: &$1)
                            }
                        }
                    }
                }
            }
            let shares = floats(12).map { $0.isFinite ? min(abs($0), 1) : 0 }
            shares.withUnsafeBufferPointer { shares in
                let said = AnomalyPrediction(
                    isReady: isReady, score: 0.97, pValue: novelty, isAlarm: isReady, incident: turn % 4 == 0 ? nil : turn, cause: .sensor, shares: shares)
                check { $0.write(.anomaly(said), head: 2, at: stamp, revision: 0, into: &$1) }
            }
        }
        for kind in EventLine.Kind.allCases {
            var event = EventLine(time: 2.5, kind: kind, number: 1 << 40, head: 2, incident: 3)
            (event.cause, event.regime, event.count) = (.process, 7, 1000)
            event.drift = LearnerEvent.Drift(detector: .adwin, reaction: .fork, onset: 12)
            event.sensor = LearnerEvent.Sensor(channel: 1, fault: .stuck, isFailing: true)
            check { $0.write(event, into: &$1) }
        }
    }
}
