import StintWire
import Testing

@Suite struct CBORItemTests {
    /// As JSON; nil when the bytes are refused.
    private func json(_ bytes: [UInt8]) -> String? {
        lend(bytes) { bytes in
            guard let item = CBORItem(bytes) else { return nil }
            return written { item.root.writeJSON(into: &$0) }
        }
    }

    /// RFC 8949, appendix A; floats as the shortest decimal of their width.
    @Test("The examples of the standard mean what it says", arguments: [
        ("00", "0"), ("17", "23"), ("1818", "24"), ("1864", "100"), ("1903e8", "1000"), ("1a000f4240", "1000000"), ("1b000000e8d4a51000", "1000000000000"),
        ("1bffffffffffffffff", "18446744073709551615"), ("3bffffffffffffffff", "-18446744073709551616"), ("20", "-1"), ("29", "-10"), ("3863", "-100"), ("3903e7", "-1000"),
        ("f90000", "0"), ("f98000", "-0"), ("f93c00", "1"), ("fb3ff199999999999a", "1.1"), ("f93e00", "1.5"), ("f97bff", "65504"), ("fa47c35000", "100000"),
        ("fb7e37e43c8800759c", "1e300"), ("f90001", "5.9604645e-8"), ("f90400", "6.1035156e-5"), ("f9c400", "-4"), ("fbc010666666666666", "-4.1"),
        ("f97c00", "null"), ("f97e00", "null"), ("f9fc00", "null"), ("fa7f800000", "null"), ("fb7ff8000000000000", "null"), ("f4", "false"), ("f5", "true"), ("f6", "null"), ("f7", "null"),
        ("f0", "null"), ("f8ff", "null"), ("c11a514b67b0", "1363896240"), ("c1fb41d452d9ec200000", "1363896240.5"), ("d9d9f7c11a514b67b0", "1363896240"), ("4401020304", "\"AQIDBA\""),
        ("60", "\"\""), ("6449455446", "\"IETF\""), ("62225c", #""\"\\""#), ("62c3bc", "\"ü\""), ("64f0908591", "\"𐅑\""), ("80", "[]"), ("83010203", "[1,2,3]"), ("8301820203820405", "[1,[2,3],[4,5]]"),
        ("a0", "{}"), ("a201020304", #"{"1":2,"3":4}"#), ("a26161016162820203", #"{"a":1,"b":[2,3]}"#), ("826161a161626163", #"["a",{"b":"c"}]"#),
        ("5f42010243030405ff", "\"AQIDBAU\""), ("7f657374726561646d696e67ff", "\"streaming\""), ("9fff", "[]"), ("9f018202039f0405ffff", "[1,[2,3],[4,5]]"), ("83018202039f0405ff", "[1,[2,3],[4,5]]"),
        ("83019f0203ff820405", "[1,[2,3],[4,5]]"), ("bf61610161629f0203ffff", #"{"a":1,"b":[2,3]}"#), ("826161bf61626163ff", #"["a",{"b":"c"}]"#), ("bf6346756ef563416d7421ff", #"{"Fun":true,"Amt":-2}"#),
("98180102030405060708090a0b0c0d0e0f10111213141516171818", "[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24]"),
    ])
    func examples(digits: String, meaning: String) { #expect(json(hex(digits)) == meaning) }

    /// RFC 8949, appendix F: not well-formed.
    @Test("What the standard calls not well-formed is refused", arguments: [
        "", "18", "19", "1a", "1b", "1901", "1a0102", "1b01020304050607", "38", "58", "78", "98", "9a01ff00", "b8", "d8", "f8", "f900", "fa0000", "fb000000", "41", "61", "5affffffff00",
        "5bffffffffffffffff010203", "7affffffff00", "7b7fffffffffffffff010203", "81", "818181818181818181", "8200", "a1", "a20102", "a100", "a2000000", "5f4100", "7f6100", "9f", "9f0102", "bf", "bf01020102",
        "819f", "9f8000", "9f9f9f9f9fffffffff", "9f819f819f9fffffff", "1c", "1d", "1e", "3c", "5c", "7c", "9c", "bc", "dc", "fc", "fd", "fe", "f800", "f818", "f81f", "5f00ff", "5f21ff", "5f6100ff", "5f80ff", "5fc000ff",
        "5fe0ff", "7f4100ff", "5f5f4100ffff", "7f7f6100ffff", "ff", "81ff", "8200ff", "a1ff", "a1ff00", "a100ff", "a20000ff", "9f81ff", "9f829f819f9fffffffff", "bf00ff", "bf000000ff", "1f", "3f", "df", "c1ff", "0000",
        "61ff", "62c328", "7f61c361bcff", "c0", "d9d9f7",
    ])
    func malformed(digits: String) { #expect(json(hex(digits)) == nil) }

    @Test("Nesting is bounded, tags and lengths that lie are not believed")
    func bounds() {
        #expect(json([UInt8](repeating: 0x81, count: 32) + [0]) != nil)
        #expect(json([UInt8](repeating: 0x81, count: 33) + [0]) == nil)
        #expect(json([UInt8](repeating: 0x9F, count: 100_000)) == nil)
        #expect(json([UInt8](repeating: 0x81, count: 100_000) + [0]) == nil)
        #expect(json([UInt8](repeating: 0xC1, count: 100_000) + [0]) == "0")
        #expect(json(hex("9bffffffffffffffff00")) == nil)
        #expect(json(hex("bb800000000000000000")) == nil)
    }

    @Test("Bytes cut anywhere are refused")
    func cuts() {
        let whole = hex("bf61610161629f0203ff6163d84f4400000001ff")
        #expect(json(whole) != nil)
        for length in 0..<whole.count { #expect(json(Array(whole[..<length])) == nil) }
    }

    /// RFC 8746, table 1: 1, −2 or 1.5 and their neighbours in each type and byte order.
    @Test("Arrays of numbers of every type and byte order are read", arguments: [
        ("d8404301ff00", "[1,255,0]"), ("d844420180", "[1,128]"), ("d84144000180ff", "[1,33023]"), ("d845440100ff80", "[1,33023]"), ("d8424800000001ffffffff", "[1,4.2949673e9]"),
        ("d84648" + "01000000ffffffff", "[1,4.2949673e9]"), ("d84348" + "0000000000000002", "[2]"), ("d847480200000000000000", "[2]"), ("d8484301fe80", "[1,-2,-128]"), ("d849440001fffe", "[1,-2]"),
        ("d84d440100feff", "[1,-2]"), ("d84a4800000001fffffffe", "[1,-2]"), ("d84e4801000000feffffff", "[1,-2]"), ("d84b48fffffffffffffffe", "[-2]"), ("d84f48feffffffffffffff", "[-2]"),
        ("d850443e00c000", "[1.5,-2]"), ("d85444003e00c0", "[1.5,-2]"), ("d851483fc00000c0000000", "[1.5,-2]"), ("d855480000c03f000000c0", "[1.5,-2]"), ("d852483ff8000000000000", "[1.5]"),
        ("d85648000000000000f83f", "[1.5]"), ("d84040", "[]"), ("d9d9f7d8404101", "[1]"), ("d829d8404101", "[1]"),
    ])
    func typed(digits: String, meaning: String) { #expect(json(hex(digits)) == meaning) }

    @Test("Arrays of numbers that are none mean nothing: Float128, the reserved tag, half a number, chunks, no bytes, two types", arguments: [
        "d85350" + String(repeating: "00", count: 16), "d85750" + String(repeating: "00", count: 16), "d84c4101", "d84143000102", "d8405f4101ff", "d84001", "d84063616263", "d840d8404101", "d8408101", "c163616263",
    ])
    func nothing(digits: String) { #expect(json(hex(digits)) == "null") }

    @Test("Base64 is there and back, and one text stands for one piece of bytes")
    func base64() {
        for (plain, coded) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy")] {
            #expect(written { out in lend(plain) { Base64.write($0, into: &out) } } == coded)
            let back = cbor { out in _ = lend(coded) { Base64.read($0, into: &out) } }
            #expect(back == Array(plain.utf8))
        }
        for bad in ["Z", "Zg", "Zg=", "Zh==", "Zm9=", "=g==", "Z===", "Zg==Zg==", "Zm9v\n", "Zm-v", "Zm9vYg= "] {
            var isRead = true
            let back = cbor { out in isRead = lend(bad) { Base64.read($0, into: &out) } }
            #expect(back.isEmpty && !isRead, "\(bad)")
        }
    }
}
