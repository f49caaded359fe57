/// One of several streams that are joined on one clock, in shapes alone.
public struct StreamSpecification: Equatable {
    /// How a value is found at a time between two frames.
    public enum Resampling: Int {
        /// The newest value at or before that time.
        case hold
        /// On the line between the values around it: the step waits for the later one.
        case linear
    }

    /// Numbered frames that may overtake a missing one before it is given up.
    public static let defaultReorder = 4
    /// Periods that a step waits for the later neighbour.
    public static let defaultWait = 2.0

    /// Its own channels, of those of all streams.
    public var channels: Int
    public var rateHz: Double
    public var resampling = Resampling.hold
    /// Periods of its own for which its last value stands in for a newer one.
    public var maxHold = 10
    public var reorder = StreamSpecification.defaultReorder
    /// Seconds of stream time that anything waits for a frame of it; nil: two periods for a neighbour, and for a number no time limit.
    public var waitSeconds: Double?

    public init(channels: Int, rateHz: Double) {
        self.channels = channels
        self.rateHz = rateHz
    }

    var wait: Double { waitSeconds ?? Self.defaultWait / rateHz }
}

extension Specification {
    public var streamCount: Int { max(streams.count, 1) }

    /// One of the streams; of one stream alone, what the specification says of it.
    public func stream(_ index: Int) -> StreamSpecification {
        guard streams.isEmpty else { return streams[index] }
        var only = StreamSpecification(channels: channels, rateHz: rateHz)
        only.maxHold = maxHold
        only.reorder = reorder
        only.waitSeconds = waitSeconds
        return only
    }

    /// Where a stream's channels begin among those of all.
    public func offset(ofStream index: Int) -> Int {
        var offset = 0
        for stream in streams.prefix(index) { offset += stream.channels }
        return offset
    }

    /// Joins several streams: their channels one after the other, one step for each frame of the one called clock.
    public mutating func join(_ streams: [StreamSpecification], clock: Int) {
        precondition(streams.count > 1 && clock >= 0 && clock < streams.count, "several streams, and one of them is the clock")
        self.streams = streams
        self.clock = clock
        channels = offset(ofStream: streams.count)
        rateHz = streams[clock].rateHz
        maxHold = streams[clock].maxHold
    }
}
