import Stint

/// Something that happened beside the predictions: one line, one number for plotters.
public struct EventLine {
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
    public var cause: AnomalyPrediction.Cause?
    public var drift: LearnerEvent.Drift?
    public var regime: Int?
    public var sensor: LearnerEvent.Sensor?
    public var count: Int?

    public init(time: Double, kind: Kind, number: UInt64, head: Int? = nil, incident: Int? = nil) {
        self.time = time
        self.kind = kind
        self.number = number
        self.head = head
        self.incident = incident
    }

    /// What the learner brought.
    public init(_ event: LearnerEvent) {
        self.init(time: event.time, kind: Kind(event.kind), number: event.id, head: event.head, incident: event.incident)
        (cause, drift, regime, sensor, count) = (event.cause, event.drift, event.regime, event.sensor, event.count)
    }
}

extension EventLine.Kind {
    public init(_ kind: LearnerEvent.Kind) {
        switch kind {
        case .drift: self = .drift
        case .regime: self = .regime
        case .alarm: self = .alarm
        case .alarmEnd: self = .alarmEnd
        case .gap: self = .gap
        case .sensor: self = .sensor
        case .classRefused: self = .classRefused
        case .labelLate: self = .labelLate
        }
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
        if let drift = event.drift {
            out.append(",\"detector\":\"")
            out.append(drift.detector.name)
            out.append("\",\"reaction\":\"")
            out.append(drift.reaction.name)
            out.append("\"")
        }
        if let regime = event.regime {
            out.append(",\"regime\":")
            out.append(regime)
        }
        if let drift = event.drift {
            out.append(",\"onset\":")
            out.append(drift.onset)
        }
        if let incident = event.incident {
            out.append(",\"incident\":")
            out.append(incident)
        }
        if let cause = event.cause { write(cause, into: &out) }
        if let sensor = event.sensor {
            out.append(",\"channel\":")
            out.append(bytes: channels[sensor.channel])
            out.append(",\"fault\":\"")
            out.append(sensor.fault.name)
            out.append("\",\"fault_id\":")
            out.append(sensor.fault.rawValue)
            out.append(sensor.isFailing ? ",\"failing\":true" : ",\"failing\":false")
        }
        if let count = event.count {
            out.append(",\"count\":")
            out.append(count)
        }
        out.append(byte: .braceClose)
    }
}
