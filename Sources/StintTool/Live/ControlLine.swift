import StintSockets
import StintWire

/// The way to a daemon's control endpoint, and back.
protocol ControlLine: AnyObject {
    /// Where the daemon is, in words.
    var place: String { get }
    /// Seconds that it may take to get there, besides what the answer takes.
    var patience: Double { get }
    /// One request. False when it cannot be sent yet.
    func send(_ request: UnsafeRawBufferPointer) throws(Failure) -> Bool
    /// The next answer, if one is there.
    func receive() throws(Failure) -> [UInt8]?
    /// Until something came, or the time is over.
    func wait(milliseconds: Int) throws(Failure)
    /// Why nothing came.
    func silence(after seconds: Double) -> String
    /// For a program that waits for other things as well.
    func watch(_ poller: inout Poller)
}

/// To an endpoint of the daemon's own.
final class DialledLine: ControlLine {
    private let endpoint: String
    private let socket: Socket
    private var part = Message()
    private var poller = Poller(capacity: 1)

    init(_ endpoint: String, _ keys: KeyOptions?, in context: Context) throws(Failure) {
        var socket = try reaching { () throws(SocketError) in try Socket(.dealer, in: context) }
        try keys?.introduce(socket)
        do throws(SocketError) { try socket.connect(endpoint) } catch { throw Failure(error) }
        self.endpoint = endpoint
        _ = poller.add(socket)
        self.socket = socket
    }

    var place: String { endpoint }
    var patience: Double { 0 }

    func send(_ request: UnsafeRawBufferPointer) throws(Failure) -> Bool {
        do throws(SocketError) { return try socket.send(request, waiting: false) } catch { throw Failure(error) }
    }

    func receive() throws(Failure) -> [UInt8]? {
        do throws(SocketError) {
            guard try socket.receive(into: &part, waiting: false) else { return nil }
            while part.hasMore { guard try socket.receive(into: &part) else { return nil } }
            return [UInt8](part.bytes)
        } catch {
            throw Failure(error)
        }
    }

    func wait(milliseconds: Int) throws(Failure) {
        do throws(SocketError) { _ = try poller.wait(milliseconds: milliseconds) } catch { throw Failure(error) }
    }

    func silence(after seconds: Double) -> String {
        "no answer from \(endpoint) within \(rounded(seconds, 0)) s; is stintd running there, and does it know our key?"
    }

    func watch(_ poller: inout Poller) { _ = poller.add(socket) }
}
