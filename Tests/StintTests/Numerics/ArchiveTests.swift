import Testing

@testable import Stint

@Suite struct ArchiveTests {
    struct State: Equatable {
        var a = 1
        var b = 2.5
        var c: Float = 3
        mutating func archive(_ archive: inout Archive) {
            archive.section("TEST", version: 2) {
                $0.scalar(&a)
                $0.scalar(&b)
            }
            archive.section("MORE", version: 1) { $0.scalar(&c) }
        }
    }

    func written(_ state: State) -> [UInt8] {
        var state = state
        var measure = Archive.measure
        state.archive(&measure)
        var bytes = [UInt8](repeating: 0, count: measure.offset)
        bytes.withUnsafeMutableBytes {
            var archive = Archive.writing(to: $0)
            state.archive(&archive)
            #expect(archive.failure == nil && archive.offset == $0.count)
        }
        return bytes
    }

    func read(_ bytes: [UInt8]) -> (State, Archive.Failure?) {
        var state = State(a: 0, b: 0, c: 0)
        let failure = bytes.withUnsafeBytes { (raw) -> Archive.Failure? in
            var archive = Archive.reading(from: raw)
            state.archive(&archive)
            return archive.failure
        }
        return (state, failure)
    }

    @Test("what was written is read back")
    func roundTrip() {
        let state = State(a: -7, b: .pi, c: 0.1)
        #expect(read(written(state)) == (state, nil))
    }

    @Test("cut at any byte it is refused, and so is every flipped bit")
    func damage() {
        let bytes = written(State())
        for cut in 0..<bytes.count { #expect(read(Array(bytes[0..<cut])).1 != nil) }
        for bit in 0..<(8 * bytes.count) {
            var flipped = bytes
            flipped[bit / 8] ^= 1 << (bit % 8)
            #expect(read(flipped).1 != nil)
        }
    }

    @Test("CRC-32 is the one of the standard: 123456789 gives cbf43926")
    func checksum() {
        #expect("123456789".utf8.withContiguousStorageIfAvailable { CRC32.of(UnsafeRawBufferPointer($0)) } == 0xCBF4_3926)
    }
}
