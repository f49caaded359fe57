import Stint
import Testing
#if canImport(Glibc)
import Glibc
#else
import Musl
#endif

@testable import StintStore

private let snapshot = (0..<200).map { UInt8($0 * 5 & 0xFF) }

@Suite struct SealedStateTests {
    private let key = StateKey.random()

    private func write(_ folder: Folder, _ name: String = "x.state") throws -> [UInt8] {
        var copy = snapshot
        let bytes = try copy.withUnsafeMutableBytes { try StateFile.write(header(), sealing: $0, with: key, to: folder.file(name)) }
        let read = try folder.bytes(name)
        #expect(read.count == bytes)
        return read
    }

    private func refusal(_ bytes: [UInt8], _ folder: Folder, _ key: StateKey?) throws -> StateError? {
        try folder.put(bytes, "y.state")
        do throws(StateError) {
            _ = try StateFile.read(folder.file("y.state"), key: key)
            return nil
        } catch {
            return error
        }
    }

    @Test("what was sealed is read with the key, and nothing of it stands in the file")
    func roundTrip() throws {
        let folder = Folder(), file = try write(folder)
        let read = try StateFile.read(folder.file("x.state"), expecting: shape(), key: key)
        let (header, bytes) = (read.header, read.withSnapshot { Array($0) })
        #expect(header == StintStoreTests.header() && bytes == snapshot)
        for start in 0..<(snapshot.count - 8) {
            let piece = snapshot[start..<start + 8]
            #expect(!(0...(file.count - 8)).contains { file[$0..<$0 + 8] == piece })
        }
        // Twice the same is not the same twice.
        #expect(try write(folder, "z.state") != file)
    }

    @Test("without the key, and with another one, it is refused; it is not taken for damaged")
    func keys() throws {
        let folder = Folder(), file = try write(folder), path = folder.file("y.state")
        let none = try refusal(file, folder, nil), other = try refusal(file, folder, .random())
        #expect(none == .sealed(path: path) && other == .wrongKey(path: path))
        #expect(none?.isDamage == false && other?.isDamage == false)
    }

    @Test("a cut at any byte and a flip of any bit are refused, also where all checksums were made good again")
    func changes() throws {
        let folder = Folder(), file = try write(folder)
        for count in 0..<file.count { #expect(try refusal(Array(file[..<count]), folder, key) != nil) }
        for bit in 0..<(8 * file.count) {
            var spoilt = file
            spoilt[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(try refusal(spoilt, folder, key) != nil, "bit \(bit)")
        }
        let head = Int(file.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: 12, as: UInt32.self) })
        // Steps, the nonce, a letter of the device, the tag, the snapshot.
        for byte in [24, 168, 193, head - 8, head + 3] {
            var forged = file
            forged[byte] ^= 1
            func sum(_ end: Int) -> [UInt8] {
                let value = forged[..<end].withUnsafeBytes { CRC32.of($0) }
                return withUnsafeBytes(of: value.littleEndian) { Array($0) }
            }
            forged.replaceSubrange(head - 4..<head, with: sum(head - 4))
            forged.replaceSubrange(forged.count - 4..<forged.count, with: sum(forged.count - 4))
            #expect(try refusal(forged, folder, key) == .wrongKey(path: folder.file("y.state")), "byte \(byte)")
        }
    }

    @Test("inspect tells the header of a sealed state without its key, and the sections with it")
    func inspected() throws {
        let folder = Folder()
        _ = try write(folder)
        let without = try StateInspection.read(folder.file("x.state"))
        #expect(without.isSealed && without.fault == nil && without.sections.isEmpty && without.header.device == "arm-07" && without.version == 3)
        let wrong = try StateInspection.read(folder.file("x.state"), key: .random())
        #expect(wrong.fault == .wrongKey(path: folder.file("x.state")))
        let with = try StateInspection.read(folder.file("x.state"), key: key)
        #expect(with.isSealed && with.fault == nil)
    }

