/// The syntax of a payload: its first byte tells.
enum PayloadForm {
    case json, cbor, packed

    /// CBOR begins as an array (0x80–0x9F), a map (0xA0–0xBF) or a tag (0xC0–0xDB). 0xF5 is CBOR's `true`, which is no message, and marks
    /// the packed form. Everything else is JSON or nothing: no JSON text begins with a byte of 0x80 or more.
    init(_ payload: UnsafeRawBufferPointer) {
        switch payload.first {
        case PackedFrames.mark: self = .packed
        case (0x80...0xDB)?: self = .cbor
        default: self = .json
        }
    }
}
