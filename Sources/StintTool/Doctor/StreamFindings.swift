import Stint
import StintConfig
import StintWire

/// What the messages that were overheard tell about the config that is to take them.
struct StreamFindings {
    /// A stream as the config has it.
    struct Expected {
        var name: String
        var channels: [String]
    }

    let overheard: Overheard
    let streams: [Expected]
    /// Names of labels, and of heads that take verdicts or vectors.
    let labels: [String]
    let maxAgeSeconds: Double?
    /// By our own clock, seconds since the epoch.
    let now: Double

    /// A sender's clock that differs by more is another clock.
    private static let farApart = 86_400.0

    var findings: [Finding] {
        var all: [Finding] = []
        for stream in streams {
            let topic = topicFinding(stream)
            all.append(topic)
            if topic.verdict == .fine { all += payloadFindings(stream) }
        }
        if overheard.wrongParts > 0 {
            all.append(
                .wrong(
                    "parts", "messages", "\(overheard.wrongParts) of \(overheard.messages) have other than two parts",
                    "send [topic][payload], as two parts of one message"))
        }
        return all + labelFindings
    }

    private func topicFinding(_ stream: Expected) -> Finding {
        if let found = overheard.topics[stream.name] { return .fine("topic", stream.name, "\(found.count) messages while we listened") }
        guard !overheard.topics.isEmpty else {
            return .wrong("topic", stream.name, "no message at all while we listened", "is the sender sending? A PUB sends nothing before somebody has subscribed to its topic")
        }
        let near = overheard.topics.keys.first { $0.lowercased() == stream.name.lowercased() || $0.hasPrefix(stream.name) }
        let advice = near.map { "the sender's topic is \(Overheard.plain($0)): say stream.name = \"\(Overheard.plain($0))\", or let it send \(stream.name)" }
            ?? "let the sender use the topic \(stream.name), or say its topic as stream.name"
        return .wrong("topic", stream.name, "nothing on this topic; what came: \(overheard.list)", advice)
    }

    private func payloadFindings(_ stream: Expected) -> [Finding] {
        guard let payloads = overheard.topics[stream.name]?.payloads, !payloads.isEmpty else {
            return [.skipped("payload", stream.name, "every payload is longer than a MiB")]
        }
        var decoder = FrameDecoder(channels: stream.channels, stream: stream.name), counts = DropCounts()
        var refused = 0, frames = 0, sinceSet: Double?
        var filled = [Bool](repeating: false, count: stream.channels.count)
        for payload in payloads {
            payload.withUnsafeBytes { bytes in
                if decoder.decode(bytes, arrival: now, counts: &counts) == 0 { refused += 1 }
                while let frame = decoder.next() {
                    frames += 1
                    sinceSet = now - frame.time
                    for i in filled.indices where !frame.values[i].isNaN { filled[i] = true }
                }
            }
        }
        guard refused == 0 else {
            let reasons = DropReason.allCases.filter { counts[$0] > 0 }.map { "\($0.name)" }.joined(separator: ", ")
            return [
                .wrong(
                    "payload", stream.name, "\(refused) of \(payloads.count) messages are refused (\(reasons)); the newest: \(Self.outline(payloads.last!))",
                    "the config wants \(stream.channels.count) channels: \(Self.list(stream.channels)); by name, or as values in this order")
            ]
        }
        var all: [Finding] = []
        let missing = zip(stream.channels, filled).filter { !$0.1 }.map(\.0)
        if missing.isEmpty {
            all.append(.fine("payload", stream.name, "\(frames) frames of \(stream.channels.count) channels"))
        } else {
            all.append(
                .wrong(
                    "payload", stream.name, "no value for \(Self.list(missing)); the newest: \(Self.outline(payloads.last!))",
                    "names must be equal, also in case: rename them at the sender or in stream.channels"))
        }
        if let age = sinceSet { all.append(ageFinding(stream, age)) }
        return all
    }

    private func ageFinding(_ stream: Expected, _ age: Double) -> Finding {
        if let maxAgeSeconds, age > maxAgeSeconds {
            return .wrong(
                "clock", stream.name, "its newest frame is \(StatusText.duration(age)) old by our clock, and compute.max_age is \(maxAgeSeconds) s: it is not learned from",
                "let both clocks agree (NTP), or take compute.max_age out")
        }
        if abs(age) > Self.farApart {
            return .doubtful(
                "clock", stream.name, "the sender's clock differs from ours by \(StatusText.duration(abs(age)))\(age > 0 ? ", it is behind" : "")",
                "no harm by itself: labels are matched by the sender's times. Labels with our times would never match")
        }
        return .fine("clock", stream.name, "the sender's clock is within \(StatusText.duration(abs(age))) of ours")
    }

