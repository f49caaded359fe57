#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif
import ArgumentParser
import StintConfig
import StintSockets
import StintWire

/// Where a daemon is that one can go to.
struct DaemonOptions: ParsableArguments {
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

/// Where the daemon is, or where it comes to.
struct ControlOptions: ParsableArguments {
    @OptionGroup var daemon: DaemonOptions

    @Option(help: ArgumentHelp("Wait at an endpoint of our own until the device dials in, by its [control] connect.", valueName: "endpoint"))
    var listen: EndpointOption?

    @Option(help: ArgumentHelp("The [device] id of the one that is meant, with --listen.", valueName: "id"))
    var peer: String?

    var keys: KeyOptions { daemon.keys }

    func validate() throws {
        if listen != nil, daemon.control != nil { throw ValidationError("--control goes to the device, and --listen waits for it: say one of them") }
        if peer != nil, listen == nil { throw ValidationError("--peer goes with --listen") }
    }

    func line(in context: Context) throws(Failure) -> any ControlLine {
        guard let listen else { return try DialledLine(try daemon.endpoint(), keys, in: context) }
        guard let peer else { throw .refused("--listen needs --peer: the [device] id of the one that is meant") }
        let reception = try Reception(listen, own: keys.own, guests: [(peer, keys.theirs)], in: context)
        say("waiting for \(peer) at \(reception.endpoint)")
        return ReceptionLine(reception, peer)
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
    /// Milliseconds between two attempts to send.
    private static let pause = 50

    let line: any ControlLine
    private var number: Int
    private var request: ByteWriter

    /// The daemon that the options mean.
    init(_ options: ControlOptions, in context: Context) throws(Failure) { self.init(try options.line(in: context)) }

    init(_ endpoint: String, _ keys: KeyOptions? = nil, in context: Context) throws(Failure) {
        self.init(try DialledLine(endpoint, keys, in: context))
    }

    init(_ line: any ControlLine) {
        self.line = line
        // What was asked by somebody before us on the same line may be answered only now.
        number = Int.random(in: 1..<1 << 40)
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
        var end = monotonicSeconds() + max(patience, line.patience)
        while try !ask(method, parameters) {
            guard monotonicSeconds() < end else { throw silence(max(patience, line.patience)) }
            try line.wait(milliseconds: Self.pause)
        }
        end = monotonicSeconds() + patience
        while true {
            if let result = try reply() { return result }
            let left = end - monotonicSeconds()
            guard left > 0 else { throw silence(patience) }
            try line.wait(milliseconds: Int(left * 1000) + 1)
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
        return try line.send(request.bytes)
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
        while let bytes = try line.receive() {
            guard let answer = bytes.withUnsafeBytes({ Self.read($0, number) }) else { continue }
            return answer
        }
        return nil
    }

    /// nil: it is not the answer to this request.
    private static func read(_ bytes: UnsafeRawBufferPointer, _ number: Int) -> Result<[UInt8], Refusal>? {
        guard let text = JSONText(bytes), text.root.member("id")?.natural == UInt64(number) else { return nil }
        if let result = text.root.member("result") { return .success([UInt8](result.raw)) }
        let error = JSON([UInt8](bytes))?["error"]
        return .failure(Refusal(code: Int(error?["code"]?.number ?? 0), message: message(error)))
    }

    private func silence(_ seconds: Double) -> Failure { .unreachable(line.silence(after: seconds)) }

    /// The daemon's words, and every problem that it names.
    static func message(_ error: JSON?) -> String {
        let said = error?["message"]?.text ?? "the daemon refused, and did not say why"
        let problems = error?["data"]?["problems"]?.elements.compactMap { $0["message"]?.text } ?? []
        return ([said] + problems.filter { !said.contains($0) }).joined(separator: "\n")
    }
}
