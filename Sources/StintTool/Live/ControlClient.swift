#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif
import ArgumentParser
import StintConfig
import StintSockets
import StintWire

/// Where the daemon's control endpoint is.
struct ControlOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The daemon's control endpoint; else $STINT_CONTROL, else that of -c, else \(Endpoint.defaultControl.text).", valueName: "endpoint"))
    var control: EndpointOption?

    @Option(name: [.short, .customLong("config")], help: ArgumentHelp("The daemon's config.", valueName: "file"))
    var config: String?

    @OptionGroup var keys: KeyOptions

    func endpoint() throws(Failure) -> String {
        if let control { return control.text }
        if let said = getenv("STINT_CONTROL").map({ String(cString: $0) }), !said.isEmpty {
            guard let endpoint = EndpointOption(argument: said) else {
                throw .refused("STINT_CONTROL must be tcp://HOST:PORT or ipc://PATH, got \(said)")
            }
            return endpoint.text
        }
        guard let config else { return Endpoint.defaultControl.text }
        let bytes = try readWhole(config)
        let bind: String
        do throws(ConfigError) {
            bind = try Config.parse(bytes, fileName: config).control.bind.text
        } catch {
            throw .refused(error)
        }
        guard !bind.hasSuffix(":*"), !bind.hasSuffix(":0") else {
            throw .refused("\(config): control.bind leaves the port open; give the one of the daemon's ready line with --control")
        }
        return bind
    }
}

/// Asks a daemon over its control endpoint: one JSON-RPC 2.0 object a request.
///
/// ```swift
/// var client = try ControlClient("ipc:///run/stint/control", in: context)
/// let result = try client.call("status")
/// ```
struct ControlClient: ~Copyable {
    static let patience = 5.0

    let endpoint: String
    let socket: Socket
    private var part: Message
    private var poller: Poller
    private var number: Int
    private var request: ByteWriter

    /// The daemon that the options mean.
    init(_ options: ControlOptions, in context: Context) throws(Failure) {
        try self.init(try options.endpoint(), options.keys, in: context)
    }

    init(_ endpoint: String, _ keys: KeyOptions? = nil, in context: Context) throws(Failure) {
        var socket = try reaching { () throws(SocketError) in try Socket(.dealer, in: context) }
        try keys?.introduce(socket)
        do throws(SocketError) { try socket.connect(endpoint) } catch { throw Failure(error) }
        var poller = Poller(capacity: 1)
        _ = poller.add(socket)
        // Nothing is set before the last throw: Swift 6.0 cannot undo half of a value that cannot be copied.
        self.endpoint = endpoint
        self.socket = socket
        self.poller = poller
        part = Message()
        number = 0
        request = ByteWriter()
    }

    /// The result, as it was sent.
    ///
    /// - Throws: no answer within `patience`; what the daemon refused, in its words.
    mutating func call(
        _ method: String, _ parameters: (inout JSONObject, inout ByteWriter) -> Void = { _, _ in }
    ) throws(Failure) -> [UInt8] {
        switch try exchange(method, parameters) {
        case .success(let result): return result
        case .failure(let refusal): throw .refused(refusal.message)
        }
    }

    /// What a daemon refuses: the code of INTERFACE §9, and its words.
    struct Refusal: Error {
        static let busy = 3

        var code: Int
        var message: String
    }

    /// The result, as it was sent, or why there is none.
    ///
    /// - Throws: no answer within `patience`.
    mutating func exchange(
        _ method: String, patience: Double = ControlClient.patience, _ parameters: (inout JSONObject, inout ByteWriter) -> Void = { _, _ in }
    ) throws(Failure) -> Result<[UInt8], Refusal> {
        let end = monotonicSeconds() + patience
        guard try ask(method, parameters) else { throw silence }
        while true {
            if let result = try reply() { return result }
            let left = end - monotonicSeconds()
            guard left > 0 else { throw silence }
            do throws(SocketError) { _ = try poller.wait(milliseconds: Int(left * 1000) + 1) } catch { throw Failure(error) }
        }
    }

    /// Sends a request without waiting for its answer; an older one is then no longer waited for. False when it cannot be sent yet.
    mutating func ask(
        _ method: String, _ parameters: (inout JSONObject, inout ByteWriter) -> Void = { _, _ in }
    ) throws(Failure) -> Bool {
        number += 1
        request.clear()
        JSONObject.write(into: &request) { object, out in
            object.add("jsonrpc", "2.0", &out)
            object.add("id", number, &out)
            object.add("method", method, &out)
            object.add("params", &out, parameters)
        }
        do throws(SocketError) { return try socket.send(request.bytes, waiting: false) } catch { throw Failure(error) }
    }

    /// The answer to the newest request, if it is there.
    mutating func answer() throws(Failure) -> [UInt8]? {
        switch try reply() {
        case nil: return nil
        case .success(let result): return result
        case .failure(let refusal): throw .refused(refusal.message)
        }
    }

    private mutating func reply() throws(Failure) -> Result<[UInt8], Refusal>? {
        while true {
            do throws(SocketError) {
                guard try socket.receive(into: &part, waiting: false) else { return nil }
                while part.hasMore { guard try socket.receive(into: &part) else { return nil } }
            } catch {
                throw Failure(error)
            }
            guard let text = JSONText(part.bytes), text.root.member("id")?.natural == UInt64(number) else { continue }
            if let result = text.root.member("result") { return .success([UInt8](result.raw)) }
            let error = JSON([UInt8](part.bytes))?["error"]
            return .failure(Refusal(code: Int(error?["code"]?.number ?? 0), message: Self.message(error)))
        }
    }

    private var silence: Failure { .unreachable("no answer from \(endpoint) within \(rounded(Self.patience, 0)) s; is stintd running there, and does it know our key?") }

    /// The daemon's words, and every problem that it names.
    static func message(_ error: JSON?) -> String {
        let said = error?["message"]?.text ?? "the daemon refused, and did not say why"
        let problems = error?["data"]?["problems"]?.elements.compactMap { $0["message"]?.text } ?? []
        return ([said] + problems.filter { !said.contains($0) }).joined(separator: "\n")
    }
}
