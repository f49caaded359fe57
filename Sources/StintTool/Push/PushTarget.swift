#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif
import StintSecurity
import StintSockets
import StintStore
import StintWire

/// What is to be pushed.
struct PushOrder {
    var text: [UInt8]
    var key: SigningKey?
    /// nil: the next one.
    var revision: UInt64?
    var device: String?
    /// Seconds since the epoch.
    var expires: Int?
    var apply = "apply"
    var confirmWithin: Int?
    var base: String?
    var isDryRun = false
    var beginsAnew = false

    init(text: [UInt8]) { self.text = text }

    var hash: String { text.withUnsafeBytes { Fingerprint(of: $0) }.hexadecimal }

    func write(revision: UInt64, _ object: inout JSONObject, _ out: inout ByteWriter) {
        object.add("revision", revision, &out)
        object.key("toml", &out)
        text.withUnsafeBytes { out.append(quoted: $0) }
        if let device { object.add("device", device, &out) }
        if let expires { object.add("expires", expires, &out) }
        if let key {
            let message = ConfigMessage.bytes(device: device ?? "", revision: revision, expires: expires.map { "\($0)" } ?? "", toml: text)
            object.add("signature", key.signature(of: message), &out)
        }
        object.add("apply", apply, &out)
        if let confirmWithin { object.add("confirm_within_s", confirmWithin, &out) }
        if let base { object.add("base_hash", base, &out) }
        if isDryRun { object.add("dry_run", true, &out) }
        if beginsAnew { object.add("begin_anew", true, &out) }
    }
}

/// What became of a push.
struct PushAnswer {
    enum Outcome {
        case done(JSON)
        case refused(String)
    }

    var revision: UInt64
    var status: String
    var outcome: Outcome
    /// As it was sent.
    var raw: [UInt8] = []

    var isRefused: Bool {
        if case .refused = outcome { return true }
        return false
    }

    var sentence: String {
        switch outcome {
        case .refused(let why): return "revision \(revision) is \(status.replacing("_", with: " ")): \(why)"
        case .done(let said):
            let heads = (said["heads"]?.members ?? []).filter { $0.value.text != "kept" }.map { "\($0.key) \($0.value.text ?? "")" }
            let words = ["probation": "on probation", "staged": "staged; `stint confirm` puts it in force"]
            return "revision \(revision) is \(words[status] ?? status)" + (heads.isEmpty ? "" : "; " + heads.joined(separator: ", "))
        }
    }

    func write(into object: inout JSONObject, _ out: inout ByteWriter) {
        object.add("revision", revision, &out)
        object.add("status", status, &out)
        if case .refused(let why) = outcome { object.add("reason", why, &out) }
        if case .done(let said) = outcome, let heads = said["heads"]?.members, !heads.isEmpty {
            object.add("heads", &out) { object, out in
                for head in heads { object.add(head.key, head.value.text ?? "", &out) }
            }
        }
    }
}

/// One device that configs are pushed to.
struct PushTarget: ~Copyable {
    /// Between two looks at what becomes of a push.
    private static let pauseMicroseconds: UInt32 = 100_000
    /// Seconds that a device may be silent: it may be opening its sockets anew, or on a network that comes and goes.
    private static let silence = 60.0
    /// Seconds that another push may be on its way.
    private static let busyFor = 30.0
    /// A push may have to wait for a slow disk.
    private static let patience = 60.0

    let name: String
    private var client: ControlClient

    init(_ name: String, _ client: consuming ControlClient) {
        self.name = name
        self.client = client
    }

    /// The config section of its status.
    mutating func status() throws(Failure) -> JSON {
        guard let status = JSON(try client.call("status")) else { throw .refused("\(client.line.place): expected a status, got what is not JSON") }
        return status
    }

    /// The largest revision that it has seen.
    mutating func seen() throws(Failure) -> UInt64 { UInt64(try status()["config"]?["seen"]?.natural ?? 0) }

    /// Pushes; one that is in force or on probation already is not pushed again.
    mutating func push(_ order: PushOrder) throws(Failure) -> PushAnswer {
        var revision = order.revision ?? 0
        if order.revision == nil {
            let config = try status()["config"]
            let candidate = config?["candidate"]
            if !order.isDryRun, candidate?["hash"]?.text == order.hash, order.apply == "stage" || candidate?["stage"]?.text == "probation" {
                return PushAnswer(
                    revision: UInt64(candidate?["revision"]?.natural ?? 0), status: candidate?["stage"]?.text ?? "probation", outcome: .done(.null))
            }
            if !order.isDryRun, candidate == nil, config?["last_good"]?.text == order.hash {
                return PushAnswer(revision: UInt64(config?["last_good_revision"]?.natural ?? 0), status: "applied", outcome: .done(.null))
            }
            revision = UInt64(config?["seen"]?.natural ?? 0) + 1
        }
        let end = monotonicSeconds() + Self.busyFor
        while true {
            switch try client.exchange("config.push", patience: Self.patience, { order.write(revision: revision, &$0, &$1) }) {
            case .success(let result):
                let said = JSON(result) ?? .null
                return PushAnswer(revision: revision, status: said["status"]?.text ?? "", outcome: .done(said), raw: result)
            case .failure(let refusal) where refusal.code == ControlClient.Refusal.busy && monotonicSeconds() < end: usleep(Self.pauseMicroseconds)
            case .failure(let refusal): return PushAnswer(revision: revision, status: "rejected", outcome: .refused(refusal.message))
            }
        }
    }

    /// Waits until what is on probation is good, or was taken back.
    mutating func settle(_ answer: PushAnswer) throws(Failure) -> PushAnswer {
        guard answer.status == "probation" else { return answer }
        var settled = answer, heard = monotonicSeconds()
        while true {
            do throws(Failure) {
                let config = try status()["config"]
                heard = monotonicSeconds()
                if config?["candidate"] == nil {
                    if config?["last_good_revision"]?.natural == Int(answer.revision) {
                        settled.status = "applied"
                        return settled
                    }
                    let refused = config?["refused"]
                    settled.status = "rolled_back"
                    settled.outcome = .refused(
                        refused?["revision"]?.natural == Int(answer.revision) ? refused?["reason"]?.text ?? "" : "another config is in force")
                    return settled
                }
            } catch {
                guard case .unreachable = error, monotonicSeconds() - heard < Self.silence else { throw error }
            }
            usleep(Self.pauseMicroseconds)
        }
    }
}
