import StintSockets
import Testing

@Suite struct CurveTests {
    @Test("a key is 40 characters of Z85, and its pair follows from the secret half")
    func keys() throws {
        let pair = try CurveKeyPair.random()
        #expect(CurveKey(pair.publicKey.text) == pair.publicKey)
        #expect(CurveKeyPair(secretKey: pair.secretKey) == pair)
        #expect(try CurveKeyPair.random() != pair)
        for text in ["", "a", String(repeating: " ", count: 40), String(repeating: "#", count: 41), pair.publicKey.text + "0", pair.publicKey.text + " "] {
            #expect(CurveKey(text) == nil)
        }
    }

    /// A ROUTER of a device with these guests, and a DEALER that knocks.
    private struct Door: ~Copyable {
        let context: Context
        let gatekeeper: Gatekeeper
        let device: CurveKeyPair
        var router: Socket
        var poller: Poller
        let atGate: Int
        let atRouter: Int

        init(allowing guests: Set<CurveKey>) throws {
            let context = try Context(), device = try CurveKeyPair.random()
            let gatekeeper = try Gatekeeper(allowing: guests, in: context)
            var router = try Socket(.router, in: context), poller = Poller(capacity: 2)
            try router.admitOnlyKnown(as: device, by: gatekeeper, handshake: 100)
            try router.bind("tcp://127.0.0.1:*")
            // Nothing is set before the last throw: Swift 6.0 cannot undo half of a value that cannot be copied.
            atGate = poller.add(gatekeeper.socket)
            atRouter = poller.add(router)
            (self.context, self.device, self.gatekeeper) = (context, device, gatekeeper)
            self.router = router
            self.poller = poller
        }

        /// Whether a message of this guest gets through before the gatekeeper has refused `refusals` times.
        mutating func lets(_ guest: borrowing Socket, refusals: UInt64 = 1) throws -> Bool {
            try guest.send("knock", waiting: false)
            var part = Message()
            while true {
                guard try poller.wait(milliseconds: 20_000) else { return false }
                if poller.isReady(atGate) { try gatekeeper.answer(8) }
                if poller.isReady(atRouter), try router.receive(into: &part, waiting: false) { return true }
                if gatekeeper.counts.refused >= refusals { return false }
            }
        }

        func dealer(_ keys: CurveKeyPair?, to server: CurveKey? = nil) throws -> Socket {
            let context = try Context()
            var socket = try Socket(.dealer, in: context)
            if let keys { try socket.introduce(as: keys, to: server ?? device.publicKey) }
            try socket.connect(router.lastEndpoint)
            return socket
        }
    }

    @Test("who is on the list comes in")
    func known() throws {
        let guest = try CurveKeyPair.random()
        var door = try Door(allowing: [guest.publicKey])
        let socket = try door.dealer(guest)
        #expect(try door.lets(socket))
        #expect(door.gatekeeper.counts == (1, 0))
    }

    @Test("who is not on the list stays out, until he is put on it")
    func unknown() throws {
        let guest = try CurveKeyPair.random(), other = try CurveKeyPair.random()
        var door = try Door(allowing: [other.publicKey])
        let socket = try door.dealer(guest)
        #expect(try !door.lets(socket))
        door.gatekeeper.allow([guest.publicKey])
        #expect(try door.lets(socket, refusals: UInt64.max))
    }

    @Test("who shows no key, or holds the device for another, does not even get to the gatekeeper")
    func withoutKey() throws {
        let guest = try CurveKeyPair.random(), impostor = try CurveKeyPair.random()
        var door = try Door(allowing: [guest.publicKey])
        let plain = try door.dealer(nil), mistaken = try door.dealer(guest, to: impostor.publicKey)
        // One who is known comes last: when he is in, the others have had their time.
        let known = try door.dealer(guest)
        try plain.send("knock", waiting: false)
        try mistaken.send("knock", waiting: false)
        #expect(try door.lets(known))
        #expect(door.gatekeeper.counts == (1, 0))
        var part = Message()
        _ = try door.router.receive(into: &part, waiting: false)
        let another = try door.router.receive(into: &part, waiting: false)
        #expect(!another)
    }

    @Test("what was bound before the keys stays open to this machine")
    func mixed() throws {
        let context = try Context()
        let gatekeeper = try Gatekeeper(allowing: [], in: context)
        var router = try Socket(.router, in: context), dealer = try Socket(.dealer, in: context)
        try router.bind("tcp://127.0.0.1:*")
        let plain = router.lastEndpoint
        try router.admitOnlyKnown(as: try CurveKeyPair.random(), by: gatekeeper)
        try router.bind("tcp://127.0.0.1:*")
        try dealer.connect(plain)
        try dealer.send("knock")
        try router.set(.receiveTimeout, to: 5000)
        var part = Message()
        let came = try router.receive(into: &part)
        #expect(came && gatekeeper.counts == (0, 0))
    }
}
