/// What a label says, if it says anything.
struct Truth {
    var exact: Double?
    var category: Int?
}

/// Rows whose step waits for another stream, with what is needed to score it then: its labels, and the newest labels by then.
struct WaitingSteps {
    struct Row {
        /// In its recording.
        var index: Int
        /// False while warming up.
        var isShown: Bool
        var isScored: Bool
    }

    private var items: [(row: Row, truths: [Truth], newest: [Truth])] = []
    private var aside: (truths: [Truth], newest: [Truth]) = ([], [])

    var count: Int { items.count }

    mutating func add(_ row: Row, _ truths: [Truth], _ newest: [Truth]) { items.append((row, truths, newest)) }

    /// The first of them; what it was then stands in for what is now, until `giveBack`.
    mutating func take(_ truths: inout [Truth], _ newest: inout [Truth]) -> Row {
        let item = items.removeFirst()
        aside = (truths, newest)
        (truths, newest) = (item.truths, item.newest)
        return item.row
    }

    mutating func giveBack(_ truths: inout [Truth], _ newest: inout [Truth]) { (truths, newest) = aside }
}
