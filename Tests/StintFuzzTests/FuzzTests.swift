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
