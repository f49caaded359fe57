/// Something that happened beside the predictions: one line, one number for plotters.
public struct EventLine: Sendable {
    public enum Kind: Int, CaseIterable, Sendable {
        case drift, regime, alarm, alarmEnd, gap, sensor, labelLate, classRefused, config, checkpoint, overload

        /// The name in the line and in the topic `event/KIND`.
        public var name: StaticString {
            switch self {
            case .drift: "drift"
            case .regime: "regime"
            case .alarm: "alarm"
            case .alarmEnd: "alarm_end"
            case .gap: "gap"
            case .sensor: "sensor"
            case .labelLate: "label_late"
            case .classRefused: "class_refused"
            case .config: "config"
            case .checkpoint: "checkpoint"
            case .overload: "overload"
            }
        }
    }

    /// Seconds since the epoch.
    public var time: Double
    public var kind: Kind
    /// Counts all events of a daemon; a gap in it is an event that a slow reader lost.
    public var number: UInt64
    /// Index of the head it is about.
    public var head: Int?
    /// Number of the incident, for `alarm` and `alarm_end`.
    public var incident: Int?

    public init(time: Double, kind: Kind, number: UInt64, head: Int? = nil, incident: Int? = nil) {
        self.time = time
        self.kind = kind
        self.number = number
        self.head = head
        self.incident = incident
    }
}

extension LineWriter {
    /// One event, without the line feed.
    public func write(_ event: EventLine, into out: inout ByteWriter) {
        out.append("{\"type\":\"event\",\"t\":")
        out.append(event.time)
        out.append(",\"event\":\"")
        out.append(event.kind.name)
        out.append("\",\"event_id\":")
        out.append(event.number)
        if let head = event.head {
            out.append(",\"head\":")
            out.append(bytes: headNames[head])
        }
        if let incident = event.incident {
            out.append(",\"incident\":")
            out.append(incident)
        }
        out.append(byte: .braceClose)
    }
}
