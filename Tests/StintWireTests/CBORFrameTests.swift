import Stint
import StintWire
import Testing

/// What a decoder gave for a payload.
struct DecodedFrames: Equatable {
    struct One: Equatable {
        var time: Double
        var sequence: UInt64?
        /// A gap is nil.
        var values: [Float?]
    }

    var frames: [One] = []
    var counts: [DropReason: UInt64] = [:]

    init(_ payload: [UInt8], channels: [String] = ["a", "b", "c"], stream: String = "arm", arrival: Double = 99) {
        var decoder = FrameDecoder(channels: channels, stream: stream), counts = DropCounts()
        var frames: [One] = []
        lend(payload) {
            let count = decoder.decode($0, arrival: arrival, counts: &counts)
            while let frame = decoder.next() {
                frames.append(One(time: frame.time, sequence: frame.sequence, values: frame.values.map { $0.isNaN ? nil : $0 }))
            }
            #expect(frames.count == count)
        }
        (self.frames, self.counts) = (frames, told(counts))
    }

    init(json: String, channels: [String] = ["a", "b", "c"], stream: String = "arm", arrival: Double = 99) {
        self.init(Array(json.utf8), channels: channels, stream: stream, arrival: arrival)
    }
}

@Suite struct CBORFrameTests {
    private let whole: Value = .object([("t", .double(12.5)), ("seq", .int(7)), ("a", .int(1)), ("b", .double(-2.5)), ("c", .null)])

    @Test("A frame in CBOR is the frame that it would be in JSON, whatever the lengths, widths and tags")
    func same() {
        let json = DecodedFrames(json: #"{"t":12.5,"seq":7,"a":1,"b":-2.5,"c":null}"#)
        #expect(json.frames.count == 1)
        for isOpen in [false, true] {
            #expect(DecodedFrames(whole.bytes(isOpen: isOpen)) == json)
            #expect(DecodedFrames(Value.tag(55799, whole).bytes(isOpen: isOpen)) == json)
            let values = Value.object([("values", .array([.single(1), .double(-2.5), .null])), ("seq", .int(7)), ("t", .tag(1, .double(12.5)))])
            #expect(DecodedFrames(values.bytes(isOpen: isOpen)) == json)
            let batch = DecodedFrames(Value.array([whole, values]).bytes(isOpen: isOpen))
            #expect(batch.frames == json.frames + json.frames && batch.counts.isEmpty)
        }
        // A key in pieces, and one that is unknown with anything in it.
        #expect(DecodedFrames(hex("a4 6174fb4029000000000000 63736571 07 7f6161ff01 6178 a1 01 9f ff")).frames[0].values == [1, nil, nil])
    }

    @Test("Values in one piece are taken in each type", arguments: [
        (.tag(64, .bytes([1, 255, 0])), [1, 255, 0]), (.tag(68, .bytes([1, 255, 0])), [1, 255, 0]), (.tag(72, .bytes([1, 255, 0])), [1, -1, 0]),
        (.tag(84, .bytes([0, 0x3E, 0, 0xC0, 0, 0])), [1.5, -2, 0]), (.tag(80, .bytes([0x3E, 0, 0xC0, 0, 0, 0])), [1.5, -2, 0]),
        (.tag(85, .bytes([0, 0, 0xC0, 0x3F, 0, 0, 0, 0xC0, 0, 0, 0, 0])), [1.5, -2, 0]), (.tag(69, .bytes([1, 0, 0, 1, 255, 255])), [1, 256, 65535]),
        (.tag(41, .array([.int(1), .int(2), .int(3)])), [1, 2, 3]),
    ] as [(Value, [Float])])
    func typed(values: Value, expected: [Float]) {
        let got = DecodedFrames(Value.object([("values", values)]).bytes())
        #expect(got.frames.map(\.values) == [expected.map { $0 }] && got.counts.isEmpty)
    }

    @Test("Integers of 64 bits and Float64 are rounded once, to the nearest Float32")
    func nearest() {
        let large = Int.max - 12345, small = 0x1000001000000001
        let got = DecodedFrames(Value.object([("a", .int(large)), ("b", .int(-small)), ("c", .double(0.1))]).bytes())
        #expect(got.counts == [.outOfRange: 2] && got.frames[0].values == [nil, nil, 0.1])
        // Half way between two Float32, and a little more: through Float64 it would be even.
        #expect(DecodedFrames(Value.object([("a", .int(16_777_217)), ("b", .int(-16_777_219)), ("c", .int(999_999_986_991_104))]).bytes()).frames[0].values
            == [Float(16_777_217), Float(-16_777_219), 999_999_986_991_104])
        #expect(DecodedFrames(hex("a16161 1b0000400000400001")).frames[0].values[0] == Float(0x400000400001))
    }

