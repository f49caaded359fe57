import Stint
import Testing

@testable import StintStore

@Suite struct StateInspectionTests {
    private func section(_ tag: String, _ payload: [UInt8]) -> [UInt8] {
        var out = Array(tag.utf8)
        withUnsafeBytes(of: UInt32(3).littleEndian) { out += $0 }
        withUnsafeBytes(of: UInt64(payload.count).littleEndian) { out += $0 }
        out += payload
        let sum = out.withUnsafeBytes { CRC32.of($0) }
        withUnsafeBytes(of: sum.littleEndian) { out += $0 }
        return out
    }

    private func sections(_ bytes: [UInt8]) -> [StateInspection.Section] { bytes.withUnsafeBytes { StateInspection.sections($0) } }

    @Test("Sections are told with their sizes, and each with the verdict of its own checksum")
    func whole() {
        let bytes = section("STRM", [1, 2, 3]) + section("ENCO", [])
        #expect(sections(bytes) == [.init(tag: "STRM", version: 3, bytes: 3, isWhole: true), .init(tag: "ENCO", version: 3, bytes: 0, isWhole: true)])
        for i in 16..<19 {
            var damaged = bytes
            damaged[i] ^= 1
            #expect(sections(damaged).map(\.isWhole) == [false, true])
        }
    }

    @Test("Bytes that are cut anywhere, or lengths that lie, end the walk and nothing else")
    func cuts() {
        let bytes = section("STRM", [1, 2, 3]) + section("ENCO", [])
        for length in 0..<bytes.count { #expect(sections(Array(bytes[..<length])).count == (length < 23 ? 0 : 1)) }
        var liar = bytes
        for i in 8..<16 { liar[i] = 0xFF }
        #expect(sections(liar).isEmpty)
    }

    @Test("A state that a learner takes is whole; one with any byte changed is not, and no header that is damaged is believed")
    func files() throws {
        let folder = Folder()
        let specification = Specification(channels: 1, rateHz: 10, labels: 0, heads: [HeadSpecification(kind: .anomaly(falseAlarms: .perRows(count: 1, rows: 1000)))])
        let learner = Learner(Plan(specification)), path = folder.file("a.state")
        let shape = Shape(specification, channels: ["x"], labels: [], heads: ["h"])
        let header = StateHeader(
            generation: 4, steps: 7, createdNanoseconds: 1, seed: 1, shape: shape, encoder: learner.encoderHash(channels: ["x"]), config: Fingerprint(of: "c"), device: "arm")
        let snapshot = learner.snapshot()
        let written = try StateFile.write(header, snapshot: snapshot, to: path)
        let found = try StateInspection.read(path)
        #expect(found.fault == nil && found.header == header && found.bytes == written && found.version == StateFile.plainVersion)
        #expect(found.sections.allSatisfy(\.isWhole) && found.sections.map(\.bytes).reduce(0, +) + 20 * found.sections.count == snapshot.count)

        let disk = Disk()
        let bytes = try disk.read(path)
        defer { bytes.deallocate() }
        let headerBytes = written - snapshot.count - 4
        func flipped(_ at: Int) throws -> StateInspection {
            bytes[at] ^= 0x10
            defer { bytes[at] ^= 0x10 }
            try disk.write([UnsafeRawBufferPointer(bytes)], to: path)
            return try StateInspection.read(path)
        }
        for at in stride(from: 0, to: headerBytes, by: 7) { #expect((try? flipped(at)) == nil, "byte \(at)") }
        let damaged = try flipped(headerBytes + 20)
        #expect(damaged.fault != nil && damaged.header == header && !damaged.sections[0].isWhole)
        try disk.write([UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[..<(written - 100)])], to: path)
        let torn = try StateInspection.read(path)
        #expect(torn.fault != nil && torn.header == header)
    }
}
