import Stint
import StintStore
import Testing
#if canImport(Glibc)
import Glibc
#else
import Musl
#endif

/// A plug that is pulled at the Nth operation of a disk, and what the platter knows by then.
private final class Plug {
    private let folder: Folder
    private var left: Int
    private var isOut = false
    /// Name of a file whose bytes were written since its last fsync.
    private var unsynced: String?
    private var isFolderSynced = true
    /// What a folder's fsync has made last, as of the newest one.
    private var durable: [String: [UInt8]] = [:]

    init(_ folder: Folder, at operation: Int) {
        self.folder = folder
        left = operation
    }

    var wasPulled: Bool { isOut }

    /// Called before each operation, so that what came before it is done.
    func fault(_ operation: Disk.Operation) -> Int32? {
        if isOut { return EIO }
        if isFolderSynced { durable = files }
        isFolderSynced = false
        left -= 1
        if left == 0 {
            isOut = true
            return EIO
        }
        switch operation {
        case .create: unsynced = "?"
        case .sync: unsynced = nil
        case .syncFolder: isFolderSynced = true
        default: break
        }
        return nil
    }

    private var files: [String: [UInt8]] {
        var files: [String: [UInt8]] = [:]
        for name in folder.names { files[name] = (try? folder.bytes(name)) ?? [] }
        return files
    }

    /// What may be found after it: everything that was done (a process was killed); the same without bytes that no fsync has seen, and
    /// the folder as it was when it was synced last (the power was cut).
    var aftermaths: [[String: [UInt8]]] {
        let done = files
        var torn = done
        if unsynced != nil { for name in done.keys where durable[name] != done[name] { torn[name] = [] } }
        return [done, torn, durable]
    }
}

/// A small device: two channels, a regression and an anomaly head.
private struct Device {
    static var specification: Specification {
        var specification = Specification(
            channels: 2, rateHz: 100, labels: 1,
            heads: [HeadSpecification(kind: .regression(targets: [0])), HeadSpecification(kind: .anomaly(falseAlarms: .perRows(count: 1, rows: 1000)))])
        specification.encoder.fourier = false
        specification.encoder.warmUp = 32
        specification.pending = 32
        specification.memory.reservoirBytes = 4096
        return specification
    }
    static let shape = Shape(specification, channels: ["a", "b"], labels: ["y"], heads: ["y", "health"])
    static let every = 60

    let learner = Learner(Plan(specification))

    /// Lives to a row; the bits of what it predicted, one number a row.
    @discardableResult
    func live(to row: Int) -> [UInt32] {
        var said: [UInt32] = []
        while learner.steps < UInt64(row) {
            let i = learner.steps
            let values = [Float(i * 7919 % 101) / 50, Float(i * 104_729 % 89) / 40]
            _ = values.withUnsafeBufferPointer { learner.push(.frame(Frame(time: Double(i) / 100, sequence: i, values: $0))) }
            if case .regression(let prediction) = learner.prediction(of: 0) { said.append(prediction.value[0].bitPattern) }
            if case .anomaly(let prediction) = learner.prediction(of: 1) { said.append(prediction.pValue.bitPattern) }
            learner.push(.label(Label(target: .label(0), moment: .sequence(i), value: .number(2 * values[0] - values[1] + Float(i % 5)))))
        }
        return said
    }

    var header: StateHeader {
        StateHeader(
            steps: learner.steps, createdNanoseconds: 1, seed: 1, shape: Self.shape, encoder: learner.encoderHash(channels: ["a", "b"]),
            config: Fingerprint(of: "c"), device: "d")
    }
}

@Suite struct PowerCutTests {
    private func start(_ folder: Folder, _ disk: Disk = Disk()) -> (device: Device, slots: StateSlots, found: StateSlots.Found) {
        let device = Device()
        var slots = StateSlots(folder: folder.path, shape: Device.shape, disk: disk)
        let found = slots.load { file throws(StateError) in try file.restore(device.learner) }
        return (device, slots, found)
    }

