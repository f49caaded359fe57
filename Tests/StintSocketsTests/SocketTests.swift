import StintSockets
import Testing

@Suite struct SocketTests {
    @Test("a message of two parts arrives whole, and says which part is the last") func parts() throws {
        let context = try Context()
        var sender = try Socket(.pair, in: context), receiver = try Socket(.pair, in: context)
        try receiver.bind("inproc://parts")
        try sender.connect("inproc://parts")
        try sender.send("topic", more: true)
        try sender.send("payload")
        var part = Message()
        #expect(try receiver.receive(into: &part))
        #expect(Array(part.bytes) == Array("topic".utf8))
        #expect(part.hasMore)
        #expect(try receiver.receive(into: &part))
        #expect(Array(part.bytes) == Array("payload".utf8))
        #expect(!part.hasMore)
        #expect(try !receiver.receive(into: &part, waiting: false))
    }

    @Test("an empty part is a part") func empty() throws {
        let context = try Context()
        var sender = try Socket(.pair, in: context), receiver = try Socket(.pair, in: context)
        try receiver.bind("inproc://empty")
        try sender.connect("inproc://empty")
        try sender.send("")
        var part = Message()
        #expect(try receiver.receive(into: &part))
        #expect(part.count == 0)
    }

    @Test("a cleared part holds nothing and receives again") func clear() throws {
        let context = try Context()
        var sender = try Socket(.pair, in: context), receiver = try Socket(.pair, in: context)
        try receiver.bind("inproc://clear")
        try sender.connect("inproc://clear")
        try sender.send(String(repeating: "x", count: 1_000_000))
        try sender.send("y")
        var part = Message()
        #expect(try receiver.receive(into: &part))
        #expect(part.count == 1_000_000)
        part.clear()
        #expect(part.count == 0)
        #expect(try receiver.receive(into: &part))
        #expect(part.count == 1)
    }

    @Test("a wildcard port becomes a real one") func wildcard() throws {
        let context = try Context()
        var socket = try Socket(.publish, in: context)
        try socket.bind("tcp://127.0.0.1:*")
        let endpoint = socket.lastEndpoint
        #expect(endpoint.hasPrefix("tcp://127.0.0.1:"))
        #expect(Int(endpoint.split(separator: ":").last!)! > 0)
    }

    @Test("an endpoint that is taken is an error that names it and says why") func taken() throws {
        let context = try Context()
        var first = try Socket(.router, in: context), second = try Socket(.router, in: context)
        try first.bind("tcp://127.0.0.1:*")
        let endpoint = first.lastEndpoint
        do throws(SocketError) {
            try second.bind(endpoint)
            Issue.record("two sockets are bound to \(endpoint)")
        } catch {
            #expect(error.description == "\(endpoint): cannot bind: Address already in use")
        }
    }

    @Test("a full receiver makes a send that does not wait give false") func full() throws {
        let context = try Context()
        var sender = try Socket(.push, in: context), receiver = try Socket(.pull, in: context)
        try sender.set(.sendHighWater, to: 1)
        try receiver.set(.receiveHighWater, to: 1)
        try receiver.bind("inproc://full")
        try sender.connect("inproc://full")
        var sent = 0
        while sent < 100, try sender.send("x", waiting: false) { sent += 1 }
        #expect(sent > 0)
        #expect(sent < 100)
    }

    @Test("the poller says which of two sockets has something, and false after its time") func poll() throws {
        let context = try Context()
        var a = try Socket(.pair, in: context), b = try Socket(.pair, in: context), quiet = try Socket(.pull, in: context)
        try a.bind("inproc://poll")
        try b.connect("inproc://poll")
        try quiet.bind("inproc://quiet")
        var poller = Poller(capacity: 2)
        let first = poller.add(quiet), second = poller.add(a)
        #expect(try !poller.wait(milliseconds: 0))
        try b.send("x")
        #expect(try poller.wait(milliseconds: 1000))
        #expect(!poller.isReady(first))
        #expect(poller.isReady(second))
    }

    @Test("subscriptions arrive at an xpub and select by prefix") func prefix() throws {
        let context = try Context()
        var publisher = try Socket(.xpub, in: context), subscriber = try Socket(.subscribe, in: context)
        try publisher.bind("inproc://topics")
        try subscriber.connect("inproc://topics")
        try subscriber.subscribe(to: "input")
        var part = Message()
        #expect(try publisher.receive(into: &part))
        #expect(Array(part.bytes) == [1] + Array("input".utf8))
        for topic in ["other", "input2", "input"] { try publisher.send(topic) }
        #expect(try subscriber.receive(into: &part))
        #expect(Array(part.bytes) == Array("input2".utf8))
        #expect(try subscriber.receive(into: &part))
        #expect(Array(part.bytes) == Array("input".utf8))
    }
}
