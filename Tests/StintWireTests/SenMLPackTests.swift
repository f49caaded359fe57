import Stint
import StintWire
import Testing

@Suite struct SenMLPackTests {
    @Test("Records of one time are one frame, and base and name are joined")
    func joined() {
        let got = DecodedFrames(json: #"[{"bn":"arm/","bt":1700000000.5,"n":"a","u":"V","v":1},{"n":"b","v":-2.5},{"n":"other","vs":"x"},{"n":"c","v":3}]"#)
        #expect(got.frames == [.init(time: 1_700_000_000.5, sequence: nil, values: [1, -2.5, 3])] && got.counts.isEmpty)
    }

    @Test("Several times are several frames, in order of time, whatever the order of the records")
    func times() {
        let got = DecodedFrames(json: #"[{"bt":1700000000,"n":"a","t":3,"v":1},{"n":"b","t":1,"v":2},{"n":"a","t":2,"v":3},{"n":"c","t":1,"v":4},{"n":"a","t":3,"v":5}]"#)
        #expect(got.frames == [
            .init(time: 1_700_000_001, sequence: nil, values: [nil, 2, 4]), .init(time: 1_700_000_002, sequence: nil, values: [3, nil, nil]),
            .init(time: 1_700_000_003, sequence: nil, values: [5, nil, nil]),
        ])
    }

