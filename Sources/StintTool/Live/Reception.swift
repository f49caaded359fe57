import StintConfig
import StintSecurity
import StintSockets

/// Where devices dial in that cannot be reached: a bound ROUTER, on which each goes by its `[device] id`.
///
/// A device of a fleet could call itself by the name of another, so an answer counts only if it came by the connection of the key that
/// this name has. Beyond this machine nobody comes in whose key is not known.
final class Reception {
    /// Seconds until a device has surely dialled: at most every 40, and as long again for one that just missed us.
    static let patience = 100.0

    let endpoint: String
    private let socket: Socket
    private let gatekeeper: Gatekeeper?
    /// By name; empty where nobody is asked for a key.
    private let keys: [String: CurveKey]
    private var poller = Poller(capacity: 2)
    private var name = Message()
    private var part = Message()
    /// Answers that wait to be read, by device.
    private var mail: [String: [[UInt8]]] = [:]

    /// - Parameter guests: who may dial in, by name, with his public key or a file that has it.
    init(_ endpoint: EndpointOption, own: String?, guests: [(name: String, key: String?)], in context: Context) throws(Failure) {
        var socket = try reaching { () throws(SocketError) in try Socket(.router, in: context) }
        var gatekeeper: Gatekeeper?, keys: [String: CurveKey] = [:]
        let isOpen = own == nil && guests.allSatisfy { $0.key == nil }
        guard !isOpen || Endpoint.staysHere(endpoint.text) else {
            throw .refused("\(endpoint.text) leaves this machine, and there only known keys may come in: say --key, and the device's with --server-key or in --devices")
        }
        if !isOpen {
            guard let own else { throw .refused("--key is missing: our own secret key, that the devices know us by") }
            if let stranger = guests.first(where: { $0.key == nil }) {
                throw .refused("\(stranger.name) has no key; say it with --server-key or in --devices")
            }
            let pair: CurveKeyPair
            do throws(KeyFileError) {
                pair = try KeyFile.readSecret(own).keys
                for guest in guests { keys[guest.name] = try KeyFile.readPublic(guest.key ?? "") }
            } catch {
                throw .refused(error.description)
            }
            let known = Set(keys.values)
            gatekeeper = try reaching { () throws(SocketError) in
                let gatekeeper = try Gatekeeper(allowing: known, in: context)
                try socket.admitOnlyKnown(as: pair, by: gatekeeper)
                return gatekeeper
            }
        }
        do throws(SocketError) {
            try socket.set(.routerMandatory, to: 1)
            // A device that comes back by another way is not kept out by its own dead connection.
            try socket.set(.routerHandover, to: 1)
            try socket.set(.heartbeatInterval, to: 10_000)
            try socket.set(.heartbeatTimeout, to: 20_000)
            try socket.bind(endpoint.text)
        } catch {
            throw Failure(error)
        }
        self.endpoint = socket.lastEndpoint
        _ = poller.add(socket)
        if let gatekeeper { _ = poller.add(gatekeeper.socket) }
        self.socket = socket
        self.gatekeeper = gatekeeper
        self.keys = keys
    }

    /// False while nobody of that name is there.
    func send(_ request: UnsafeRawBufferPointer, to device: String) throws(Failure) -> Bool {
        try admit()
        do throws(SocketError) {
            guard try socket.send(device, more: true, waiting: false) else { return false }
            return try socket.send(request, waiting: false)
        } catch {
            if error.isNobodyThere { return false }
            throw Failure(error)
        }
    }

    func receive(from device: String) throws(Failure) -> [UInt8]? {
        try admit()
        do throws(SocketError) {
            while try socket.receive(into: &name, waiting: false) {
                let sender = String(decoding: name.bytes, as: UTF8.self)
                guard name.hasMore, try socket.receive(into: &part) else { continue }
                while part.hasMore { guard try socket.receive(into: &part) else { break } }
                guard gatekeeper == nil || part.sender != nil && part.sender == keys[sender] else { continue }
                mail[sender, default: []].append([UInt8](part.bytes))
            }
        } catch {
            throw Failure(error)
        }
        guard mail[device]?.isEmpty == false else { return nil }
        return mail[device]?.removeFirst()
    }

    func wait(milliseconds: Int) throws(Failure) {
        do throws(SocketError) { _ = try poller.wait(milliseconds: milliseconds) } catch { throw Failure(error) }
        try admit()
    }

    private func admit() throws(Failure) {
        do throws(SocketError) { try gatekeeper?.answer(64) } catch { throw Failure(error) }
    }

    func watch(_ poller: inout Poller) {
        _ = poller.add(socket)
        if let gatekeeper { _ = poller.add(gatekeeper.socket) }
    }
}

/// To a device that dials in.
final class ReceptionLine: ControlLine {
    private let reception: Reception
    private let device: String
    private var isThere = false

    init(_ reception: Reception, _ device: String) { (self.reception, self.device) = (reception, device) }

    var place: String { "\(device) at \(reception.endpoint)" }
    var patience: Double { Reception.patience }

    func send(_ request: UnsafeRawBufferPointer) throws(Failure) -> Bool {
        guard try reception.send(request, to: device) else { return false }
        isThere = true
        return true
    }

    func receive() throws(Failure) -> [UInt8]? { try reception.receive(from: device) }

    func wait(milliseconds: Int) throws(Failure) { try reception.wait(milliseconds: milliseconds) }

    func silence(after seconds: Double) -> String {
        isThere
            ? "no answer from \(device) within \(rounded(seconds, 0)) s; it had dialled in at \(reception.endpoint), and may be gone again"
            : "\(device) did not dial in at \(reception.endpoint) within \(rounded(seconds, 0)) s; is that its [control] connect and [device] id, and does each side know the other's key?"
    }

    func watch(_ poller: inout Poller) { reception.watch(&poller) }
}
