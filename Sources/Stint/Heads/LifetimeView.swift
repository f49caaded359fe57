import CMath

/// How strange a row is against all that its stream has ever shown.
///
/// Each channel is looked at in eleven ways, all over its whole life: the error of a forecast from its own last values; the sums
/// of the last 12 and 36 errors, and of their squares; the distance of its value, and of its means over 6, 24 and 96 rows, to the
/// third nearest of a sample of all that there have been; the distance to what it used to be at this half-hour of the day, and at
/// this hour of the week. Each says how far it goes beyond the fourth highest peak it ever had (`RecordPeaks`), and the mean of the
/// ways is the channel's strangeness, that of the row its strangest channel's: a number that means the same for every stream.
///
/// All rows are learned, strange ones too: what returns for the fifth time is news no more. A channel that was one value for
/// `stillRows` is news when it moves, by how long it had been still. A *flag*, which has been nothing but 0 and 1, has no say: that
/// a command is given, or a mode entered, is no fault.
///
/// Shapes: C channels. Cost: four binary searches a channel, and a logarithm for what is a record; some 0.4 µs.
/// Memory: 6.5 KiB a channel (above `VectorForecast.widest` channels 3.5 KiB).
/// Source: distance to neighbours as in KNN-CAD, Burnaev & Ishimtsev (2016).
struct LifetimeView {
    static let capacity = 256
    static let capacityOfMany = 64
    /// Values from which a channel has a unit.
    static let measured = 16.0
    /// Rows of one value after which a channel that moves is news.
    static let stillRows = 1000.0
    /// A row counts again when it is so many times as strange as what went on in the last `quietRows`.
    static let factor = 1.2
    static let quietRows = 50
    /// What goes on, but is not news, is shown as less than this; and the strangeness whose score is a half.
    static let ongoing = 0.08
    static let half = 0.15
    /// The departure that is shown as half of `ongoing`; a usual one is 0.8.
    static let halfDeparture = 3.0
    /// Share of a row in what its slot of the day or week is like.
    static let slotRate: Float = 0.1

    private static let ways = 11
    private static let sampled = 4
    private static let strides: (Int32, Int32, Int32, Int32) = (1, 1, 3, 12)
    private static let slotsOfDay = 48
    private static let slots = 48 + 168

    /// The spread of a channel until it has a unit.
    private struct Spread: BitwiseCopyable {
        var count = 0.0
        var mean = 0.0
        var squares = 0.0
    }

    let channels: Int
    let capacity: Int
    /// What each channel says of the newest row.
    let strangeness: UnsafeMutablePointer<Float>
    /// 1 while a channel has been nothing but 0 and 1.
    let isFlag: UnsafeMutablePointer<UInt8>
    private let sorted: UnsafeMutablePointer<Float>
    private let queues: UnsafeMutablePointer<Float>
    private let samples: UnsafeMutablePointer<LifeSample>
    private let errorRings: UnsafeMutablePointer<Float>
    private let valueRings: UnsafeMutablePointer<Float>
    private let means: UnsafeMutablePointer<RecentMeans>
    private let slots: UnsafeMutablePointer<Float>
    private let peaks: UnsafeMutablePointer<RecordPeaks>
    private let spreads: UnsafeMutablePointer<Spread>
    private let forecasts: UnsafeMutablePointer<ChannelForecast>
    private let levels: UnsafeMutablePointer<UsualLevel>
    /// How far the newest row's levels are from where they used to be, in standard deviations: a mean over the channels.
    private(set) var departure = 0.0
    private var rows: UInt32 = 0
    /// The strangest row of what is going on, the strangest since, and the rows since.
    private var worst = 0.0
    private var next = 0.0
    private var quiet = 0
    private var season = SeasonClock()
    private var random: Random
    private let seed: UInt64
    /// Whether a value is kept to the last digit; else samples and slots of time hold its place on a scale.
    private let isExact: Bool

    init(channels: Int, seed: UInt64, isExact: Bool = true, _ carver: inout Carver) {
        self.channels = channels
        self.seed = seed
        self.isExact = isExact
        random = Random(seed: seed, stream: 4)
        capacity = channels > VectorForecast.widest ? Self.capacityOfMany : Self.capacity
        strangeness = carver.carve(Float.self, channels)
        isFlag = carver.carve(UInt8.self, channels)
        sorted = carver.carve(Float.self, Self.sampled * channels * capacity)
        queues = carver.carve(Float.self, Self.sampled * channels * LifeSample.waiting)
        samples = carver.carve(LifeSample.self, Self.sampled * channels)
        errorRings = carver.carve(Float.self, channels * RecentMeans.errorSpan)
        valueRings = carver.carve(Float.self, channels * RecentMeans.valueSpan)
        means = carver.carve(RecentMeans.self, channels)
        slots = carver.carve(Float.self, channels * Self.slots)
        peaks = carver.carve(RecordPeaks.self, channels * Self.ways)
        spreads = carver.carve(Spread.self, channels)
        forecasts = carver.carve(ChannelForecast.self, channels)
        levels = carver.carve(UsualLevel.self, channels)
    }

