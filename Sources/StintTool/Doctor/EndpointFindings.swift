import StintConfig

/// Whether there is somebody at the other end of an input, and whether the two ends go together.
enum EndpointFindings {
    /// For an endpoint that we connect to.
    static func connecting(_ endpoint: String, _ greeting: Greeting) -> Finding {
        switch greeting {
        case .nobody(let why):
            return .wrong(
                "endpoint", endpoint, "nobody listens there: \(why)",
                "one end must bind: start the sender, or, if it connects as well, move this endpoint from input.connect to input.bind\(permission(why))")
        case .notZeroMQ:
            return .wrong("endpoint", endpoint, "who listens there does not speak ZeroMQ (ZMTP 3)", "is the port another program's? `ss -ltnp` tells whose")
        case .peer(let mechanism, _) where mechanism != "NULL":
            return .wrong(
                "endpoint", endpoint, "the other end asks for \(mechanism), and this config has no keys",
                "give Stint its key: [security], and the endpoint as the name of the sender's public key in the list of allow")
        case .peer(_, let kind?) where kind != "PUB" && kind != "XPUB":
            return .wrong("endpoint", endpoint, "a \(kind) socket listens there, and frames come from a PUB", advice(against: kind))
        case .peer: return .fine("endpoint", endpoint, "a publisher listens there")
        }
    }

    /// For an endpoint that stintd binds.
    static func binding(_ endpoint: String, _ greeting: Greeting, isRunning: Bool) -> Finding {
        switch (greeting, isRunning) {
        case (.nobody(let why), true):
            return .wrong("endpoint", endpoint, "stintd runs, and nobody listens there: \(why)", "it runs another config, or the path is not for this user\(permission(why))")
        case (.nobody, false): return .fine("endpoint", endpoint, "free, for stintd to bind")
        case (.notZeroMQ, _):
            return .wrong("endpoint", endpoint, "another program listens there, and it does not speak ZeroMQ", "`ss -ltnp` tells whose port it is; say another one")
        case (.peer(_, "SUB"?), true), (.peer(_, "XSUB"?), true): return .fine("endpoint", endpoint, "stintd listens there; whoever sends must connect, not bind")
        case (.peer(_, let kind), true):
            return .wrong("endpoint", endpoint, "a \(kind ?? "secured") socket listens there, not stintd's", "both ends bind: let the sender connect, or move this endpoint to input.connect")
        case (.peer(_, let kind), false):
            return .wrong(
                "endpoint", endpoint, "a \(kind ?? "secured") socket listens there already, so stintd cannot bind",
                kind == "SUB" ? "another stintd? give each its own endpoint" : "both ends bind: move this endpoint from input.bind to input.connect, or let the sender connect")
        }
    }

    private static func advice(against kind: String) -> String {
        switch kind {
        case "SUB", "XSUB": "both ends subscribe: this is another stintd, or a listener; the sender's endpoint is another one"
        case "PUSH": "let the sender use PUB instead of PUSH"
        case "ROUTER", "REP": "that is a control endpoint; frames come from a PUB"
        default: "let the sender use PUB"
        }
    }

    private static func permission(_ why: String) -> String {
        why.hasPrefix("Permission") ? "; for ipc the user must be of the group that owns the socket: usermod -aG stint USER" : ""
    }
}