    @Test("Times below 2^28 count from the arrival")
    func relative() {
        let got = DecodedFrames(json: #"[{"n":"a","v":1},{"n":"a","t":-5,"v":2},{"n":"a","bt":268435455,"v":3},{"n":"a","bt":268435456,"v":4}]"#, arrival: 1000)
        #expect(got.frames.map(\.time) == [995, 1000, 268_435_456, 268_436_455])
        #expect(got.frames.map { $0.values[0] } == [2, 1, 4, 3])
    }

    @Test("Values stand on their base, until it changes")
    func base() {
        let got = DecodedFrames(json: #"[{"bn":"","n":"a","bv":20,"v":0.5},{"n":"b","v":1},{"n":"c","bv":0,"v":0.1}]"#)
        #expect(got.frames[0].values == [20.5, 21, 0.1])
    }

    @Test("Truth values are 1 and 0, and records without a value say nothing")
    func flags() {
        #expect(DecodedFrames(json: #"[{"n":"a","vb":true},{"n":"b","vb":false},{"n":"c","s":7},{"bn":"x"}]"#).frames[0].values == [1, 0, nil])
    }

    /// Labels by number: RFC 8428, table 6.
    @Test("In CBOR labels are numbers, or text")
    func numbers() {
        let pack: Value = .array([
            .map([(.int(-2), .text("arm:")), (.int(-3), .double(1_700_000_000)), (.int(-5), .int(10)), (.int(-4), .text("V")), (.int(-1), .int(10)), (.int(0), .text("a")), (.int(2), .int(1))]),
            .map([(.int(0), .text("b")), (.int(6), .int(-1)), (.int(2), .double(2.5)), (.int(5), .int(9)), (.int(7), .int(1))]),
            .map([(.text("n"), .text("c")), (.int(4), .bool(true)), (.int(77), .null)]),
        ])
        for isOpen in [false, true] {
            let got = DecodedFrames(pack.bytes(isOpen: isOpen))
            #expect(got.frames == [.init(time: 1_699_999_999, sequence: nil, values: [nil, 12.5, nil]), .init(time: 1_700_000_000, sequence: nil, values: [11, nil, 1])])
        }
    }

    @Test("A text under n or bn makes an array a pack; a channel or values make it a batch, even channels called n and v")
    func kinds() {
        #expect(DecodedFrames(json: #"[{"n":"v","v":2,"t":1700000000}]"#, channels: ["n", "v"]).frames == [.init(time: 1_700_000_000, sequence: nil, values: [nil, 2])])
        #expect(DecodedFrames(json: #"[{"n":1,"v":2,"t":3}]"#, channels: ["n", "v"]).frames == [.init(time: 3, sequence: nil, values: [1, 2])])
        #expect(DecodedFrames(json: #"[{"v":2},{"n":"v"}]"#, channels: ["n", "v"]).counts == [.wrongShape: 1])
        #expect(DecodedFrames(json: #"[{"bt":1700000000},{"n":"a","v":2}]"#).frames.map(\.values) == [[2, nil, nil]])
        #expect(DecodedFrames(json: #"{"n":"x","a":2}"#).frames.map(\.values) == [[2, nil, nil]])
    }

    @Test("Names are taken whole, or after the stream's name and a separator", arguments: [
        ("a", true), ("arm/a", true), ("arm:a", true), ("arm.a", true), ("arma", false), ("arm_a", false), ("arm/", false), ("leg/a", false), ("arm/arm/a", false), ("", false),
    ])
    func names(name: String, isKnown: Bool) {
        for split in 0...name.utf8.count {
            let got = DecodedFrames(json: #"[{"bn":"\#(name.prefix(split))","n":"\#(name.dropFirst(split))","v":2}]"#)
            #expect(got.frames.isEmpty != isKnown && got.counts == (isKnown ? [:] : [.wrongShape: 1]))
        }
        // A channel that has the stream's name in its own.
        #expect(DecodedFrames(json: #"[{"n":"arm/a","v":2}]"#, channels: ["a", "arm/a"]).frames[0].values == [nil, 2])
    }

    @Test("Packs that are none are refused whole and counted once", arguments: [
        #"[{"n":"a"}]"#, #"[{"n":"a","v":"1"}]"#, #"[{"n":"a","vs":"x"}]"#, #"[{"n":"a","vd":"AAA"}]"#, #"[{"n":"a","vb":1}]"#, #"[{"n":"a","v":1},{"n":5,"v":1}]"#, #"[{"n":"a","v":1},7]"#,
        #"[{"n":"a","v":1,"t":"now"}]"#, #"[{"bn":"a","bt":null,"v":1}]"#, #"[{"bn":"a","bt":1e400,"v":1}]"#, #"[{"bn":"a","bt":1e308,"t":1e308,"v":1}]"#, #"[{"bver":11,"n":"a","v":1}]"#,
        #"[{"n":"a","v":1,"must_":1}]"#, #"[{"n":"a","v":null}]"#, #"[{"n":"a","v":1},{"bn":7}]"#, #"[{"n":"x","v":1}]"#,
    ])
    func refused(pack: String) {
        let got = DecodedFrames(json: pack)
        #expect(got.frames.isEmpty && got.counts == [.wrongShape: 1])
    }

    @Test("Values out of range and not finite are gaps, each counted, also where a base makes them so")
    func gaps() {
        let json = DecodedFrames(json: #"[{"n":"a","v":1e30},{"n":"b","bv":1e15,"v":1e15},{"n":"c","bv":0,"v":4}]"#)
        #expect(json.frames.map(\.values) == [[nil, nil, 4]] && json.counts == [.outOfRange: 2])
        let cbor = DecodedFrames(Value.array([.map([(.int(0), .text("a")), (.int(2), .double(.nan))])]).bytes())
        #expect(cbor.frames.map(\.values) == [[nil, nil, nil]] && cbor.counts == [.nonFinite: 1])
    }

    @Test("The largest pack there can be is sorted, a larger one is refused, and both in one room")
    func large() {
        var random = SplitMix(3), decoder = FrameDecoder(channels: ["a"]), counts = DropCounts()
        for count in [16_384, 16_385, 100] {
            let times = (0..<count).map { _ in 1_700_000_000 + Int.random(in: 0..<100_000, using: &random) }
            let pack = "[" + times.map { #"{"n":"a","t":\#($0),"v":\#($0 - 1_700_000_000)}"# }.joined(separator: ",") + "]"
            lend(pack) { payload in
                let frames = decoder.decode(payload, arrival: 0, counts: &counts)
                #expect(frames == (count > 16_384 ? 0 : Set(times).count))
                var last = -1.0
                while let frame = decoder.next() {
                    #expect(frame.time > last && Double(frame.values[0]) == frame.time - 1_700_000_000)
                    last = frame.time
                }
            }
        }
        #expect(told(counts) == [.wrongShape: 1])
    }
}