    mutating func reset() {
        random = Random(seed: seed, stream: 4)
        (rows, quiet, worst, next) = (0, 0, 0, 0)
        season = SeasonClock()
        strangeness.update(repeating: 0, count: channels)
        isFlag.update(repeating: 1, count: channels)
        sorted.update(repeating: 0, count: Self.sampled * channels * capacity)
        queues.update(repeating: 0, count: Self.sampled * channels * LifeSample.waiting)
        samples.update(repeating: LifeSample(), count: Self.sampled * channels)
        errorRings.update(repeating: 0, count: channels * RecentMeans.errorSpan)
        valueRings.update(repeating: 0, count: channels * RecentMeans.valueSpan)
        means.update(repeating: RecentMeans(), count: channels)
        slots.update(repeating: .nan, count: channels * Self.slots)
        peaks.update(repeating: RecordPeaks(), count: channels * Self.ways)
        spreads.update(repeating: Spread(), count: channels)
        forecasts.update(repeating: ChannelForecast(), count: channels)
        levels.update(repeating: UsualLevel(), count: channels)
        departure = 0
    }

    /// Rows that were learned, 2³¹ at the most.
    var age: Double { Double(rows) }

    /// The lags and spans of what is not connected with the rows before begin again.
    mutating func skip() {
        for c in 0..<channels { forget(c) }
    }

    private func forget(_ c: Int) {
        forecasts[c].skip()
        means[c].restart()
    }

    /// The strangeness of a row, its strangest channel's: 0 for the ordinary; a channel that is NaN has no say.
    ///
    /// - Parameter time: seconds, for the slots of day and week.
    mutating func surprise(_ row: UnsafePointer<Float>, time: Double, learns: Bool) -> Double {
        if learns { rows = rows == .max ? 1 << 31 : rows + 1 }
        season.advance(to: time)
        let day = season.slot(seconds: 1800, of: Self.slotsOfDay)
        let week = Self.slotsOfDay + season.slot(seconds: 3600, of: 168)
        var strangest: Float = 0
        var far = 0.0
        var voices = 0.0
        for c in 0..<channels {
            strangeness[c] = 0
            guard row[c].isFinite else {
                forget(c)
                continue
            }
            if row[c] != 0, row[c] != 1 { isFlag[c] = 0 }
            if learns, !forecasts[c].hasUnit { measure(c, Double(row[c])) }
            guard forecasts[c].hasUnit else { continue }
            strangeness[c] = look(c, forecasts[c].scaled(Double(row[c])), day, week, learns)
            if isFlag[c] != 0 {
                strangeness[c] = 0
            } else if let level = means[c].mean6, let distance = levels[c].distance(Double(level), learns: learns) {
                far += distance
                voices += 1
            }
            strangest = max(strangest, strangeness[c])
        }
        departure = voices > 0 ? far / voices : 0
        return Double(strangest)
    }

    /// What a row is shown as when it is no news: by how far its levels are from usual, always less than `ongoing`.
    var state: Double {
        let square = departure * departure
        return Self.ongoing * square / (square + Self.halfDeparture * Self.halfDeparture)
    }

    /// A channel gets its unit when there is a spread: from its first values, or when it moves for the first time.
    private func measure(_ c: Int, _ value: Double) {
        var spread = spreads[c]
        let before = spread
        spread.count += 1
        let away = value - spread.mean
        spread.mean += away / spread.count
        spread.squares += away * (value - spread.mean)
        spreads[c] = spread
        let deviation = (spread.squares / spread.count).squareRoot()
        let size = spread.mean < 0 ? -spread.mean : spread.mean
        guard spread.count >= Self.measured, deviation > 1e-9 * size else { return }
        guard before.squares == 0, before.count >= Self.stillRows else {
            return forecasts[c].measure(center: spread.mean, unit: deviation)
        }
        forecasts[c].measure(center: before.mean, unit: deviation)
        forecasts[c].begin()
        means[c].begin(errorRings + c * RecentMeans.errorSpan, valueRings + c * RecentMeans.valueSpan)
        for i in (Self.sampled * c)..<(Self.sampled * c + Self.sampled) {
            samples[i].begin(with: 0, sorted + i * capacity, queues + i * LifeSample.waiting, capacity: capacity)
        }
    }

