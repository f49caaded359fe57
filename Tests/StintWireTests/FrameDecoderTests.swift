import Stint
import StintWire
import Testing

/// Six channels c0…c5, like the neighbours of the acceptance runs.
@Suite struct FrameDecoderTests {
    struct Taken: Equatable {
        var time: Double
        var sequence: UInt64?
        var values: [Float]
        static func == (a: Taken, b: Taken) -> Bool {
            a.time == b.time && a.sequence == b.sequence && a.values.map(\.bitPattern) == b.values.map(\.bitPattern)
        }
    }

    private static let names = (0..<6).map { "c\($0)" }
    private static let stamp = #""t":1000000.5,"seq":7"#
    private static let cells = #""c0":0.5,"c1":1,"c2":2,"c3":3,"c4":4,"c5":5"#
    private static let good = "{" + stamp + "," + cells + "}"
    private static let goodTaken = Taken(time: 1_000_000.5, sequence: 7, values: [0.5, 1, 2, 3, 4, 5])

    private func decode(_ bytes: [UInt8], arrival: Double = 99) -> (frames: [Taken], counts: [DropReason: UInt64]) {
        var decoder = FrameDecoder(channels: Self.names), counts = DropCounts(), frames: [Taken] = []
        lend(bytes) {
            let count = decoder.decode($0, arrival: arrival, counts: &counts)
            while let frame = decoder.next() { frames.append(Taken(time: frame.time, sequence: frame.sequence, values: Array(frame.values))) }
            #expect(frames.count == count)
            #expect(decoder.next() == nil)
        }
        return (frames, told(counts))
    }

    private func decode(_ text: String) -> (frames: [Taken], counts: [DropReason: UInt64]) { decode(Array(text.utf8)) }

    @Test("An object by channel, an object of values and a batch give the same frames")
    func forms() {
        let values = "{" + Self.stamp + #","values":[0.5,1,2,3,4,5]}"#
        #expect(decode(Self.good).frames == [Self.goodTaken])
        #expect(decode(values).frames == [Self.goodTaken])
        #expect(decode("[\(Self.good), \(values)]").frames == [Self.goodTaken, Self.goodTaken])
        #expect(decode(" \n" + Self.good + " ").frames == [Self.goodTaken])
        #expect(decode(Self.good).counts.isEmpty)
    }

