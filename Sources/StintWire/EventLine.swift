import Stint

/// Something that happened beside the predictions: one line, one number for plotters.
public struct EventLine {
    public enum Kind: Int, CaseIterable, Sendable {
        case drift, regime, alarm, alarmEnd, gap, sensor, labelLate, classRefused, config, checkpoint, overload, state, quarantine,
            encoderLimit

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
            case .state: "state"
            case .quarantine: "quarantine"
            case .encoderLimit: "encoder_limit"
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
    /// Index of the stream it is about.
    public var stream: Int?
    public var count: Int?
    public var quarantine: LearnerEvent.Quarantine?

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
        (cause, drift, regime, sensor) = (event.cause, event.drift, event.regime, event.sensor)
        (stream, count, quarantine) = (event.stream, event.count, event.quarantine)
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
        case .quarantine: self = .quarantine
        case .encoderLimit: self = .encoderLimit
        }
    }
}

extension LineWriter {
    /// One event, without the line feed.
    public func write(_ event: EventLine, into out: inout ByteWriter) {
        var line = LineObject(form, &out)
        line.add("type", "event", &out)
        line.add("t", event.time, &out)
        line.add("event", event.kind.name, &out)
        line.add("event_id", event.number, &out)
        if let head = event.head { line.add("head", written: headNames[head], &out) }
        if let drift = event.drift {
            line.add("detector", drift.detector.name, &out)
            line.add("reaction", drift.reaction.name, &out)
        }
        if let regime = event.regime { line.add("regime", regime, &out) }
        if let drift = event.drift { line.add("onset", drift.onset, &out) }
        if let incident = event.incident { line.add("incident", incident, &out) }
        if let cause = event.cause { write(cause, &line, into: &out) }
        if let sensor = event.sensor {
            line.add("channel", written: channels[sensor.channel], &out)
            line.add("fault", sensor.fault.name, &out)
            line.add("fault_id", sensor.fault.rawValue, &out)
            line.add("failing", sensor.isFailing, &out)
        }
        if let stream = event.stream, stream < streams.count { line.add("stream", written: streams[stream], &out) }
        if let count = event.count { line.add("count", count, &out) }
        if let quarantine = event.quarantine {
            line.add("audited", quarantine.audited, &out)
            line.add("harm", quarantine.harm, &out)
        }
        line.end(&out)
    }
}
