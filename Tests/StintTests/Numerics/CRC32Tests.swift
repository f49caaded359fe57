import Testing

@testable import Stint

@Suite struct CRC32Tests {
    @Test("the check value of the catalogue, and the sum of pieces is that of the whole, wherever it is cut")
    func known() {
        let check = Array("123456789".utf8)
        #expect(check.withUnsafeBytes { CRC32.of($0) } == 0xCBF4_3926)
        #expect([UInt8]().withUnsafeBytes { CRC32.of($0) } == 0)
        let bytes = (0..<100).map { UInt8(truncatingIfNeeded: $0 * 37) }
        let whole = bytes.withUnsafeBytes { CRC32.of($0) }
        for cut in 0...bytes.count {
            let first = bytes[..<cut].withUnsafeBytes { CRC32.of($0) }
            #expect(bytes[cut...].withUnsafeBytes { CRC32.of($0, seed: first) } == whole)
        }
    }

    @Test("it is that of the polynomial, bit by bit, for every length")
    func plainTwin() {
        let bytes = (0..<67).map { UInt8(truncatingIfNeeded: $0 &* 181 &+ 7) }
        for count in 0...bytes.count {
            var crc: UInt32 = ~0
            for byte in bytes[..<count] {
                crc ^= UInt32(byte)
                for _ in 0..<8 { crc = (crc >> 1) ^ (crc & 1 == 1 ? 0xEDB8_8320 : 0) }
            }
            #expect(bytes[..<count].withUnsafeBytes { CRC32.of($0) } == ~crc)
        }
    }
}
