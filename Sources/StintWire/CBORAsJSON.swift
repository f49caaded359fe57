extension CBORValue {
    /// The value as JSON text, for people and for tools that read lines: RFC 8949 §6.1.
    ///
    /// Numbers are the shortest decimals of the width that they came in, so that a line of CBOR gives the line that JSON would have been.
    /// Numbers that are not finite are `null`, bytes are base64url without padding, keys that are no text are their JSON in quotes; tags
    /// that are not known are left out.
    public func writeJSON(into out: inout ByteWriter) {
        var scratch = ByteWriter(capacity: 64)
        switch kind {
        case .map:
            out.append(byte: .braceOpen)
            var members = self.members, isFirst = true
            while let (key, value) = members.next() {
                if !isFirst { out.append(byte: .comma) }
                isFirst = false
                if key.kind == .text {
                    out.append(quoted: key.text(in: &scratch))
                } else {
                    var text = ByteWriter(capacity: 64)
                    key.writeJSON(into: &text)
                    out.append(quoted: text.bytes)
                }
                out.append(byte: .colon)
                value.writeJSON(into: &out)
            }
            out.append(byte: .braceClose)
        case .array:
            out.append(byte: .bracketOpen)
            var elements = self.elements, isFirst = true
            while let element = elements.next() {
                if !isFirst { out.append(byte: .comma) }
                isFirst = false
                element.writeJSON(into: &out)
            }
            out.append(byte: .bracketClose)
        case .numbers:
            out.append(byte: .bracketOpen)
            for i in 0..<(numbers?.count ?? 0) {
                if i > 0 { out.append(byte: .comma) }
                if let cell = numbers?.cell(i) { out.append(cell.value) }
            }
            out.append(byte: .bracketClose)
        case .text: out.append(quoted: text(in: &scratch))
        case .bytes:
            out.append(byte: .quote)
            Base64.write(text(in: &scratch), alphabet: .url, into: &out)
            out.append(byte: .quote)
        case .number:
            if case .single(let value)? = spelling { out.append(value) } else { out.append(bytes: numeral(in: &scratch)) }
        case .bool: out.append(isTrue)
        case .null, .other: out.append("null")
        }
    }
}
