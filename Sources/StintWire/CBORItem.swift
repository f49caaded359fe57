/// One CBOR data item that has been checked from end to end; what is read out of it cannot fail any more.
///
/// Well-formed RFC 8949: one item, nothing after it, no reserved codes, chunks of one kind, text that is UTF-8. Definite and indefinite
/// lengths are taken alike. Nesting is at most `deepest`; tags do not nest anything and are not counted.
///
/// ```swift
/// if let item = CBORItem(bytes) {
///     var members = item.root.members
///     while let (key, value) = members.next() { … }
/// }
/// ```
///
/// Cost: one pass over the bytes, no recursion, no allocation. The bytes belong to the caller and must outlive what is read.
public struct CBORItem {
    /// Levels of arrays and maps, as in JSON.
    public static let deepest = JSONText.deepest

    public let root: CBORValue

    /// nil when the bytes are not one data item.
    public init?(_ bytes: UnsafeRawBufferPointer) {
        guard CBORCheck(bytes).passes() else { return nil }
        root = CBORValue(raw: bytes)
    }
}

/// The head of a data item: RFC 8949 §3.
struct CBORHead {
    enum Major {
        static let unsigned: UInt8 = 0, negative: UInt8 = 1, bytes: UInt8 = 2, text: UInt8 = 3
        static let array: UInt8 = 4, map: UInt8 = 5, tag: UInt8 = 6, simple: UInt8 = 7
    }

    /// Ends what has an indefinite length.
    static let stop: UInt8 = 0xFF

    let major: UInt8
    /// 24…27: the argument follows in 1, 2, 4 or 8 bytes; 31: an indefinite length, or the stop.
    let info: UInt8
    let argument: UInt64
    /// Bytes of the head.
    let size: Int

    var isIndefinite: Bool { info == 31 }

    /// nil when the bytes end within it, or its code is reserved.
    @inline(__always)
    init?(_ bytes: UnsafeRawBufferPointer, at start: Int) {
        guard start < bytes.count else { return nil }
        let first = bytes[start]
        major = first >> 5
        info = first & 31
        switch info {
        case 0..<24: (argument, size) = (UInt64(info), 1)
        case 24...27:
            let more = 1 << Int(info - 24)
            guard more < bytes.count - start else { return nil }
            var value: UInt64 = 0
            for k in 1...more { value = value << 8 | UInt64(bytes[start + k]) }
            (argument, size) = (value, 1 + more)
        case 31: (argument, size) = (0, 1)
        default: return nil
        }
    }
}

/// The grammar, as a loop.
private struct CBORCheck {
    private let bytes: UnsafeRawBufferPointer

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// An array or a map that has begun.
    private struct Level {
        /// Items still to come; of an indefinite length, items since the start.
        var items: UInt64
        var isIndefinite: Bool
        var isMap: Bool
    }

    func passes() -> Bool {
        withUnsafeTemporaryAllocation(of: Level.self, capacity: CBORItem.deepest) { levels in
            var i = 0, depth = 0
            while true {
                // An item begins here, or the stop of the one around it.
                if i < bytes.count, bytes[i] == CBORHead.stop {
                    guard depth > 0, levels[depth - 1].isIndefinite else { return false }
                    if levels[depth - 1].isMap && levels[depth - 1].items & 1 == 1 { return false }
                    i += 1
                    depth -= 1
                } else {
                    guard var head = CBORHead(bytes, at: i) else { return false }
                    i += head.size
                    while head.major == CBORHead.Major.tag {
                        guard !head.isIndefinite, let next = CBORHead(bytes, at: i) else { return false }
                        head = next
                        i += head.size
                    }
                    switch head.major {
                    case CBORHead.Major.unsigned, CBORHead.Major.negative: if head.isIndefinite { return false }
                    case CBORHead.Major.bytes, CBORHead.Major.text:
                        guard let end = endOfString(head, from: i) else { return false }
                        i = end
                    case CBORHead.Major.simple:
                        // The stop after a tag, and simple values that have a shorter form.
                        if head.isIndefinite || head.info == 24 && head.argument < 32 { return false }
                    default:
                        let isMap = head.major == CBORHead.Major.map
                        // Every item takes a byte; so the doubling cannot overflow either.
                        guard depth < CBORItem.deepest, head.argument <= UInt64(bytes.count - i) else { return false }
                        let items = isMap ? 2 * head.argument : head.argument
                        if head.isIndefinite || items > 0 {
                            levels[depth] = Level(items: items, isIndefinite: head.isIndefinite, isMap: isMap)
                            depth += 1
                            continue
                        }
                    }
                }
                // An item has ended; close what closes with it.
                while depth > 0 {
                    if levels[depth - 1].isIndefinite {
                        levels[depth - 1].items += 1
                        break
                    }
                    levels[depth - 1].items -= 1
                    if levels[depth - 1].items > 0 { break }
                    depth -= 1
                }
                if depth == 0 { return i == bytes.count }
            }
        }
    }

    /// nil when the string is cut short, its chunks are of another kind, or its text is none.
    private func endOfString(_ head: CBORHead, from start: Int) -> Int? {
        guard head.isIndefinite else { return endOfChunk(head, from: start) }
        var i = start
        while i < bytes.count, bytes[i] != CBORHead.stop {
            guard let chunk = CBORHead(bytes, at: i), chunk.major == head.major, !chunk.isIndefinite,
                  let end = endOfChunk(chunk, from: i + chunk.size) else { return nil }
            i = end
        }
        return i < bytes.count ? i + 1 : nil
    }

    private func endOfChunk(_ head: CBORHead, from start: Int) -> Int? {
        guard head.argument <= UInt64(bytes.count - start) else { return nil }
        let end = start + Int(head.argument)
        if head.major == CBORHead.Major.text {
            guard UTF8Text.firstInvalid(UnsafeRawBufferPointer(rebasing: bytes[start..<end])) == nil else { return nil }
        }
        return end
    }
}