    @Test("Frames in JSON that are none are refused and counted once", arguments: [
        ("", .malformed), ("{", .malformed), (String(good.prefix(30)), .malformed), (good + " x", .malformed), (good + good, .malformed), ("null", .wrongShape), ("42", .wrongShape),
        (#""frame""#, .wrongShape), ("true", .wrongShape), ("/* */" + good, .malformed), (#"{'t':1,'c0':1}"#, .malformed), ("{" + stamp + #","c0":NaN}"#, .malformed),
        ("{" + stamp + #","c0":-Infinity}"#, .malformed), (String(repeating: "[", count: 100_000), .malformed), (String(repeating: #"{"a":"#, count: 50_000), .malformed),
        ("{" + stamp + #","values":[1,2,3]}"#, .wrongShape), ("{" + stamp + #","values":[1,2,3,4,5,6,7]}"#, .wrongShape), ("{" + stamp + #","values":3}"#, .wrongShape),
        ("{" + stamp + #","values":[[1],[2],[3],[4],[5],[6]]}"#, .wrongShape), (#"{"t":"now","seq":1,"# + cells + "}", .wrongShape), (#"{"t":{},"seq":1,"# + cells + "}", .wrongShape),
        (#"{"t":1e400,"seq":1,"# + cells + "}", .wrongShape), (#"{"t":null,"seq":1,"# + cells + "}", .wrongShape),
        (#"{"t":1,"seq":-1,"# + cells + "}", .wrongShape), (#"{"t":1,"seq":1.5,"# + cells + "}", .wrongShape), (#"{"t":1,"seq":"7","# + cells + "}", .wrongShape),
        (#"{"t":1,"seq":1e300,"# + cells + "}", .wrongShape), (#"{"t":1,"seq":1e3,"# + cells + "}", .wrongShape), (#"{"t":1,"seq":18446744073709551616,"# + cells + "}", .wrongShape),
        (#"{"t":1,"seq":-0,"# + cells + "}", .wrongShape), (#"{"t":1,"seq":null,"# + cells + "}", .wrongShape),
        ("[1,2]", .wrongShape), ("[]", .wrongShape), ("[" + good, .malformed), ("[" + good + ",7]", .wrongShape), ("[[" + good + "]]", .wrongShape), ("<frame/>", .malformed),
        (String(repeating: " ", count: 4096), .malformed), ("{}", .wrongShape), ("{" + stamp + "}", .wrongShape), (#"{"x":1,"c99":2}"#, .wrongShape), (#"[{"n":"c0"}]"#, .wrongShape),
        (#"[{"n":5,"v":"x","t":"y"}]"#, .wrongShape), (#"[{"bn":"c","bt":"now","n":"0","v":1}]"#, .wrongShape), ("{" + stamp + #","c0":"1.5"}"#, .wrongShape),
        ("{" + stamp + #","c0":true}"#, .wrongShape), ("{" + stamp + #","c0":[1]}"#, .wrongShape), ("{" + stamp + #","c0":{}}"#, .wrongShape),
    ] as [(String, Because)])
    func refused(payload: String, because: Because) {
        let (frames, counts) = decode(payload)
        #expect(frames.isEmpty && counts == [because.reason: 1], "\(payload.prefix(60))")
    }

    @Test("Bytes of other formats are refused and counted once", arguments: [
        Array(#"{"t":1,"seq":2,""#.utf8) + [0xFF, 0xFE] + Array(#"":1}"#.utf8), [0xEE, 1, 2, 3], [0xA2, 0x61, 0x74, 0xFB], [0xBB] + [UInt8](repeating: 0xFF, count: 8), [0xBF, 0x61, 0x74, 1],
        [0x9A, 0xFF, 0xFF, 0xFF, 0xFF], [0x5B, 0x7F] + [UInt8](repeating: 0xFF, count: 7), [0], [UInt8](repeating: 0x81, count: 100_000), [0xA1, 0x62, 0xFF, 0xFE, 1], [UInt8](repeating: 0xFF, count: 16),
    ] as [[UInt8]])
    func otherFormats(payload: [UInt8]) {
        let (frames, counts) = decode(payload)
        #expect(frames.isEmpty && counts == [.malformed: 1])
    }

    @Test("Gaps are NaN; only numbers out of range are counted, one by one")
    func gaps() {
        let gap = Float.nan
        #expect(decode(#"{"c0":1}"#).frames == [Taken(time: 99, sequence: nil, values: [1, gap, gap, gap, gap, gap])])
        #expect(decode(#"{"c0":null,"c5":2}"#) == ([Taken(time: 99, sequence: nil, values: [gap, gap, gap, gap, gap, 2])], [:]))
        #expect(decode(#"{"seq":0,"values":[1e30,-1e400,1e15,null,1.1e15,6]}"#)
            == ([Taken(time: 99, sequence: 0, values: [-gap, -gap, 1e15, gap, -gap, 6])], [.outOfRange: 3]))
        #expect(decode(#"[{"c0":1e30,"c1":1},{"c0":1e30}]"#).counts == [.outOfRange: 2])
        #expect(decode(#"[{"c0":1e30,"c1":1},7]"#).counts == [.wrongShape: 1])
    }

    @Test("Unknown keys are ignored, escaped keys are known, of equal keys the last wins, and values win over channels")
    func keys() {
        #expect(decode(#"{"x":"y","c99":[],"\u00630":5,"c0":1e30,"c0":2,"c1":1}"#).frames[0].values[..<2] == [2, 1])
        #expect(decode(#"{"x":"y","c1":1,"\u00630":5}"#).frames[0].values[..<2] == [5, 1])
        #expect(decode(#"{"c0":1e30,"c0":2}"#).counts.isEmpty)
        #expect(decode(#"{"c0":9,"values":[0,1,2,3,4,5],"c1":9}"#).frames[0].values == [0, 1, 2, 3, 4, 5])
        #expect(decode(#"{"seq":18446744073709551615,"t":-1e300,"c5":1,"c4":2}"#).frames[0].sequence == .max)
    }

    @Test("Values are read to the nearest Float32, as the standard library does")
    func nearest() {
        for said in ["16777217.0000001", "0.1", "1.00000005960464477539062501", "-3.4e-40"] {
            #expect(decode("{\"c0\":\(said)}").frames[0].values[0] == Float(said)!)
        }
    }

    private func packed(_ rows: [[Float]], version: UInt8 = 1, channels: UInt16? = nil, samples: UInt32? = nil, sequence: UInt64 = 7,
                        start: Int64 = 1_000_000_500_000_000, period: UInt32 = 15_625_000) -> [UInt8] {
        func little<Number: FixedWidthInteger>(_ value: Number) -> [UInt8] { withUnsafeBytes(of: value.littleEndian, Array.init) }
        // One by one: a sum of so many arrays is more than Swift 6.0's type checker takes.
        var head: [UInt8] = [0xF5, version]
        head += little(channels ?? UInt16(rows.first?.count ?? 6))
        head += little(samples ?? UInt32(rows.count))
        head += little(sequence)
        head += little(start)
        head += little(period)
        head += little(UInt32(0))
        return head + rows.joined().flatMap { little($0.bitPattern) }
    }

    private var two: [[Float]] { [[0.5, 1, 2, 3, 4, 5], [6, 7, 8, 9, 10, 11]] }

    @Test("Packed samples carry their own times and numbers")
    func packedGood() {
        #expect(decode(packed(two)) == ([Self.goodTaken, Taken(time: 1_000_000.515625, sequence: 8, values: two[1])], [:]))
        #expect(decode(packed(two, start: 0)).frames.map(\.time) == [99, 99.015625])
        #expect(decode(packed(two, start: -1_500_000_000, period: 250_000_000)).frames.map(\.time) == [-1.5, -1.25])
        #expect(decode(packed(two, start: .min)).frames.count == 2)
        #expect(decode(packed([two[0]], sequence: .max)).frames[0].sequence == .max)
        #expect(decode(packed([two[0]], start: 1_697_040_000_123_456_789)).frames[0].time == 1_697_040_000.123456789)
    }

    @Test("Packed headers that lie are refused and counted once")
    func packedBad() {
        let good = packed(two)
        for (payload, reason) in [
            (Array(good[..<1]), .malformed), (Array(good[..<10]), .malformed), (Array(good[..<32]), .malformed), (Array(good.dropLast()), .malformed), (good + [0, 0, 0, 0], .malformed),
            (packed(two, version: 2), .malformed), (packed(two, version: 0), .malformed), (packed(two, channels: .max), .malformed), (packed(two, samples: .max), .malformed),
            (packed(two, channels: .max, samples: .max), .malformed), (packed(two, channels: 0), .malformed), (packed([]), .wrongShape), (packed(two.map { Array($0.dropLast()) }), .wrongShape),
            (packed([], channels: 0, samples: .max), .wrongShape), (packed([], channels: .max, samples: 0), .wrongShape), (packed(two, sequence: .max), .malformed),
            (packed(two, start: .max), .malformed), (packed(two, channels: 3, samples: 4), .wrongShape),
        ] as [([UInt8], DropReason)] {
            let (frames, counts) = decode(payload)
            #expect(frames.isEmpty && counts == [reason: 1])
        }
    }

    @Test("Packed cells that are no usable number are gaps, each counted")
    func packedGaps() {
        let (frames, counts) = decode(packed([[.nan, .infinity, -.infinity, 1e30, -1e30, 1], [.nan, 1e15, 0, 0, 0, 0]]))
        #expect(frames.map { $0.values.filter(\.isNaN).count } == [5, 1])
        #expect(counts == [.nonFinite: 4, .outOfRange: 2])
    }

    @Test("Every cut of a good payload is refused and counted once")
    func cuts() {
        for whole in [Array(Self.good.utf8), Array("[\(Self.good),\(Self.good)]".utf8), packed(two)] {
            for length in 0..<whole.count {
                let (frames, counts) = decode(Array(whole[..<length]))
                if !frames.isEmpty || counts.values.reduce(0, +) != 1 { Issue.record("cut at \(length): \(frames.count) frames, \(counts)") }
            }
        }
    }

    @Test("Ten thousand accidents of each form give frames with usable numbers, or one count")
    func accidents() {
        var random = SplitMix(6)
        for whole in [Array(Self.good.utf8), Array("[\(Self.good),{\"values\":[1,2,3,4,5,6]}]".utf8), packed(two)] {
            for _ in 0..<10_000 {
                let (frames, counts) = decode(mutated(whole, with: jsonSpices, using: &random))
                if frames.isEmpty && counts.values.reduce(0, +) != 1 { Issue.record("no frame, \(counts)") }
                for frame in frames where !frame.time.isFinite || frame.values.contains(where: { $0.magnitude > 1e15 }) { Issue.record("\(frame)") }
            }
        }
    }

    @Test("Ten megabytes are refused once, and a decoder goes on after them")
    func heavy() {
        var decoder = FrameDecoder(channels: Self.names), counts = DropCounts()
        let many = 10_000_000
        for payload in [[UInt8](repeating: 0x78, count: many), [0x22] + [UInt8](repeating: 0x61, count: many) + [0x22], packed([two[0]]) + [UInt8](repeating: 0, count: many)] {
            #expect(lend(payload) { decoder.decode($0, arrival: 0, counts: &counts) } == 0)
        }
        #expect(counts.total == 3)
        #expect(lend(Self.good) { decoder.decode($0, arrival: 0, counts: &counts) } == 1)
    }
}
