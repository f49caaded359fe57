import Stint
import StintWire

/// Lends bytes to a test in a buffer of exactly their size, so that a read beyond it traps in a debug build.
func lend<Value>(_ bytes: [UInt8], _ read: (UnsafeRawBufferPointer) -> Value) -> Value {
    let room = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
    defer { room.deallocate() }
    room.copyBytes(from: bytes)
    return read(UnsafeRawBufferPointer(room))
}

func lend<Value>(_ text: String, _ read: (UnsafeRawBufferPointer) -> Value) -> Value { lend(Array(text.utf8), read) }

/// What `write` writes.
func written(_ write: (inout ByteWriter) -> Void) -> String {
    var out = ByteWriter()
    write(&out)
    return String(decoding: out.bytes, as: UTF8.self)
}

/// The same as bytes.
func cbor(_ write: (inout ByteWriter) -> Void) -> [UInt8] {
    var out = ByteWriter()
    write(&out)
    return Array(out.bytes)
}

/// Bytes from their hexadecimal digits; blanks do not count.
func hex(_ digits: String) -> [UInt8] {
    let digits = digits.filter { !$0.isWhitespace }
    return stride(from: 0, to: digits.count, by: 2).map { at in
        let start = digits.index(digits.startIndex, offsetBy: at)
        return UInt8(digits[start..<digits.index(start, offsetBy: 2)], radix: 16)!
    }
}

func text(_ bytes: UnsafeRawBufferPointer) -> String { String(decoding: bytes, as: UTF8.self) }

/// SplitMix64 (Steele, Lea, Flood 2014).
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }
}

/// A copy with one to four small accidents: a byte changed, removed, doubled, or a piece of another text put in.
func mutated(_ bytes: [UInt8], with spices: [[UInt8]], using random: inout SplitMix) -> [UInt8] {
    var out = bytes
    for _ in 0..<Int.random(in: 1...4, using: &random) {
        let at = Int.random(in: 0...out.count, using: &random)
        switch Int.random(in: 0..<5, using: &random) {
        case 0 where at < out.count: out[at] = UInt8.random(in: 0...255, using: &random)
        case 1 where at < out.count: out.remove(at: at)
        case 2 where at < out.count: out.insert(out[at], at: at)
        case 3 where at < out.count: out[at] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        default: out.insert(contentsOf: spices.randomElement(using: &random)!, at: at)
        }
    }
    return out
}

let jsonSpices = ["{", "}", "[", "]", ",", ":", "\"", "\\", "\\u12", "-", "1e", "null", "1e999", "\"t\":", "\"seq\":", "\"value\":", "\"values\":[1,2]"]
    .map { Array($0.utf8) }

/// The reasons counted, with their counts.
func told(_ counts: DropCounts) -> [DropReason: UInt64] {
    var out: [DropReason: UInt64] = [:]
    for reason in DropReason.allCases where counts[reason] > 0 { out[reason] = counts[reason] }
    return out
}

/// A refusal as the tables of tests name it; `DropReason` cannot cross to where arguments are evaluated.
enum Because: Sendable {
    case malformed, wrongShape, labelUnplaced, labelInvalid
    var reason: DropReason {
        switch self {
        case .malformed: .malformed
        case .wrongShape: .wrongShape
        case .labelUnplaced: .labelUnplaced
        case .labelInvalid: .labelInvalid
        }
    }
}