    /// The mean over the ways of what is news in each.
    private mutating func look(_ c: Int, _ x: Double, _ day: Int, _ week: Int, _ learns: Bool) -> Float {
        let value = Float(x)
        var total = 0.0
        var count = 0.0
        if let error = forecasts[c].error(x, learns: learns) {
            let bounded = Float(min(max(error, -1000), 1000))
            means[c].push(error: bounded, errorRings + c * RecentMeans.errorSpan)
            total += news(c, 0, abs(Float(error)), learns)
            total += news(c, 1, abs(Float(means[c].errors12)), learns)
            total += news(c, 2, abs(Float(means[c].errors36)), learns)
            total += news(c, 3, Float(means[c].squares12).squareRoot(), learns)
            total += news(c, 4, Float(means[c].squares36).squareRoot(), learns)
            count += 5
        }
        means[c].push(value: value, valueRings + c * RecentMeans.valueSpan)
        let (mean, strides) = (means[c], Self.strides)
        distance(c, 0, value, strides.0, learns, &total, &count)
        if let mean6 = mean.mean6 { distance(c, 1, mean6, strides.1, learns, &total, &count) }
        if let mean24 = mean.mean24 { distance(c, 2, mean24, strides.2, learns, &total, &count) }
        if let mean96 = mean.mean96 { distance(c, 3, mean96, strides.3, learns, &total, &count) }
        usual(c, 9, day, value, learns, &total, &count)
        usual(c, 10, week, value, learns, &total, &count)
        return count >= 5 ? Float(total / count) : 0
    }

    private func news(_ c: Int, _ way: Int, _ value: Float, _ learns: Bool) -> Double {
        let i = c * Self.ways + way
        let news = peaks[i].news(value)
        if learns { peaks[i].observe(value, row: rows) }
        return news
    }

    private mutating func distance(
        _ c: Int, _ span: Int, _ value: Float, _ stride: Int32, _ learns: Bool, _ total: inout Double, _ count: inout Double
    ) {
        let i = c * Self.sampled + span
        if let distance = samples[i].distance(value, sorted + i * capacity) {
            total += news(c, 5 + span, distance, learns)
            count += 1
        }
        guard learns else { return }
        samples[i].take(isExact ? value : value.coarse, stride: stride, sorted + i * capacity, queues + i * LifeSample.waiting, capacity: capacity, &random)
    }

    /// How far a value is from what it used to be in its slot.
    private func usual(_ c: Int, _ way: Int, _ slot: Int, _ value: Float, _ learns: Bool, _ total: inout Double, _ count: inout Double) {
        let place = slots + c * Self.slots + slot
        let usual = place.pointee
        if !usual.isNaN {
            total += news(c, way, abs(value - usual), learns)
            count += 1
        }
        if learns { place.pointee = usual.isNaN ? (isExact ? value : value.coarse) : usual + Self.slotRate * (value - usual) }
    }

    /// What is news in a row: while something strange goes on, only what is stranger by a factor than all of it so far.
    mutating func news(_ surprise: Double) -> Double? {
        let isNews = surprise > Self.factor * worst
        if Self.factor * surprise > worst {
            (quiet, next) = (0, 0)
        } else {
            quiet += 1
            next = max(next, surprise)
        }
        worst = max(worst, surprise)
        if quiet >= Self.quietRows { (worst, next, quiet) = (next, 0, 0) }
        return isNews ? surprise : nil
    }

    mutating func archive(_ archive: inout Archive) {
        archive.array(isFlag, channels)
        archive.array(sorted, Self.sampled * channels * capacity)
        archive.present(queues, Self.sampled * channels * LifeSample.waiting)
        archive.present(samples, Self.sampled * channels) { $0.forgetWaiting() }
        archive.present(errorRings, channels * RecentMeans.errorSpan)
        archive.present(valueRings, channels * RecentMeans.valueSpan)
        archive.present(means, channels) { $0.restart() }
        archive.array(slots, channels * Self.slots)
        archive.array(peaks, channels * Self.ways)
        archive.array(spreads, channels)
        archive.present(forecasts, channels) { $0.forgetRows() }
        archive.array(levels, channels)
        archive.scalar(&rows)
        archive.scalar(&worst)
        archive.scalar(&next)
        archive.scalar(&quiet)
        archive.scalar(&season)
        random.archive(&archive)
    }
}
