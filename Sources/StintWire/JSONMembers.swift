/// Objects and arrays of JSON, member by member; who writes one need not think of commas. For reports and answers: lines have `LineObject`, which
/// knows other syntaxes too.
///
/// ```swift
/// out.beginObject()
/// out.member("revision", 7)
/// out.beginObject("clock")
/// out.member("jump", 0)
/// out.endObject()
/// out.endObject()
/// // {"revision":7,"clock":{"jump":0}}
/// ```
extension ByteWriter {
    /// A comma, unless something begins here.
    private mutating func separate() {
        guard count > 0 else { return }
        switch base[count - 1] {
        case .braceOpen, .bracketOpen, .colon, .comma, .lineFeed: break
        default: append(byte: .comma)
        }
    }

    /// A name of the source, written as it is; its value follows.
    public mutating func member(_ name: StaticString) {
        separate()
        append(byte: .quote)
        append(name)
        append("\":")
    }

    /// A name that is known at run time only; its value follows.
    public mutating func member(named name: String) {
        separate()
        append(quoted: name)
        append(byte: .colon)
    }

    public mutating func member(_ name: StaticString, _ value: Int) {
        member(name)
        append(value)
    }

    public mutating func member(_ name: StaticString, _ value: UInt64) {
        member(name)
        append(value)
    }

    public mutating func member(_ name: StaticString, _ value: Float) {
        member(name)
        append(value)
    }

    /// Nil is `null`, as is what is not finite.
    public mutating func member(_ name: StaticString, _ value: Double?) {
        member(name)
        if let value { append(value) } else { append("null") }
    }

    public mutating func member(_ name: StaticString, _ flag: Bool) {
        member(name)
        append(flag)
    }

    /// A word of the source, in quotes.
    public mutating func member(_ name: StaticString, word: StaticString) {
        member(name)
        append(byte: .quote)
        append(word)
        append(byte: .quote)
    }

    /// Text made at run time; nil is `null`. Not for the hot path.
    public mutating func member(_ name: StaticString, quoted text: String?) {
        member(name)
        if let text { append(quoted: text) } else { append("null") }
    }

    /// An object: the whole, an element, or the value of what was named before.
    public mutating func beginObject() {
        separate()
        append(byte: .braceOpen)
    }

    public mutating func beginObject(_ name: StaticString) {
        member(name)
        append(byte: .braceOpen)
    }

    public mutating func beginObject(named name: String) {
        member(named: name)
        append(byte: .braceOpen)
    }

    public mutating func endObject() { append(byte: .braceClose) }

    public mutating func beginArray(_ name: StaticString) {
        member(name)
        append(byte: .bracketOpen)
    }

    public mutating func endArray() { append(byte: .bracketClose) }

    /// A text as an element.
    public mutating func element(quoted text: String) {
        separate()
        append(quoted: text)
    }
}
