/// One event as the daemon published it, parsed: something that Stint says beside its predictions.
struct Remark: Equatable {
    /// Since the start of the demo.
    var seconds: Double
    /// `drift`, `alarm`, …
    var event: String
    var head: String?
    /// The rest in words.
    var detail: String
    /// Whether it says that something is wrong or new; the end of an alarm, or a checkpoint, does not.
    var isNotice: Bool

    /// nil for what is no event, and for those that are about the daemon and not about the stream.
    ///
    /// - Parameter now: seconds of the stream by now. An overload is told by the daemon's clock, which is the stream's only in real time.
    init?(_ line: JSON, epoch: Double, now: Double) {
        guard line["type"]?.text == "event", let time = line["t"]?.number, let event = line["event"]?.text,
            !["checkpoint", "config"].contains(event)
        else { return nil }
        seconds = event == "overload" ? now : time - epoch
        self.event = event
        head = line["head"]?.text
        let isFailing = line["failing"]?.flag ?? true
        isNotice = isFailing && ["drift", "regime", "alarm", "gap", "sensor", "overload"].contains(event)
        let isSensor = event == "sensor"
        let parts: [String?] = [
            line["detector"]?.text, line["reaction"]?.text.map { "reaction \($0)" }, line["regime"]?.natural.map { "regime \($0)" },
            line["onset"]?.natural.map { "began \($0) rows ago" }, line["incident"]?.natural.map { "incident \($0)" },
            line["cause"]?.text.map { "cause \($0)" }, line["channel"]?.text.map { "channel \($0)" },
            isSensor ? (isFailing ? line["fault"]?.text : "well again") : nil, line["count"]?.natural.map { "\($0) rows" },
        ]
        detail = parts.compactMap { $0 }.joined(separator: ", ")
    }

    var text: String {
        let about = head.map { " in \($0)" } ?? ""
        return "\(event.split(separator: "_").joined(separator: " "))\(about)" + (detail.isEmpty ? "" : ": \(detail)")
    }

    /// One letter for a strip over time; a letter that says more hides one that says less.
    var mark: Character {
        switch event {
        case "alarm": "A"
        case "sensor": "S"
        case "drift": "D"
        case "gap": "G"
        case "regime": "R"
        case "overload": "O"
        default: "·"
        }
    }
}

/// What was injected, and what Stint said about it.
struct Answers {
    struct Answer {
        let injection: Injection
        var remarks: [Remark] = []
        /// Seconds from the onset to the first notice.
        var delay: Double? { remarks.first(where: \.isNotice).map { max(0, $0.seconds - injection.onset) } }
    }

    private(set) var answers: [Answer]
    /// Notices for which nothing was injected: false alarms, as far as this demo can tell.
    private(set) var unasked: [Remark] = []
    /// All that was said, in order.
    private(set) var all: [Remark] = []

    init(_ injections: [Injection]) { answers = injections.map { Answer(injection: $0) } }

    /// Each remark goes to the newest injection that can have caused it.
    mutating func take(_ remark: Remark) {
        all.append(remark)
        if let k = answers.lastIndex(where: { $0.injection.canCause(remark.seconds) }) {
            answers[k].remarks.append(remark)
        } else if remark.isNotice {
            unasked.append(remark)
        }
    }
}