    // MARK: Labels

    private var labelFindings: [Finding] {
        let heard = overheard.topics.keys.filter { $0.hasPrefix("label/") }.map { String($0.dropFirst(6)) }.sorted()
        let strangers = heard.filter { !labels.contains($0) }
        var all: [Finding] = []
        if !strangers.isEmpty, !labels.isEmpty {
            all.append(
                .wrong(
                    "labels", strangers.map(Overheard.plain).joined(separator: ", "), "no head has a label of that name",
                    "the config's labels are \(Self.list(labels)); the topic is label/NAME"))
        }
        for name in heard where labels.contains(name) { if let finding = placeFinding(name) { all.append(finding) } }
        return all
    }

    /// Whether labels say of which frame they are, and whether there is such a frame.
    private func placeFinding(_ name: String) -> Finding? {
        guard let payloads = overheard.topics["label/\(name)"]?.payloads, !payloads.isEmpty else { return nil }
        var decoder = LabelDecoder(), counts = DropCounts(), sequences: [UInt64] = [], times: [Double] = []
        for payload in payloads {
            payload.withUnsafeBytes { bytes in
                switch decoder.decode(bytes, counts: &counts)?.moment {
                case .sequence(let sequence): sequences.append(sequence)
                case .time(let time): times.append(time)
                case nil: break
                }
            }
        }
        if counts.total > 0 {
            let reasons = DropReason.allCases.filter { counts[$0] > 0 }.map { "\($0.name)" }.joined(separator: ", ")
            return .wrong(
                "labels", name, "\(counts.total) of \(payloads.count) are refused (\(reasons)); the newest: \(Self.outline(payloads.last!))",
                "send {\"seq\": …, \"value\": …} or {\"t\": …, \"value\": …}")
        }
        let frames = framesHeard
        guard let newestFrame = frames.sequences.max() else { return .fine("labels", name, "\(payloads.count) that say which frame they mean") }
        if let newest = sequences.max(), newest > newestFrame || newest + 100_000 < newestFrame {
            return .wrong(
                "labels", name, "they are for frames up to \(newest), and the frames are at \(newestFrame)",
                "a label's seq is that of the frame it belongs to, not a count of its own")
        }
        if let newest = times.max(), let frame = frames.times.max(), abs(newest - frame) > Self.farApart {
            return .wrong(
                "labels", name, "their times and those of the frames are \(StatusText.duration(abs(newest - frame))) apart",
                "a label's t is that of the frame it belongs to, by the clock of who sends the frames")
        }
        return .fine("labels", name, "\(payloads.count) that say which frame they mean")
    }

    private var framesHeard: (sequences: [UInt64], times: [Double]) {
        var sequences: [UInt64] = [], times: [Double] = []
        for stream in streams {
            var decoder = FrameDecoder(channels: stream.channels, stream: stream.name), counts = DropCounts()
            for payload in overheard.topics[stream.name]?.payloads ?? [] {
                payload.withUnsafeBytes { bytes in
                    _ = decoder.decode(bytes, arrival: now, counts: &counts)
                    while let frame = decoder.next() {
                        if let sequence = frame.sequence { sequences.append(sequence) }
                        times.append(frame.time)
                    }
                }
            }
        }
        return (sequences, times)
    }

    // MARK: Words

    /// What a payload is, in a few words.
    static func outline(_ payload: [UInt8]) -> String {
        guard let first = payload.first else { return "empty" }
        if let value = JSON(payload) {
            if case .array(let elements) = value { return "a batch of \(elements.count), \(keys(elements.first))" }
            return keys(value)
        }
        switch first {
        case 0xF5 where payload.count >= 4: return "packed, \(Int(payload[2]) | Int(payload[3]) << 8) channels, \(payload.count) B"
        case 0x80...0xBF: return "CBOR, \(payload.count) B"
        default: return "\(payload.count) B that begin with \(payload.prefix(4).map { hexadecimal($0) }.joined(separator: " "))"
        }
    }

    private static func keys(_ value: JSON?) -> String {
        guard let value, !value.members.isEmpty else { return "JSON that is no object" }
        return "JSON with " + list(value.members.map { Overheard.plain($0.key) })
    }

    private static func hexadecimal(_ byte: UInt8) -> String {
        let digits = Array("0123456789ABCDEF")
        return String([digits[Int(byte >> 4)], digits[Int(byte & 15)]])
    }

    static func list(_ names: [String]) -> String {
        names.count > 8 ? names.prefix(8).joined(separator: ", ") + " and \(names.count - 8) more" : names.joined(separator: ", ")
    }
}