    @Test("Numbers that are not finite are gaps and counted apart from those that are too large")
    func gaps() {
        let got = DecodedFrames(Value.object([("a", .double(.nan)), ("b", .single(-.infinity)), ("c", .double(1e300))]).bytes())
        #expect(got.frames.map(\.values) == [[nil, nil, nil]] && got.counts == [.nonFinite: 2, .outOfRange: 1])
        let typed = DecodedFrames(Value.object([("values", .tag(82, .bytes(hex("7ff8000000000000 7e37e43c8800759c 3ff8000000000000"))))]).bytes())
        #expect(typed.frames.map(\.values) == [[nil, nil, 1.5]] && typed.counts == [.nonFinite: 1, .outOfRange: 1])
        #expect(DecodedFrames(hex("a16161f7")).frames.map(\.values) == [[nil, nil, nil]])
    }

    @Test("Frames in CBOR that are none are refused and counted once", arguments: [
        (.object([]), .wrongShape), (.array([]), .wrongShape), (.array([.int(1)]), .wrongShape), (.object([("t", .int(1))]), .wrongShape), (.tag(55799, .int(1)), .wrongShape),
        (.object([("a", .text("1"))]), .wrongShape), (.object([("a", .bool(true))]), .wrongShape), (.object([("a", .bytes([1]))]), .wrongShape), (.object([("a", .tag(2, .bytes([1])))]), .wrongShape),
        (.object([("t", .text("2026-01-01T00:00:00Z")), ("a", .int(1))]), .wrongShape), (.object([("t", .tag(0, .text("2026-01-01T00:00:00Z"))), ("a", .int(1))]), .wrongShape),
        (.object([("t", .double(.nan)), ("a", .int(1))]), .wrongShape), (.object([("t", .single(.infinity)), ("a", .int(1))]), .wrongShape), (.object([("t", .null), ("a", .int(1))]), .wrongShape),
        (.object([("seq", .int(-1)), ("a", .int(1))]), .wrongShape), (.object([("seq", .double(7)), ("a", .int(1))]), .wrongShape), (.object([("seq", .text("7")), ("a", .int(1))]), .wrongShape),
        (.object([("values", .array([.int(1), .int(2)]))]), .wrongShape), (.object([("values", .array([.int(1), .int(2), .int(3), .int(4)]))]), .wrongShape),
        (.object([("values", .tag(64, .bytes([1, 2])))]), .wrongShape), (.object([("values", .tag(85, .bytes([1, 2, 3])))]), .wrongShape), (.object([("values", .bytes([1, 2, 3]))]), .wrongShape),
        (.object([("values", .tag(83, .bytes([UInt8](repeating: 0, count: 48))))]), .wrongShape), (.object([("values", .tag(999, .array([.int(1), .int(2), .int(3)])))]), .wrongShape),
        (.array([.object([("a", .int(1))]), .int(7)]), .wrongShape), (.array([.array([.object([("a", .int(1))])])]), .wrongShape), (.map([(.int(0), .int(1))]), .wrongShape),
        (.tag(64, .bytes([1, 2, 3])), .wrongShape),
    ] as [(Value, Because)])
    func refused(value: Value, because: Because) {
        for isOpen in [false, true] {
            let got = DecodedFrames(value.bytes(isOpen: isOpen))
            #expect(got.frames.isEmpty && got.counts == [because.reason: 1])
        }
    }

