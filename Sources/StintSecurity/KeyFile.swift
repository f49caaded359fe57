import StintSockets
import StintStore
#if canImport(Glibc)
import Glibc
#else
import Musl
#endif

/// What is wrong with a file of keys; the description is the user's sentence.
public struct KeyFileError: Error, Equatable, CustomStringConvertible {
    public let description: String
}

/// A key as a line of a file has it.
public protocol WrittenKey: Hashable, Sendable {
    init?(written text: String)
    /// What a line must have, in words.
    static var form: String { get }
}

extension CurveKey: WrittenKey {
    public init?(written text: String) { self.init(text) }
    public static var form: String { "a key of \(length) characters of Z85" }
}

/// A list of CURVE keys.
public typealias KeyFile = KeyList<CurveKey>

/// A text of keys, one a line with a name: `KEY NAME`. Empty lines and those that begin with `#` say nothing: Z85 has a `#`, but
/// four bytes are less than the 84 · 85⁴ that a first one would stand for.
///
/// The name is what the rest of a line says; it is whose key it is. Keys differ, and so do names.
public struct KeyList<Key: WrittenKey>: Equatable, Sendable {
    public struct Entry: Equatable, Sendable {
        public let key: Key
        public let name: String
    }

    /// Lists are read by people; a million of lines are a mistake or an attack.
    static var most: Int { 10_000 }

    public let entries: [Entry]

    /// - Parameter path: stands before the line's number in what is refused.
    public init(_ bytes: some Collection<UInt8>, path: String) throws(KeyFileError) {
        guard let text = String(validating: bytes, as: UTF8.self) else { throw KeyFileError(description: "\(path): expected text, one key a line with a name") }
        var entries: [Entry] = []
        var keys: Set<Key> = [], names: Set<String> = []
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let line = line.trimmed
            if line.isEmpty || line.hasPrefix("#") { continue }
            func refuse(_ why: String) -> KeyFileError { KeyFileError(description: "\(path):\(index + 1): \(why)") }
            let words = line.split(maxSplits: 1) { $0 == " " || $0 == "\t" }
            // A secret key may stand here by mistake: what came is not repeated.
            guard let key = Key(written: String(words[0])) else { throw refuse("expected \(Key.form) and a name; see `stint keys`") }
            guard words.count == 2 else { throw refuse("the key has no name; write whose it is behind it") }
            let name = String(words[1].trimmed)
            guard keys.insert(key).inserted else { throw refuse("the key of \(name) stands there twice; take one away") }
            guard names.insert(name).inserted else { throw refuse("there are two keys of \(name); give them two names") }
            guard entries.count < Self.most else { throw refuse("more than \(Self.most) keys") }
            entries.append(Entry(key: key, name: name))
        }
        self.entries = entries
    }

    /// A list of public keys from a file.
    public static func read(_ path: String) throws(KeyFileError) -> KeyList {
        try KeyList(bytes(path), path: path)
    }

    /// The only entry of a file that nobody but its owner can read.
    static func readOnly(_ path: String) throws(KeyFileError) -> Entry {
        var facts = stat()
        if stat(path, &facts) == 0, facts.st_mode & 0o077 != 0 {
            throw KeyFileError(description: "\(path): others can read this secret key; say chmod 600, and make a new one if somebody may have")
        }
        let file = try read(path)
        guard let only = file.entries.first, file.entries.count == 1 else {
            throw KeyFileError(description: "\(path): expected one secret key, got \(file.entries.count)")
        }
        return only
    }

    private static func bytes(_ path: String) throws(KeyFileError) -> [UInt8] {
        do throws(DiskError) {
            let bytes = try Disk().read(path)
            defer { bytes.deallocate() }
            return Array(bytes)
        } catch {
            throw KeyFileError(description: "\(error)")
        }
    }
}

extension KeyList where Key == CurveKey {
    /// A file that has one secret key, that nobody but its owner can read.
    public static func readSecret(_ path: String) throws(KeyFileError) -> (keys: CurveKeyPair, name: String) {
        let only = try readOnly(path)
        guard let pair = CurveKeyPair(secretKey: only.key) else { throw KeyFileError(description: "\(path): this is no secret key") }
        return (pair, only.name)
    }

    /// A public key as it is written, or that of a file which has one.
    public static func readPublic(_ text: String) throws(KeyFileError) -> CurveKey {
        if let key = CurveKey(text) { return key }
        let file = try read(text)
        guard let only = file.entries.first, file.entries.count == 1 else {
            throw KeyFileError(description: "\(text): expected one public key, got \(file.entries.count)")
        }
        return only.key
    }
}

extension Substring {
    /// Without blanks and tabs at both ends.
    fileprivate var trimmed: Substring {
        func isBlank(_ character: Character) -> Bool { character == " " || character == "\t" }
        var rest = drop(while: isBlank)
        while let last = rest.last, isBlank(last) { rest.removeLast() }
        return rest
    }
}