    @Test("slots with a key take a state from before it, and are sealed from then on; without it they are set aside, not written over")
    func slots() throws {
        let folder = Folder()
        var plain = StateSlots(folder: folder.path, shape: shape())
        _ = try plain.save(header(steps: 1), snapshot)
        var sealed = StateSlots(folder: folder.path, shape: shape(), key: key)
        let taken = sealed.loadBytes()
        #expect(taken.found.header?.steps == 1 && taken.snapshot == snapshot)
        for steps in 2...3 {
            // Sealed where it is: each checkpoint has a snapshot of its own.
            var copy = snapshot
            _ = try copy.withUnsafeMutableBytes { try sealed.save(header(steps: UInt64(steps)), snapshot: UnsafeRawBufferPointer($0)) }
        }
        for name in StateSlots.names { #expect(try StateInspection.read(folder.file(name)).isSealed) }
        var later = StateSlots(folder: folder.path, shape: shape(), key: key)
        let again = later.loadBytes()
        #expect(again.found.header?.steps == 3 && again.snapshot == snapshot)

        var lost = StateSlots(folder: folder.path, shape: shape())
        let found = lost.loadBytes().found
        #expect(found.header == nil && found.notes.count == 2 && found.notes.allSatisfy { $0.contains("sealed, and there is no key") })
        #expect(folder.names == ["a.state.sealed", "b.state.sealed"])
    }

    @Test("a key comes from a file that only its owner reads, and the file that is written is one")
    func files() throws {
        let folder = Folder(), path = folder.file("states.key")
        try folder.put(Array(key.text.utf8), "states.key")
        #expect(try StateKey.read(path) == key)
        try folder.put(Array("\n  \(key.text.uppercased())\n".utf8), "states.key")
        #expect(try StateKey.read(path) == key)
        for wrong in ["", String(key.text.dropFirst()), key.text.replacing("\n", with: "0"), String(repeating: "g", count: 64)] {
            try folder.put(Array(wrong.utf8), "states.key")
            #expect(throws: StateError.self) { _ = try StateKey.read(path) }
        }
        try folder.put(Array(key.text.utf8), "states.key")
        chmod(path, 0o640)
        #expect(throws: StateError.noKey(path: path, reason: "others can read it; say chmod 600, and make a new one if somebody may have")) {
            _ = try StateKey.read(path)
        }
    }

    @Test("states that are sealed merge into one that is")
    func merged() throws {
        let folder = Folder()
        let specification = Specification(channels: 1, rateHz: 100, labels: 1, heads: [HeadSpecification(kind: .regression(targets: [0]))])
        let shape = Shape(specification, channels: ["a"], labels: ["y"], heads: ["y"])
        for name in ["x", "y"] {
            let learner = Learner(Plan(specification))
            for row in 0..<600 {
                let values = [Float(row % 7)]
                _ = values.withUnsafeBufferPointer { learner.push(.frame(Frame(time: Double(row), sequence: UInt64(row), values: $0))) }
                learner.push(.label(Label(target: .label(0), moment: .sequence(UInt64(row)), value: .number(values[0]))))
            }
            let encoder = learner.encoderHash(channels: ["a"])
            let header = StateHeader(steps: 600, createdNanoseconds: 1, seed: 1, shape: shape, encoder: encoder, config: Fingerprint(of: ""), device: name)
            try StateFile.write(header, of: learner, sealedWith: key, to: folder.file(name))
        }
        let paths = [folder.file("x"), folder.file("y")]
        #expect(throws: StateError.sealed(path: paths[0])) { _ = try StateMerge.merge(paths, to: folder.file("z"), at: 9) }
        #expect(try StateMerge.merge(paths, to: folder.file("z"), at: 9, key: key).labels > 1100)
        #expect(try StateInspection.read(folder.file("z")).isSealed)
        let result = try StateFile.read(folder.file("z"), expecting: shape, key: key), heir = Learner(Plan(specification))
        #expect(try result.restore(heir) == nil && heir.labelsKnown > 1100)
    }
}
