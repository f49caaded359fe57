import CMath

/// The four highest episodes of a statistic, and by how much a row surpasses the fourth.
///
/// k peaks in a stretch of rows are what chance allows a threshold at the kth highest, whatever the distribution of exchangeable
/// rows. So a row is measured in a unit that every stream and every statistic has: the logarithm of what it is over the fourth
/// highest peak there ever was; where there were fewer, over the lowest of them. Rows less than fifty apart are one episode, whose peak is the highest of them.
///
/// Source: records and exceedances of order statistics, Leadbetter, Lindgren & Rootzén (1983), ch. 2.
struct RecordPeaks: BitwiseCopyable {
    static let episodeRows: UInt32 = 50
    /// A peak is at least so high, in units of the channel: rounding, and a mean that still settles, are no news.
    static let least: Float = 0.01

    private var peaks: (Float, Float, Float, Float) = (0, 0, 0, 0)
    private var rows: (UInt32, UInt32, UInt32, UInt32) = (1 << 31, 1 << 31, 1 << 31, 1 << 31)

    /// √ln of a value over the fourth peak; 0 below it.
    func news(_ value: Float) -> Double {
        // A young stream has fewer peaks: the lowest that there is.
        let lowest = peaks.3 > 0 ? peaks.3 : peaks.2 > 0 ? peaks.2 : peaks.1 > 0 ? peaks.1 : peaks.0
        let reference = max(lowest, Self.least)
        return value > reference ? log(Double(value / reference)).squareRoot() : 0
    }

    /// Takes in the value of a row.
    mutating func observe(_ value: Float, row: UInt32) {
        // Most rows are below the fourth peak and change nothing, whatever episode they belong to.
        guard value > peaks.3 else { return }
        if row &- rows.0 < Self.episodeRows {
            if value > peaks.0 { (peaks.0, rows.0) = (value, row) }
        } else if row &- rows.1 < Self.episodeRows {
            if value > peaks.1 { (peaks.1, rows.1) = (value, row) }
        } else if row &- rows.2 < Self.episodeRows {
            if value > peaks.2 { (peaks.2, rows.2) = (value, row) }
        } else {
            (peaks.3, rows.3) = (value, row)
        }
        if peaks.3 > peaks.2 { (peaks.2, rows.2, peaks.3, rows.3) = (peaks.3, rows.3, peaks.2, rows.2) }
        if peaks.2 > peaks.1 { (peaks.1, rows.1, peaks.2, rows.2) = (peaks.2, rows.2, peaks.1, rows.1) }
        if peaks.1 > peaks.0 { (peaks.0, rows.0, peaks.1, rows.1) = (peaks.1, rows.1, peaks.0, rows.0) }
    }
}
