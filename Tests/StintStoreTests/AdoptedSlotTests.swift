import Stint
import StintStore
import Testing

@Suite struct AdoptedSlotTests {
    @Test("a device whose config has another head goes on: the old head as it was, the new one from the reservoir, and the old file is kept")
    func goesOn() throws {
        func specification(_ heads: Int) -> Specification {
            Specification(channels: 2, rateHz: 100, labels: 1, heads: (0..<heads).map { _ in HeadSpecification(kind: .regression(targets: [0])) })
        }
        func shape(_ names: [String]) -> Shape { Shape(specification(names.count), channels: ["a", "b"], labels: ["y"], heads: names) }
        let first = Learner(Plan(specification(1))), folder = Folder()
        for row in 0..<800 {
            let values: [Float] = [Float(row % 7), Float(row % 11)]
            _ = values.withUnsafeBufferPointer { first.push(.frame(Frame(time: Double(row), sequence: UInt64(row), values: $0))) }
            first.push(.label(Label(target: .label(0), moment: .sequence(UInt64(row)), value: .number(values[0] - values[1]))))
        }
        var slots = StateSlots(folder: folder.path, shape: shape(["y"]))
        var header = header(steps: 800, shape: shape(["y"]))
        header.lineage = Lineage(bornNanoseconds: 1, birthplace: "arm-07")
        _ = try slots.save(header, snapshot: first.snapshot())

        let second = Learner(Plan(specification(2)))
        var later = StateSlots(folder: folder.path, shape: shape(["z", "y"]))
        let found = later.load { file throws(StateError) in try file.restore(second) }
        guard case .warmed(let rows)? = found.adoption?.heads[0] else { return #expect(Bool(false), "\(found)") }
        #expect(found.adoption?.heads[1] == .kept && rows > 500 && second.steps == 800 && found.header?.lineage == header.lineage)
        #expect(found.notes.count == 1 && found.notes[0].contains("\"z\" warmed from \(rows) rows, \"y\" kept"), "\(found.notes)")
        let digits = shape(["y"]).fingerprint.hexadecimal.prefix(8)
        #expect(folder.names == ["a-\(digits).state", "a.state"])
        _ = try later.save(header, snapshot: second.snapshot())
        _ = try later.save(header, snapshot: second.snapshot())
        // The way back.
        let kept = try StateFile.read(folder.file("a-\(digits).state"), expecting: shape(["y"]))
        let third = Learner(Plan(specification(1)))
        let adoption = try kept.restore(third)
        #expect(adoption == nil && third.steps == 800)
    }
}
