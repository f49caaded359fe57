import Stint
import StintStore
import Testing

/// Files that earlier versions wrote; they are read for ever. `Fixtures/README.md` says how each was made.
@Suite struct FixtureTests {
    private func path(_ name: String) -> String {
        let here = #filePath
        return here[..<here.lastIndex(of: "/")!] + "/Fixtures/" + name
    }

    @Test("a state of format 1 is read: header, encoder and reservoir as they were; no head but those whose class names it hides is cold")
    func formatOne() throws {
        let file = try StateFile.read(path("format-1.state"))
        #expect(file.header.steps == 400 && file.header.seed == 1 && file.header.lineage == Lineage())
        let reading = try #require(ShapeReading(file.header.shape))
        #expect(reading.channels == ["a", "b"] && reading.labels == ["y", "mode"] && reading.heads.map(\.name) == ["y", "mode"])
        let learner = Learner(Plan(reading.specification))
        let adoption = try #require(try file.restore(learner))
        #expect(adoption.rows.kept == adoption.rows.were && adoption.rows.kept > 40 && learner.reservoir.count == adoption.rows.kept)
        #expect(adoption.heads[0] != .cold)
        #expect(learner.encoderHash(channels: reading.channels) == file.header.encoder)
        // It answers at once, from what the reservoir has taught it.
        for i in 0..<40 {
            let values: [Float] = [Float(i % 5) / 5, 0.5]
            _ = values.withUnsafeBufferPointer { learner.push(.frame(Frame(time: 40 + Double(i) / 10, sequence: nil, values: $0))) }
        }
        guard case .regression(let said) = learner.prediction(of: 0) else { return #expect(Bool(false)) }
        #expect(said.isReady && abs(said.value[0]) < 4, "\(said.value[0])")
    }

    @Test("of every fixture inspect tells the sections, and all are whole", arguments: ["format-1.state"])
    func inspected(name: String) throws {
        let found = try StateInspection.read(path(name))
        #expect(found.fault == nil && !found.sections.isEmpty && found.sections.allSatisfy(\.isWhole))
    }
}
