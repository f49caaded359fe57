import Stint

/// The two files that a device keeps its state in, written in turn, so that one of them is whole at every instant.
///
/// ```swift
/// var slots = StateSlots(folder: "/var/lib/stint", shape: shape)
/// let found = slots.load { file throws(StateError) in try file.restore(learner) }
/// let written = try slots.save(header, snapshot: learner.snapshot())
/// ```
///
/// A file that is damaged becomes `a.state.bad`, one that cannot be read `a.state.unreadable`, one of a later version `a.state.newer`, one
/// that our key does not open `a.state.sealed`, and one of another shape `a-1f2e3d4c.state`, by the first digits of its shape's fingerprint. None of them is looked at again, and none is
/// in the way of a new state. Where that cannot be done, as on a disk that is read-only at the start, it is done before the slot is
/// written, and until then the slot is not.
public struct StateSlots {
    public static let names = ["a.state", "b.state"]

    /// What was found at the start.
    public struct Found {
        /// That which was restored; nil: the learner is as new.
        public var header: StateHeader?
        /// What became of each head, where the state is of another config or version.
        public var adoption: Adoption?
        /// What had to be set aside or could not be read, one sentence each.
        public var notes: [String] = []
    }

    /// What `save` has written.
    public struct Written: Equatable {
        public var slot: String
        public var bytes: Int
    }

    public let folder: String
    /// What states are sealed with from now on; nil: they are not.
    public var key: StateKey?
    private var shape: Shape
    private let disk: Disk
    /// Of the newest state that is known to be whole.
    private var generation: UInt64 = 0
    /// Where the next state goes.
    private var next = 0
    /// Of each slot, where that which lies in it is still to be set aside.
    private var owed: [String?] = [nil, nil]

    public init(folder: String, shape: Shape, key: StateKey? = nil, disk: Disk = Disk()) {
        self.folder = folder
        self.key = key
        self.shape = shape
        self.disk = disk
    }

    /// Restores the newest state that is whole and has our latents; `restore` may refuse it, then the other is tried. Of one that was taken
    /// over from another config the file is kept beside, so that the way back is open.
    public mutating func load(_ restore: (borrowing StateFile) throws(StateError) -> Adoption?) -> Found {
        load(restore, preferringOwn: false)
    }

    /// The same for a learner whose config is in force again: a state of its own shape goes before a newer one of another, and one that was
    /// set aside meanwhile is taken back.
    public mutating func takeBack(_ shape: Shape, _ restore: (borrowing StateFile) throws(StateError) -> Adoption?) -> Found {
        self.shape = shape
        for slot in Self.names.indices {
            let aside = aside(slot, shape.fingerprint.hexadecimal), place = path(Self.names[slot])
            guard let kept = (try? StateFile.read(aside, key: key, disk: disk))?.header.generation else { continue }
            // One that was kept long ago does not take the place of what was written since.
            if let there = (try? StateFile.read(place, expecting: shape, key: key, disk: disk))?.header, there.shape == shape, there.generation >= kept { continue }
            try? disk.rename(aside, to: place)
        }
        return load(restore, preferringOwn: true)
    }

    private mutating func load(_ restore: (borrowing StateFile) throws(StateError) -> Adoption?, preferringOwn: Bool) -> Found {
        var found = Found()
        for name in Self.names { try? disk.remove(path(name) + ".tmp") }
        // Only the header of the first is kept while the second is read: memory holds one file at a time.
        var order: [(slot: Int, generation: UInt64, isOwn: Bool)] = []
        for slot in Self.names.indices {
            guard let file = open(slot, &found) else { continue }
            order.append((slot, file.header.generation, !preferringOwn || file.header.shape == shape))
        }
        order.sort { ($0.isOwn ? 1 : 0, $0.generation) > ($1.isOwn ? 1 : 0, $1.generation) }
        let newest = order.map(\.generation).max() ?? 0
        for (slot, _, _) in order {
            guard let file = open(slot, &found) else { continue }
            do throws(StateError) {
                found.adoption = try restore(file)
            } catch {
                setAside(slot, error, &found)
                continue
            }
            if let adoption = found.adoption { keep(slot, file.header, adoption, &found) }
            found.header = file.header
            generation = newest
            next = 1 - slot
            break
        }
        return found
    }

