import Foundation
import StintSockets
import Testing

/// `[memory] store = "statistics"` of a daemon: its whole memory and its slots, looked through for rows that nobody waits for.
@Suite(.enabled(if: Programs.areBuilt, "build the programs first: make build"), .serialized) struct StatisticsStoreEndToEndTests {
    /// Two channels of a row beside each other, or one of them in float64: at every byte.
    private struct Search {
        private var rows: [UInt64: Int] = [:]
        private var isFirst = [Bool](repeating: false, count: 1 << 16)

        init(_ recording: [[Substring]]) {
            for (row, cells) in recording.enumerated() {
                let x = (1...4).map { Float(cells[$0])! }
                for c in 0..<3 { note(UInt64(x[c].bitPattern) | UInt64(x[c + 1].bitPattern) << 32, row) }
                for value in x { note(Double(value).bitPattern, row) }
            }
        }

        private mutating func note(_ pattern: UInt64, _ row: Int) {
            rows[pattern] = row
            isFirst[Int(pattern & 0xFFFF)] = true
        }

        func found(in bytes: UnsafeRawBufferPointer) -> Set<Int> {
            var found: Set<Int> = []
            guard bytes.count >= 8 else { return found }
            for i in 0...(bytes.count - 8) where isFirst[Int(bytes.loadUnaligned(fromByteOffset: i, as: UInt16.self))] {
                if let row = rows[bytes.loadUnaligned(fromByteOffset: i, as: UInt64.self)] { found.insert(row) }
            }
            return found
        }

        /// Whatever a process may write to; nil where we may not look.
        func found(inProcess id: pid_t) throws -> Set<Int>? {
            let file = open("/proc/\(id)/mem", O_RDONLY)
            guard file >= 0 else { return nil }
            defer { close(file) }
            var all: Set<Int> = [], total = 0
            for line in try String(contentsOfFile: "/proc/\(id)/maps", encoding: .utf8).split(separator: "\n") {
                let words = line.split(separator: " "), ends = words[0].split(separator: "-").compactMap { UInt(String($0), radix: 16) }
                guard words[1].hasPrefix("rw"), ends.count == 2 else { continue }
                var place = ends[0], buffer = [UInt8](repeating: 0, count: 1 << 20)
                while place < ends[1] {
                    let count = pread(file, &buffer, min(buffer.count, Int(ends[1] - place)), off_t(place))
                    guard count > 0 else { break }
                    total += count
                    buffer.withUnsafeBytes { all.formUnion(found(in: UnsafeRawBufferPointer(rebasing: $0[..<count]))) }
                    // A pattern may lie across the end of a piece.
                    place += UInt(max(count - 8, 1))
                    if count <= 8 { break }
                }
            }
            return total > 0 ? all : nil
        }
    }

    /// Lives 1500 rows with labels at once; the rows that are found in memory and in both slots.
    private func live(_ store: String) throws -> (memory: Set<Int>?, slots: Set<Int>, rows: Int) {
        let device = try Device(more: "[memory]\nstore = \"\(store)\"\n[encoder]\nwarm_up = 128\n[label]\npending = 64\n")
        let rows = try Robot.rows(of: device.recording("life.csv", rows: 0..<1500))
        _ = try device.start()
        var socket = try device.subscriber()
        let robot = try Robot(device)
        for from in stride(from: 0, to: 1500, by: 500) {
            try robot.send(rows[from..<from + 500], from: from)
            #expect(try device.collect(1500, from: &socket).count == 1500)
        }
        for i in 0..<2 {
            #expect(try Programs.stint(["checkpoint", "--control", device.control]).status == 0)
            try robot.send(rows[1490..<1491], from: 1500 + i)
        }
        let search = Search(rows)
        let memory = try search.found(inProcess: try #require(device.process).processIdentifier)
        var slots: Set<Int> = []
        for name in ["a.state", "b.state"] {
            let bytes = try Data(contentsOf: device.folder.appendingPathComponent("state/\(name)"))
            bytes.withUnsafeBytes { slots.formUnion(search.found(in: $0)) }
        }
        #expect(device.stop() == 0)
        return (memory, slots, rows.count)
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
}
