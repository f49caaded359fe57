/// Why a message, a frame or a label was refused, or a cell became a gap. One count each; nothing is dropped in silence.
public enum DropReason: Int, CaseIterable {
    /// The bytes are not what their first byte promises: broken JSON, a packed header that lies, a payload cut short.
    case malformed
    /// Readable, but not of the stream's shape: too few or too many values, a type that does not fit, an empty object.
    case wrongShape
    /// A topic that no stream and no label has.
    case unknownTopic
    /// A message with a number of parts other than two.
    case wrongParts
    /// NaN or infinity where a number is wanted; the cell becomes a gap.
    case nonFinite
    /// A magnitude over 1e15; the cell becomes a gap.
    case outOfRange
    /// A row with a number of cells other than the header's.
    case ragged
    /// A sequence number that was seen before.
    case duplicate
    /// A numbered frame that comes after its number was given up, or one older than all that is kept of its stream.
    case late
    /// A label whose latent is no longer kept, or was never there.
    case labelLate
    /// A second label for the same latent.
    case labelDuplicate
    /// A label whose value does not fit its head.
    case labelInvalid
    /// A label without `t` and `seq`, or with a value that is missing.
    case labelUnplaced
    /// A class more than the head has room for.
    case classRefused

    /// The name in `status.dropped` and in the summary.
    public var name: StaticString {
        switch self {
        case .malformed: "malformed"
        case .wrongShape: "wrong_shape"
        case .unknownTopic: "unknown_topic"
        case .wrongParts: "wrong_parts"
        case .nonFinite: "non_finite"
        case .outOfRange: "out_of_range"
        case .ragged: "ragged"
        case .duplicate: "duplicate"
        case .late: "late"
        case .labelLate: "label_late"
        case .labelDuplicate: "label_duplicate"
        case .labelInvalid: "label_invalid"
        case .labelUnplaced: "label_unplaced"
        case .classRefused: "class_refused"
        }
    }
}

/// A count for each reason.
public struct DropCounts {
    private var counts = [UInt64](repeating: 0, count: DropReason.allCases.count)

    public init() {}

    public subscript(reason: DropReason) -> UInt64 {
        get { counts[reason.rawValue] }
        set { counts[reason.rawValue] = newValue }
    }

    public mutating func count(_ reason: DropReason, times: UInt64 = 1) { counts[reason.rawValue] &+= times }

    public var total: UInt64 { counts.reduce(0, &+) }
}
