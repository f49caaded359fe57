/// Which part of the day and of the week it is, by the stream's own clock.
///
/// A clock that stands, goes back or leaps is not followed at that row: only a step that a stream can make moves it. So a single bad
/// stamp changes nothing, and a clock that was set is believed from its second row on.
struct SeasonClock: BitwiseCopyable {
    /// Seconds of the longest pause that is one.
    static let longestStep = 14.0 * 86_400

    private var said = Double.nan
    private var time = 0.0

    mutating func advance(to now: Double) {
        let step = now - said
        if said.isNaN || (step > 0 && step <= Self.longestStep) { time = now }
        said = now
    }

    /// Of `count` equal parts of `seconds` each, over and over.
    func slot(seconds: Double, of count: Int) -> Int {
        let turn = time / (seconds * Double(count))
        let share = turn - turn.rounded(.down)
        return share >= 0 ? min(Int(share * Double(count)), count - 1) : 0
    }
}
