import CAllocationCount
import StintWire
import Testing

@testable import Stint

/// Only with optimisation: without, generic code is not specialised and boxes what it passes. What is refused cannot be counted here: Swift
/// Testing looks at every error that is thrown, and allocates for that.
@Suite struct DecodingReleaseTests {
    private static func cbor(_ digits: String) -> [UInt8] {
        let digits = Array(digits.utf8.filter { $0 != 0x20 })
        return stride(from: 0, to: digits.count, by: 2).map { UInt8(String(decoding: digits[$0..<$0 + 2], as: UTF8.self), radix: 16)! }
    }

    @Test(
        "frames of every form allocate nothing once a message of their size was there",
        arguments: [
            Array(#"{"t":1,"seq":2,"a":0.5,"\u0062":1e30}"#.utf8), Array(#"[{"t":1,"values":[1,2]},{"t":2,"a":3}]"#.utf8),
            Array(#"[{"bn":"s/","bt":1700000000,"n":"a","t":3,"v":1},{"n":"b","t":1,"v":2}]"#.utf8),
            cbor("a4 6174 fb4029000000000000 63736571 07 7f6161ff 01 6162 f93e00"), cbor("82 a1 6676616c756573 82 01 02 bf 6161 f6 ff"),
            cbor("a1 6676616c756573 d855 48 0000c03f000000c0"), cbor("82 a3 21 62732f 00 6161 02 01 a2 00 6162 02 02"),
        ])
    func frames(payload: [UInt8]) {
        var decoder = FrameDecoder(channels: ["a", "b"], stream: "s"), counts = DropCounts()
        payload.withUnsafeBytes { bytes in
            var frames = 0
            func turn() {
                frames += decoder.decode(bytes, arrival: 1, counts: &counts)
                while decoder.next() != nil {}
            }
            for _ in 0..<2 { turn() }
            let before = stint_allocation_calls()
            for _ in 0..<100 { turn() }
            #expect(stint_allocation_calls() - before <= 0)
            #expect(frames >= 102)
        }
    }

    @Test(
        "labels of every form allocate nothing once one of their size was there",
        arguments: [
            Array(#"{"seq":2,"value":0.5}"#.utf8), Array(#"{"t":2,"value":"gr\u0061vel"}"#.utf8), Array(#"{"t":2,"value":[1,2]}"#.utf8),
            cbor("a2 63736571 07 6576616c7565 fb3ff8000000000000"), cbor("a2 63736571 07 6576616c7565 7f 6161 6162 ff"), cbor("a2 63736571 07 6576616c7565 d840420102"),
        ])
    func labels(payload: [UInt8]) {
        var decoder = LabelDecoder(targets: 2), counts = DropCounts()
        payload.withUnsafeBytes { bytes in
            var taken = 0
            func turn() { taken += decoder.decode(bytes, counts: &counts) == nil ? 0 : 1 }
            for _ in 0..<2 { turn() }
            let before = stint_allocation_calls()
            for _ in 0..<100 { turn() }
            #expect(stint_allocation_calls() - before <= 0)
            #expect(taken == 102)
        }
    }
}