    /// Writes the next generation over the older slot.
    ///
    /// - Parameter snapshot: with a key it is sealed where it is: a learner's, who makes a new one each time.
    public mutating func save(_ header: StateHeader, snapshot: UnsafeRawBufferPointer) throws(StateError) -> Written {
        var header = header
        header.generation = generation + 1
        let slot = Self.names[next]
        if let aside = owed[next] {
            do throws(DiskError) { try disk.rename(path(slot), to: aside) } catch {
                // Gone by itself is as good.
                if !error.isMissing { throw .disk(error) }
            }
            owed[next] = nil
        }
        let bytes = try StateFile.write(header, usingUp: snapshot, key, to: path(slot), disk: disk)
        generation += 1
        next = 1 - next
        return Written(slot: slot, bytes: bytes)
    }

    /// Takes away what was set aside, or kept for the way back: states out of which nobody can take a part. What is in the slots stays.
    ///
    /// - Returns: how many files there were.
    public func clearAside() throws(DiskError) -> Int {
        var count = 0
        for name in try disk.names(in: folder) where isAside(name) {
            try disk.remove(path(name))
            count += 1
        }
        if count > 0 { try disk.syncFolder(of: path(Self.names[0])) }
        return count
    }

    /// `a.state.bad`, `a-1f2e3d4c.state`, `a.state.tmp`.
    private func isAside(_ name: String) -> Bool {
        for slot in Self.names where name != slot {
            if name.hasPrefix(slot + ".") || (name.hasPrefix(slot.prefix(1) + "-") && name.hasSuffix(".state")) { return true }
        }
        return false
    }

    /// Makes the folder, if it is missing.
    public func makeFolder() throws(DiskError) { try disk.makeFolder(folder) }

    private func path(_ name: String) -> String { folder + "/" + name }

    /// The file of a slot; nil if there is none that can be used, and then it is set aside.
    private mutating func open(_ slot: Int, _ found: inout Found) -> StateFile? {
        do throws(StateError) {
            return try StateFile.read(path(Self.names[slot]), expecting: shape, key: key, disk: disk)
        } catch {
            if case .disk(let why) = error, why.isMissing { return nil }
            setAside(slot, error, &found)
            return nil
        }
    }

    private func aside(_ slot: Int, _ shape: String) -> String { path("\(Self.names[slot].prefix(1))-\(shape.prefix(8)).state") }

    private func keep(_ slot: Int, _ header: StateHeader, _ adoption: Adoption, _ found: inout Found) {
        let old = path(Self.names[slot]), other = aside(slot, header.shape.fingerprint.hexadecimal)
        let difference = header.shape.difference(from: shape)
            ?? (shape.keepsSamples ? "it was written by another version" : "it was made during the warm-up, whose rows are not kept")
        var note = "\(old): taken over: \(difference): " + adoption.text(ShapeReading(shape)?.heads.map(\.name) ?? [])
        do throws(DiskError) {
            if shape.keepsSamples || !header.shape.keepsSamples {
                try disk.link(old, to: other)
                note += "; kept as \(other)"
            } else {
                note += "; not kept, since here no sample is"
            }
        } catch {
            note += "; not kept: \(error)"
        }
        found.notes.append(note)
    }

    private mutating func setAside(_ slot: Int, _ why: StateError, _ found: inout Found) {
        let old = path(Self.names[slot])
        let aside: String
        switch why {
        case .disk: aside = old + ".unreadable"
        case .otherShape:
            let its = (try? StateFile.read(old, key: key, disk: disk))?.header.shape.fingerprint.hexadecimal ?? "other"
            aside = self.aside(slot, its)
        case .newer: aside = old + ".newer"
        case .sealed, .wrongKey: aside = old + ".sealed"
        default: aside = old + ".bad"
        }
        do throws(DiskError) {
            try disk.rename(old, to: aside)
            found.notes.append("\(why); kept as \(aside)")
        } catch {
            owed[slot] = aside
            found.notes.append("\(why); left where it is: \(error)")
        }
    }
}
