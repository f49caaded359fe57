import Stint
import StintStore
import Testing
#if canImport(Glibc)
import Glibc
#else
import Musl
#endif

@Suite struct StateSlotsTests {
    @Test("an empty folder is a new life, without a note")
    func empty() {
        let folder = Folder()
        var slots = StateSlots(folder: folder.path, shape: shape())
        let found = slots.loadBytes().found
        #expect(found.header == nil)
        #expect(found.notes.isEmpty)
    }

    @Test("generations go to the two slots in turn, and the newest is found")
    func turns() throws {
        let folder = Folder()
        var slots = StateSlots(folder: folder.path, shape: shape())
        var written: [String] = []
        for step in 1...5 { written.append(try slots.save(header(steps: UInt64(step)), [UInt8(step)]).slot) }
        #expect(written == ["a.state", "b.state", "a.state", "b.state", "a.state"])
        var later = StateSlots(folder: folder.path, shape: shape())
        let (found, snapshot) = later.loadBytes()
        #expect(found.header?.generation == 5)
        #expect(found.header?.steps == 5)
        #expect(snapshot == [5])
        let next = try later.save(header(), [6])
        #expect(next.slot == "b.state")
    }

    @Test("a damaged newest slot is set aside and said, and the other is taken")
    func fallBack() throws {
        let folder = Folder()
        var slots = StateSlots(folder: folder.path, shape: shape())
        for step in 1...2 { _ = try slots.save(header(), [UInt8(step)]) }
        var bytes = try folder.bytes("b.state")
        bytes[bytes.count - 5] ^= 1
        try folder.put(bytes, "b.state")
        var later = StateSlots(folder: folder.path, shape: shape())
        let (found, snapshot) = later.loadBytes()
        #expect(snapshot == [1])
        #expect(found.notes == ["\(folder.file("b.state")): damaged: the checksum of the file does not match; kept as \(folder.file("b.state.bad"))"])
        #expect(folder.names == ["a.state", "b.state.bad"])
        let next = try later.save(header(), [3])
        #expect(next.slot == "b.state")
    }

    @Test("two damaged slots are a new life, and both are kept")
    func bothBad() throws {
        let folder = Folder()
        try folder.put([1, 2, 3], "a.state")
        try folder.put([], "b.state")
        var slots = StateSlots(folder: folder.path, shape: shape())
        let (found, _) = slots.loadBytes()
        #expect(found.header == nil)
        #expect(found.notes.count == 2)
        #expect(folder.names == ["a.state.bad", "b.state.bad"])
        _ = try slots.save(header(), [1])
        #expect(folder.names == ["a.state", "a.state.bad", "b.state.bad"])
    }

    @Test("states of another shape are kept under its name, and are no states of ours")
    func otherShape() throws {
        let folder = Folder(), old = shape(seed: 9)
        var slots = StateSlots(folder: folder.path, shape: old)
        for step in 1...2 { _ = try slots.save(header(shape: old), [UInt8(step)]) }
        var later = StateSlots(folder: folder.path, shape: shape())
        let (found, _) = later.loadBytes()
        #expect(found.header == nil)
        let digits = old.fingerprint.hexadecimal.prefix(8)
        #expect(folder.names == ["a-\(digits).state", "b-\(digits).state"])
        let kept = try StateFile.read(folder.file("b-\(digits).state"), expecting: old).header.generation
        #expect(kept == 2)
    }

    @Test("a snapshot that the learner refuses is set aside, and the other is taken")
    func refused() throws {
        let folder = Folder()
        var slots = StateSlots(folder: folder.path, shape: shape())
        for step in 1...2 { _ = try slots.save(header(), [UInt8(step)]) }
        var later = StateSlots(folder: folder.path, shape: shape())
        var taken: [UInt8] = []
        let found = later.load { file throws(StateError) in
            taken = file.withSnapshot { Array($0) }
            if taken == [2] { throw .refused(path: file.path, .unexpectedSection) }
            return nil
        }
        #expect(taken == [1])
        #expect(found.header?.generation == 1)
        #expect(folder.names == ["a.state", "b.state.bad"])
    }

    @Test("whichever operation fails, the old state or the new one is found, and the next save succeeds", arguments: [ENOSPC, EIO, EROFS])
    func everyFault(code: Int32) throws {
        var countdown = 1
        while true {
            let folder = Folder()
            var slots = StateSlots(folder: folder.path, shape: shape())
            for step in 1...2 { _ = try slots.save(header(), [UInt8(step)]) }
            var left = countdown
            let disk = Disk { _ in
                left -= 1
                return left == 0 ? code : nil
            }
            var faulty = StateSlots(folder: folder.path, shape: shape(), disk: disk)
            var failed = false
            _ = faulty.loadBytes()
            do { _ = try faulty.save(header(), [3]) } catch { failed = true }
            var later = StateSlots(folder: folder.path, shape: shape())
            let (found, snapshot) = later.loadBytes()
            #expect(snapshot == [2] || snapshot == [3] || (snapshot == [1] && !failed), "operation \(countdown): \(snapshot), \(found.notes)")
            if !failed { #expect(snapshot == [3], "operation \(countdown)") }
            #expect(found.notes.isEmpty, "operation \(countdown): \(found.notes)")
            let again = try later.save(header(), [4])
            #expect(again.bytes > 0)
            #expect(!folder.names.contains { $0.hasSuffix(".tmp") })
            if left > 0 { break }
            countdown += 1
        }
        #expect(countdown > 5)
    }

    @Test("a temporary file that a power cut left is taken away")
    func leftOver() throws {
        let folder = Folder()
        try folder.put([1], "a.state.tmp")
        var slots = StateSlots(folder: folder.path, shape: shape())
        _ = slots.loadBytes()
        #expect(folder.names.isEmpty)
    }
}
