import Stint
import StintStore
import Testing

private let snapshot = (0..<50).map { UInt8($0 * 5 & 0xFF) }

@Suite struct StateFileTests {
    private func written(_ folder: Folder) throws -> [UInt8] {
        let bytes = try snapshot.withUnsafeBytes { try StateFile.write(header(), snapshot: $0, to: folder.file("x.state")) }
        let read = try folder.bytes("x.state")
        #expect(read.count == bytes)
        return read
    }

    /// The error that reading these bytes gives; nil if there is none.
    private func refusal(_ bytes: [UInt8], _ folder: Folder, expecting: Shape? = nil) throws -> StateError? {
        try folder.put(bytes, "y.state")
        do throws(StateError) {
            _ = try StateFile.read(folder.file("y.state"), expecting: expecting)
            return nil
        } catch {
            return error
        }
    }

    @Test("what was written is read")
    func roundTrip() throws {
        let folder = Folder()
        _ = try written(folder)
        let file = try StateFile.read(folder.file("x.state"), expecting: shape())
        let (read, bytes) = (file.header, file.withSnapshot { Array($0) })
        #expect(read == header())
        #expect(bytes == snapshot)
        #expect(folder.names == ["x.state"])
    }

    @Test("a file cut at any byte is refused")
    func truncation() throws {
        let folder = Folder(), whole = try written(folder)
        for count in 0..<whole.count {
            let error = try #require(try refusal(Array(whole[..<count]), folder))
            if count < 8 { #expect(error == .notAState(path: folder.file("y.state"))) } else if case .wrongLength = error {} else {
                Issue.record("cut at \(count): \(error)")
            }
        }
        let longer = try #require(try refusal(whole + [0], folder))
        #expect(longer.description.hasSuffix("too long: expected \(whole.count) bytes, got \(whole.count + 1)"))
    }

    @Test("a file with any bit flipped is refused")
    func flips() throws {
        let folder = Folder(), whole = try written(folder)
        for bit in 0..<(8 * whole.count) {
            var spoilt = whole
            spoilt[bit / 8] ^= 1 << UInt8(bit % 8)
            let error = try refusal(spoilt, folder)
            #expect(error != nil, "bit \(bit)")
        }
    }

    @Test("a file of a later version says so, whatever else is in it")
    func newer() throws {
        let folder = Folder()
        var bytes = try written(folder)
        bytes[8] = 9
        let error = try refusal(bytes, folder)
        #expect(error == .newer(path: folder.file("y.state"), version: 9))
    }

    @Test("a file that is none says so")
    func other() throws {
        let error = try refusal(Array("seed = 1\n".utf8), Folder())
        #expect(error?.description.hasSuffix("not a state file: it does not begin as one does") == true)
    }

    @Test("a state of another shape names the line that differs")
    func otherShape() throws {
        let folder = Folder(), bytes = try written(folder)
        let error = try refusal(bytes, folder, expecting: shape(seed: 2))
        #expect(error?.description.hasSuffix("of another learner: it is for `seed 1`, the config says `seed 2`") == true)
    }

    @Test("a missing file is an error of the disk")
    func missing() throws {
        var isMissing = false
        do throws(StateError) { _ = try StateFile.read("/nowhere/x.state") } catch {
            if case .disk(let why) = error { isMissing = why.isMissing }
        }
        #expect(isMissing)
    }

    @Test("a learner goes on from its file as if nothing had been")
    func life() throws {
        let specification = Specification(
            channels: 2, rateHz: 100, labels: 1, heads: [HeadSpecification(kind: .regression(targets: [0]))])
        let shape = Shape(specification, channels: ["a", "b"], labels: ["y"], heads: ["y"])
        let first = Learner(Plan(specification)), second = Learner(Plan(specification)), folder = Folder()
        func live(_ learner: Learner, _ rows: Range<Int>) -> [UInt32] {
            var said: [UInt32] = []
            for row in rows {
                let values: [Float] = [Float(row % 7), Float(row % 11)]
                _ = values.withUnsafeBufferPointer {
                    learner.push(.frame(Frame(time: Double(row), sequence: UInt64(row), values: $0)))
                }
                if case .regression(let prediction) = learner.prediction(of: 0) { said.append(prediction.value[0].bitPattern) }
                learner.push(.label(Label(target: .label(0), moment: .sequence(UInt64(row)), value: .number(values[0] - values[1]))))
            }
            return said
        }
        _ = live(first, 0..<300)
        try StateFile.write(header(shape: shape), snapshot: first.snapshot(), to: folder.file("x.state"))
        try StateFile.read(folder.file("x.state"), expecting: shape).restore(second)
        let expected = live(first, 300..<400), got = live(second, 300..<400)
        #expect(expected == got)
    }
}
