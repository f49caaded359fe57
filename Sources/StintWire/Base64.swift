/// Bytes as text: RFC 4648.
public enum Base64 {
    public enum Alphabet {
        /// §4, padded with `=`.
        case standard
        /// §5, without padding.
        case url
    }

    public static func write(_ bytes: UnsafeRawBufferPointer, alphabet: Alphabet = .standard, into out: inout ByteWriter) {
        func letter(_ value: UInt32) -> UInt8 {
            switch value & 63 {
            case 0..<26: UInt8(ascii: "A") + UInt8(value & 63)
            case 26..<52: UInt8(ascii: "a") + UInt8(value & 63) - 26
            case 52..<62: UInt8(ascii: "0") + UInt8(value & 63) - 52
            case 62: alphabet == .url ? UInt8(ascii: "-") : UInt8(ascii: "+")
            default: alphabet == .url ? UInt8(ascii: "_") : UInt8(ascii: "/")
            }
        }
        out.reserve((bytes.count + 2) / 3 * 4)
        var i = 0
        while i < bytes.count {
            let have = min(3, bytes.count - i)
            var word: UInt32 = 0
            for k in 0..<3 { word = word << 8 | (k < have ? UInt32(bytes[i + k]) : 0) }
            for k in 0...have { out.append(byte: letter(word >> UInt32(18 - 6 * k))) }
            if alphabet == .standard { for _ in have..<3 { out.append(byte: UInt8(ascii: "=")) } }
            i += 3
        }
    }

    /// Appends the bytes that a padded text of the standard alphabet stands for; false, and nothing appended, when it is none.
    public static func read(_ text: UnsafeRawBufferPointer, into out: inout ByteWriter) -> Bool {
        guard text.count % 4 == 0 else { return false }
        let start = out.count
        var i = 0
        while i < text.count {
            var word: UInt32 = 0, padding = 0
            for k in 0..<4 {
                guard let value = value(text[i + k], isLast: i + 4 == text.count, place: k, &padding) else {
                    out.count = start
                    return false
                }
                word = word << 6 | value
            }
            // Bits that stand for nothing must be 0, so that one text stands for one piece of bytes.
            guard word & (padding == 0 ? 0 : 1 << UInt32(8 * padding) - 1) == 0 else {
                out.count = start
                return false
            }
            for k in 0..<(3 - padding) { out.append(byte: UInt8(truncatingIfNeeded: word >> UInt32(16 - 8 * k))) }
            i += 4
        }
        return true
    }

    private static func value(_ letter: UInt8, isLast: Bool, place: Int, _ padding: inout Int) -> UInt32? {
        if letter == UInt8(ascii: "="), isLast, place >= 2 {
            padding += 1
            return 0
        }
        // Nothing comes after the padding.
        guard padding == 0 else { return nil }
        switch letter {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): return UInt32(letter - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): return UInt32(letter - UInt8(ascii: "a")) + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): return UInt32(letter - UInt8(ascii: "0")) + 52
        case UInt8(ascii: "+"): return 62
        case UInt8(ascii: "/"): return 63
        default: return nil
        }
    }
}
