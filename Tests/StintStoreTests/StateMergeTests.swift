import Stint
import StintStore
import Testing

@Suite struct StateMergeTests {
    @Test("merged files have the lineage of both, and other encoders are refused with the reason")
    func merged() throws {
        let folder = Folder()
        func specification(seed: UInt64) -> Specification {
            var specification = Specification(channels: 2, rateHz: 100, labels: 1, heads: [HeadSpecification(kind: .regression(targets: [0]))])
            specification.calibration = EncoderCalibration(centers: [0, 0], scales: [1, 1], bandwidth: 1, statistics: nil)
            specification.seed = seed
            return specification
        }
        func make(_ name: String, _ rows: Int, seed: UInt64 = 1) throws {
            let learner = Learner(Plan(specification(seed: seed)))
            for row in 0..<rows {
                let values: [Float] = [Float(row % 7) - 3, Float(row % 11) - 5]
                _ = values.withUnsafeBufferPointer { learner.push(.frame(Frame(time: Double(row), sequence: UInt64(row), values: $0))) }
                learner.push(.label(Label(target: .label(0), moment: .sequence(UInt64(row)), value: .number(values[0] - values[1]))))
            }
            let shape = Shape(specification(seed: seed), channels: ["a", "b"], labels: ["y"], heads: ["y"])
            let header = StateHeader(
                steps: learner.steps, createdNanoseconds: 1, seed: seed, shape: shape, encoder: learner.encoderHash(channels: ["a", "b"]),
                config: Fingerprint(of: "c"), device: name, lineage: Lineage(bornNanoseconds: 1, birthplace: name))
            try StateFile.write(header, snapshot: learner.snapshot(), to: folder.file(name))
        }
        try make("x", 400)
        try make("y", 700)
        try make("z", 400, seed: 2)
        let (one, other) = (folder.file("one"), folder.file("other"))
        let merged = try StateMerge.merge([folder.file("x"), folder.file("y")], to: one, at: 9)
        _ = try StateMerge.merge([folder.file("y"), folder.file("x")], to: other, at: 9)
        #expect(merged.parts.map(\.device) == ["y", "x"] && merged.labels > 1000)
        let (a, b) = (try folder.bytes("one"), try folder.bytes("other"))
        #expect(a == b)
        let header = try StateFile.read(one).header
        #expect(header.lineage.merges == 1 && header.lineage.deeds.map(\.text) == ["merged \"y\" 700 rows, \"x\" 400 rows"])
        do throws(StateError) {
            _ = try StateMerge.merge([folder.file("x"), folder.file("z")], to: one, at: 9)
            #expect(Bool(false), "states with other seeds were merged")
        } catch {
            #expect("\(error)".contains("another encoder") && "\(error)".contains("seed"))
        }
    }
}
