/// What the level of a channel used to be, and how far from there it is now.
///
/// Mean and variance of a slow memory, in which a row counts for less the farther away it is: what stays strange for hundreds of rows is
/// hardly learned while it does, and a fault stays far from usual until it ends. A level that never returns is usual after some ten
/// thousand rows.
///
/// Source: M-estimates of location and scale, found row by row; Huber (1964).
struct UsualLevel: BitwiseCopyable {
    /// Rows that it reaches back, as far as a sample of a life.
    static let memory = Double(LifeSample.memory)
    /// Rows from which it has a say; and up to which every row counts in full, since nobody knows yet what is far.
    static let fewest = 16.0
    static let young = Double(AnomalyHead.readyAfter)
    /// Square of the distance, in variances, from which a row counts for less; and the least that it counts.
    static let clip = 4.0
    static let leastWeight = 0.03
    /// The largest distance that is said, so that one channel does not speak for all.
    static let farthest = 10.0
    /// The narrowest spread is a hundredth of the channel's unit: rounding is no distance.
    static let least = Double(RecordPeaks.least * RecordPeaks.least)

    private var rows = 0.0
    private var mean = 0.0
    private var variance = 0.0

    /// Distance in standard deviations, `farthest` at the most; nil while too little is known.
    mutating func distance(_ level: Double, learns: Bool) -> Double? {
        let away = level - mean
        let square = away * away / (variance + Self.least)
        let known = rows
        if learns {
            rows = min(rows + 1, Self.memory)
            let share = 1 / rows
            let weight = known < Self.young || square <= Self.clip ? 1 : max(Self.clip / square, Self.leastWeight)
            mean += share * weight * away
            // The weight counts once: a spread that all rows lie beyond grows until they do not.
            variance += share * ((1 - share) * weight * away * away - variance)
        }
        return known >= Self.fewest ? min(square.squareRoot(), Self.farthest) : nil
    }
}
