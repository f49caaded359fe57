import StintSimulation

/// Something that the demo does to the arm or its sensors at an announced time, and does not tell Stint.
struct Injection: Equatable {
    enum Kind: String {
        case payload, room, sensor, cable
    }

    let kind: Kind
    /// s.
    let onset: Double
    /// When it is over; nil: it stays.
    let end: Double?
    /// For people, at most 36 letters.
    let what: String
    /// How often this payload has come by now, the empty tip included; nil for other kinds.
    var visit: Int?

    /// For how long after its onset, and after its end, Stint may answer it: what comes later has another cause.
    var grace: Double { kind == .room ? 10 : 3 }

    /// Slow changes are followed by learning; nobody has to call them a drift.
    var isAbrupt: Bool { kind != .room }

    func isActive(at seconds: Double) -> Bool { seconds >= onset && seconds < (end ?? .infinity) }

    /// Whether something said at this moment can be an answer to it. A gap is dated by the last frame before it, hence a little slack.
    func canCause(_ seconds: Double) -> Bool { (onset - 0.05..<(end ?? onset) + grace).contains(seconds) }
}

extension ArmScenario {
    /// All that is injected, in the order of time, as far as it comes before the end.
    var injections: [Injection] {
        var visits: [Double: Int] = [0: 1]
        var all: [Injection] = []
        for change in parameters.payload.changes {
            visits[change.mass, default: 0] += 1
            let visit = visits[change.mass] ?? 1
            let again = visit > 1 ? ", visit \(visit)" : ""
            all.append(
                Injection(
                    kind: .payload, onset: change.time, end: nil,
                    what: change.mass > 0 ? "\(rounded(change.mass, 1)) kg picked up\(again)" : "the payload is put down", visit: visit))
        }
        all += parameters.room.changes.map {
            Injection(kind: .room, onset: $0.time, end: nil, what: "room at \(rounded($0.celsius, 0)) °C from now on")
        }
        all += faults.map { fault in
            Injection(
                kind: fault.kind == .cable ? .cable : .sensor, onset: fault.onset, end: fault.end,
                what: "\(fault.kind.sentence), for \(rounded(fault.end - fault.onset, 1)) s")
        }
        return all.filter { $0.onset < seconds }.sorted { $0.onset < $1.onset }
    }
}

extension SensorFault.Kind {
    fileprivate var sentence: String {
        switch self {
        case .bias(let channel, let bias): "\(channel.name) reads \(rounded(bias.magnitude, 2)) too \(bias > 0 ? "high" : "low")"
        case .noise(let channel, let sd): "\(channel.name) has noise of \(rounded(sd, 2))"
        case .scale(let channel, let factor): "\(channel.name) reads \(rounded(factor, 2)) times the truth"
        case .stuck(let channel): "\(channel.name) is stuck"
        case .dead(let channel): "\(channel.name) gives no number"
        case .cable: "cable out, no frames"
        }
    }
}