    @Test("killed or cut from power at every operation of start and checkpoint, a device goes on from the old state or the new one, bit by bit as if nothing had been")
    func everyOperation() throws {
        let life = Device()
        life.live(to: Device.every)
        let first = life.learner.snapshot().map { $0 }
        life.live(to: 2 * Device.every)
        let second = life.learner.snapshot().map { $0 }
        let header = life.header
        func after(_ steps: Int) -> [UInt32] {
            let whole = Device()
            whole.live(to: steps)
            return whole.live(to: 4 * Device.every)
        }
        let futures = [Device.every: after(Device.every), 2 * Device.every: after(2 * Device.every), 3 * Device.every: after(3 * Device.every)]

        var operation = 1
        while true {
            let folder = Folder()
            var slots = StateSlots(folder: folder.path, shape: Device.shape)
            var old = header
            old.steps = UInt64(Device.every)
            _ = try slots.save(old, first)
            _ = try slots.save(header, second)
            // A start, sixty rows, and the checkpoint that may not come to its end.
            let plug = Plug(folder, at: operation)
            var (device, faulty, _) = start(folder, Disk(fault: plug.fault))
            device.live(to: 3 * Device.every)
            let isSaved = (try? faulty.save(device.header, snapshot: device.learner.snapshot())) != nil
            guard plug.wasPulled else { break }
            for (kind, files) in plug.aftermaths.enumerated() {
                let place = Folder()
                for (name, bytes) in files { try place.put(bytes, name) }
                let (resumed, _, found) = start(place)
                let steps = Int(found.header?.steps ?? 0)
                #expect(found.notes.isEmpty, "operation \(operation), \(kind): \(found.notes)")
                #expect(UInt64(steps) == resumed.learner.steps)
                #expect(steps == 2 * Device.every || steps == 3 * Device.every, "operation \(operation), \(kind): \(steps)")
                if isSaved { #expect(steps == 3 * Device.every) }
                let bits = resumed.live(to: 4 * Device.every)
                #expect(bits == futures[steps], "operation \(operation), \(kind)")
                var later = StateSlots(folder: place.path, shape: Device.shape)
                _ = later.loadBytes()
                _ = try later.save(resumed.header, snapshot: resumed.learner.snapshot())
                #expect(place.names == ["a.state", "b.state"])
            }
            operation += 1
        }
        #expect(operation > 12)
    }

    @Test("where all is to be forgotten, killed or cut from power at every operation, a device starts from a whole state; done to its end, no file holds what was before")
    func forgotten() throws {
        let old = [UInt8](repeating: 0xAB, count: 64), new = [UInt8](repeating: 0xCD, count: 64)
        let names = ["a-1f2e3d4c.state", "b.state.bad", "a.state.sealed"]
        func holdsOld(_ folder: Folder) throws -> Bool {
            for name in folder.names {
                let bytes = try folder.bytes(name)
                if bytes.indices.dropLast(15).contains(where: { bytes[$0..<$0 + 16].allSatisfy { $0 == 0xAB } }) { return true }
            }
            return false
        }
        func overwrite(_ slots: inout StateSlots) throws -> Int {
            for _ in 0..<2 { _ = try slots.save(header(steps: 3), new) }
            return try slots.clearAside()
        }
        var operation = 1
        while true {
            let folder = Folder(), plug = Plug(folder, at: operation)
            var former = StateSlots(folder: folder.path, shape: shape())
            _ = try former.save(header(steps: 1), old)
            _ = try former.save(header(steps: 2), old)
            for name in names { try folder.put(old, name) }
            var slots = StateSlots(folder: folder.path, shape: shape(), disk: Disk(fault: plug.fault))
            _ = slots.loadBytes()
            let cleared = try? overwrite(&slots)
            guard plug.wasPulled else {
                #expect(cleared == names.count && folder.names == StateSlots.names)
                #expect(try !holdsOld(folder))
                break
            }
            for (kind, files) in plug.aftermaths.enumerated() {
                let place = Folder()
                for (name, bytes) in files { try place.put(bytes, name) }
                var later = StateSlots(folder: place.path, shape: shape())
                let (found, snapshot) = later.loadBytes()
                let isWhole = found.notes.isEmpty && (snapshot == old || snapshot == new)
                #expect(isWhole, "operation \(operation), \(kind): \(found.notes)")
                // The order is given once more.
                _ = try overwrite(&later)
                #expect(try place.names == StateSlots.names && !holdsOld(place))
            }
            operation += 1
        }
        #expect(operation > 12)
    }

    @Test("of two slots the one that is cut at any byte, or has any bit of its header flipped, is set aside, and the other one is taken")
    func damage() throws {
        let folder = Folder(), path = "/dev/shm"
        // In memory where there is such a folder: thousands of files, each with a rename that is synced.
        let place = access(path, W_OK) == 0 ? Folder(in: path) : folder
        var slots = StateSlots(folder: folder.path, shape: shape())
        let kept = [UInt8](repeating: 0x11, count: 40), newest = [UInt8](repeating: 0x22, count: 40)
        _ = try slots.save(header(steps: 1), kept)
        _ = try slots.save(header(steps: 2), newest)
        let a = try folder.bytes("a.state"), b = try folder.bytes("b.state")
        func found(_ damaged: [UInt8]) throws -> (StateSlots.Found, [UInt8]) {
            try place.put(a, "a.state")
            try place.put(damaged, "b.state")
            var slots = StateSlots(folder: place.path, shape: shape())
            let (found, snapshot) = slots.loadBytes()
            return (found, snapshot)
        }
        func check(_ damaged: [UInt8], _ what: String) throws {
            let (found, snapshot) = try found(damaged)
            let isRight = snapshot == kept && found.header?.steps == 1 && found.notes.count == 1 && !place.names.contains("b.state")
            #expect(isRight, "\(what): \(found.notes), \(place.names)")
        }
        for count in 0..<b.count { try check(Array(b[..<count]), "cut at \(count)") }
        let headerBits = 8 * (b.count - newest.count - 4)
        for bit in 0..<headerBits {
            var damaged = b
            damaged[bit / 8] ^= 1 << UInt8(bit % 8)
            try check(damaged, "bit \(bit)")
        }
        let (whole, snapshot) = try found(b)
        #expect(whole.notes.isEmpty && snapshot == newest)
    }

    @Test("what cannot be set aside is not written over, and is set aside as soon as it can be")
    func owed() throws {
        let folder = Folder()
        try folder.put([1, 2, 3], "a.state")
        var isReadOnly = true
        var slots = StateSlots(folder: folder.path, shape: shape(), disk: Disk { isReadOnly && $0 == .rename ? EROFS : nil })
        let (found, _) = slots.loadBytes()
        #expect(found.header == nil && found.notes.count == 1 && found.notes[0].contains("left where it is"))
        #expect(throws: StateError.self) { _ = try slots.save(header(), [7]) }
        #expect(try folder.bytes("a.state") == [1, 2, 3])
        isReadOnly = false
        _ = try slots.save(header(), [7])
        #expect(folder.names == ["a.state", "a.state.bad"])
        #expect(try folder.bytes("a.state.bad") == [1, 2, 3])
    }

    @Test("a state is never put in the place of a device or a folder")
    func device() throws {
        let folder = Folder()
        #expect(mkfifo(folder.file("pipe"), 0o600) == 0)
        #expect(throws: StateError.self) { try StateFile.write(header(), snapshot: UnsafeRawBufferPointer(start: nil, count: 0), to: folder.file("pipe")) }
        #expect(folder.names == ["pipe"])
    }
}
