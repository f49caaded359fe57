import Foundation
import StintFuzzing
import Testing

/// The corpora, and seeded accidents of them: the part of fuzzing that has its place in every run of the tests.
@Suite struct FuzzTests {
    /// Committed beside the targets; each file is one input.
    private static let corpora = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Fuzz/Corpus")

    private func corpus(_ target: FuzzTarget) throws -> [[UInt8]] {
        let folder = Self.corpora.appendingPathComponent(target.rawValue)
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        return try files.sorted { $0.path < $1.path }.map { [UInt8](try Data(contentsOf: $0)) }
    }

    @Test("no input of the corpora, cut anywhere or changed by accident, breaks a decoder's promises", arguments: FuzzTarget.allCases)
    func holds(target: FuzzTarget) throws {
        let inputs = try corpus(target)
        #expect(inputs.count >= 4, "a corpus is missing")
        var random = Accidents(seed: 11)
        func check(_ input: [UInt8]) {
            if let wrong = input.withUnsafeBytes({ target.run($0) }) { Issue.record("\(wrong): \(input.prefix(200))") }
        }
        for input in inputs {
            check(input)
            for length in stride(from: 0, to: input.count, by: max(1, input.count / 64)) { check(Array(input[..<length])) }
        }
        for _ in 0..<4000 { check(random.mutate(inputs)) }
    }
}

/// SplitMix64, and small accidents of bytes with it.
private struct Accidents {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func number(below bound: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return Int((z ^ z >> 31) >> 1) % bound
    }

    /// An input, with one to four accidents: a bit, a byte, a piece lost or doubled, a piece of another input put in.
    mutating func mutate(_ inputs: [[UInt8]]) -> [UInt8] {
        var out = inputs[number(below: inputs.count)]
        for _ in 0...number(below: 4) {
            guard !out.isEmpty else { return out }
            let at = number(below: out.count), end = min(out.count, at + 1 + number(below: 16))
            switch number(below: 6) {
            case 0: out[at] ^= 1 << UInt8(number(below: 8))
            case 1: out[at] = UInt8(number(below: 256))
            case 2: out.removeSubrange(at..<end)
            case 3: out.insert(contentsOf: out[at..<end], at: at)
            case 4:
                let other = inputs[number(below: inputs.count)]
                guard !other.isEmpty else { continue }
                let from = number(below: other.count)
                out.insert(contentsOf: other[from..<min(other.count, from + 1 + number(below: 32))], at: at)
            default: for i in at..<min(out.count, at + 8) { out[i] = [0, 0xFF, 0x7F, 0x80, 0x1B, 0x9F][number(below: 6)] }
            }
        }
        return out
    }
}
