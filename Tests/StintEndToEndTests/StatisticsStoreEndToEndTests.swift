import Foundation
import StintSockets
import Testing

/// `[memory] store = "statistics"` of a daemon: its whole memory and its slots, looked through for rows that nobody waits for.
@Suite(.enabled(if: Programs.areBuilt, "build the programs first: make build"), .serialized) struct StatisticsStoreEndToEndTests {
    /// Two channels of a row beside each other, or two of them in float64 wherever they are: at every byte. One alone may be another number by chance: they
    /// are thousands, of 23 bits, among thousands that a learner has at hand.
    private struct Search {
        private var rows: [UInt64: Int] = [:]
        private var doubles: [UInt64: (row: Int, channel: Int)] = [:]
        private var isFirst = [Bool](repeating: false, count: 1 << 16)

        init(_ recording: [[Substring]]) {
            for (row, cells) in recording.enumerated() {
                let x = (1...4).map { Float(cells[$0])! }
                for c in 0..<3 { note(UInt64(x[c].bitPattern) | UInt64(x[c + 1].bitPattern) << 32, row) }
                // Eight zeros tell of no row.
                for (c, value) in x.enumerated() where value != 0 {
                    doubles[Double(value).bitPattern] = (row, c)
                    isFirst[Int(Double(value).bitPattern & 0xFFFF)] = true
                }
            }
        }

        private mutating func note(_ pattern: UInt64, _ row: Int) {
            rows[pattern] = row
            isFirst[Int(pattern & 0xFFFF)] = true
        }

        /// What was seen so far: rows, and channels of rows by bits.
        struct Seen {
            var rows: Set<Int> = []
            var channels: [Int: UInt8] = [:]
            var all: Set<Int> { rows.union(channels.filter { $0.value.nonzeroBitCount > 1 }.keys) }
        }

        func look(in bytes: UnsafeRawBufferPointer, _ seen: inout Seen) {
            guard bytes.count >= 8 else { return }
            for i in 0...(bytes.count - 8) where isFirst[Int(bytes.loadUnaligned(fromByteOffset: i, as: UInt16.self))] {
                let pattern = bytes.loadUnaligned(fromByteOffset: i, as: UInt64.self)
                if let row = rows[pattern] { seen.rows.insert(row) }
                if let (row, channel) = doubles[pattern] { seen.channels[row, default: 0] |= 1 << UInt8(channel) }
            }
        }

        /// Whatever a process may write to; nil where we may not look.
        func found(inProcess id: pid_t) throws -> Set<Int>? {
            let file = open("/proc/\(id)/mem", O_RDONLY)
            guard file >= 0 else { return nil }
            defer { close(file) }
            var seen = Seen(), total = 0
            for line in try String(contentsOfFile: "/proc/\(id)/maps", encoding: .utf8).split(separator: "\n") {
                let words = line.split(separator: " "), ends = words[0].split(separator: "-").compactMap { UInt(String($0), radix: 16) }
                guard words[1].hasPrefix("rw"), ends.count == 2 else { continue }
                var place = ends[0], buffer = [UInt8](repeating: 0, count: 1 << 20)
                while place < ends[1] {
                    let count = pread(file, &buffer, min(buffer.count, Int(ends[1] - place)), off_t(place))
                    guard count > 0 else { break }
                    total += count
                    buffer.withUnsafeBytes { look(in: UnsafeRawBufferPointer(rebasing: $0[..<count]), &seen) }
                    // A pattern may lie across the end of a piece.
                    place += UInt(max(count - 8, 1))
                    if count <= 8 { break }
                }
            }
            return total > 0 ? seen.all : nil
        }
    }

    private func device(_ store: String) throws -> Device {
        try Device(more: "[memory]\nbudget = \"32 MiB\"\nstore = \"\(store)\"\n[encoder]\nwarm_up = 128\n[label]\npending = 64\n")
    }

    /// Sends rows with labels at once, and waits for what is said of them.
    private func send(_ rows: ArraySlice<[Substring]>, _ robot: Robot, _ device: Device, _ socket: inout Socket) throws {
        for from in stride(from: rows.startIndex, to: rows.endIndex, by: 500) {
            let part = rows[from..<min(from + 500, rows.endIndex)]
            try robot.send(part, from: from)
            #expect(try device.collect(3 * part.count, from: &socket).count == 3 * part.count)
        }
    }

    /// What is found in both slots, and in whatever lies beside them.
    private func slots(of device: Device, _ search: Search) throws -> Set<Int> {
        var seen = Search.Seen()
        let files = try #require(FileManager.default.enumerator(at: device.folder.appendingPathComponent("state"), includingPropertiesForKeys: nil))
        for case let file as URL in files {
            guard let bytes = try? Data(contentsOf: file) else { continue }
            bytes.withUnsafeBytes { search.look(in: $0, &seen) }
        }
        return seen.all
    }

    /// Lives 1500 rows; the rows that are found in memory and in both slots.
    private func live(_ store: String) throws -> (memory: Set<Int>?, slots: Set<Int>, rows: Int) {
        let device = try device(store)
        let rows = try Robot.rows(of: device.recording("life.csv", rows: 0..<1500))
        _ = try device.start()
        var socket = try device.subscriber()
        let robot = try Robot(device)
        try send(rows[...], robot, device, &socket)
        for i in 0..<2 {
            #expect(try Programs.stint(["checkpoint", "--control", device.control]).status == 0)
            try robot.send(rows[1490..<1491], from: 1500 + i)
        }
        let search = Search(rows)
        let memory = try search.found(inProcess: try #require(device.process).processIdentifier)
        let found = try slots(of: device, search)
        #expect(device.stop() == 0)
        return (memory, found, rows.count)
    }

    @Test("no row that nobody waits for is found in the memory of the process, and none in its slots")
    func statistics() throws {
        let (memory, slots, rows) = try live("statistics")
        #expect(slots.isEmpty, "\(slots.sorted())")
        guard let memory else { return }
        // The newest, whose lags the next one needs; and what a message that came with it may have left.
        #expect(memory.allSatisfy { $0 >= rows - 16 }, "\(memory.sorted())")
    }

    @Test("the same search finds rows by the hundred where latents are kept")
    func latents() throws {
        let (memory, slots, rows) = try live("latents")
        #expect(slots.filter { $0 < rows - 16 }.count > 100)
        guard let memory else { return }
        #expect(memory.filter { $0 < rows - 16 }.count > 100)
    }

    @Test("told while it runs to keep statistics only, by SIGHUP and by a push, a device has no row left that nobody waits for; its heads go on", arguments: ["SIGHUP", "push"])
    func changes(way: String) throws {
        let device = try device("latents")
        let rows = try Robot.rows(of: device.recording("life.csv", rows: 0..<1700))
        _ = try device.start()
        var socket = try device.subscriber()
        let robot = try Robot(device)
        try send(rows[..<1500], robot, device, &socket)
        for _ in 0..<2 { #expect(try Programs.stint(["checkpoint", "--control", device.control]).status == 0) }
        let search = Search(rows)
        #expect(try slots(of: device, search).count > 100)

        let changed = try String(contentsOf: device.config, encoding: .utf8).replacing("store = \"latents\"", with: "store = \"statistics\"")
        if way == "push" {
            let pushed = device.folder.appendingPathComponent("new.toml")
            try changed.replacing("[control]", with: "[control]\nprobation = \"300 ms\"").write(to: pushed, atomically: true, encoding: .utf8)
            let push = try Programs.stint(["push", pushed.path, "--control", device.control])
            #expect(push.status == 0, "\(push.said)")
        } else {
            try changed.write(to: device.config, atomically: true, encoding: .utf8)
            kill(try #require(device.process).processIdentifier, SIGHUP)
        }
        var tries = 0
        while (try device.ask("config.get")["result"] as? [String: Any])?["revision"] as? Int != 1, tries < 50 {
            tries += 1
            usleep(100_000)
        }
        // With SIGHUP sockets are made anew: what comes or goes before they are there is lost.
        func steps() throws -> Int { try #require((try device.ask("status")["result"] as? [String: Any])?["steps"] as? Int) }
        let before = try steps()
        var next = 1500
        while try steps() == before, next < 1600 {
            try robot.send(rows[next..<next + 1], from: next)
            next += 1
            usleep(50_000)
        }
        let came = try steps()
        #expect(came > before)
        try robot.send(rows[next...], from: next)
        for _ in 0..<100 where try steps() < came + rows.count - next { usleep(50_000) }
        #expect(try steps() >= came + rows.count - next)
        for _ in 0..<2 { #expect(try Programs.stint(["checkpoint", "--control", device.control]).status == 0) }
        let left = try slots(of: device, search)
        let files = try FileManager.default.contentsOfDirectory(atPath: device.folder.path + "/state")
        #expect(left.isEmpty, "\(left.sorted()) in \(files)")
        if let memory = try search.found(inProcess: try #require(device.process).processIdentifier) {
            // The newest; and what the last messages left in the sockets that were there before.
            #expect(memory.allSatisfy { $0 >= rows.count - 16 || (1484..<1500).contains($0) }, "\(memory.sorted())")
        }
        #expect(device.stop() == 0)
    }
}
