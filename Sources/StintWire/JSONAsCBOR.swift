/// What is written as JSON for one reader, for another who wants CBOR: the same keys and values.
extension ByteWriter {
    /// One value of a checked text. Whole numbers from 0 on become integers, all others Float64. Cost: O(bytes), no allocation once `scratch`
    /// has room for the longest escaped text.
    public mutating func append(cborOf value: JSONValue, scratch: inout ByteWriter) {
        switch value.kind {
        case .null: appendCBORNull()
        case .bool: append(cbor: value.isTrue)
        case .number:
            if let natural = value.natural { append(cbor: natural) } else { append(cbor: value.number ?? .nan) }
        case .string: append(cborText: value.text(in: &scratch))
        case .array:
            var all = value.elements, count: UInt64 = 0
            while all.next() != nil { count += 1 }
            append(cborHead: CBORHead.Major.array, count)
            all = value.elements
            while let element = all.next() { append(cborOf: element, scratch: &scratch) }
        case .object:
            var all = value.members, count: UInt64 = 0
            while all.next() != nil { count += 1 }
            append(cborHead: CBORHead.Major.map, count)
            all = value.members
            while let (key, member) = all.next() {
                append(cborText: key.text(in: &scratch))
                append(cborOf: member, scratch: &scratch)
            }
        }
    }
}
