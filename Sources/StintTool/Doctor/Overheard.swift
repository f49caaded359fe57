import Stint
import StintSockets
import StintWire

/// What came to an endpoint while somebody listened: by topic, how often, how long, and the newest payloads.
struct Overheard {
    struct Topic {
        var count = 0
        var shortest = Int.max
        var longest = 0
        /// The newest, at most `kept` of them.
        var payloads: [[UInt8]] = []
    }

    /// Topics beyond so many are counted, not kept: a sender may put anything there.
    private static let topicsKept = 64
    private static let kept = 16
    private static let longestKept = 1 << 20

    private(set) var topics: [String: Topic] = [:]
    private(set) var messages = 0
    /// Messages of other than two parts.
    private(set) var wrongParts = 0

    /// Takes in everything that comes to a socket for so long.
    mutating func listen(_ socket: borrowing Socket, seconds: Double) throws(SocketError) {
        var poller = Poller(capacity: 1)
        _ = poller.add(socket)
        var part = Message()
        let end = monotonicSeconds() + seconds
        while true {
            let left = end - monotonicSeconds()
            guard left > 0, try poller.wait(milliseconds: Int(left * 1000) + 1) else { return }
            while monotonicSeconds() < end, try socket.receive(into: &part, waiting: false) {
                let topic = String(decoding: part.bytes, as: UTF8.self)
                var payload: [UInt8]?, parts = 1, length = 0
                while part.hasMore, try socket.receive(into: &part) {
                    parts += 1
                    length = part.count
                    payload = part.count <= Self.longestKept ? Array(part.bytes) : nil
                }
                take(topic, payload, length, parts)
            }
        }
    }

    mutating func take(_ topic: String, _ payload: [UInt8]?, _ length: Int, _ parts: Int) {
        messages += 1
        guard parts == 2 else {
            wrongParts += 1
            return
        }
        guard topics[topic] != nil || topics.count < Self.topicsKept else { return }
        var known = topics[topic] ?? Topic()
        known.count += 1
        known.shortest = min(known.shortest, length)
        known.longest = max(known.longest, length)
        if let payload {
            known.payloads.append(payload)
            if known.payloads.count > Self.kept { known.payloads.removeFirst() }
        }
        topics[topic] = known
    }

    /// `arm (102 messages of 61 B), label/load (…)`, the most frequent first.
    var list: String {
        let sorted = topics.sorted { ($1.value.count, $0.key) < ($0.value.count, $1.key) }
        let shown = sorted.prefix(8).map { name, topic in
            let size = topic.shortest == topic.longest ? "\(topic.longest) B" : "\(topic.shortest) to \(topic.longest) B"
            return "\(Self.plain(name)) (\(topic.count) of \(size))"
        }
        return shown.joined(separator: ", ") + (sorted.count > 8 ? " and \(sorted.count - 8) more" : "")
    }

    /// A topic as it may be shown: a terminal obeys control characters.
    static func plain(_ text: String) -> String {
        let shown = String(text.unicodeScalars.prefix(40).map { $0.value < 0x20 || $0.value == 0x7F || $0.value == 0xFFFD ? "?" : Character($0) })
        return shown.isEmpty ? "\"\"" : shown
    }
}
