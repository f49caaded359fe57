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

    /// 64 digits in the repository, where every file can be read by all.
    private var key: StateKey {
        get throws {
            let folder = Folder()
            let bytes = try Disk().read(path("format-3.key"))
            defer { bytes.deallocate() }
            try folder.put(Array(bytes), "key")
            return try StateKey.read(folder.file("key"))
        }
    }

    @Test("states of formats 2 and 3 are of one learner, and hold the same: both heads know their law", arguments: ["format-2.state", "format-3.state"])
    func formatTwo(name: String) throws {
        let file = try StateFile.read(path(name), key: try key)
        #expect(file.header.steps == 400 && file.header.lineage.birthplace == "fixture")
        let reading = try #require(ShapeReading(file.header.shape))
        let learner = Learner(Plan(reading.specification))
        let adoption = try file.restore(learner)
        #expect(adoption.map { !$0.heads.contains(.cold) } ?? true)
        // What is kept says so at once; what was warmed from the reservoir after a few rows.
        for i in 0..<120 {
            let values: [Float] = [Float(i % 5) / 5 - 0.4, 0.5]
            _ = values.withUnsafeBufferPointer { learner.push(.frame(Frame(time: 40 + Double(i) / 10, sequence: nil, values: $0))) }
        }
        guard case .regression(let y) = learner.prediction(of: 0), case .classification(let mode) = learner.prediction(of: 1) else {
            return #expect(Bool(false))
        }
        // a = .4 at the end, b = .5.
        #expect(abs(y.value[0] - 0.3) < 0.3, "\(y.value[0])")
        #expect(mode.classID >= 0 && String(decoding: learner.classes(of: 1).name(mode.classID), as: UTF8.self) == "up")
    }

    @Test("of every fixture inspect tells the sections, and all are whole", arguments: ["format-1.state", "format-2.state", "format-3.state"])
    func inspected(name: String) throws {
        let found = try StateInspection.read(path(name), key: try key)
        #expect(found.fault == nil && !found.sections.isEmpty && found.sections.allSatisfy(\.isWhole))
    }
}
