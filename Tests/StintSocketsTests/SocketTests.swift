import StintSockets
import Testing

/// A part that was received, as a plain value.
private struct Part: Equatable {
    var text: String
    var hasMore = false
}

extension Socket {
    /// The next part; nil when there is none.
    fileprivate func next(waiting: Bool = true) throws -> Part? {
        var part = Message()
        guard try receive(into: &part, waiting: waiting) else { return nil }
        return Part(text: String(decoding: part.bytes, as: UTF8.self), hasMore: part.hasMore)
    }
}

@Suite struct SocketTests {
    @Test("a message of two parts arrives whole, and says which part is the last")
    func parts() throws {
        let context = try Context()
        var sender = try Socket(.pair, in: context), receiver = try Socket(.pair, in: context)
        try receiver.bind("inproc://parts")
        try sender.connect("inproc://parts")
        try sender.send("topic", more: true)
        try sender.send("payload")
        let got = try [receiver.next(), receiver.next(), receiver.next(waiting: false)]
        #expect(got == [Part(text: "topic", hasMore: true), Part(text: "payload"), nil])
    }

    @Test("an empty part is a part")
    func emptyPart() throws {
        let context = try Context()
        var sender = try Socket(.pair, in: context), receiver = try Socket(.pair, in: context)
        try receiver.bind("inproc://empty")
        try sender.connect("inproc://empty")
        try sender.send("")
        let got = try receiver.next()
        #expect(got == Part(text: ""))
    }

    @Test("a cleared part holds nothing and receives again")
    func cleared() throws {
        let context = try Context()
        var sender = try Socket(.pair, in: context), receiver = try Socket(.pair, in: context)
        try receiver.bind("inproc://clear")
        try sender.connect("inproc://clear")
        try sender.send(String(repeating: "x", count: 1_000_000))
        try sender.send("y")
        var part = Message()
        var counts: [Int] = []
        _ = try receiver.receive(into: &part)
        counts.append(part.count)
        part.clear()
        counts.append(part.count)
        _ = try receiver.receive(into: &part)
        counts.append(part.count)
        #expect(counts == [1_000_000, 0, 1])
    }

    @Test("a wildcard port becomes a real one")
    func wildcard() throws {
        let context = try Context()
        var socket = try Socket(.publish, in: context)
        try socket.bind("tcp://127.0.0.1:*")
        let endpoint = socket.lastEndpoint
        #expect(endpoint.hasPrefix("tcp://127.0.0.1:"))
        #expect(endpoint.split(separator: ":").last.flatMap { Int($0) } ?? 0 > 0)
    }

    @Test("an endpoint that is taken is an error that names it and says why")
    func taken() throws {
        let context = try Context()
        var first = try Socket(.router, in: context), second = try Socket(.router, in: context)
        try first.bind("tcp://127.0.0.1:*")
        let endpoint = first.lastEndpoint
        var said = ""
        do throws(SocketError) { try second.bind(endpoint) } catch { said = error.description }
        #expect(said == "\(endpoint): cannot bind: Address already in use")
    }

    @Test("a full receiver makes a send that does not wait give false")
    func full() throws {
        let context = try Context()
        var sender = try Socket(.push, in: context), receiver = try Socket(.pull, in: context)
        try sender.set(.sendHighWater, to: 1)
        try receiver.set(.receiveHighWater, to: 1)
        try receiver.bind("inproc://full")
        try sender.connect("inproc://full")
        var sent = 0
        while sent < 100, try sender.send("x", waiting: false) { sent += 1 }
        #expect((1..<100).contains(sent))
    }

    @Test("the poller says which of two sockets has something, and false after its time")
    func poll() throws {
        let context = try Context()
        var a = try Socket(.pair, in: context), b = try Socket(.pair, in: context), quiet = try Socket(.pull, in: context)
        try a.bind("inproc://poll")
        try b.connect("inproc://poll")
        try quiet.bind("inproc://quiet")
        var poller = Poller(capacity: 2)
        let first = poller.add(quiet), second = poller.add(a)
        var seen = [try poller.wait(milliseconds: 0)]
        try b.send("x")
        seen.append(try poller.wait(milliseconds: 1000))
        seen += [poller.isReady(first), poller.isReady(second)]
        #expect(seen == [false, true, false, true])
    }

    @Test("subscriptions arrive at an xpub and select by prefix")
    func prefix() throws {
        let context = try Context()
        var publisher = try Socket(.xpub, in: context), subscriber = try Socket(.subscribe, in: context)
        try publisher.bind("inproc://topics")
        try subscriber.connect("inproc://topics")
        try subscriber.subscribe(to: "input")
        let subscription = try publisher.next()
        #expect(subscription == Part(text: "\u{1}input"))
        for topic in ["other", "input2", "input"] { try publisher.send(topic) }
        let got = try [subscriber.next(), subscriber.next()]
        #expect(got == [Part(text: "input2"), Part(text: "input")])
    }
}
