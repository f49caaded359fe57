import StintConfig
import StintSecurity
import StintStore
import StintWire

/// What `config.push` brings, before any of it is believed.
struct ConfigPush {
    enum Apply: String {
        /// Checked and kept; `config.confirm` puts it in force.
        case stage
        /// In force, and good if it does well.
        case apply
        /// In force, and good if somebody says so in time.
        case confirm
    }

    /// A whole config is some kilobytes.
    static let mostBytes = 256 << 10
    static let usualPatience: UInt64 = 120
    /// 2026-11-01: a clock that is earlier was never set.
    static let release = 1_793_491_200.0

    let revision: UInt64
    let text: [UInt8]
    let hash: Fingerprint
    /// The bytes of it.
    let signature: [UInt8]?
    /// As it was sent, and what it says: seconds since the epoch.
    let expires: (text: String, time: Double)?
    /// The id of one device, or the name of a group; nil: any.
    let device: String?
    let apply: Apply
    /// Seconds.
    let confirmWithin: Int
    /// Of the config that it is meant to replace.
    let base: String?
    /// Nothing is changed: what would be?
    let isDryRun: Bool
    /// What was learned may be of no use any more.
    let beginsAnew: Bool

    /// What is wrong with the parameters.
    struct Misfit: Error { let text: String }

    init(_ request: Request) throws(Misfit) {
        func present(_ name: StaticString) -> JSONValue? { request.parameter(name).flatMap { $0.kind == .null ? nil : $0 } }
        func string(_ name: StaticString) throws(Misfit) -> String? {
            guard let value = present(name) else { return nil }
            guard value.kind == .string else { throw Misfit(text: "config.push: \(name) must be a text") }
            return value.string
        }
        func flag(_ name: StaticString) throws(Misfit) -> Bool {
            guard let value = present(name) else { return false }
            guard value.kind == .bool else { throw Misfit(text: "config.push: \(name) must be true or false") }
            return value.isTrue
        }
        guard let revision = present("revision")?.natural, revision > 0, revision < 1 << 53 else {
            throw Misfit(text: "config.push needs revision: a natural number from 1 to 2^53 − 1, larger than any before")
        }
        guard let toml = present("toml"), toml.kind == .string else { throw Misfit(text: "config.push needs toml: a whole config, as text") }
        guard toml.raw.count <= 2 * Self.mostBytes else { throw Misfit(text: "config.push: toml must be at most \(Self.mostBytes) bytes") }
        self.revision = revision
        var scratch = ByteWriter(capacity: 64)
        text = Array(toml.text(in: &scratch))
        guard text.count <= Self.mostBytes else { throw Misfit(text: "config.push: toml must be at most \(Self.mostBytes) bytes, got \(text.count)") }
        hash = text.withUnsafeBytes { Fingerprint(of: $0) }
        if let said = try string("signature") {
            guard let bytes = ConfigMessage.signature(said) else { throw Misfit(text: "config.push: signature must be 64 bytes in base64") }
            signature = bytes
        } else {
            signature = nil
        }
        if let value = present("expires") {
            let text = value.kind == .string ? value.string : String(decoding: value.raw, as: UTF8.self)
            let time = value.kind == .string ? Self.time(text) : value.number
            guard let time, time.isFinite, !text.contains("\n") else {
                throw Misfit(text: "config.push: expires must be seconds since the epoch, or a time such as \"2027-01-01T00:00:00Z\"")
            }
            expires = (text, time)
        } else {
            expires = nil
        }
        device = try string("device")
        if let device, device.isEmpty || device.contains("\n") { throw Misfit(text: "config.push: device must be the id of a device, or the name of a group") }
        guard let way = Apply(rawValue: try string("apply") ?? "apply") else { throw Misfit(text: "config.push: apply must be stage, apply or confirm") }
        apply = way
        if let value = present("confirm_within_s") {
            guard let seconds = value.natural, (1...86_400).contains(seconds) else {
                throw Misfit(text: "config.push: confirm_within_s must be between 1 and 86400")
            }
            confirmWithin = way == .confirm ? Int(seconds) : 0
        } else {
            confirmWithin = way == .confirm ? Int(Self.usualPatience) : 0
        }
        base = try string("base_hash")
        isDryRun = try flag("dry_run")
        beginsAnew = try flag("begin_anew")
    }

    private static func time(_ text: String) -> Double? {
        var text = text
        return text.withUTF8 { ClockText.seconds(UnsafeRawBufferPointer($0)) }
    }

    /// Why it is not believed.
    struct Denial: Error {
        let error: ControlError
        let code: String
        let text: String
    }

    /// Whose it is. - Returns: the name of who signed it; empty where nobody needs to.
    func author(_ rules: PushRules, _ config: Config) throws(Denial) -> String {
        guard let trusted = rules.trusted else {
            guard config.control.bind.isLocal, config.control.connect.allSatisfy(\.isLocal) else {
                throw Denial(
                    error: .notPermitted, code: "not_trusted",
                    text: "configs are taken from other machines only if they are signed, and [security] trusted names nobody who could sign them")
            }
            return ""
        }
        guard let signature else { throw Denial(error: .notPermitted, code: "unsigned", text: "the config is not signed; sign it with one of the keys of [security] trusted") }
        let message = ConfigMessage.bytes(device: device ?? "", revision: revision, expires: expires?.text ?? "", toml: text)
        guard let entry = trusted.entries.first(where: { $0.key.verifies(signature, of: message) }) else {
            throw Denial(
                error: .notPermitted, code: "bad_signature",
                text: "the signature is of none of the keys of [security] trusted, or of something else than was sent")
        }
        return entry.name
    }

    /// Whether it is for this device, and still good.
    func check(_ config: Config, at now: Double) throws(Denial) {
        if let device, device != config.device.id, !config.device.groups.contains(device) {
            throw Denial(
                error: .notPermitted, code: "other_device",
                text: "the config is for \(device); this is \(config.device.id ?? "a device without an id")"
                    + (config.device.groups.isEmpty ? "" : " of \(config.device.groups.joined(separator: ", "))"))
        }
        if let expires, now > Self.release, now > expires.time {
            throw Denial(error: .notPermitted, code: "expired", text: "the config was good until \(expires.text); push it again under a higher revision")
        }
    }
}

extension JSONValue {
    /// The text of a string.
    var string: String {
        var scratch = ByteWriter(capacity: 64)
        return String(decoding: text(in: &scratch), as: UTF8.self)
    }
}