    @Test("True is no frame: its byte marks the packed form")
    func mark() { #expect(DecodedFrames([0xF5]).counts == [.malformed: 1]) }

    @Test("A label in CBOR is the label that it would be in JSON", arguments: [
        (Value.object([("seq", .int(7)), ("value", .double(1.5))]), "seq 7", "1.5", "1.5"), (.object([("t", .tag(1, .int(12))), ("value", .text("gravel"))]), "t 12.0", "gravel", ""),
        (.object([("seq", .int(7)), ("value", .int(3))]), "seq 7", "3.0", "3"), (.object([("seq", .int(7)), ("value", .single(0.1))]), "seq 7", "0.1", "0.1"),
        (.object([("seq", .int(7)), ("value", .int(-3))]), "seq 7", "-3.0", "-3"), (.object([("seq", .int(7)), ("value", .array([.int(1), .double(2.5)]))]), "seq 7", "[1.0, 2.5]", ""),
        (.object([("seq", .int(7)), ("value", .tag(72, .bytes([255, 2])))]), "seq 7", "[-1.0, 2.0]", ""),
    ])
    func labels(message: Value, moment: String, value: String, numeral: String) {
        var decoder = LabelDecoder(targets: 3), counts = DropCounts()
        for isOpen in [false, true] {
            lend(message.bytes(isOpen: isOpen)) { payload in
                guard let label = decoder.decode(payload, counts: &counts) else {
                    Issue.record("refused")
                    return
                }
                switch label.moment {
                case .sequence(let number): #expect(moment == "seq \(number)")
                case .time(let time): #expect(moment == "t \(time)")
                }
                switch label.value {
                case .number(let number): #expect(value == "\(number)" && numeral == String(decoding: label.text, as: UTF8.self))
                case .vector(let numbers): #expect(value == "\(Array(numbers))")
                case .category(let name): #expect(value == String(decoding: name, as: UTF8.self))
                }
            }
        }
        #expect(counts.total == 0)
    }

    @Test("Labels in CBOR that are none are refused and counted once", arguments: [
        (.object([("value", .int(1))]), .labelUnplaced), (.object([("seq", .int(1))]), .labelUnplaced), (.object([("seq", .int(-1)), ("value", .int(1))]), .labelUnplaced),
        (.object([("t", .double(.nan)), ("value", .int(1))]), .labelUnplaced), (.object([("seq", .int(1)), ("value", .null)]), .labelInvalid), (.object([("seq", .int(1)), ("value", .double(.nan))]), .labelInvalid),
        (.object([("seq", .int(1)), ("value", .double(1e300))]), .labelInvalid), (.object([("seq", .int(1)), ("value", .text(" "))]), .labelInvalid), (.object([("seq", .int(1)), ("value", .bool(true))]), .labelInvalid),
        (.object([("seq", .int(1)), ("value", .tag(64, .bytes([])))]), .labelInvalid), (.object([("seq", .int(1)), ("value", .tag(64, .bytes([1, 2, 3, 4])))]), .labelInvalid),
        (.object([("seq", .int(1)), ("value", .tag(85, .bytes([0, 0, 0xC0, 0x7F])))]), .labelInvalid), (.array([]), .wrongShape), (.tag(55799, .int(1)), .wrongShape),
    ] as [(Value, Because)])
    func badLabels(value: Value, because: Because) {
        var decoder = LabelDecoder(targets: 3), counts = DropCounts()
        #expect(lend(value.bytes()) { decoder.decode($0, counts: &counts) == nil })
        #expect(told(counts) == [because.reason: 1])
    }
}
