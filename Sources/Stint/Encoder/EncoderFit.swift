/// Fits a calibration to recordings: twice through all of their rows where there are statistics of windows,
/// since these need the scaling first.
///
/// ```swift
/// let fit = EncoderFit(specification)
/// for recording in recordings { fit.begin(); for row in recording { fit.take(row) } }
/// if fit.turn() { for recording in recordings { fit.begin(); for row in recording { fit.take(row) } } }
/// let calibration = fit.calibration
/// ```
///
/// Every row weighs the same, whichever recording it is from. Gaps are held and masked as they are in life; of several streams
/// the slower ones are held until they are there again.
/// Memory: as the encoder's own; the rows are not kept.
public final class EncoderFit {
    private let specification: Specification
    private let channels: Int
    private let arena: Arena
    private var parts: Parts
    private var isSecond = false
    private var rowsInRecording = 0
    /// Taken, of all recordings, and windows that ended with them.
    public private(set) var rows = 0
    public private(set) var windows = 0
    private var bandwidth: Float = 1

    private struct Parts {
        var gaps: GapFilter
        var scaling: Scaling
        var sketch: Sketch
        var statistics: WindowStatistics
        var statisticsScaling: StatisticsScaling
        var statisticsSketch: Sketch
        /// Rows; more than there will be.
        private static let endless = 1 << 30

        let row: UnsafeMutablePointer<Float>
        let kept: UnsafeMutablePointer<Float>
        let features: UnsafeMutablePointer<Float>
        /// Least and largest value of each channel.
        let least: UnsafeMutablePointer<Float>
        let most: UnsafeMutablePointer<Float>

        init(_ specification: Specification, _ carver: inout Carver) {
            let channels = specification.channels
            let hold = specification.streams.count > 1 ? Self.endless : specification.maxHold
            gaps = GapFilter(channels: channels, maxHold: hold, &carver)
            scaling = Scaling(channels: channels, &carver)
            sketch = Sketch(channels: channels, width: channels, keepsRows: true, seed: specification.seed, &carver)
            statistics = WindowStatistics(channels: channels, length: specification.window.length, &carver)
            statisticsScaling = StatisticsScaling(channels: channels, &carver)
            statisticsSketch = Sketch(
                channels: StatisticsScaling.perChannel * channels, width: StatisticsScaling.perChannel * channels, keepsRows: true,
                seed: specification.seed, &carver)
            row = carver.carve(Float.self, channels)
            kept = carver.carve(Float.self, WindowStatistics.perChannel * channels)
            features = carver.carve(Float.self, StatisticsScaling.perChannel * channels)
            least = carver.carve(Float.self, channels)
            most = carver.carve(Float.self, channels)
        }
    }

    public init(_ specification: Specification) {
        self.specification = specification
        channels = specification.channels
        var counter = Carver()
        _ = Parts(specification, &counter)
        arena = Arena(bytes: counter.carved)
        var carver = Carver(over: arena)
        parts = Parts(specification, &carver)
        parts.gaps.reset()
        parts.scaling.reset()
        parts.sketch.reset()
        parts.statistics.reset()
        parts.statisticsScaling.reset()
        parts.statisticsSketch.reset()
        parts.least.update(repeating: .infinity, count: channels)
        parts.most.update(repeating: -.infinity, count: channels)
    }

    /// A recording begins.
    public func begin() {
        rowsInRecording = 0
        parts.gaps.reset()
        parts.statistics.cut()
    }

    /// A row of it; NaN is a gap, and a row that could not be read is all gaps.
    public func take(_ values: UnsafeBufferPointer<Float>) {
        precondition(values.count == channels, "offered a row of another width than the stream's")
        _ = parts.gaps.fill(values, into: parts.row)
        rowsInRecording += 1
        if !isSecond {
            rows += 1
            parts.scaling.observe(parts.row)
            parts.sketch.observe(parts.row)
            for c in 0..<channels where !parts.row[c].isNaN {
                parts.least[c] = min(parts.least[c], parts.row[c])
                parts.most[c] = max(parts.most[c], parts.row[c])
            }
            return
        }
        parts.statistics.push(parts.row, parts.scaling)
        let window = specification.window
        let past = rowsInRecording - window.length
        guard window.every == 1 || (past >= 0 && past % window.every == 0) else { return }
        parts.statistics.write(into: parts.kept)
        parts.statisticsScaling.observe(parts.kept, parts.scaling, parts.statistics, room: parts.features)
        parts.statisticsSketch.observe(parts.features)
        windows += 1
    }

    /// All rows have been taken once: fits the scaling. Whether they are wanted once more.
    public func turn() -> Bool {
        parts.scaling.fit()
        parts.scaling.round()
        parts.sketch.scale(by: parts.scaling)
        bandwidth = specification.encoder.fourier ? parts.sketch.medianDistance(in: 0..<channels) : 1
        for c in 0..<channels { parts.statistics.setOrigin(Float(parts.scaling.center(of: c)), of: c) }
        parts.statisticsScaling.begin()
        isSecond = true
        return specification.encoder.stats
    }

    /// Least and largest value of a channel; nil where it was never there.
    public func range(of channel: Int) -> ClosedRange<Float>? {
        parts.least[channel] <= parts.most[channel] ? parts.least[channel]...parts.most[channel] : nil
    }

    public var calibration: EncoderCalibration {
        let scaling = parts.scaling
        var result = EncoderCalibration(
            centers: (0..<channels).map { Float(scaling.center(of: $0)) }, scales: (0..<channels).map { scaling.scale(of: $0) },
            bandwidth: bandwidth, statistics: nil)
        guard specification.encoder.stats else { return result }
        parts.statisticsScaling.finish(scaling)
        parts.statisticsScaling.round()
        let width = StatisticsScaling.perChannel * channels
        let fitted = parts.statisticsScaling
        parts.statisticsSketch.scale { fitted.bring($0, into: $1) }
        result.statistics = EncoderCalibration.Statistics(
            centers: (0..<width).map { fitted.center(of: $0) }, scales: (0..<width).map { fitted.scale(of: $0) },
            bandwidth: specification.encoder.fourier
                ? parts.statisticsSketch.medianDistance(in: 0..<(Waves.statistics * channels)) : 1)
        return result
    }
}
