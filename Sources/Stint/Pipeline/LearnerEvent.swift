/// Something worth a line of its own.
public struct LearnerEvent {
    public enum Kind {
        case alarm
        case alarmEnd
        case classRefused
        case labelLate

        public var name: StaticString {
            switch self {
            case .alarm: "alarm"
            case .alarmEnd: "alarm_end"
            case .classRefused: "class_refused"
            case .labelLate: "label_late"
            }
        }
    }

    public var kind: Kind
    /// Numbers events from 1 on; what a subscriber lost shows as a gap.
    public var id: UInt64
    public var time: Double
    /// Index of the head that it is about.
    public var head: Int?
    public var incident: Int?
}
