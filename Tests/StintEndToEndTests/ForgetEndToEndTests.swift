import Foundation
import StintSockets
import Testing
#if canImport(Glibc)
import Glibc
#else
import Musl
#endif

/// `stint forget` on a running daemon: what it says, what is left in files and in memory, and what a start goes on from.
@Suite(.enabled(if: Programs.areBuilt, "build the programs first: make build"), .serialized) struct ForgetEndToEndTests {
    /// The first two channels of rows as a learner keeps them: float32 beside float32.
    private func pairs(_ rows: some Sequence<[Substring]>) -> Set<UInt64> {
        Set(rows.map { UInt64(Float($0[1])!.bitPattern) | UInt64(Float($0[2])!.bitPattern) << 32 })
    }

    private func traces(of secrets: Set<UInt64>, in bytes: UnsafeRawBufferPointer) -> Int {
        var found = 0
        // What a snapshot holds begins anywhere.
        for at in stride(from: 0, through: bytes.count - 8, by: 1) where secrets.contains(bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self)) {
            found += 1
        }
        return found
    }

    private func inFiles(_ device: Device, _ secrets: Set<UInt64>) throws -> [Int] {
        try ["a.state", "b.state"].map { name in
            let data = try Data(contentsOf: device.folder.appendingPathComponent("state/" + name))
            return data.withUnsafeBytes { traces(of: secrets, in: $0) }
        }
    }

    /// Of all memory that the process can write; nil where we may not look.
    private func inMemory(_ device: Device, _ secrets: Set<UInt64>) throws -> Int? {
        guard let process = device.process, let maps = try? String(contentsOfFile: "/proc/\(process.processIdentifier)/maps", encoding: .utf8) else { return nil }
        let file = open("/proc/\(process.processIdentifier)/mem", O_RDONLY)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var found = 0, seen = 0
        for line in maps.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count > 1, words[1].hasPrefix("rw") else { continue }
            let ends = words[0].split(separator: "-").compactMap { Int($0, radix: 16) }
            guard ends.count == 2, ends[1] - ends[0] < 256 << 20 else { continue }
            let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: ends[1] - ends[0], alignment: 16)
            defer { bytes.deallocate() }
            let got = pread(file, bytes.baseAddress, bytes.count, off_t(ends[0]))
            guard got > 8 else { continue }
            seen += got
            for at in stride(from: 0, through: got - 8, by: 4) where secrets.contains(bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self)) { found += 1 }
        }
        return seen > 0 ? found : nil
    }

    private func facts(_ arguments: [String]) throws -> [String: Any] {
        let (status, output) = try Programs.stintOutput(arguments)
        #expect(status == 0)
        return try #require(try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any])
    }

    @Test("rows that are forgotten are in no slot, in no file beside it and nowhere in memory; killed after that, a device goes on without them, bit by bit")
    func forgets() throws {
        let device = try Device()
        let life = try device.recording("life.csv", rows: 0..<1660), rows = try Robot.rows(of: life)
        _ = try device.start()
        var socket = try device.subscriber()
        let robot = try Robot(device)
        try robot.send(rows[0..<1600], from: 0)
        #expect(try device.collect(4800, from: &socket).count == 4800)
        for _ in 0..<2 { #expect(try Programs.stint(["checkpoint", "--control", device.control]).status == 0) }
        let aside = device.folder.appendingPathComponent("state/a-00112233.state")
        try FileManager.default.copyItem(at: device.folder.appendingPathComponent("state/a.state"), to: aside)

        // The newest rows among them, which lie in every buffer.
        let secrets = pairs(rows[1500..<1600])
        #expect(try inFiles(device, secrets).allSatisfy { $0 >= 100 })
        if let found = try inMemory(device, secrets) { #expect(found >= 100) }
        let order = ["forget", "--from", "\(1_000_000 + 1499.5 / 64)", "--to", "\(1_000_000 + 1600.0 / 64)", "--json", "--control", device.control]
        let gone = try #require(try facts(order)["removed"] as? Int)
        #expect(gone == 100)
        #expect(try inFiles(device, secrets) == [0, 0])
        #expect(!FileManager.default.fileExists(atPath: aside.path))
        if let found = try inMemory(device, secrets) { #expect(found == 0) }
        let again = try facts(order)
        #expect(again["removed"] as? Int == 0 && again["segments"] as? Int == 0 && again["exact"] as? Bool == true)

        kill(device.process!.processIdentifier, SIGKILL)
        device.process!.waitUntilExit()
        let slot = device.folder.appendingPathComponent("copy.state")
        // The slot that was written last.
        let newest = try ["a.state", "b.state"].map { device.folder.appendingPathComponent("state/" + $0) }.max {
            let times = try [$0, $1].map { try FileManager.default.attributesOfItem(atPath: $0.path)[.modificationDate] as? Date ?? .distantPast }
            return times[0] < times[1]
        }
        try FileManager.default.copyItem(at: try #require(newest), to: slot)
        #expect(try Programs.stintOutput(["inspect", slot.path]).output.contains("forgotten: what"))

        #expect(try device.start().contains("\"resumed\":true"))
        let later = device.folder.appendingPathComponent("later.csv")
        let text = try String(contentsOf: life, encoding: .utf8).split(separator: "\n")
        let lines = [String(text[0])] + text[1601...].map { String($0) }
        try lines.joined(separator: "\n").write(to: later, atomically: true, encoding: .utf8)
        let said = try device.replayed(later, ["--state-in", slot.path])
        #expect(said.count == 180 && said.allSatisfy { $0.contains("\"ready\":true") || $0.contains("\"health\"") })
        #expect(device.stop() == 0)
    }

    @Test("a label goes with all that it has taught, a class with its rows; what nobody knows, or nobody can mean, is refused by code")
    func labels() throws {
        let device = try Device()
        let life = try device.recording("life.csv", rows: 0..<900), rows = try Robot.rows(of: life)
        _ = try device.start()
        var socket = try device.subscriber()
        let robot = try Robot(device)
        try robot.send(rows[0..<900], from: 0)
        #expect(try device.collect(2700, from: &socket).count == 2700)
        let name = String(rows[0][7]), own = rows.filter { $0[7] == rows[0][7] }.count
        let gone = try facts(["forget", "--label", "load", "--class", name, "--json", "--control", device.control])
        let learned = try #require(gone["learned"] as? Int)
        #expect(learned > own * 9 / 10 && learned <= own && gone["segments"] as? Int == 0)
        withExtendedLifetime(robot) {}
        let whole = try Programs.stintOutput(["forget", "--label", "load", "--control", device.control])
        #expect(whole.status == 0 && whole.output.contains("learned rows"))
        func code(_ params: String) throws -> Int? { (try device.ask("forget", params)["error"] as? [String: Any])?["code"] as? Int }
        #expect(try code(#"{"label":"nobody"}"#) == 4)
        #expect(try code(#"{"label":"load","class":"nobody"}"#) == 4)
        for params in ["{}", #"{"from":1}"#, #"{"from":2,"to":1}"#, #"{"from":1,"to":2,"label":"load"}"#, #"{"label":7}"#, #"{"label":"load","class":1}"#] {
            #expect(try code(params) == -32602, "\(params)")
        }
        #expect(device.stop() == 0)
    }

    @Test("while a config is on probation nothing is forgotten, since the way back would bring it again; once it is settled, it is")
    func onProbation() throws {
        let device = try Device(more: "[memory]\nbudget = \"32 MiB\"\n")
        let rows = try Robot.rows(of: device.recording("life.csv", rows: 0..<700))
        _ = try device.start()
        var socket = try device.subscriber()
        let robot = try Robot(device)
        try robot.send(rows[...], from: 0)
        #expect(try device.collect(2100, from: &socket).count == 2100)
        let pushed = device.folder.appendingPathComponent("new.toml")
        let text = try String(contentsOf: device.config, encoding: .utf8)
        try (text + "\n[drift]\nregimes = 3\n").write(to: pushed, atomically: true, encoding: .utf8)
        let push = try Programs.stint(["push", pushed.path, "--confirm", "--within", "600", "--control", device.control])
        #expect(push.status == 0, "\(push.said)")
        let times = "{\"from\":\(1_000_000 + 599.5 / 64),\"to\":\(1_000_000 + 700.0 / 64)}"
        func forget() throws -> (code: Int?, removed: Int?) {
            let answer = try device.ask("forget", times)
            return ((answer["error"] as? [String: Any])?["code"] as? Int, (answer["result"] as? [String: Any])?["removed"] as? Int)
        }
        let early = try forget()
        #expect(early.code == 3 && early.removed == nil)
        #expect(try Programs.stint(["confirm", "--control", device.control]).status == 0)
        let late = try forget()
        #expect(late.code == nil && late.removed == 100)
        withExtendedLifetime(robot) {}
        #expect(device.stop() == 0)
    }
}
